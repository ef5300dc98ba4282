"""What one submission may use, in the jail and of whoever grades it: every number, in one place.

What exceeds one of these is a sentence about that student; everybody else is graded, and the next
run goes on. docs/safe_grading.md lists them. What the wire may hold at a time stands with the wire,
in `autograde.jail.inside.values`, which imports nothing from here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

# ---- what is read -----------------------------------------------------------------------

LARGEST_NOTEBOOK = 100_000_000
"""Bytes. A notebook of this course with all its figures has less than a hundredth of this."""

MOST_NOTEBOOKS = 50
"""Files that may be the notebook; each is read to find out which is."""

ALL_NOTEBOOKS = 200_000_000
"""Bytes of all these together."""

ALL_BESIDE = 64_000_000
"""Bytes of all files beside the notebooks that are taken along."""

FOUND_BESIDE = 4_000_000
"""Bytes of all files that a notebook finds in its folder."""

MOST_FILES = 10_000
"""Files and folders."""

DEEPEST = 50
"""Folders within folders; Python itself cannot follow some hundreds."""

MOST_PARTS = 500_000
"""Lists and mappings of a notebook. Each takes far more memory than its two characters."""

MOST_CELLS = 2_000
"""Cells of a notebook; those of this course have about a hundred."""

LONGEST_CODE = 1_000_000
"""Characters of a code cell: to parse some millions takes gigabytes. A picture in a text has more
than that."""

# ---- what is run ------------------------------------------------------------------------

SECONDS = 900.0
"""By the clock, for all that a submission does: its cells and tests, what is repeated because
something of ours broke, and what is run once more for feedback."""

OVERTIME = 60.0
"""By the clock, for what whoever grades does beside that; then the submission is given up."""

PROCESSOR = 600.0
"""Seconds of processor time, of all processes in the jail together."""

JOB: dict[str, int] = {
    "memory": 3 * 2**30,  # of address space: libraries reserve far more than they use
    "file": 64 * 2**20,
    "files": 128,
    "threads": 1000,  # of a jail; see `autograde.jail.jail.own_user`
}
"""Bytes, bytes, open files, threads: of one process in the jail."""

RECEIVED = 2**30
"""Bytes that whoever grades takes from the jail; a notebook of this course sends a few million."""

# ---- what is written --------------------------------------------------------------------

LARGEST_OUTPUTS = 50_000_000
"""Characters of all outputs of a notebook, pictures among them."""

MOST_NOTES = 50
LONGEST_NOTE = 500
"""Sentences for the instructor, and characters of one."""
LONGEST_DIAGNOSIS = 2000
"""Characters of what is kept of a diagnosis with a graded notebook."""


class Budget:
    """What is left to one submission.

    Parameters
    ----------
    seconds : float
        By the clock, from now on.
    processor : float
        Seconds of processor time in the jail.
    received : int
        Bytes from the jail.
    """

    def __init__(
        self, seconds: float = SECONDS, processor: float = PROCESSOR, received: int = RECEIVED
    ) -> None:
        self.until = time.monotonic() + seconds
        self.processor = processor
        self.received = received

    @property
    def seconds(self) -> float:
        """Seconds that are left by the clock."""
        return self.until - time.monotonic()


def seconds_of(config: Mapping[str, Any]) -> float:
    """Seconds that a submission may take, as the course's settings say."""
    return float(config["Examine"].get("seconds", SECONDS))


def at_most(seconds: float) -> str:
    """How long it takes at most to grade one submission, in words."""
    minutes = math.ceil((seconds + OVERTIME) / 60)
    return f"{minutes} minute{'s' if minutes > 1 else ''}"
