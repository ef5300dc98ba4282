"""A full disk: the command stops with a sentence, and goes on when there is room."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys

import pytest

from autograde.base.errors import CANNOT_START, OK
from autograde.cli import main
from autograde.workers.run import Run
from tests.faults.running import FILE, NAME, assert_whole, folders

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are jails on Linux only")


@pytest.fixture
def room(course, expected):
    """``room(size)``: so many bytes beyond those in use; the course's data is on a small disk."""
    data = course.root / "autograde"
    aside = course.root.parent / "aside"
    os.rename(data, aside)
    data.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1g", "none", data], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no disk may be mounted here ({done.stderr.decode().strip()})")
    shutil.copytree(aside, data, dirs_exist_ok=True)

    def resize(size):
        used = os.statvfs(data)
        size += (used.f_blocks - used.f_bfree) * used.f_frsize
        subprocess.run(["mount", "-o", f"remount,size={size}", data], check=True)

    yield resize
    subprocess.run(["umount", "--lazy", data], check=True)


def test_a_small_disk(course, expected, room, capsys):
    """Whichever write it is that fails: the lock's, the gradebook's or a notebook's."""
    command = ["--root", str(course.root), "grade", NAME, "--workers", "1"]
    kept = []
    for size in (0, 16_384, 65_536, 150_000):
        room(size)
        assert main(command) == CANNOT_START
        said = capsys.readouterr().err
        assert "the same command goes on when that is mended" in said
        kept.append(len(folders(course.root)))
    assert kept == sorted(kept)
    room(2**30)
    assert main(command) == OK
    assert_whole(course.root, expected)


def test_a_write_that_fails(course, hand_in, solved, monkeypatch, capsys):
    """The same where no disk may be mounted."""
    for number in range(4):
        hand_in(f"s{number}", {FILE: solved})
    monkeypatch.setattr("autograde.workers.run.BATCH", 1)
    command = ["--root", str(course.root), "grade", NAME, "--workers", "1"]
    write = Run._write

    def full(self, outcome):
        if outcome.student == "s2":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(self, outcome)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_write", full)
        assert main(command) == CANNOT_START
    assert "the graded notebooks could not be written ([Errno 28]" in capsys.readouterr().err
    assert sorted(each.parent.name for each in folders(course.root)) == ["s0", "s1"]
    assert main(command) == OK
    assert_whole(course.root, {f"s{number}": 5.0 for number in range(4)})
