"""The mistakes that the demo's second student makes, and what each of them costs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One answer gone wrong."""

    assignment: str
    answer: str
    """The grade_id of the cell that it is written in."""
    source: str
    """The whole cell, as the student writes it."""
    test: str
    """The grade_id of the test cell that finds it."""
    points: float
    """What exactly it must cost."""
    says: str
    """What the student must be able to read in the feedback."""


MISTAKES: tuple[Mistake, ...] = ()
