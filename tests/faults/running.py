"""The command in a process of its own, watched from outside, and what it leaves."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter

import psutil

from autograde.course.config import CHECKOUT

NAME = "00_fixture"
FILE = f"{NAME}.ipynb"

DEADLINE = 120 + 2 * int(os.environ.get("FAULT_CLASS", "60"))
"""Seconds for anything: a busy machine must not look like a fault."""


def wait_for(what):
    """Look again and again until it is so."""
    until = time.monotonic() + DEADLINE
    while not (found := what()):
        assert time.monotonic() < until, "it did not become so in time"
        time.sleep(0.05)
    return found


def folders(root):
    """The graded folders that are in place."""
    return list((root / "autograde" / "autograded").glob(f"*/{NAME}"))


PROGRAM = """
import sys
from autograde.workers import run as grading
from autograde.cli import main
grading.BATCH = 5
sys.exit(main())
"""
"""``python -m autograde``, which writes a little more often, so that there is more to stop."""


class Command:
    """``python -m autograde grade``; `seen` are all the processes that it was seen to have."""

    def __init__(self, root, *options):
        self.root = root
        self.log = root.parent / "log"
        self.report = root.parent / "report.json"
        self.report.unlink(missing_ok=True)
        self.seen = set()
        command = ["-c", PROGRAM, "--root", root, "grade", NAME, "--json", self.report]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command, *options],
                cwd=CHECKOUT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def look(self):
        """Its processes that are there now."""
        with contextlib.suppress(psutil.NoSuchProcess):
            now = psutil.Process(self.process.pid).children(recursive=True)
            self.seen |= set(now)
            return now
        return []

    def until(self, count):
        """Wait until so many folders are in place, while it runs."""

        def enough():
            self.look()
            assert self.process.poll() is None, self.said()
            return len(folders(self.root)) >= count

        wait_for(enough)

    def find(self, *words):
        """One of its processes, whose command line has all these words."""

        def named():
            for each in self.look():
                if all(word in command_line(each) for word in words):
                    return each
            return None

        return wait_for(named)

    def workers(self):
        """The processes that grade: forks of the command, so their command line is its own."""

        def forks():
            with contextlib.suppress(psutil.NoSuchProcess):
                mine = command_line(main := psutil.Process(self.process.pid))
                return [
                    each for each in main.children() if alive(each) and command_line(each) == mine
                ]
            return []

        self.look()
        return wait_for(forks)

    def end(self):
        """Wait until it has ended; its exit status."""

        def ended():
            self.look()
            return self.process.poll() is not None

        wait_for(ended)
        return self.process.returncode

    def gone(self):
        """Wait until none of its processes is there."""

        def none():
            return not [each for each in self.seen if alive(each)]

        wait_for(none)

    def said(self):
        return self.log.read_text()

    def results(self):
        return {
            each["student"]: each for each in json.loads(self.report.read_text())["submissions"]
        }

    def close(self):
        """End it, whatever has failed."""
        for each in [*self.look(), self.process]:
            with contextlib.suppress(psutil.Error, OSError):
                each.kill()
        self.process.wait()


def command_line(process):
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def alive(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def entered(root):
    """The students' points in the gradebook; a student or a cell that is there twice is told."""
    with contextlib.closing(sqlite3.connect(root / "autograde" / "gradebook.db", 60)) as db:
        students = [student for (student,) in db.execute("SELECT id FROM student")]
        rows = db.execute(
            "SELECT s.student_id, s.id, g.cell_id, g.auto_score FROM submitted_assignment s"
            " JOIN submitted_notebook n ON n.assignment_id = s.id"
            " JOIN grade g ON g.notebook_id = n.id"
        ).fetchall()
        count = db.execute("SELECT count(*) FROM grade").fetchone()[0]
    assert len(set(students)) == len(students)
    assert count == len(rows), "grades of no submission"
    twice = [key for key, times in Counter(row[0::2] for row in rows).items() if times > 1]
    assert not twice
    points = {}
    for student, _, _, score in rows:
        points[student] = points.get(student, 0.0) + (score or 0.0)
    return points


def assert_whole(root, expected):
    """Everybody is graded, once and rightly, and nothing is left lying about."""
    assert entered(root) == expected
    assert {each.parent.name for each in folders(root)} == set(expected)
    for student in expected:
        nb = json.loads((root / "autograde" / "autograded" / student / NAME / FILE).read_text())
        tests = [cell for cell in nb["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]
        assert len(tests) == 3
        assert all(cell["execution_count"] for cell in tests if cell["cell_type"] == "code")
    assert not (root / "autograde" / "staging").exists()
    left = {path.name for path in (root / "autograde").iterdir()}
    assert left == {"autograded", "gradebook.db", "grading.lock", "secret", "submitted"}
