"""Classes that were never graded, for what only counts."""

from __future__ import annotations

from autograde.reporting.changes import Changes
from autograde.reporting.entries import Entry, Group
from autograde.reporting.exercises import Question
from autograde.reporting.figures import figures_of
from autograde.reporting.mistakes import mistakes_of
from autograde.reporting.report import Report

PLAIN = Question("a-check", "1.1: a", 2.0, False, "check(a)", {"a": "def a(x):"})
OTHER = Question("b-check", "1.2: b", 3.0, False, "check(b)", {"b": "def b(x):"})
BY_HAND = Question("why", "1.3: why", 4.0, True, "", {"why": "Why?"})
RIGHT, PARTLY, WRONG, BLANK, NOT_GRADED = "right", "partly", "wrong", "blank", "not graded"


def entry(student, question, score, code="", **more):
    """An entry whose state follows from its score; None is not graded."""
    if score is None:
        return Entry(student, question.name, NOT_GRADED, waits=True)
    state = more.pop("state", None) or (
        RIGHT if score == question.max_score else PARTLY if score else WRONG
    )
    return Entry(student, question.name, state, score, code=code, **more)


def group(*rows, questions=(PLAIN, OTHER, BY_HAND)):
    """A class of one row a student: its name, then a score, or a score and a code, a question."""
    made = Group("01_jacobians", list(questions), len(rows))
    for student, *scores in rows:
        made.entries[student] = {
            question.name: entry(student, question, *each)
            if isinstance(each, tuple)
            else entry(student, question, each)
            for question, each in zip(questions, scores, strict=True)
        }
        made.answers[student] = {}
    return made


TWELVE = [  # (student, 1.1 of 2, 1.2 of 3, the derivation of 4)
    ("s01", 2, 3, 4),
    ("s02", 2, 3, 4),
    ("s03", 2, 3, 2),
    ("s04", 2, (1, "transpose"), 2),
    ("s05", 2, (1, "transpose"), 0),
    ("s06", 2, (1, "factor:2"), 0),
    ("s07", (0, "transpose"), 3, 4),
    ("s08", (0, "factor:q"), 3, 4),
    ("s09", (0, "shape"), 3, 2),
    ("s10", (0, "shape"), (0, "transpose"), 2),
    ("s11", (0, "shape"), (0, "factor:2"), 0),
    ("s12", (0, "not-filled-in"), (0, "not-filled-in"), 0),
]


def report(made, **more):
    """The report on a class, with nothing read or written."""
    parts = {"pairs": [], "changes": Changes(), **more}
    return Report("2030-01-02 03:04 UTC", made, figures_of(made), mistakes_of(made), **parts)
