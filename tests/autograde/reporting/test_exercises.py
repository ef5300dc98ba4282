"""What an assignment asks, read from the instructor's notebook and the gradebook's record."""

from __future__ import annotations

import pytest

from autograde.notebooks.original import OriginalCell
from autograde.notebooks.released import Released, ReleasedNotebook, SourceCell
from autograde.reporting.exercises import questions_of


def text(source):
    return SourceCell(None, None, False, False, False, source), None


def cell(name, source, *, code=True, points=None):
    grade, solution = points is not None, not (code and points is not None)
    original = OriginalCell(
        name, "code" if code else "markdown", False, grade, solution, False, points, source, "", ""
    )
    return SourceCell(None, name, code, solution, grade and not solution, source), original


def questions(*cells):
    originals = {original.name: original for _, original in cells if original}
    notebook = ReleasedNotebook(originals, None, tuple(source for source, _ in cells))
    return questions_of(Released("01_jacobians", {"01_jacobians": notebook}, b""))


def test_each_test_is_of_the_answers_above_it():
    found = questions(
        text("# Notebook\n\n### Exercise 1.1: the Jacobian by $\\mathbf x$ in `f`"),
        cell("first", "def f(x):"),
        cell("second", "def g(x):"),
        cell("test", "check(f)", points=2.0),
        cell("again", "check(g)", points=1.0),
        text("No heading."),
        cell("why", "Why?", code=False, points=3.0),
        text("## Exercise 1.2"),
        cell("third", "def h(x):"),
        cell("last", "check(h)", points=1.0),
    )
    rows = [(q.name, q.title, q.max_score, q.by_hand, q.test, [*q.stubs]) for q in found]
    first = "1.1: the Jacobian by x in f"
    assert rows == [
        ("test", first, 2.0, False, "check(f)", ["first", "second"]),
        ("again", first, 1.0, False, "check(g)", ["first", "second"]),
        ("why", first, 3.0, True, "", ["why"]),
        ("last", "1.2", 1.0, False, "check(h)", ["third"]),
    ]


@pytest.mark.parametrize("source", ["No heading.", "#hashtag", "    code"])
def test_without_a_heading_it_is_called_by_its_grade_id(source):
    (only,) = questions(text(source), cell("test", "check(f)", points=2.0))
    assert (only.title, only.stubs) == ("test", {})
