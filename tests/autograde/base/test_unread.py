"""A command whose output is cut off, as by ``| head -1``, does all that it was asked to do."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from autograde.base.unread import go_on_unread
go_on_unread()
for student in range(1000):
    print("graded", student, "x" * 100, file=getattr(sys, sys.argv[1]))
    if sys.argv[2] == "flush":
        sys.stdout.flush()
open(sys.argv[3], "w").write(str(student))
sys.exit(3)
"""


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("flush", ["flush", "keep"])
def test_it_goes_on(stream, flush, tmp_path):
    done = tmp_path / "done"
    status, said = cut_off(["-c", PROGRAM, stream, flush, str(done)], stream)
    assert (status, said, done.read_text()) == (3, "", "999")


def test_the_command_line_does_so(tmp_path):
    command = ["-m", "autograde", "--root", str(tmp_path), "scores"]
    assert cut_off(command, "stderr") == (2, "")  # no course: its own status, not a traceback's


def cut_off(arguments, stream):
    """The exit status of a program, one of whose streams nobody reads, and what the other says."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, *arguments], text=True, **streams) as program:
        unread = getattr(program, stream)
        other = program.stderr if stream == "stdout" else program.stdout
        unread.close()
        return program.wait(60), other.read()
