"""One change to a released notebook a file: `RequireMarkers`, `Normalise`, `RefuseLeaks`."""

from .normalise import Normalise
from .refuseleaks import RefuseLeaks
from .requiremarkers import RequireMarkers

__all__ = [
    "Normalise",
    "RefuseLeaks",
    "RequireMarkers",
]
