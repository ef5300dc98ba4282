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
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context
from course_utils.checker import Finding, Report
from course_utils.checker.candidate import Arguments, Raised, candidate_of
from course_utils.checker.float32 import unmoved
from course_utils.checks.extreme_inputs import (
    COARSE,
    HARD,
    ORDINARY,
    SOFT,
    Level,
    Probe,
    Result,
    build,
    plain_forward,
)
from course_utils.exercises.registry import Exercise
from course_utils.measure.memo import copied
from course_utils.measure.numerical import quiet

MEASURED = (
    "Right at ordinary inputs, as a finite difference is right, and wrong where numbers of very "
    "different sizes meet{example}. That is what comes of measuring the slope: a difference of "
    "two close numbers has lost its digits. Derive the formula, and compute that."
)
COMPLEX = (
    "Right at ordinary inputs, and wrong at very small ones{example}. That is what comes of "
    "measuring the slope with a complex step, which is lost below the smallest number there is. "
    "Derive the formula, and compute that."
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
        Finding("numerical", f"grad_{name}: {text.format(example=example)}", name)
        if name in right
        else Finding("numerical", text.format(example=example))
        for name, example in found.items()
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
    """Return what of an answer has lost its digits at a level's inputs, with an example each.

    None for an answer that stops there, or returns something else than it should: that says
    nothing of how it was computed.
    """
    with quiet(), redirect_stderr(io.StringIO()):
        asked = _asked(slot, part, candidate, level, seed)
        if asked.probe is None:
            return {}
        received = asked.answer()
        if received is None:
            return None
        wrong = _wrong(received, part, asked.probe, level)
        if not wrong or level is COARSE or not _is_coarse(slot, part, candidate, wrong, asked.rng):
            return wrong
        # The same once more, where the sizes are within float32's reach.
        return measured_at(slot, part, candidate, COARSE, seed) if level is SOFT else {}


def _wrong(received: dict[str, Any], part: str, probe: Probe, level: Level) -> dict[str, str]:
    wanted = [part] if part else list(probe.results)
    pairs = [(name, result, received[name]) for name, result in probe.results.items()]
    return {
        name: example
        for name, result, array in pairs
        if name in wanted and (example := _difference(array, result, level.tolerance))
    }


class AskedProbe:
    """What is asked at one level, and where further numbers come from.

    Nothing is drawn before the answer is wanted, or goes with others that are.
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
        self._build = functools.partial(build, slot, part, level, self.rng)
        self._answers = _ask(slot, candidate, self._questions())

    @functools.cached_property
    def probe(self) -> Probe | None:
        """What is given; None where no derivative is asked."""
        with quiet():
            return self._build()

    def _questions(self) -> Iterator[Question]:
        if self.probe is not None:
            yield self.probe, self.probe.inputs

    def answer(self) -> dict[str, Any] | None:
        """Return what was answered, by name; None if that is nothing to compare."""
        return next(self._answers)


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


Question = tuple[Probe, tuple[Any, ...]]
"""A probe, and its inputs or some like them."""


def _ask(
    slot: Exercise, candidate: Callable[..., Any], questions: Iterable[Question]
) -> Iterator[dict[str, Any] | None]:
    """Return an iterator over what is answered by name; None for what is nothing to compare."""
    probes: deque[Probe] = deque()

    def calls() -> Iterator[Arguments]:
        for probe, inputs in questions:
            probes.append(probe)
            given = copied(inputs)
            if isinstance(slot.target, type):
                ctx = Context()
                with quiet():
                    plain_forward(slot.target)(ctx, *given)
                given = ctx, np.array(probe.upstream)
            yield given

    outcomes = candidate_of(candidate).call_each(calls())
    return (_read(probes.popleft(), outcome) for outcome in outcomes)


def _read(probe: Probe, returned: Any) -> dict[str, Any] | None:
    if isinstance(returned, Raised):
        return None
    try:
        several = len(probe.results) > 1
        parts = list(returned) if several or isinstance(returned, tuple) else [returned]
        # Copies: a candidate may return the same array again, with other numbers in it.
        arrays = [np.array(each, dtype=np.float64) for each in parts]
    except (Exception, SystemExit):  # a student's object may do anything
        return None
    if len(arrays) != len(probe.results):
        return None
    found = dict(zip(probe.results, arrays, strict=True))
    if any(found[name].shape != result.expected.shape for name, result in probe.results.items()):
        return None
    return found


def _difference(received: Any, result: Result, tolerance: float) -> str:
    """Return an example of an entry that is wrong, "" if none is."""
    expected = result.expected
    exponent = np.broadcast_to(np.asarray(result.exponent), expected.shape)
    gap = np.abs(np.ldexp(received, -exponent) - expected)
    where = np.broadcast_to(np.asarray(result.where), expected.shape)
    wrong = where & ~(gap <= tolerance * np.max(np.abs(expected), where=where, initial=0.0))
    if not wrong.any():
        return ""
    j = int(np.argmax(np.where(wrong, np.nan_to_num(gap, nan=np.inf), -1.0)))
    right = float(np.ldexp(expected.flat[j], exponent.flat[j]))
    return f": {_shown(received.flat[j], right)} where {_shown(right, 0.0)} is right"


def _shown(value: float, other: float) -> str:
    text = f"{value:.4g}"
    return f"{value:.14g}" if text == f"{other:.4g}" else text


def _is_coarse(
    slot: Exercise,
    part: str,
    candidate: Callable[..., Any],
    names: Iterable[str],
    rng: np.random.Generator,
) -> bool:
    """Tell whether the answer ignores changes that float64 would show, as float32 inside does."""
    probe = build(slot, part, ORDINARY, rng)
    assert probe is not None

    def ask(many: Iterable[Arguments]) -> Iterator[list[Array] | None]:
        for answer in _ask(slot, candidate, ((probe, inputs) for inputs in many)):
            yield None if answer is None else [answer[name] for name in names]

    inputs = probe.inputs
    return unmoved(ask, inputs, range(len(inputs)), rng, times=NUDGES) >= MOSTLY
