"""What became of each exercise, read from what there is now."""

from __future__ import annotations

import os

import pytest

from autograde.gradebook.gradebook import Book
from autograde.grading.pipeline import GradedNotebook, Outcome
from autograde.grading.result import CellScore
from autograde.grading.verdicts import KEY
from autograde.notebooks.notebook import text_of, write
from autograde.reporting.entries import group_of, state_of
from tests.autograde.looking import NAME, with_answers
from tests.autograde.reporting.classes import BY_HAND, OTHER

STATES = [  # (what it is, the score of 3, what the answer's cell holds, what that is)
    ("all", 3, "def b(x):\n    return 1", "right"),
    ("more than all, by extra credit", 4, "def b(x):\n    return 1", "right"),
    ("a part", 1, "def b(x):\n    return 1", "partly"),
    ("nothing", 0, "def b(x):\n    return 1", "wrong"),
    ("untouched", 0, "def b(x):\n", "blank"),
    ("deleted", 0, " ", "blank"),
    ("answered in another cell", 3, "def b(x):", "right"),
]


@pytest.mark.parametrize(("score", "text", "state"), [pytest.param(*r, id=n) for n, *r in STATES])
def test_a_state_follows_from_the_score_and_the_answer(score, text, state):
    assert state_of(OTHER, CellScore(score, None, score, 3, False), {"b": text}, {}) == state


def test_an_exercise_without_points_is_as_its_test_found_it():
    nothing = CellScore(0, None, 0, 0, False)
    answers = {"b": "def b(x): pass"}
    assert state_of(OTHER, nothing, answers, {"verdict": "passed"}) == "right"
    assert state_of(OTHER, nothing, answers, {"verdict": "wrong"}) == "wrong"


def test_a_derivation_is_marked_like_a_test():
    assert state_of(BY_HAND, CellScore(None, 2, 2, 4, True), {"why": "So."}, {}) == "partly"


CLASS = {  # student: (points of double, and its code; of halves, and its code; the mark of why)
    "ana": (2, "", 3, "", 4),
    "ben": (0, "transpose", 1, "factor:2", None),
    "cho": (2, "", 0, "transpose", 0),
}


@pytest.fixture
def prepared(course, hand_in, solved, find):
    """A class that was graded without a jail: its gradebook and its graded notebooks."""
    graded = {}
    for student, (double, one, halves, other, _) in CLASS.items():
        nb = with_answers(solved, find, why=f"{student} says so.")
        tests = {"double-test": one, "halves-test": other}
        for name, code in tests.items():
            verdict = {"verdict": "wrong" if code else "passed", "code": code, "says": code}
            find(nb, name).metadata[KEY] = verdict
        folder = hand_in(student, {f"{NAME}.ipynb": nb})
        (folder / "timestamp.txt").write_text("2029-05-06 07:08:09.000001 UTC")
        place = course.root / "autograde" / "autograded" / student / NAME
        place.mkdir(parents=True)
        write(nb, place / f"{NAME}.ipynb")
        (place / "timestamp.txt").write_text("2029-05-06 07:08:09.000001 UTC")
        grades = {"double-test": double, "halves-test": halves, "why": None}
        graded[student] = GradedNotebook(text_of(nb), grades, {})
    book = Book(course, NAME)
    book.record([Outcome(student, {NAME: each}) for student, each in graded.items()], {}, {})
    book.close()
    with course.gradebook() as gradebook:
        for student, (*_, mark) in CLASS.items():
            if mark is not None:
                grade = gradebook.find_grade("why", NAME, NAME, student)
                grade.manual_score, grade.needs_manual_grade = mark, False
        gradebook.db.commit()
    return course


def states(course):
    return {
        student: [entry.state for entry in entries.values()]
        for student, entries in group_of(course, NAME).entries.items()
    }


def test_a_prepared_class(prepared):
    group = group_of(prepared, NAME)
    assert states(prepared) == {
        "ana": ["right", "right", "right"],
        "ben": ["wrong", "partly", "not graded"],
        "cho": ["right", "wrong", "wrong"],
    }
    assert [each.code for each in group.mistaken] == ["transpose", "factor:2", "transpose"]
    assert group.entries["ben"]["halves-test"].says == "factor:2"
    assert (group.notes, group.enrolled) == ([], 3)


def test_what_was_handed_in_again_is_not_graded_and_said(prepared):
    stamp = prepared.root / "autograde" / "submitted" / "ben" / NAME / "timestamp.txt"
    stamp.write_text("2029-05-07 07:08:09.000001 UTC")
    assert states(prepared)["ben"] == ["not graded"] * 3
    group = group_of(prepared, NAME)
    assert group.answers.keys() == {"ana", "cho"}
    again = f"python -m autograde grade {NAME}"
    assert group.notes == [
        f"1 submission handed in and not graded, or handed in again since: {again}"
    ]


CHANGED = [  # (what stands in the graded notebook and what in its place; what then is; the note)
    (("double(3) == 6", "double(4) == 8"), "not graded", "graded by tests that have changed since"),
    ((f'"{KEY}"', '"other"'), "wrong", "graded without keeping what was wrong"),
]


@pytest.mark.parametrize(("change", "state", "note"), CHANGED, ids=["other tests", "older"])
def test_what_was_graded_otherwise_is_said(prepared, change, state, note):
    path = prepared.root / "autograde" / "autograded" / "ben" / NAME / f"{NAME}.ipynb"
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    group = group_of(prepared, NAME)
    entry = group.entries["ben"]["double-test"]
    assert (entry.state, entry.code) == (state, "")
    assert [note in each for each in group.notes] == [True]


def test_a_mark_that_is_changed_is_read_as_it_is_now(prepared):
    with prepared.gradebook() as gradebook:
        gradebook.find_grade("double-test", NAME, NAME, "ben").manual_score = 2
        gradebook.db.commit()
    assert states(prepared)["ben"] == ["right", "partly", "not graded"]
    os.remove(prepared.root / "autograde" / "autograded" / "ana" / NAME / f"{NAME}.ipynb")
    assert states(prepared)["cho"] == ["right", "wrong", "wrong"]
