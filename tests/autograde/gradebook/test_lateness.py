"""What being late costs, by the deadline, the extension and the marks as they are now."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.apps.api import NbGraderAPI
from traitlets.utils.importstring import import_item

from autograde.cli import main
from autograde.commands.due import read_date, zone_of
from autograde.course.course import Course
from autograde.platforms.renaming import rename
from autograde.workers.run import scores
from tests.autograde.conftest import NAME

FILE = f"{NAME}.ipynb"
PENALTY = """
from nbgrader.plugins import BasePlugin

class APointADay(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 86400

c.AssignLatePenalties.plugin_class = APointADay
"""


@pytest.fixture
def late_class(course, hand_in, solved):
    """A course that takes a point a day, and three students: on 1 and 2 March, and undated."""
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + PENALTY)
    for student, stamp in [("ana", "2026-03-01"), ("ben", "2026-03-02"), ("cho", None)]:
        folder = hand_in(student, {FILE: solved})
        if stamp:
            (folder / "timestamp.txt").write_text(f"{stamp} 12:00:00 UTC")
        else:
            (folder / "timestamp.txt").write_text("yesterday, I think")
    return course


def run(course, *command, status=0):
    assert main(["--root", str(course.root), *command]) == status


def totals(course):
    """What each student has, as the export says; it has to be what all others say, too."""
    run(course, "export", "--moodle", "--identify", "id", "--to", str(course.root / "m.csv"))
    rows = csv.DictReader((course.root / "m.csv").read_text(encoding="utf-8").splitlines())
    exported = {row["Username"]: float(row[NAME]) for row in rows}
    again = Course(course.root)
    table = import_item(again.app.config.ExportApp.plugin_class)(parent=again.app)
    table.to = str(course.root / "n.csv")
    with again.gradebook() as gradebook:
        table.export(gradebook)
    rows = csv.DictReader((course.root / "n.csv").read_text(encoding="utf-8").splitlines())
    nbgraders = {row["student_id"]: float(row["score"]) for row in rows}
    mine = {student: scores(again, NAME, student).score for student in exported}
    assert exported == nbgraders == mine
    return [exported[student] for student in ("ana", "ben", "cho")]


def mark(course, student, points):
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("why", NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


STEPS = [  # (what is done after grading, 5 of 5 tests each; the totals of ana, ben and cho)
    ([], [5, 5, 5]),
    ([("due", NAME, "2026-03-01 12:00")], [5, 4, 5]),
    ([("due", NAME, "2026-02-28 12:00")], [4, 3, 5]),
    ([("due", NAME, "2026-02-28 12:00"), ("due", NAME, "never")], [5, 5, 5]),
    ([("due", NAME, "2026-02-28 12:00"), ("due", NAME, "2026-03-02 12:00", "--student", "ben")],
     [4, 5, 5]),
    ([("due", NAME, "2026-03-05 12:00", "--student", "ben"), ("due", NAME, "2026-03-01 12:00")],
     [5, 5, 5]),
    ([("due", NAME, "2026-03-02 12:00", "--student", "ben"), ("due", NAME, "2026-03-01 12:00"),
      ("due", NAME, "never", "--student", "ben")], [5, 4, 5]),
    ([("due", NAME, "2026-01-01 12:00")], [0, 0, 5]),  # not below nothing
]  # fmt: skip


@pytest.fixture
def in_utc(monkeypatch):
    monkeypatch.setattr("autograde.commands.due.zone_of", lambda name: zone_of(name or "UTC"))


def test_scores_do_not_depend_on_the_order_of_work(late_class, in_utc, capsys):
    run(late_class, "grade", NAME)
    said = capsys.readouterr().out
    assert "cho: its timestamp.txt cannot be read, so it counts as handed in without a date" in said
    assert said.count("Note:") == 1
    for commands, wanted in STEPS:
        for command in commands:
            run(late_class, *command)
        assert totals(late_class) == wanted, commands
    run(late_class, "due", NAME, "2026-02-28 12:00")
    mark(late_class, "ben", 1.5)
    assert totals(late_class) == [4, 4.5, 5]
    capsys.readouterr()
    run(late_class, "scores")
    table = capsys.readouterr().out
    assert [
        next(word for word in ("1 d", "2 d", "no date") if word in line)
        for line in table.splitlines()[2:]
    ] == ["1 d", "2 d", "no date"]
    # Graded after all that: the same.
    run(late_class, "grade", NAME, "--force")
    assert totals(late_class) == [4, 4.5, 5]


def test_more_time_is_a_persons_and_can_be_given_before_anything_came(course, in_utc, capsys):
    with course.gradebook() as gradebook:
        gradebook.add_student("ana")
    run(course, "due", NAME, "2026-03-01 12:00")
    run(course, "due", NAME, "2026-03-04 12:00", "--student", "ana")
    rename(course, "ana", "anna")
    capsys.readouterr()
    run(course, "due", NAME)
    assert capsys.readouterr().out.splitlines() == [
        f"{NAME}: due 2026-03-01 12:00 UTC",
        "  anna: due 2026-03-04 12:00 UTC",
    ]


REFUSED = [
    ("due", NAME, "soon"),
    ("due", NAME, "2026-03-01 12:00 CET"),  # nbgrader takes a zone that it does not know for UTC
    ("due", NAME, "2026-03-01", "--timezone", "Nowhere/Land"),
    ("due", NAME, "2026-03-01", "--student", "nobody"),
    ("due", "01_no_such", "2026-03-01"),
]


@pytest.mark.parametrize("command", REFUSED, ids=" ".join)
def test_what_is_no_deadline_is_refused(course, command, capsys):
    run(course, *command, status=2)
    with course.gradebook() as gradebook:
        assert gradebook.find_assignment(NAME).duedate is None


def test_a_date_is_of_the_zone_that_is_named():
    assert read_date("2026-07-01 12:00", zone_of("Europe/Berlin")) == datetime(2026, 7, 1, 10)


def test_a_stamp_that_is_no_date_stops_no_page_of_the_form_grader(late_class):
    run(late_class, "grade", NAME)
    stamp = late_class.root / "autograde" / "submitted" / "ben" / NAME / "timestamp.txt"
    for content in (b"", b"\xff\xfe", b"31 November", b"0001-01-01 00:00 CET"):
        stamp.write_bytes(content)
        api = NbGraderAPI(coursedir=late_class.app.coursedir)
        assert len(api.get_submissions(NAME)) == 3, content
        assert late_class.app.coursedir.get_existing_timestamp(str(Path(stamp).parent)) is None


def test_an_extension_in_nbgraders_gradebook_counts_as_well(late_class, in_utc):
    run(late_class, "grade", NAME)
    run(late_class, "due", NAME, "2026-03-01 12:00")
    with late_class.gradebook() as gradebook:
        gradebook.grant_extension(NAME, "ben", days=1)
        assert gradebook.find_submission(NAME, "ben").extension == timedelta(days=1)
    assert totals(late_class) == [5, 5, 5]
