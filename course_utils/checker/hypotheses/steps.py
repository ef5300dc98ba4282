"""One step inside the forward pass treated wrongly.

A backward that forgets one inner derivative, or evaluates it at the wrong value, is the
derivative of a forward pass in which one step was treated wrongly. So the derivative of the
forward pass along a direction is pushed through its steps, with one of them changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.evidence import GradientEvidence
from course_utils.checker.hypotheses.changes import PRODUCTS, Change, first_change, with_another
from course_utils.checker.hypotheses.replay import Moves, Replay, Treatment, moved
from course_utils.checker.report import Finding
from course_utils.measure.tracer import Step

_INVERSES: dict[str, Callable[[Any], Any]] = {
    "tanh": np.arctanh,
    "exp": np.log,
    "log": np.exp,
    "sin": np.arcsin,
    "cos": np.arccos,
    "sqrt": np.square,
    "square": np.sqrt,
    "reciprocal": np.reciprocal,
}
_ADDING_UP = ("sum", "mean", "add.reduce", "average")
# In words: a formula would be one to copy.
_RULES: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("what it is for a sigmoid", lambda u: u * (1 - u)),
    ("what it is for a hyperbolic tangent", lambda u: 1 - u * u),
    ("one less it, without a square", lambda u: 1 - u),
    ("one and its square", lambda u: 1 + u * u),
    ("it and its square", lambda u: u * (1 + u)),
    ("its square", lambda u: u * u),
    ("its cosine", np.cos),
    ("its sine", np.sin),
    ("minus its sine", lambda u: -np.sin(u)),
    ("its sign", np.sign),
    ("a step from 0 to 1", lambda u: (u > 0).astype(np.float64)),
    ("one over its square root", lambda u: 1 / np.sqrt(u)),
    ("one over it", lambda u: 1 / u),
    ("what it is for an arc tangent", lambda u: 1 / (1 + u * u)),
)
"""Derivatives of other functions, of what goes into a step or comes out of it."""


def one_step(evidence: GradientEvidence) -> Finding | None:
    """Report a step whose derivative was left out, cut off, or taken at the wrong value."""
    return first_change(evidence, _changes)


def entry_by_entry(evidence: GradientEvidence) -> Finding | None:
    """Report a sum whose entries count for themselves only, as in p (1 - p) for a softmax."""
    return first_change(evidence, _own_entries)


def _changes(replay: Replay, k: int) -> Iterator[Change]:
    """List what may have been done wrongly on the way from input `k` to the output."""
    touched = replay.reached(k)
    for number, step in enumerate(replay.tape.steps):
        moving = {at: place for at, place in step.places.items() if place in touched}
        if not moving or np.asarray(step.value).dtype.kind != "f":
            continue
        called = replay.named(replay.first + number)
        for at, place in moving.items():
            before = replay.tape.value(place)
            if len(step.places) > 1:
                yield from _of_several(step, number, at, before, called)
            elif np.shape(before) == np.shape(step.value):
                yield from _of_one_argument(step, number, at, called)
        if len(moving) > 1 and len(set(moving.values())) > 1:
            yield from _cut(step, number, called)
    yield from _of_all_means(replay)
    yield from _of_stretches(replay, touched)
    yield from _of_other_rules(replay, touched)


def _of_one_argument(step: Step, number: int, at: int, called: str) -> Iterator[Change]:
    yield Change(
        "missing-local",
        f"{{label}} is what remains when the derivative of the step {called} is left out.",
        {number: lambda step, moves, found: moves[at]},
    )
    yield Change(
        "missing-local",
        f"In {{label}} the step {called} is not differentiated: its value stands there instead.",
        {number: lambda step, moves, found: step.value * moves[at]},
    )
    wrong_value = f"{{label}} evaluates the derivative of the step {called} at the wrong value"
    yield Change(
        "wrong-point",
        f"{wrong_value}: at its result, and not at what goes into it.",
        {number: lambda step, moves, found: _slope(step, at, step.value) * moves[at]},
    )
    if step.name in _INVERSES:
        inverse = _INVERSES[step.name]

        def at_inverse(step: Step, moves: Moves, found: list[Any]) -> Any:
            point = inverse(np.asarray(step.arguments[at], dtype=np.complex128))
            return _slope(step, at, point) * moves[at]

        yield Change(
            "wrong-point",
            f"{wrong_value}: its formula for the result is given what goes into the step.",
            {number: at_inverse},
        )


def _of_other_rules(replay: Replay, touched: set[int]) -> Iterator[Change]:
    """List derivatives of other functions in the place of a step's own."""
    for number, step in enumerate(replay.tape.steps):
        if not (
            step.entrywise and len(step.places) == 1 and touched.issuperset(step.places.values())
        ):
            continue
        ((at, place),) = step.places.items()
        called = replay.named(replay.first + number)
        for rule, f in _RULES:
            for where, value in (("result", step.value), ("argument", replay.tape.value(place))):
                yield Change(
                    "wrong-local",
                    f"In {{label}} the derivative of the step {called} is made of its {where}, as "
                    f"{rule}. That is another function's derivative.",
                    {number: _by_rule(f, at, value)},
                )


def _own_entries(replay: Replay, k: int) -> Iterator[Change]:
    touched = replay.reached(k)
    for number, step in enumerate(replay.tape.steps):
        if step.name not in _ADDING_UP or touched.isdisjoint(step.places.values()):
            continue
        place = next(iter(step.places.values()))
        share = step.value.size / np.size(replay.tape.value(place)) if step.name == "mean" else 1.0
        for later in _laid_out(replay, number, np.ndim(replay.tape.value(place))):
            yield Change(
                "missing-term",
                "{label} is what it would be if each entry counted only for itself in "
                f"{replay.named(replay.first + number)}: that it counts for the others as well is "
                "left out.",
                {later: _from_before(place, share)},
            )


def _laid_out(replay: Replay, number: int, dimensions: int) -> Iterator[int]:
    """Return a step, and what follows it to give its result an axis again."""
    if np.ndim(replay.tape.steps[number].value) == dimensions:
        yield number
    for later, step in enumerate(replay.tape.steps):
        again = list(step.places.values()) == [replay.first + number]
        if again and not step.entrywise and np.ndim(step.value) == dimensions:
            yield later


def _from_before(place: int, share: float) -> Treatment:
    return lambda step, moves, found: found[place] * share


def _by_rule(rule: Callable[[Any], Any], at: int, value: Any) -> Treatment:
    return lambda step, moves, found: rule(value) * moves[at]


def _slope(step: Step, at: int, point: Any) -> Array:
    """Return the derivative of a step of one argument, entry by entry, at another point."""

    def run(x: Any) -> Any:
        return step.again([*step.arguments[:at], x, *step.arguments[at + 1 :]])

    slope: Array = np.real((run(point + 1e-5) - run(point - 1e-5)) / 2e-5)
    return slope


def _of_several(step: Step, number: int, at: int, before: Any, called: str) -> Iterator[Change]:
    """List what may be done with one of several arguments; the others move as they should."""

    def other_moves(step: Step, moves: Moves) -> Any:
        rest = moved(step, {j: move for j, move in moves.items() if j != at})
        return 0.0 if rest is None else rest

    if step.entrywise and step.name not in ("add", "subtract"):
        yield Change(
            "missing-local",
            f"{{label}} is what remains when the derivative of the step {called} is left out.",
            {number: lambda step, moves, found: _whole(step, moves[at]) + other_moves(step, moves)},
        )
    if step.entrywise and step.name not in ("add", "subtract", *PRODUCTS):
        yield Change(
            "missing-local",
            f"In {{label}} the step {called} is not differentiated: its value stands there "
            "instead.",
            {number: lambda step, moves, found: step.value * moves[at] + other_moves(step, moves)},
        )
    for j in step.places:
        value = step.arguments[j]
        if j != at and step.name in PRODUCTS and _is_square(value):
            yield Change(
                "transpose",
                f"In {{label}} a matrix of the product {called} is used the wrong way round: "
                "transposed, or not.",
                {number: with_another(at, j, np.swapaxes(value, -1, -2))},
            )


def _is_square(value: Any) -> bool:
    shape = np.shape(value)
    return len(shape) > 1 and shape[-1] == shape[-2] > 1


def _whole(step: Step, move: Any) -> Any:
    """Return a move, over the whole shape of what a step comes to."""
    return np.broadcast_to(move, np.shape(step.value))


def _cut(step: Step, number: int, called: str) -> Iterator[Change]:
    """Leave out one of the ways into a step; for forward passes that have too many to count."""
    for at in step.places:

        def treat(step: Step, moves: Moves, found: list[Any], at: int = at) -> Any:
            return moved(step, {j: move for j, move in moves.items() if j != at})

        yield Change(
            "missing-term",
            f"{{name}} reaches the output in more than one way, and one of them, through the step "
            f"{called}, is left out of {{label}}.",
            {number: treat},
        )


def _of_all_means(replay: Replay) -> Iterator[Change]:
    """Take the sum for the mean everywhere."""

    def treat(step: Step, moves: Moves, found: list[Any]) -> Any:
        (at,) = step.places
        out = moved(step, moves)
        return None if out is None else out * np.size(step.arguments[at]) / np.size(step.value)

    means = [n for n, step in enumerate(replay.tape.steps) if step.name == "mean"]
    chosen = [means, *([number] for number in means if len(means) > 1)]
    for numbers in filter(None, chosen):
        which = "every `mean`" if numbers == means else replay.named(replay.first + numbers[0])
        yield Change(
            "wrong-local",
            f"{{label}} is what it would be with a sum in the place of {which} in the forward "
            "pass.",
            dict.fromkeys(numbers, treat),
        )


def _of_stretches(replay: Replay, touched: set[int]) -> Iterator[Change]:
    """List what may stand in place of the derivative of several steps in a row."""
    first = replay.first
    for begin in sorted(touched):
        start = np.asarray(replay.tape.value(begin))
        inside, entrywise = {begin}, {begin}
        for number, step in enumerate(replay.tape.steps):
            moving = {place for place in step.places.values() if place in touched}
            if not moving or not moving <= inside:
                continue
            inside.add(first + number)
            if moving <= entrywise and step.entrywise:
                entrywise.add(first + number)
            if moving != {begin} and np.shape(step.value) == start.shape:
                yield from _of_stretch(replay, begin, number, first + number in entrywise)


def _of_stretch(replay: Replay, begin: int, number: int, entrywise: bool) -> Iterator[Change]:
    value = replay.tape.steps[number].value
    reach = f"the steps up to {replay.named(replay.first + number)}"
    yield Change(
        "missing-local",
        f"In {{label}} the derivative of {reach} is left out.",
        _jump(begin, number, np.ones(np.shape(value))),
    )
    if not entrywise:
        return
    yield Change(
        "missing-local",
        f"In {{label}} {reach} are not differentiated: their value stands there.",
        _jump(begin, number, value),
    )
    for rule, f in _RULES[:5]:
        yield Change(
            "wrong-local",
            f"In {{label}} the derivative of {reach} is made of their result, as {rule}. That is "
            "another function's derivative.",
            _jump(begin, number, f(value)),
        )


def _jump(begin: int, number: int, slope: Array) -> dict[int, Treatment]:
    """Let a value move by `slope` times the move of an earlier one."""
    return {number: lambda step, moves, found: slope * found[begin]}
