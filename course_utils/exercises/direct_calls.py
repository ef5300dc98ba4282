"""Who calls an exercise by its name: a learner who looks at it, or something that uses it."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from types import FrameType

from course_utils.exercises.given_cells import is_given

_PACKAGE = Path(__file__).resolve().parents[1]
_ON_THE_WAY = {
    __file__,
    str(_PACKAGE / "exercises" / "registry.py"),
    str(_PACKAGE / "checks" / "built_upon.py"),
}
"""The files between whoever calls an exercise and here."""


def is_called_by_hand() -> bool:
    """Tell whether a line of a learner's own cell makes the call of an exercise that is under way.

    Not where a function makes it, be it the course's or the learner's; nor where the cell is one
    that the course gives, which goes on with what is right.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (
        frame.f_code.co_filename in _ON_THE_WAY or frame.f_code.co_name == "<listcomp>"
    ):
        frame = frame.f_back
    if frame is None or frame.f_code.co_name != "<module>":
        return False
    in_a_cell = frame.f_globals.get("__name__") == "__main__"
    return in_a_cell and not is_given("".join(linecache.getlines(frame.f_code.co_filename)))
