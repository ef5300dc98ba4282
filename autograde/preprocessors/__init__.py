"""One transformation of a notebook per file, in the manner of ``nbgrader.preprocessors``.

For the release: `RequireMarkers`, `Normalise`, `RefuseLeaks`. For a submission: `DropCopies`,
`RestoreMetadata`, `TellConflicts`, `AddMissingCells`, `Examine`, `Execute`, `CleanOutputs`.
"""

from .addmissingcells import AddMissingCells
from .cleanoutputs import CleanOutputs
from .dropcopies import DropCopies
from .examine import Examine
from .execute import Execute
from .normalise import Normalise
from .refuseleaks import RefuseLeaks
from .requiremarkers import RequireMarkers
from .restoremetadata import RestoreMetadata
from .tellconflicts import TellConflicts

__all__ = [
    "AddMissingCells",
    "CleanOutputs",
    "DropCopies",
    "Examine",
    "Execute",
    "Normalise",
    "RefuseLeaks",
    "RequireMarkers",
    "RestoreMetadata",
    "TellConflicts",
]
