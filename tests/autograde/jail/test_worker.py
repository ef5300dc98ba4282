"""What a submission may use of all its jobs together, and what jails do not share."""

from __future__ import annotations

import pytest

from autograde.base.budget import Budget
from autograde.jail.inside import wire
from autograde.jail.worker import KILLED, TIMEOUT, Ended, Jail

WORK = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until: pass"
PRINT = "print('x' * 100_000)"
FRAMES = """
import gc, json, os
from inside.wire import HEAD, MAGIC, Channel
channel = [each for each in gc.get_objects() if isinstance(each, Channel)][0]
for number in range(5):
    arrays = [[-100 - number, "<f8", [100_000]]]
    text = json.dumps({"alive": True, "arrays": arrays, "drop": []}).encode()
    data = HEAD.pack(MAGIC, len(text), 800_000) + text + bytes(800_000)
    while data: data = data[os.write(channel.descriptor, data):]
"""
THREADS = """
import threading, time
threading.stack_size(32768)
begun = 0
try:
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        begun += 1
except RuntimeError: pass
begun
"""


@pytest.fixture
def given(a_jail):
    """``given(budget)``: a job of a submission that has this left."""
    jobs = []

    def start(budget):
        a_jail.budget = budget
        jobs.append(a_jail.job())
        return jobs[-1]

    yield start
    for each in jobs:
        each.close()
    a_jail.budget = None


def cell(job, source):
    return job.request({"op": "cell", "source": source}, 60)


def test_processor_time_is_that_of_all_jobs(given, a_jail):
    budget = Budget(processor=0.5)
    for _ in range(2):
        job = given(budget)
        cell(job, WORK)
        job.close()
    assert budget.processor < 0
    with pytest.raises(Ended, match="used up its processor time") as ended:
        given(budget)
    assert ended.value.verdict == TIMEOUT
    a_jail.budget = Budget()
    with a_jail.job() as job:
        assert cell(job, "1")["done"]


def test_a_job_is_ended_when_the_processor_time_is_over(given):
    with pytest.raises(Ended, match="used up its processor time"):
        cell(given(Budget(processor=0.5)), "while True: pass")


def test_bytes_are_those_of_all_jobs(given):
    budget = Budget(received=250_000)
    for _ in range(2):
        assert cell(given(budget), PRINT)["done"]
    for _ in range(2):  # and there are none left for the next
        with pytest.raises(Ended, match="more bytes than one submission may send") as ended:
            cell(given(budget), PRINT)
        assert ended.value.verdict == KILLED


def test_arrays_are_held_up_to_a_limit(job, monkeypatch):
    monkeypatch.setattr(wire, "LARGEST_HELD", 3_000_000)
    with pytest.raises(Ended, match="too large together"):
        cell(job, FRAMES)


def test_threads_of_one_jail_are_not_missing_in_another(a_jail):
    limits = {"threads": 60}
    with Jail(limits, figures=False) as other, other.job() as first, a_jail.job(limits) as second:
        begun = [
            int(cell(job, THREADS)["outputs"][-1]["data"]["text/plain"]) for job in (first, second)
        ]
    assert all(50 <= each <= 60 for each in begun), begun
