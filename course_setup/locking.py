"""One course.py at a time makes an environment."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from course_setup import say

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def only_one(path: Path) -> Iterator[IO[bytes]]:
    """Hold the file `path`, as soon as no other process does, and yield it.

    The system lets go of it however this process ends, and every child that was given the file.
    """
    with open(path, "ab") as file:
        if not _held(file):
            say("Another course.py is setting up; waiting.")
            while not _held(file):
                time.sleep(0.1)
        yield file


def _held(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # PermissionError is how Windows says it
        return False
    except OSError as error:
        say(f"Nothing can be locked in this folder ({error}): use one course.py at a time.")
    return True
