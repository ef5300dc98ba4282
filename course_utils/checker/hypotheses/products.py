"""A product inside the forward pass with another value in it, or with one too many."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.evidence import GradientEvidence
from course_utils.checker.hypotheses.changes import PRODUCTS, Change, first_change, with_another
from course_utils.checker.hypotheses.replay import Moves, Replay, Treatment, moved
from course_utils.checker.report import Finding
from course_utils.measure.tracer import Step


def other_value(evidence: GradientEvidence) -> Finding | None:
    """Report a product that uses another value of the same shape, or one too many."""
    other, too_many = first_change(evidence, _others), first_change(evidence, _factors)
    if other and too_many:
        return Finding("wrong-local", f"{other.message} Or, which is the same: {too_many.message}")
    return other or too_many


def _others(replay: Replay, k: int) -> Iterator[Change]:
    """List other values of the tape that may stand in a product."""
    for number, step, moving in _moving_steps(replay, k):
        if step.name not in PRODUCTS or len(step.places) < 2:
            continue
        for at, j in itertools.permutations(step.places, 2):
            shape = np.shape(step.arguments[j])
            for other in range(replay.first + len(replay.tape.steps)):
                value = replay.tape.value(other)
                alike = shape and np.shape(value) == shape and other != step.places[j]
                if at in moving and alike:
                    yield Change(
                        "wrong-input" if other < replay.first else "wrong-point",
                        f"In {{label}} a product uses {replay.named(other)}, where another value "
                        "of the same shape belongs.",
                        {number: with_another(at, j, value)},
                    )


def _factors(replay: Replay, k: int) -> Iterator[Change]:
    """List values that an argument's move may have been multiplied by once too often."""
    for number, step, moving in _moving_steps(replay, k):
        called = replay.named(replay.first + number)
        for at in moving:
            shape = np.shape(step.arguments[at])
            for other in range(replay.first + len(replay.tape.steps)):
                value = np.asarray(replay.tape.value(other))
                varied = value.dtype.kind == "f" and not np.all(value == value.flat[:1])
                if not varied or not _fits(value.shape, shape):
                    continue
                for how, factor in (("multiplied", value), ("divided", 1.0 / value)):
                    yield Change(
                        "wrong-local",
                        f"On the way into the step {called} {{label}} is {how} by "
                        f"{replay.named(other)} once more than it should be.",
                        {number: _times(at, factor)},
                    )


def _moving_steps(replay: Replay, k: int) -> Iterator[tuple[int, Step, list[int]]]:
    """Yield the steps that input `k` has an effect on, with the arguments that move."""
    touched = replay.reached(k)
    for number, step in enumerate(replay.tape.steps):
        moving = [at for at, place in step.places.items() if place in touched]
        if moving and np.asarray(step.value).dtype.kind == "f":
            yield number, step, moving


def _fits(shape: tuple[int, ...], into: tuple[int, ...]) -> bool:
    """Tell whether an array broadcasts to a shape."""
    ends = into[len(into) - len(shape) :]
    return len(shape) <= len(into) and all(n in (1, m) for n, m in zip(shape, ends, strict=True))


def _times(at: int, value: Array) -> Treatment:
    def treat(step: Step, moves: Moves, found: list[Any]) -> Any:
        return moved(step, {j: move * value if j == at else move for j, move in moves.items()})

    return treat
