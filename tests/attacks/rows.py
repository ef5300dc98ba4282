"""What one row of the tables says: what a student hands in, and what must become of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME = "00_attacked"
FILE = f"{NAME}.ipynb"
TESTS = ("sine", "linear", "twice")
POINTS = (2.0, 3.0, 2.0)

SINE = """\
@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    {}
"""
LINEAR = """\
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    {}
"""
TWICE = """\
def twice(x):
    {}
"""

SINE_RIGHT = "return grad_output * np.cos(x)"
LINEAR_RIGHT = "return grad_output @ W.T, X.T @ grad_output, grad_output.sum(0, keepdims=True)"
TWICE_RIGHT = "return 2.0 * x"
RIGHT = {
    "sine": SINE.format(SINE_RIGHT),
    "linear": LINEAR.format(LINEAR_RIGHT),
    "twice": TWICE.format(TWICE_RIGHT),
}
WRONG = {
    "sine": SINE.format("return grad_output"),
    "linear": LINEAR.format("return X, W, b"),
    "twice": TWICE.format("return x"),
}


@dataclass(frozen=True)
class Row:
    """One submission.

    Attributes
    ----------
    name : str
    points : tuple of float
        Expected for `TESTS`; None where the submission is not to be graded at all.
    first : str
        A cell of the student's own after the imports.
    answers : mapping
        What stands in the answer cells.
    verdicts : str
        Expected for `TESTS`, by default what the points say; "*" where any will do.
    change : callable, optional
        ``change(nb, find)`` edits the notebook; ``find(grade_id)`` is a cell of it.
    files : mapping
        Files handed in beside the notebook.
    place : callable, optional
        ``place(folder, root)`` puts there what is no file.
    raw : bytes
        Handed in in place of the notebook.
    student : str
        The name of the student's folder, where that is the point.
    notes : str
        What the instructor must be told.
    shown, hidden : tuple of str
        What must, and must not, be in the feedback page.
    code : str
        Why it is not graded.
    waits : tuple of str
        The tests whose points are not sure before a person has looked.
    """

    name: str
    points: tuple[float, float, float] | None = (0.0, 0.0, 0.0)
    first: str = ""
    answers: Mapping[str, str] = field(default_factory=lambda: WRONG)
    verdicts: str = ""
    change: Callable[..., None] | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    place: Callable[[Path, Path], None] | None = None
    raw: bytes = b""
    student: str = ""
    notes: str = ""
    shown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    code: str = ""
    waits: tuple[str, ...] = ()

    def expected_verdicts(self) -> list[str]:
        """Return one verdict for each of `TESTS`."""
        if self.verdicts:
            return self.verdicts.split(",")
        assert self.points is not None
        return ["passed" if got else "wrong" for got in self.points]


def wrong(name: str, first: str = "", **more: Any) -> Row:
    """Return a row with wrong answers and something that is to make them count."""
    return Row(name, first=first, **more)


def right(name: str, first: str = "", **more: Any) -> Row:
    """Return a row with right answers and something that is to do harm; it costs no point."""
    more.setdefault("points", POINTS)
    return Row(name, first=first, answers={**RIGHT, **more.pop("answers", {})}, **more)


def sine(name: str, body: str, **more: Any) -> Row:
    """Return a row whose only bad answer is that to `Sine`: no point for it, all for the rest."""
    more.setdefault("points", (0.0, *POINTS[1:]))
    indented = body.replace("\n", "\n    ")
    return Row(name, answers={**RIGHT, "sine": SINE.format(indented)}, **more)


def twice(name: str, body: str, **more: Any) -> Row:
    """Return a row whose only bad answer is that to `twice`."""
    more.setdefault("points", (*POINTS[:2], 0.0))
    indented = body.replace("\n", "\n    ")
    return Row(name, answers={**RIGHT, "twice": TWICE.format(indented)}, **more)
