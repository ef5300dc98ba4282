"""Only right answers are built upon: an answer is judged when something else first uses it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from course_utils.checks.check import examine_exercise
from course_utils.exercises.direct_calls import is_called_by_hand
from course_utils.exercises.leaving_no_trace import leaving_no_trace
from course_utils.exercises.registry import NOT_RIGHT, Exercise, Implementation

SEED = 1
"""Of the check that judges: the same answer is always judged alike."""

SECONDS = 20.0
"""How long it may take, where the time can be taken."""

TOO_SLOW = f"takes longer to check than {SECONDS:g} seconds"


class _TooLong(BaseException):
    """The time is up. No check and no answer catches it by mistake."""


def fault_of(slot: Exercise) -> str:
    """Say what is wrong with an answer, for a sentence that begins with its name; "" for nothing.

    It is examined once for each answer, unless a check did that already. A learner's own line
    that calls it sees what it does, whatever that is.
    """
    written = slot.implementation
    known, fault = slot.judged
    if written is None or (known is written and not fault) or is_called_by_hand():
        return ""
    return fault if known is written else _examined(slot, written)


def _examined(slot: Exercise, written: Implementation) -> str:
    # A cell that was reset in this session does not undo the saved answer that is used.
    stub, slot.stub_in_notebook = slot.stub_in_notebook, False
    slot.judged = written, NOT_RIGHT
    try:
        with leaving_no_trace(), _at_most(SECONDS):
            examine_exercise(slot, SEED)
    except _TooLong:
        slot.judged = written, TOO_SLOW
    except (Exception, SystemExit):  # whatever an answer does, what uses it goes on
        slot.judged = written, NOT_RIGHT
    except BaseException:  # somebody stopped it, and it is asked again
        slot.judged = None, ""
        raise
    finally:
        slot.stub_in_notebook = stub
    return slot.judged[1]


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Stop what takes longer, where a signal can; an alarm that was set already is set again."""
    if not hasattr(signal, "setitimer") or (
        threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left, interval)
