"""Is a gradient derived, or measured? Ask for it where measuring loses all digits.

What is measured has the code ``numerical``.

Nothing is guessed from how the numbers look: at the inputs of `extreme_inputs` a
measured answer is plainly wrong, and that is what is reported. An answer in float32 is
asked where float32 can still tell.
"""

from __future__ import annotations

import dataclasses
import functools
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context
from course_utils.checker import Finding, Report
from course_utils.checker.candidate import Arguments, Raised, candidate_of
from course_utils.checker.float32 import unmoved
from course_utils.checks.declarations import declaration_of
from course_utils.checks.default_probes import DIFFERENCES, measured_so
from course_utils.checks.extreme_inputs import (
    COARSE,
    HARD,
    ORDINARY,
    SOFT,
    Level,
    Probe,
    Result,
)
from course_utils.checks.methods import earlier_work_trusted, trusted_now
from course_utils.exercises.registry import Exercise, plain_forward
from course_utils.measure.memo import copied
from course_utils.measure.numerical import quiet

MEASURED = (
    "Right at ordinary inputs, as a finite difference is right, and {what}. That is what comes of "
    "measuring the slope: a difference of two close numbers has lost its digits. Derive the "
    "formula, and compute that."
)
COMPLEX = (
    "Right at ordinary inputs, and {what}. That is what comes of measuring the slope with a "
    "complex step, which is lost below the smallest number there is. Derive the formula, and "
    "compute that."
)
NUDGES, MOSTLY = 10, 0.9  # the rounding in a difference is unmoved in half of the cases, too


def reviewed(
    slot: Exercise, part: str, candidate: Callable[..., Any], report: Report, seed: int | None
) -> Report:
    """Return `report`, with a finding "numerical" for what is right and measured."""
    if not report.passed and not any(report.by_input().values()):
        return report
    return with_measured(report, measured_at(slot, part, candidate, SOFT, seed) or {}, MEASURED)


def with_measured(report: Report, found: dict[str, str], text: str) -> Report:
    """Return `report` with a finding for each name in `found` that it holds to be right."""
    right = report.by_input()
    more = [
        Finding("numerical", f"grad_{name}: {text.format(what=what)}", name)
        if name in right
        else Finding("numerical", text.format(what=what))
        for name, what in found.items()
        if right.get(name, report.passed)
    ]
    if not more:
        return report
    return dataclasses.replace(report, passed=False, findings=(*report.findings, *more))


def measured_at(
    slot: Exercise,
    part: str,
    candidate: Callable[..., Any],
    level: Level,
    seed: int | None,
) -> dict[str, str] | None:
    """Return what of an answer has lost its digits at a level's inputs, and what was seen of it.

    None for an answer that stops there, or returns something else than it should: that says
    nothing of how it was computed.
    """
    with quiet(), redirect_stderr(io.StringIO()):
        asked = _asked(slot, part, candidate, level, seed)
        received = asked.received()
        if asked.probes and not any(received):
            return None
        wrong = _wrong(asked.probes, received, part, level)
        earlier = declaration_of(slot).builds_on
        if wrong and not set(earlier) <= set(trusted_now()):
            # A piece that is in float32 may be right, and its digits are lost in all that uses it.
            with earlier_work_trusted(*earlier):
                return measured_at(slot, part, candidate, level, seed)
        if not wrong or level is COARSE or not _is_coarse(slot, part, candidate, wrong, asked.rng):
            return wrong
        # The same once more, where the sizes are within float32's reach.
        return measured_at(slot, part, candidate, COARSE, seed) if level is SOFT else {}


def told_apart(slot: Exercise, seed: int) -> dict[str, list[str]]:
    """Return, for each way of measuring, the inputs of a `Function` that give it away."""
    with quiet():
        probes = _probes(slot, "", SOFT, np.random.default_rng(seed))
        received = {
            way: [measured_so(slot.target, probe, slope) for probe in probes]
            for way, slope in DIFFERENCES.items()
        }
        return {way: list(_wrong(probes, each, "", SOFT)) for way, each in received.items()}


Received = dict[str, Array]
"""What an answer returned, by the name of the input or part; without what cannot be compared."""


def _wrong(
    probes: Sequence[Probe], received: Sequence[Received], part: str, level: Level
) -> dict[str, str]:
    found: dict[str, str] = {}
    for probe, arrays in zip(probes, received, strict=True):
        for name, result in probe.results.items():
            if name in found or name not in arrays or (part and name != part):
                continue
            array = arrays[name]
            if probe.moved:
                if name not in received[0]:
                    continue
                array = array - received[0][name]
            if what := _difference(array, result, level, moved=probe.moved):
                found[name] = what
    return found


class AskedProbe:
    """What is asked at one level, and where further numbers come from.

    Nothing is drawn before the answers are wanted, or go with others that are.
    """

    def __init__(
        self,
        slot: Exercise,
        part: str,
        candidate: Callable[..., Any],
        level: Level,
        seed: int | None,
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self._draw = functools.partial(_probes, slot, part, level, self.rng)
        self._answers = _ask(slot, candidate, self._questions())

    @functools.cached_property
    def probes(self) -> tuple[Probe, ...]:
        """What is given; nothing where no derivative is asked."""
        with quiet():
            return self._draw()

    def _questions(self) -> Iterator[Question]:
        yield from ((probe, probe.inputs) for probe in self.probes)

    def received(self) -> Sequence[Received]:
        """Return what was answered to each probe."""
        return list(self._answers) if self.probes else ()


_ahead: dict[Callable[..., Any], dict[Level, AskedProbe]] = {}
"""What is asked before the examination itself, by candidate."""


@contextmanager
def asking_ahead(
    slot: Exercise, part: str, candidate: Callable[..., Any], seed: int | None
) -> Iterator[None]:
    """Ask at both levels before all else: where a message takes long, the first has it all."""
    levels = (SOFT, HARD)
    _ahead[candidate] = {level: AskedProbe(slot, part, candidate, level, seed) for level in levels}
    try:
        yield
    finally:
        del _ahead[candidate]


def _asked(
    slot: Exercise, part: str, candidate: Callable[..., Any], level: Level, seed: int | None
) -> AskedProbe:
    """Return what is asked at one level, maybe ahead."""
    ahead = _ahead.get(candidate, {}).pop(level, None)
    return ahead or AskedProbe(slot, part, candidate, level, seed)


def _probes(slot: Exercise, part: str, level: Level, rng: np.random.Generator) -> tuple[Probe, ...]:
    """Return the probes of one part of an exercise; none where none is needed."""
    probing = declaration_of(slot).probing
    return () if probing is None else probing(part, level, rng)


Question = tuple[Probe, tuple[Any, ...]]
"""A probe, and its inputs or some like them."""


def _ask(
    slot: Exercise, candidate: Callable[..., Any], questions: Iterable[Question]
) -> Iterator[Received]:
    """Return an iterator over what is answered, by name."""
    probes: deque[Probe] = deque()

    def calls() -> Iterator[Arguments]:
        for probe, inputs in questions:
            probes.append(probe)
            given = copied(inputs)
            if isinstance(slot.target, type):
                ctx = Context((True,) * len(given))
                with quiet():
                    plain_forward(slot.target)(ctx, *given)
                given = ctx, np.array(probe.upstream)
            yield given

    outcomes = candidate_of(candidate).call_each(calls())
    return (_read(probes.popleft(), outcome) for outcome in outcomes)


def _read(probe: Probe, returned: Any) -> Received:
    if isinstance(returned, Raised):
        return {}
    found = {}
    try:
        several = len(probe.results) > 1
        parts = list(returned) if several or isinstance(returned, tuple) else [returned]
        if len(parts) != len(probe.results):
            return {}
        for (name, result), each in zip(probe.results.items(), parts, strict=True):
            # A copy: a candidate may return the same array again, with other numbers in it.
            array = np.array(each, dtype=np.float64)
            if array.shape == result.expected.shape:
                found[name] = array
    except (Exception, SystemExit):  # a student's object may do anything
        return {}
    return found


def _difference(received: Array, result: Result, level: Level, *, moved: bool) -> str:
    """Return what is wrong, with an example of an entry; "" if nothing is."""
    expected = result.expected
    exponent = np.broadcast_to(np.asarray(result.exponent), expected.shape)
    gap = np.abs(np.ldexp(received, -exponent) - expected)
    where = np.broadcast_to(np.asarray(result.where), expected.shape)
    if result.allowed is None:
        largest = np.max(np.abs(expected), where=where, initial=0.0)
        wrong = where & ~(gap <= level.tolerance * largest)
    else:  # where nobody made sure of it, a formula may overflow
        wrong = where & (gap > result.allowed) & np.isfinite(received)
    if not wrong.any():
        return ""
    j = int(np.argmax(np.where(wrong, np.nan_to_num(gap, nan=np.inf), -1.0)))
    if moved:
        change = f"{gap.flat[j]:.1g}"
        return f"unsteady: inputs that differ in their last digits make it differ by {change}"
    right = float(np.ldexp(expected.flat[j], exponent.flat[j]))
    return f"{level.where}: {_shown(received.flat[j], right)} where {_shown(right, 0.0)} is right"


def _shown(value: float, other: float) -> str:
    text = f"{value:.4g}"
    return f"{value:.14g}" if text == f"{other:.4g}" else text


def _is_coarse(
    slot: Exercise,
    part: str,
    candidate: Callable[..., Any],
    names: Mapping[str, Any],
    rng: np.random.Generator,
) -> bool:
    """Tell whether the answer ignores changes that float64 would show, as float32 inside does."""
    probe, *_ = _probes(slot, part, ORDINARY, rng)

    def ask(many: Iterable[Arguments]) -> Iterator[list[Array]]:
        for answer in _ask(slot, candidate, ((probe, inputs) for inputs in many)):
            yield [answer[name] for name in names] if names.keys() <= answer.keys() else []

    inputs = probe.inputs
    return unmoved(ask, inputs, range(len(inputs)), rng, times=NUDGES) >= MOSTLY
