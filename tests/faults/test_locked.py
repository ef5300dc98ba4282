"""The gradebook is locked by another program, for a while or for good; the run by another run."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from autograde.base.errors import CANNOT_START, OK, SOME_NOT_GRADED
from autograde.cli import main
from autograde.gradebook import patience
from autograde.grading.pipeline import Pipeline
from tests.faults.running import FILE, NAME, assert_whole, entered

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are jails on Linux only")

PROGRAM = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=100, isolation_level=None)
db.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
db.execute("ROLLBACK")
"""


@contextlib.contextmanager
def locked(root):
    """Another process holds the gradebook."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, root / "autograde" / "gradebook.db"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout.readline() == "locked\n"
            yield
        finally:
            process.communicate("\n")


def test_a_gradebook_that_is_locked_for_a_while(course, expected, start):
    """Before the first submission, and in the middle: it is waited for."""
    with locked(course.root):
        run = start("--workers", "2")
        time.sleep(2)
    run.until(5)
    workers = run.workers()
    for each in workers:  # so that there is something left to write
        each.send_signal(signal.SIGSTOP)
    with locked(course.root):
        for each in workers:
            each.send_signal(signal.SIGCONT)
        time.sleep(7)  # longer than SQLite itself waits
    assert run.end() == OK, run.said()
    run.gone()
    assert {student: each["auto_score"] for student, each in run.results().items()} == expected
    assert_whole(course.root, expected)


def test_a_gradebook_that_stays_locked(course, hand_in, solved, monkeypatch, capsys, tmp_path):
    """The sentence names the gradebook, and a later run mends it."""
    for student in ("ana", "ben"):
        hand_in(student, {FILE: solved})
    monkeypatch.setattr(patience, "PATIENCE", 1.0)
    command = ["--root", str(course.root), "grade", NAME, "--workers", "1"]
    report = tmp_path / "report.json"
    other = sqlite3.connect(course.root / "autograde" / "gradebook.db", isolation_level=None)
    with contextlib.closing(other):
        other.execute("BEGIN EXCLUSIVE")
        assert main(command) == CANNOT_START
        assert "the gradebook cannot be used (" in (said := capsys.readouterr().err)
        assert "database is locked" in said
        other.execute("ROLLBACK")

        grade = Pipeline.grade

        def lock_and_grade(self, submission):
            if not other.in_transaction:
                other.execute("BEGIN EXCLUSIVE")
            return grade(self, submission)

        with monkeypatch.context() as patch:
            patch.setattr(Pipeline, "grade", lock_and_grade)
            assert main([*command, "--json", str(report)]) == SOME_NOT_GRADED
        printed = capsys.readouterr().out
        assert "NOT GRADED: ana: the gradebook could not be written (" in printed
        assert "database is locked); close what else uses it" in printed
        found = json.loads(report.read_text())["submissions"]
        assert [each["code"] for each in found] == ["gradebook", "gradebook"]
        other.execute("ROLLBACK")
    assert entered(course.root) == {}
    assert main(command) == OK
    assert_whole(course.root, {"ana": 5.0, "ben": 5.0})


def test_two_commands_at_once(course, hand_in, solved, find, start):
    """The second is refused, and says who the first is."""
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.Examine.cell_seconds = 600.0\n")
    find(solved, "double").source = "import time\ntime.sleep(600)"
    hand_in("ana", {FILE: solved})
    first = start()
    first.find("inside.forkserver")
    second = start()
    assert second.end() == CANNOT_START
    said = second.said()
    assert f"another run (process {first.process.pid}) is grading in this course; wait" in said
    assert "Traceback" not in said
    first.process.kill()
    first.end()
    first.gone()
