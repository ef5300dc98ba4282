"""What takes too long is given up, also if it does not want to be."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

from autograde.base import deadline as module
from autograde.base.deadline import Overtime, deadline

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such alarms")


def stubborn():
    try:
        signal.pause()
    except Overtime:
        signal.pause()


@pytest.mark.parametrize("work", [signal.pause, stubborn])
def test_it_is_given_up(monkeypatch, work):
    monkeypatch.setattr(module, "AGAIN", 0.05)
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(Overtime), deadline(0.05):
        work()
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_in_a_thread_there_is_no_alarm():
    done = []

    def work():
        with deadline(0.0001):
            done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [1]
