"""Whatever is killed, the class is graded once and rightly."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from autograde.base.errors import INTERRUPTED, OK
from tests.faults.running import FILE, assert_whole, folders

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are jails on Linux only")


@pytest.mark.thorough
def test_workers_and_jails_that_are_killed(course, expected, start):
    run = start("--workers", "2")
    run.workers()[0].kill()  # before it has graded anything
    run.until(1)
    run.find("bwrap", "--die-with-parent").kill()
    run.until(len(expected) // 3)
    server = run.find("-m inside.forkserver")
    server.kill()
    run.workers()[0].kill()
    assert run.end() == OK, run.said()
    run.gone()
    results = run.results()
    assert {student: each["auto_score"] for student, each in results.items()} == expected
    assert {each["status"] for each in results.values()} == {"graded"}
    assert_whole(course.root, expected)


def test_the_command_is_killed_and_given_again(course, expected, start):
    """Interrupted from the keyboard, then killed, and nothing is lost or done twice."""
    first = start("--workers", "2")
    first.until(5)
    os.killpg(first.process.pid, signal.SIGINT)  # as a terminal does it, to all of them
    assert first.end() == INTERRUPTED, first.said()
    assert "stopped; what was done is kept" in first.said()
    assert "Traceback" not in first.said()
    first.gone()
    assert not (course.root / "autograde" / "staging").exists()
    interrupted = graded(course.root)

    second = start("--workers", "2")
    second.until(len(interrupted) + 5)
    second.process.kill()
    second.end()
    second.gone()
    killed = graded(course.root)

    third = start("--workers", "2")
    assert third.end() == OK, third.said()
    third.gone()
    results = third.results()
    assert {student: each["auto_score"] for student, each in results.items()} == expected
    kept = {student for student, each in results.items() if each["status"] == "kept"}
    assert kept == killed.keys()
    assert_whole(course.root, expected)
    now = graded(course.root)
    assert {student: now[student] for student in killed} == killed
    assert {student: now[student] for student in interrupted} == interrupted


def graded(root):
    """The graded notebooks that are in place, byte for byte."""
    return {path.parent.name: (path / FILE).read_bytes() for path in folders(root)}
