"""Whoever grades, the gradebook and the graded notebooks are the same."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from datetime import datetime

import pytest

from autograde.cli import main
from autograde.course.course import Course
from autograde.notebooks.notebook import write
from tests.autograde.looking import book, graded_files, with_answers

NAME = "00_fixture"
FILE = f"{NAME}.ipynb"


@pytest.fixture
def class_of(solved, released, find):
    """Submissions that nbgrader can grade, by student."""
    pictures = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nprint('x' * 9)"
    deleted = copy.deepcopy(solved)
    deleted.cells = [c for c in deleted.cells if c.id not in ("id-why", "id-halves-test")]
    return {
        "good": solved,
        "stub": released,
        "part": with_answers(solved, find, halves="def halves(x):\n    return [x / 2, x]"),
        "loud": with_answers(solved, find, double="print('hm')\n1 / 0"),
        "brief": with_answers(solved, find, why="Ha."),
        "pictures": with_answers(
            solved, find, double=f"{pictures}\ndef double(x):\n    print(x)\n    return 2 * x"
        ),
        "deleted": deleted,
        "reads": with_answers(
            solved, find, double="print(open('data.csv').read())\ndef double(x):\n    return 2 * x"
        ),
        "ends": with_answers(solved, find, double="import os\nos._exit(3)"),
    }


def by_nbgrader(course):
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", NAME],
        cwd=course.root,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def twins(course, class_of, hand_in, tmp_path):
    """A course and its double, with a late submission and files beside the notebooks."""
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=datetime(2030, 1, 1))
    (course.solutions / NAME / "data.csv").write_text("the course's\n")
    for student, nb in class_of.items():
        folder = hand_in(student, {FILE: nb, "data.csv": b"mine\n", "more/notes.txt": b"n\n"})
        year = 2031 if student in ("part", "ends") else 2029
        (folder / "timestamp.txt").write_text(f"{year}-05-06 07:08:09.000001 UTC")
    (course.root / "autograde" / "secret").write_text("ab" * 32)
    shutil.copytree(course.root, tmp_path / "double")
    return Course(course.root), Course(tmp_path / "double")


def test_the_gradebook_and_the_notebooks_are_those_of_nbgraders_own_command(twins):
    ours, theirs = twins
    assert main(["--root", str(ours.root), "grade", NAME]) == 0
    by_nbgrader(theirs)
    assert book(ours) == book(theirs)
    assert book(ours)["part"]["penalty"] == 3
    assert book(ours)["good"]["score"] == 5
    assert graded_files(ours).keys() == graded_files(theirs).keys()
    for name, content in graded_files(theirs).items():
        assert (name, graded_files(ours)[name]) == (name, content)
    assert graded_files(ours)[f"good/{NAME}/data.csv"] == "the course's\n"
    assert "the course's" in str(graded_files(ours)[f"reads/{NAME}/{FILE}"])


def test_a_mark_given_by_hand_stays_and_is_looked_at_again(twins):
    """Also when the tests have another result the second time."""
    for course, again in zip(twins, (ours_again, theirs_again), strict=True):
        main(["--root", str(course.root), "grade", NAME])
        with course.gradebook() as gradebook:
            for name, mark in [("why", 3.0), ("double-test", 1.5)]:
                grade = gradebook.find_grade(name, NAME, NAME, "good")
                grade.manual_score, grade.needs_manual_grade = mark, False
            gradebook.find_grade("halves-test", NAME, NAME, "good").extra_credit = 0.5
            gradebook.db.commit()
        again(course)
    ours, theirs = map(book, twins)
    # nbgrader asks again for each mark; here an answer that is the same is not asked for again.
    assert theirs["good"]["grades"]["double-test"] == (2, 1.5, True)
    assert ours["good"]["grades"]["double-test"] == (2, 1.5, False)
    for name, (auto, manual, _) in theirs["good"]["grades"].items():
        assert ours["good"]["grades"][name][:2] == (auto, manual)
    assert ours["good"]["score"] == theirs["good"]["score"] == 3 + 1.5 + 3 + 0.5
    del ours["good"], theirs["good"]
    assert ours == theirs


AGAIN = [  # (what is another in the second submission, the marks that a person is asked for again)
    ({}, set()),
    ({"why": "Because of something else."}, {"why"}),
    ({"halves": "def halves(x):\n    half = x / 2\n    return [half, half]"}, {"double-test"}),
    ({"double": "def double(x):\n    return x"}, {"double-test"}),
]


@pytest.mark.parametrize(("changed", "again"), AGAIN, ids=lambda value: "+".join(value) or "none")
def test_a_person_is_asked_again_where_the_answer_changed(
    course, solved, find, hand_in, changed, again
):
    folder = hand_in("ana", {FILE: solved})
    assert main(["--root", str(course.root), "grade", NAME]) == 0
    with course.gradebook() as gradebook:
        for name, mark in [("why", 3.0), ("double-test", 1.5)]:
            grade = gradebook.find_grade(name, NAME, NAME, "ana")
            grade.manual_score, grade.needs_manual_grade = mark, False
        gradebook.db.commit()
    write(with_answers(solved, find, **changed), folder / FILE)
    assert main(["--root", str(course.root), "grade", NAME, "--force"]) == 0
    grades = book(course)["ana"]["grades"]
    assert {name for name, (_, _, needs) in grades.items() if needs} == again
    assert (grades["why"][1], grades["double-test"][1]) == (3.0, 1.5)


def ours_again(course):
    assert main(["--root", str(course.root), "grade", NAME, "--force"]) == 0


def theirs_again(course):
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", NAME, "--force"],
        cwd=course.root,
        check=True,
        capture_output=True,
    )
