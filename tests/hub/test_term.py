"""What each person saw of the term."""

from __future__ import annotations

import re

import pytest

from .machine import ANA, BO, COURSE, SECOND, TEACHER
from .term import MARKED, MISTAKE, NAME, autograde

MENUS = [
    (TEACHER, ["Assignment List", "Course List", "Formgrader", "Create assignment"]),
    (SECOND, ["Assignment List", "Course List", "Formgrader", "Create assignment"]),
    (ANA, ["Assignment List"]),
    (BO, ["Assignment List"]),
]


@pytest.mark.parametrize(("user", "entries"), MENUS)
def test_the_menu(term, user, entries):
    assert term.menus[user] == entries


def test_a_right_notebook_validates_in_the_students_own_kernel(term):
    assert "Success" in term.validated


def test_both_are_graded_by_the_engine(term):
    assert re.search(rf"{ANA} +graded", term.command), term.command
    assert "without a jail" not in term.command
    assert ANA in term.formgrader
    assert BO in term.formgrader


def test_the_scores_differ_by_the_mistake(term):
    done = autograde(term, "scores")
    tests = {
        line.split()[1]: [float(each) for each in re.findall(r"(\d+\.?\d*) / (\d+\.?\d*)", line)[0]]
        for line in done.stdout.splitlines()
        if line.startswith(NAME)
    }
    assert tests[ANA][0] == tests[ANA][1]
    assert tests[BO][0] == tests[ANA][0] - MISTAKE.points


def test_feedback_names_the_mistake_to_who_made_it(term):
    assert MISTAKE.says in term.feedback[BO]
    assert MISTAKE.says not in term.feedback[ANA]


def test_grades_leave_for_the_learning_platform(term):
    path = term.hub.home(COURSE) / "out.csv"
    done = autograde(term, "export", "--moodle", "--identify", "id", "--to", str(path))
    assert done.returncode == 0, done.stderr
    lines = path.read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["Username", ANA, BO]


def test_the_assistants_mark_is_in_the_gradebook(term):
    done = autograde(term, "scores")
    pairs = [re.findall(r"(\d+\.?\d*) / ", line) for line in done.stdout.splitlines()]
    by_hand = [float(pair[1]) - float(pair[0]) for pair in pairs if len(pair) == 2]
    assert sorted(by_hand) == [0.0, MARKED], done.stdout
