"""Memory that was never filled, which ``np.empty`` hands out, made to show."""

from __future__ import annotations

import numpy as np

NEVER_FILLED = "Are these ever filled? np.empty holds whatever was in memory."


def spoil_memory(shape: tuple[int, ...], value: float = np.nan) -> None:
    """Let what is taken next from memory, without being filled, be nan and not what was right."""
    blocks = [np.full(shape, value) for _ in range(8)]  # as many as NumPy keeps of one size
    del blocks
