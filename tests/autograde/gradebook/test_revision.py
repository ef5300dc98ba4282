"""An assignment is changed after marks were given: what the gradebook and the class have then."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from nbformat.v4 import new_code_cell

from autograde.base.errors import CANNOT_START, DIFFERENT, OK
from autograde.cli import main
from autograde.course.course import Course
from autograde.course.nbgrader import nbgrader
from autograde.notebooks.notebook import read, write
from autograde.workers.run import scores
from tests.autograde.conftest import NAME, marked

FILE = f"{NAME}.ipynb"


def cell(nb, name):
    return next(
        each for each in nb.cells if each.metadata.get("nbgrader", {}).get("grade_id") == name
    )


def reworded(nb):
    cell(nb, "double-test").source = "assert double(3) == 6, 'double has another factor'"


def stricter(nb):
    cell(nb, "double-test").source = "assert double(3) == 7, 'another number is wanted now'"


def more_points(nb):
    cell(nb, "double-test").metadata.nbgrader.points = 4


def shorter(nb):
    nb.cells = [each for each in nb.cells if "halves" not in each.id]


def longer(nb):
    answer = (
        "def triple(x):\n    ### BEGIN SOLUTION\n    return 3 * x + 0 * x\n    ### END SOLUTION"
    )
    test = "assert triple(3) == 9, 'triple is wrong by a constant'"
    nb.cells[-1:-1] = [
        new_code_cell(answer, id="id-triple", metadata=marked("triple", solution=True)),
        new_code_cell(
            test,
            id="id-triple-test",
            metadata=marked("triple-test", grade=True, locked=True, points=2),
        ),
    ]


def why_of(points):
    def change(nb):
        cell(nb, "why").metadata.nbgrader.points = points
        cell(nb, "why").source = cell(nb, "why").source.replace("4 points", f"{points} points")

    return change


def without_why(nb):
    nb.cells = [each for each in nb.cells if each.id != "id-why"]


def why_is_code(nb):
    cell(nb, "why").cell_type = "code"


def twice(nb):
    cell(nb, "halves").metadata.nbgrader.grade_id = "double"


def run(course, *command, status=OK):
    assert main(["--root", str(course.root), *command]) == status


def change(course, how):
    path = course.solutions / NAME / FILE
    nb = read(path)
    how(nb)
    write(nb, path)


def totals(course, student):
    found = scores(Course(course.root), NAME, student)
    by_hand = [each for each in found.cells.values() if each.by_hand]
    return found.auto_score, sum(each.score for each in by_hand), found.max_score


def everything(course):
    """What must not change where it is refused."""
    with closing(sqlite3.connect(course.root / "autograde" / "gradebook.db")) as book:
        rows = list(book.iterdump())
    return rows, (course.notebooks / NAME / FILE).read_bytes()


@pytest.fixture
def graded(course, hand_in, solved):
    """Ana has all points of the tests, and 3 of 4 by hand; ben has left out `double`."""
    hand_in("ana", {FILE: solved})
    cell(solved, "double").source = "def double(x):\n    return None"
    hand_in("ben", {FILE: solved})
    run(course, "grade", NAME)
    with course.gradebook() as gradebook:
        for student, points in [("ana", 3.0), ("ben", 1.0)]:
            grade = gradebook.find_grade("why", NAME, NAME, student)
            grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.find_comment("why", NAME, NAME, student).manual_comment = "and the constant?"
        gradebook.db.commit()
    return course


CHANGES = [  # (how, with what, whether it is graded again; tests, marks, maximum of ana and ben)
    (reworded, [], True, [(5, 3, 9), (3, 1, 9)]),
    (stricter, [], True, [(3, 3, 9), (3, 1, 9)]),
    (more_points, [], True, [(7, 3, 11), (3, 1, 11)]),
    (shorter, [], False, [(2, 3, 6), (0, 1, 6)]),
    (why_of(8), ["--marks", "keep"], False, [(5, 3, 13), (3, 1, 13)]),
    (why_of(8), ["--marks", "scale"], False, [(5, 6, 13), (3, 2, 13)]),
    (why_of(2), ["--marks", "scale"], False, [(5, 1.5, 7), (3, 0.5, 7)]),
    (without_why, ["--drop-marks"], False, [(5, 0, 5), (3, 0, 5)]),
]


@pytest.mark.parametrize(("how", "options", "again", "due"), CHANGES)
def test_the_class_has_what_the_new_assignment_gives(graded, capsys, how, options, again, due):
    change(graded, how)
    run(graded, "update", NAME, "--yes", *options)
    said = capsys.readouterr().out
    assert ("waits to be graded again" in said) is again
    waiting = {"ana", "ben"} if again else set()
    for student in ("ana", "ben"):
        found = scores(Course(graded.root), NAME, student)
        assert bool(found.needs_manual) is (student in waiting), found
    run(graded, "grade", NAME)
    assert "changed in solutions/" not in capsys.readouterr().out
    assert [totals(graded, student) for student in ("ana", "ben")] == due
    run(graded, "build", "--check")
    with graded.gradebook() as gradebook:
        comments = gradebook.find_submission(NAME, "ana").notebooks[0].comments
        assert [each.manual_comment for each in comments if each.manual_comment] == [
            "and the constant?"
        ] or how is without_why
    (copy,) = (graded.root / "autograde" / "backups").iterdir()
    with closing(sqlite3.connect(copy)) as book:
        assert book.execute(
            "select count(*) from grade where manual_score is not null"
        ).fetchone() == (2,)


REFUSED = [  # (how, with what, what is said)
    (why_of(8), [], "--marks scale makes them larger or smaller"),
    (why_of(2), ["--marks", "keep"], "has a mark of 3, and 2 points now"),
    (without_why, [], "--drop-marks takes them away"),
    (twice, [], "2 cells have the grade_id 'double'"),
]


@pytest.mark.parametrize(("how", "options", "says"), REFUSED)
def test_what_would_lose_marks_is_refused_before_it_is_written(graded, capsys, how, options, says):
    change(graded, how)
    before = everything(graded)
    run(graded, "update", NAME, "--yes", *options, status=CANNOT_START)
    assert says in capsys.readouterr().err
    assert everything(graded) == before
    assert not (graded.root / "autograde" / "backups").exists()


def test_without_yes_it_only_says_what_has_changed(graded, capsys):
    change(graded, more_points)
    before = everything(graded)
    run(graded, "update", NAME, status=DIFFERENT)
    said = capsys.readouterr().out
    assert "2 points before, 4 points now" in said
    assert "Nothing was changed" in said
    assert everything(graded) == before


def test_a_new_exercise_is_missing_in_what_was_handed_in_before(graded, capsys):
    change(graded, longer)
    run(graded, "update", NAME, "--yes")
    assert "new, 2 points" in capsys.readouterr().out
    run(graded, "grade", NAME)
    print(totals(graded, "ana"), capsys.readouterr().out)
    assert totals(graded, "ana") == (5, 3, 11)


def test_an_error_on_the_way_leaves_the_gradebook_as_it_was(graded, monkeypatch):
    change(graded, more_points)
    before = everything(graded)
    monkeypatch.setattr("autograde.gradebook.revision.Revision._to_be_graded", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["--root", str(graded.root), "update", NAME, "--yes"])
    assert everything(graded) == before


def test_where_nothing_has_changed(graded, capsys):
    run(graded, "update", NAME)
    assert "the gradebook has what is in solutions/" in capsys.readouterr().out


def test_an_assignment_that_is_not_recorded(course, capsys):
    (course.root / "autograde" / "gradebook.db").unlink()
    run(course, "update", NAME, status=CANNOT_START)
    assert "it is recorded when it is first graded" in capsys.readouterr().err


TABLES = [  # (a command that writes what everybody has, the file)
    (("export", "--moodle", "--identify", "id", "--to"), "m.csv"),
    (("export", "--canvas", "--to"), "c.csv"),
]


@pytest.mark.parametrize(("command", "file"), TABLES)
def test_an_assignment_that_was_taken_back_leaves_the_tables(graded, capsys, command, file):
    shutil.move(graded.solutions / NAME, graded.solutions / "99_other")
    (graded.solutions / "99_other" / FILE).rename(graded.solutions / "99_other" / "99_other.ipynb")
    run(graded, *command, str(graded.root / file))
    said = "".join(capsys.readouterr())
    assert f"{NAME} was taken back" in said
    assert NAME not in (graded.root / file).read_text()
    run(graded, *command, str(graded.root / file), NAME)
    assert NAME in (graded.root / file).read_text()


def test_nbgraders_own_table_leaves_it_out_too(graded):
    def table():
        nbgrader("export", "--to", "g.csv", folder=graded.root, environment={})
        return (graded.root / "g.csv").read_text()

    assert NAME in table()
    shutil.rmtree(graded.solutions / NAME)
    assert NAME not in table()
