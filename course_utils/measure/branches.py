"""Which branches of a forward pass were taken: where it decides, and which sides were met.

A branch that no input reaches is one whose derivative nobody has measured.
"""

from __future__ import annotations

import itertools
import linecache
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.measure import watched as watching
from course_utils.measure.watched import Watched, watched

_LIBRARIES = os.path.dirname(os.path.dirname(np.__file__)) + os.sep
_COURSE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_OURS = (__file__, watching.__file__)
_LONGEST = 60  # characters of a line that are shown


@dataclass(frozen=True)
class Side:
    """One side of one decision.

    Attributes
    ----------
    code, place : CodeType, int
        Where in the program it is decided.
    what : str
        Which operation decides; one place may have several.
    side : str
        Which side: words to go before what stands in the source.
    shown : str
        What stands there, and in which line of what.
    """

    code: CodeType
    place: int
    what: str
    side: str
    shown: str


class Branches:
    """What a forward pass was seen to decide by its inputs, other than labels.

    Parameters
    ----------
    forward : callable
    wrt : sequence of int
        The inputs that are watched whatever is in them; of the others, those whose numbers are
        not whole.

    Attributes
    ----------
    known, seen : dict of Side
        The sides that there are, and those that were taken, in the order in which they were met.
    runs : int
        How often the forward pass was watched.
    followed : bool
        Whether the forward pass could be watched to its end.
    """

    def __init__(self, forward: Callable[..., Any], wrt: Sequence[int]) -> None:
        self.forward = forward
        self.wrt = wrt
        self.known: dict[Side, None] = {}
        self.seen: dict[Side, None] = {}
        self.runs = 0
        self.followed = True

    def at(self, inputs: Sequence[Array]) -> set[Side]:
        """Run the forward pass, and return the sides that it takes."""
        taken: set[Side] = set()
        self.runs += 1

        def see(what: str, sides: dict[str, bool]) -> None:
            frame = _author_s(sys._getframe(1))
            if frame is None:
                return
            shown = _shown(frame)
            for side, was_taken in sides.items():
                found = Side(frame.f_code, frame.f_lasti, what, side, shown)
                self.known[found] = None
                if was_taken:
                    taken.add(found)

        try:
            given = [
                watched(x, see) if k in self.wrt or (x != np.round(x)).any() else x.copy()
                for k, x in enumerate(inputs)
            ]
            result = self.forward(*given)
            self.followed &= isinstance(result, Watched)
        # What raises on one side of a test has no derivative there: the side was met all the same.
        except Exception:
            self.followed = False
        return taken

    def note(self, taken: set[Side]) -> None:
        """Count these sides as seen."""
        self.seen |= dict.fromkeys(taken)

    def open(self) -> list[Side]:
        """Return the sides that no input has reached."""
        if len(self.seen) == len(self.known):
            return []
        missing = [side for side in self.known if side not in self.seen]
        # What `where` is given was decided before; it is named only if that says nothing.
        return [s for s in missing if s.what != "where"] or missing

    def unreached(self) -> list[str]:
        """Say which branches no input has reached, a line each."""
        return list(dict.fromkeys(f"No input reached {s.side}{s.shown}." for s in self.open()))


def _author_s(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame that is neither a library's nor of this module."""
    while frame is not None:
        file = frame.f_code.co_filename
        library = file.startswith((_LIBRARIES, "<__array")) and not file.startswith(_COURSE)
        if file not in _OURS and not library:
            return frame
        frame = frame.f_back
    return None


def _shown(frame: FrameType) -> str:
    """Return what stands in the source where a frame is, and in which line of what."""
    line, end, left, right = next(
        itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None)
    )
    function: FrameType = frame
    # What is inside a comprehension is in the function around it.
    while function.f_code.co_name in ("<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>"):
        if function.f_back is None:
            break
        function = function.f_back
    code = function.f_code
    name = "forward" if code.co_name.startswith("<") else code.co_name
    number = (line or code.co_firstlineno) - _first_line(code) + 1
    return f"`{_text(code.co_filename, line, end, left, right)}` in line {number} of {name}"


def _first_line(code: CodeType) -> int:
    """Return the line of ``def``; the code object counts decorators in."""
    first = code.co_firstlineno
    for number in range(first, first + 20):
        if f"def {code.co_name}(" in linecache.getline(code.co_filename, number):
            return number
    return first


def _text(file: str, line: int | None, end: int | None, left: int | None, right: int | None) -> str:
    if line is None or left is None or right is None:
        return "a decision"
    rows = [linecache.getline(file, n).rstrip("\n") for n in range(line, (end or line) + 1)]
    encoded = [row.encode() for row in rows]  # columns are counted in bytes
    encoded[-1] = encoded[-1][:right]
    encoded[0] = encoded[0][left:]
    text = " ".join(" ".join(row.decode(errors="replace").split()) for row in encoded)
    if not text.strip():
        return "a decision"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
