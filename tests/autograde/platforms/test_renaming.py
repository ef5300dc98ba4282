"""A changed id is one person: everything moves, or nothing."""

from __future__ import annotations

import pytest

from autograde.base.errors import CANNOT_START, OK
from autograde.cli import main
from autograde.platforms import renaming
from autograde.platforms.collected import Collected, read_collected, write_collected
from tests.autograde.conftest import NAME
from tests.autograde.looking import book

STEPS = ("submitted", "autograded", "feedback")


@pytest.fixture
def one(course, hand_in):
    """A student with scores and files, and another with a name of the gradebook only."""
    with course.gradebook() as gradebook:
        gradebook.add_student("ana", first_name="Ana", email="ana@uni.example", lms_user_id="9001")
        gradebook.add_student("bo")
        grades = {g.name: g for g in gradebook.add_submission(NAME, "ana").notebooks[0].grades}
        grades["double-test"].auto_score, grades["why"].manual_score = 2, 3.5
        gradebook.db.commit()
    for step in STEPS:
        folder = course.root / "autograde" / step / "ana" / NAME
        folder.mkdir(parents=True)
        (folder / "file").write_text(step)
    label = Collected("moodle", "Ana_1_assignsubmission_file", False, 0, 1.0, False, True)
    write_collected(course, NAME, {"ana": label, "zoe": label})
    return course


def state(course):
    """Everything that could have changed."""
    folder = course.root / "autograde"
    files = {p.relative_to(folder): p.read_text() for p in folder.glob(f"*/*/{NAME}/*")}
    with course.gradebook() as gradebook:
        people = {(s.id, s.first_name, s.email, s.lms_user_id) for s in gradebook.students}
    return book(course), files, people, read_collected(course, NAME)


def rename(course, old, new):
    return main(["--root", str(course.root), "students", "rename", old, new])


@pytest.mark.parametrize("new", ["ana.new", "bo"])  # "bo" is in the gradebook already
def test_all_of_it_moves(one, capsys, new):
    scores, files, _, labels = state(one)
    assert rename(one, "ana", new) == OK
    assert f"Moved: {NAME}" in capsys.readouterr().out
    scores[new] = scores.pop("ana")
    files = {
        type(p)(*(new if part == "ana" else part for part in p.parts)): files[p] for p in files
    }
    labels[new] = labels.pop("ana")
    others = set() if new == "bo" else {("bo", None, None, None)}
    people = {(new, "Ana", "ana@uni.example", "9001")} | others
    assert state(one) == (scores, files, people, labels)
    assert not (one.root / "autograde" / "submitted" / "ana").exists()


def submission_of_bo(course):
    with course.gradebook() as gradebook:
        gradebook.add_submission(NAME, "bo")


def folder_of_bo(course):
    (course.root / "autograde" / "feedback" / "bo" / NAME).mkdir(parents=True)


REFUSED = [  # (what is there before, the ids, what is said)
    (None, ("nobody", "x"), "the gradebook has no student nobody"),
    (None, ("ana", "ana"), "both ids are the same"),
    (None, ("ana", "a/b"), "cannot be the id"),
    (None, ("ana", ".."), "cannot be the id"),
    (None, ("ana", ""), "cannot be the id"),
    (submission_of_bo, ("ana", "bo"), f"ana and bo both have a submission to {NAME}"),
    (folder_of_bo, ("ana", "bo"), f"autograde/feedback/bo/{NAME} is there already"),
]


@pytest.mark.parametrize(("before", "ids", "says"), REFUSED)
def test_what_cannot_be_done_changes_nothing(one, capsys, before, ids, says):
    if before:
        before(one)
    then = state(one)
    assert rename(one, *ids) == CANNOT_START
    assert says in capsys.readouterr().err
    assert state(one) == then


def test_a_gradebook_that_fails_changes_nothing(one, monkeypatch):
    def fail(*_):
        raise KeyboardInterrupt

    then = state(one)
    monkeypatch.setattr(renaming, "change", fail)
    rename(one, "ana", "ana.new")
    assert state(one) == then
