"""Does an answer cost what a formula costs, or as many forward passes as there are entries?

However exactly somebody measures, by complex steps of 2**-12000, by fractions, by dual numbers: it
takes a forward pass for every entry. So an answer is called with wide inputs, and its processor
time is compared, as seen from outside of the jail. A right answer by arrays takes a few forwards.
One by loops takes as long as loops do; the inputs are made so wide that a forward takes as long as
ten steps of a loop. What is beyond is for a person to look at. Nobody loses a point by it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np

from autograde.jail import clock
from autograde.jail.worker import Ended
from autograde.judging.proxy import Connection, Halt
from course_utils.checker.candidate import Raised
from course_utils.checks.declarations import declaration_of
from course_utils.checks.wide_inputs import Wide, Widening, widening_of
from course_utils.exercises.registry import Exercise

STEPS = 10
"""So many steps of a loop a forward must take as long as, at wide inputs."""

ENTRIES, MOST_ENTRIES = 4_000, 300_000
"""Of the first look, which is enough for what computes with arrays, and of the widest."""

AT_ONCE = 0.4
"""Steps for each entry, within which nothing is measured: a forward alone takes several."""
BY_LOOPS = 3
"""Steps for each entry, within which somebody may write loops, and call NumPy in them."""

SECONDS = 10.0
"""Until there must be an answer. A loop takes a second or two."""
ROUNDS = 5


class Watch(Protocol):
    """Tells what things cost, in one unit."""

    def answer(self, wide: Wide) -> tuple[Any, float]:
        """Call the answer; what came of it and what that cost."""

    def forward(self, wide: Wide) -> float:
        """Return what the forward costs."""

    def step(self) -> float:
        """Return what a step of a loop costs."""


class NotSeen(Exception):
    """Why an answer was not seen to end."""


def look(slot: Exercise, watch: Watch, seed: int, only: Collection[int] = ()) -> str:
    """Return what a person should be told of what an answer costs, "" for nothing.

    With `only`, of an answer of which the gradients at these places are right.
    """
    draw = widening(slot)
    if draw is None:
        return ""
    rng = np.random.default_rng(seed)
    for size, allowed in zip(sizes(slot, draw, watch), (AT_ONCE, BY_LOOPS), strict=True):
        wide = draw(rng, size)
        try:
            result, cost = watch.answer(wide)
        except NotSeen as reason:
            return f"{slot.name} was given {wide.entries} entries, and {reason}"
        if isinstance(result, Raised):
            kind = type(result.error).__name__
            return f"{slot.name} was given {wide.entries} entries, and ended with {kind}"
        if not wide.is_right(result, rng, only):
            return f"{slot.name} is right for a few entries, and wrong for {wide.entries}"
        steps = cost / (wide.entries * watch.step())
        if steps <= allowed:
            return ""
        if steps > BY_LOOPS:
            break
    forwards = round(cost / watch.forward(wide))
    return (
        f"{slot.name} takes as long as {forwards} forward passes for {wide.entries} entries, "
        "as measuring does; a formula takes a few"
    )


def widening(slot: Exercise) -> Widening | None:
    """Return what draws wide inputs of an exercise; None where its cost tells nothing."""
    declared = declaration_of(slot)
    if declared.may_measure or declared.wide is not None:
        return None if declared.may_measure else declared.wide
    return widening_of(slot.target) if isinstance(slot.target, type) else None


_sizes: dict[Exercise, tuple[int, int]] = {}


def sizes(slot: Exercise, draw: Widening, watch: Watch) -> tuple[int, int]:
    """Return the sizes of both looks, found once in this process.

    At the second a forward takes long beside a step of a loop.
    """
    if slot not in _sizes:
        rng = np.random.default_rng(0)
        each = draw(rng, 100).entries / 100
        size = first = round(ENTRIES / each)
        while 2 * size * each < MOST_ENTRIES:
            if watch.forward(draw(rng, size)) >= STEPS * watch.step():
                break
            size *= 2
        _sizes[slot] = first, size
    return _sizes[slot]


@dataclass
class JailWatch:
    """Tells processor time: of a job's answer from outside, of what is ours in this process."""

    connection: Connection
    slot: Exercise

    def answer(self, wide: Wide) -> tuple[Any, float]:
        """Call the answer in the jail.

        Raises
        ------
        NotSeen
            If it did not end, or nobody could see what it took.
        Halt
            If something of ours broke.
        """
        job = self.connection.job
        process = None if job.over else clock.process_of(job)
        if process is None:
            raise NotSeen("nobody could see what it took")
        proxy = self.connection.proxy(self.slot.name, self.slot.entry)
        patient = self.connection.seconds
        self.connection.seconds = min(SECONDS, patient)
        try:
            before = clock.seconds_of(process)
            (outcome,) = proxy.call_each([wide.arguments])
            return outcome, clock.seconds_of(process) - before
        except Halt as halt:
            if isinstance(halt.reason, Ended):
                raise NotSeen(str(halt.reason)) from None
            raise
        finally:
            self.connection.seconds = patient

    def forward(self, wide: Wide) -> float:
        """Return what the forward takes if nothing else is in its way."""
        return min(timed(lambda: wide.forward(*wide.inputs)))

    def step(self) -> float:
        """Return what a step took that was measured once."""
        return a_step()


@cache
def a_step() -> float:
    """Return the seconds that a loop takes for one entry, with a sum by NumPy."""
    both = np.ones((2, LOOP))
    return statistics.median(timed(lambda: loop(both))) / LOOP


LOOP = 100


def loop(both: Any) -> None:
    """Do for each column what somebody may do for each entry."""
    for j in range(LOOP):
        np.sum(both[:, j] * both[:, j])


def timed(function: Callable[[], Any]) -> list[float]:
    """Return the processor time of each of several calls."""
    found = []
    for _ in range(ROUNDS):
        before = time.process_time()
        function()
        found.append(time.process_time() - before)
    return found
