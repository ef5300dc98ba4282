"""A gradebook with a class that is hard on a CSV file."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin

STUDENTS = [  # (id, first name, last name, email, id in the platform)
    ("ana", "Ana", "Álvarez", "ana@uni.example", "101"),
    ("bo", 'Bo "the, bear"', "O'Neil, Jr.", "bo@uni.example", "102"),
    ("cy", "=cmd|' /C calc'!A0", "\t@SUM(1+1)", "cy@uni.example", "103"),
    ("dee", "Dee\r\nPoints", "Possible", "dee@uni.example", "104"),
    ("eve", "梅", "李", "eve@uni.example", "105"),
    ("fay", None, None, None, None),
    ("gil", "Gil", "Twin", "Twin@uni.example", "107"),
    ("hal", "Hal", "Twin", "twin@uni.example", "107"),
    ("=ivy", "Ivy", "Formula", "-ivy@uni.example", "=109"),
    ("jo", "Jo", "    Points Possible", "jo@uni.example", "110"),
]

SCORES = [  # (student, assignment, points by the tests, marks by hand, hours late)
    ("ana", "01_first", 6, 4, 0),
    ("ana", "02, second", 0.1 + 0.2, None, 0),
    ("bo", "01_first", 6, 1.5, 2.25),
    ("cy", "01_first", 1, 0, 5),
    ("dee", "01_first", 0, 0, 0),
    ("eve", "02, second", 20, None, 0),
    ("gil", "01_first", 6, 4, 0),
    ("hal", "01_first", 5, 4, 0),
    ("jo", "01_first", 4, None, 1),
]

DUE = datetime(2026, 1, 1)


class APointAnHour(BasePlugin):
    """What is taken off for being late, here."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600


LATE = {"plugin_class": APointAnHour}

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:nbgrader")


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the gradebook."""
    path: Path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    url = f"sqlite:///{path}"
    with Gradebook(url, "course") as gradebook:
        for name, tests, marks in (("01_first", 6, 4), ("02, second", 20, 0), ("03_third", 1, 0)):
            gradebook.add_assignment(name, duedate=DUE)
            gradebook.add_notebook("n", name)
            gradebook.add_grade_cell("t", "n", name, max_score=tests, cell_type="code")
            if marks:
                gradebook.add_grade_cell("d", "n", name, max_score=marks, cell_type="markdown")
                gradebook.add_solution_cell("d", "n", name)
        for student, first, last, email, number in STUDENTS:
            gradebook.add_student(
                student, first_name=first, last_name=last, email=email, lms_user_id=number
            )
        for student, assignment, tests, marks, late in SCORES:
            when = DUE + timedelta(hours=late)
            submission = gradebook.add_submission(assignment, student, timestamp=when)
            grades = {each.name: each for each in submission.notebooks[0].grades}
            grades["t"].auto_score = tests
            grades["t"].needs_manual_grade = False
            if "d" in grades:
                grades["d"].manual_score = marks
                grades["d"].needs_manual_grade = marks is None
        gradebook.db.commit()
    return url


@pytest.fixture
def gradebook(url: str):
    with Gradebook(url, "course") as opened:
        yield opened
