"""What the numbers of a wrong result have to do with the right ones, and with the arguments.

Each explanation computes from the right result what should have been received; it holds if that
is so in every trial that was looked at.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.tolerance import compared

Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class Answer:
    """What was received in one trial, and what was expected."""

    arguments: Arguments
    received: Array
    expected: Array


Claim = Callable[[Answer], Any]
Explanation = tuple[str, str, Claim]
"""A code, a sentence, and what should have been received if it is true."""


def holds(claim: Claim, answers: Sequence[Answer]) -> bool:
    """Tell whether a claim says what was received, in all answers."""
    for answer in answers:
        try:
            claimed = np.asarray(claim(answer), dtype=np.float64)
        except Exception:  # an author's forward with inputs that were mixed up
            return False
        # Infinity is as close to one number as to another.
        finite = claimed.shape == answer.received.shape and np.all(np.isfinite(claimed))
        if not finite or not compared(answer.received, claimed).ok:
            return False
    return bool(answers)


def mixed_results(
    label: str, names: Sequence[str], answers: Sequence[Answer]
) -> Iterator[Explanation]:
    """Yield what may have become of the right numbers, the simple things first."""
    yield from _other_numbers(label)
    yield from _sums(label, names, answers)
    yield from _factors(label, names, answers[0])
    yield from _placed(label, names, answers)


def _of_right(change: Callable[[Array], Any]) -> Claim:
    """Claim that the right result was changed so."""
    return lambda a: change(a.expected)


def whole_numbers(label: str) -> Iterator[Explanation]:
    """Yield the ways in which what stands behind the point is lost."""
    for how, rounded in (("down", np.floor), ("towards zero", np.trunc), ("", np.rint)):
        yield (
            "dtype-int",
            f"{label} is rounded {how + ' ' if how else ''}to whole numbers: look for // or for "
            "integers.",
            _of_right(rounded),
        )


def _other_numbers(label: str) -> Iterator[Explanation]:
    yield (
        "sign",
        f"{label} has the right size, but not everywhere the right sign.",
        lambda a: (
            np.where(np.abs(np.abs(a.received) - np.abs(a.expected)) <= _close(a), 1, np.nan)
            * a.received
        ),
    )
    yield "inverted", f"{label} is 1 over the right value.", _of_right(lambda x: 1 / x)
    yield "squared", f"{label} is the square of the right value.", _of_right(np.square)
    yield (
        "not-squared",
        f"{label} is the square root of the right value.",
        _of_right(np.sqrt),
    )
    yield "logarithm", f"{label} is the logarithm of the right value.", _of_right(np.log)


def _close(a: Answer) -> Any:
    return 1e-6 * float(np.max(np.abs(a.expected), initial=0.0))


def _sums(label: str, names: Sequence[str], answers: Sequence[Answer]) -> Iterator[Explanation]:
    """Yield what was added: a number, an argument, or the entries before."""
    first = answers[0]
    off = float((first.received - first.expected).flat[0]) if first.expected.size else 0.0
    yield (
        "added",
        f"{off:g} is added to every entry of {label}: where does a sum start?"
        if first.expected.ndim
        else f"{off:g} is added to {label}.",
        lambda a: a.expected + off,
    )
    for k, name in enumerate(names[: len(first.arguments)]):
        for sign, verb in ((1, "added to"), (-1, "subtracted from")):
            yield (
                "added",
                f"{name} is {verb} {label}, which is right without it.",
                _with_added(k, sign),
            )
    for order in ("C", "F"):
        yield (
            "not-zeroed",
            f"Each entry of {label} holds the sum of all entries before it as well: the sum is not "
            "set back to zero before the next entry.",
            _of_right(partial(_running, order=order)),
        )
    for axis in range(first.expected.ndim if first.expected.ndim > 1 else 0):
        yield (
            "not-zeroed",
            f"Each entry of {label} holds the sum of the entries before it along axis {axis} as "
            "well: the sum is not set back to zero before the next entry.",
            _of_right(partial(np.cumsum, axis=axis)),
        )


def _with_added(k: int, sign: int) -> Claim:
    return lambda a: a.expected + sign * _fitting(a.arguments[k], a.expected)


def _running(right: Array, order: Any) -> Array:
    return np.cumsum(right.ravel(order)).reshape(right.shape, order=order)


def _fitting(x: Any, expected: Array) -> Array:
    found = np.asarray(x, dtype=np.float64)
    if found.shape not in ((), expected.shape):
        raise ValueError("it cannot be added")
    return found


def _factors(label: str, names: Sequence[str], first: Answer) -> Iterator[Explanation]:
    """Yield an argument by which the right result is multiplied or divided."""
    for k, name in enumerate(names[: len(first.arguments)]):
        for axes in _places(first.arguments[k], first.expected.ndim):
            for power in (1, -1, 2, -2):
                times = f"{name} squared" if abs(power) == 2 else name
                verb = "multiplied" if power > 0 else "divided"
                yield (
                    "missing-local",
                    f"{label} is the right value {verb} by {times}"
                    f"{', entry by entry' if axes else ''}.",
                    _times(k, axes, power),
                )


def _times(k: int, axes: tuple[int, ...], power: int) -> Claim:
    return lambda a: a.expected * _laid(a.arguments[k], axes, a.expected) ** float(power)


def _entries_of(k: int, axes: tuple[int, ...]) -> Claim:
    """Claim that an argument's entries stand wherever there should be something."""
    return lambda a: (a.expected != 0) * _laid(a.arguments[k], axes, a.expected)


def _places(x: Any, ndim: int) -> list[tuple[int, ...]]:
    """List the axes of a result that the axes of an argument may stand for."""
    if not isinstance(x, np.ndarray | float | int):
        return []
    return list(itertools.permutations(range(ndim), np.ndim(x)))


def _laid(x: Any, axes: tuple[int, ...], like: Array) -> Array:
    """Lay an argument along some axes of a result."""
    x = np.asarray(x, dtype=np.float64)
    if tuple(like.shape[a] for a in axes) != x.shape:
        raise ValueError("the sizes differ")
    turned = x.transpose(np.argsort(axes)) if x.ndim else x
    shape = [like.shape[a] if a in axes else 1 for a in range(like.ndim)]
    return np.broadcast_to(turned.reshape(shape), like.shape)


def _without(alone: Callable[[Answer], Array]) -> Claim:
    return lambda a: a.expected - alone(a)


def filled_slices(label: str, ndim: int) -> Iterator[Explanation]:
    """Yield which part of the result was filled."""
    for axis in range(ndim):
        word = "entry" if ndim == 1 else ("row", "column")[axis] if ndim == 2 else "slice"
        along = f" along axis {axis}" if ndim > 2 else ""
        for which, index in (("first", 0), ("last", -1)):

            def alone(a: Answer, axis: int = axis, index: int = index) -> Array:
                found = np.zeros(a.expected.shape)
                where = (slice(None),) * axis + (index,)
                found[where] = a.expected[where]
                return found

            yield (
                "entries",
                f"Only the {which} {word} of {label}{along} is filled, and it is right; the others "
                f"are zero and should not be: does a loop{', or the return in it,' * (not index)} "
                f"{'end too early' if not index else 'write to one place'}?",
                alone,
            )
            yield (
                "entries",
                f"The {which} {word} of {label}{along} is zero and should not be, and the rest is "
                "right: it was never filled. Where does a loop begin, and where does it end?",
                _without(alone),
            )


def _delta(answers: Sequence[Answer]) -> tuple[int, int] | None:
    """Return the two axes whose indices must be equal for an entry not to be zero."""
    ndim = answers[0].expected.ndim
    for a, b in itertools.combinations(range(ndim if ndim > 2 else 0), 2):
        if all(
            x.expected.shape[a] == x.expected.shape[b] and not np.any(x.expected[~_equal(x, a, b)])
            for x in answers
        ):
            return a, b
    return None


def _equal(answer: Answer, a: int, b: int) -> Any:
    """Return where two indices of the result are equal."""
    index = np.indices(answer.expected.shape, sparse=True)
    return np.broadcast_to(index[a] == index[b], answer.expected.shape)


def _where_equal(values: Callable[[Answer], Array], a: int, b: int) -> Claim:
    return lambda answer: values(answer) * _equal(answer, a, b)


def other_indices(label: str, answers: Sequence[Answer]) -> Iterator[Explanation]:
    """Yield the right values where two other indices are equal than those that should be."""
    pair = _delta(answers)
    if pair is None:
        return

    def values(a: Answer) -> Array:
        return np.broadcast_to(a.expected.sum(axis=pair[1], keepdims=True), a.expected.shape)

    yield (
        "entries",
        f"{label} has its values in more places than it should: no two indices are compared. For "
        "which of them is there any effect?",
        values,
    )
    for a, b in itertools.combinations(range(answers[0].expected.ndim), 2):
        if (a, b) != pair:
            yield (
                "wrong-axis",
                f"{label} has its values where its indices {a} and {b}, counted from 0, are equal: "
                "another pair of indices has to be equal for an entry not to be zero.",
                _where_equal(values, a, b),
            )


def _placed(label: str, names: Sequence[str], answers: Sequence[Answer]) -> Iterator[Explanation]:
    """Yield an argument whose entries stand where others belong."""
    first = answers[0]
    if not first.expected.ndim:
        return
    for k, name in enumerate(names[: len(first.arguments)]):
        if not isinstance(first.arguments[k], np.ndarray) or not np.ndim(first.arguments[k]):
            continue
        claims = [_entries_of(k, axes) for axes in _places(first.arguments[k], first.expected.ndim)]
        right = [Answer(a.arguments, a.expected, a.expected) for a in answers if np.any(a.expected)]
        own = any(holds(claim, right) for claim in claims)
        for claim in claims:
            yield (
                "transpose" if own else "wrong-input",
                f"The entries of {label} are those of {name}, with its indices in the wrong places."
                if own
                else f"The entries of {label} are those of {name}, where others belong.",
                claim,
            )
