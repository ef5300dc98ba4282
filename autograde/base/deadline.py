"""Give up what takes too long, wherever it stands."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

AGAIN = 5.0
"""Seconds between two alarms."""


class Overtime(BaseException):
    """There is no time left. No test, no checker and no step of grading catches it."""


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise `Overtime` in what takes longer, and again should it go on.

    Where there are no such alarms, or another thread has them, only the jail's own time is limited.
    """
    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        yield
        return

    def give_up(number: int, frame: object) -> None:
        raise Overtime

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
