"""Does a backward compute in float32 inside? Ask it, rather than guess from the numbers.

Numbers moved by less than float32 can hold leave a float32 answer as it was, bit
for bit; a float64 answer moves. So a small error of coarse arithmetic is told from
a small mistake, which would otherwise need the same room.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.backward_call import Subject
from course_utils.checker.candidate import Arguments
from course_utils.checker.tolerance import FLOOR, RELATIVE, Comparison, Yardstick
from course_utils.checker.trials import Trial
from course_utils.measure import numerical

Ask = Callable[[Iterable[Arguments]], Iterator[list[Array]]]
"""Yields the arrays that are answered to each arguments, none where they cannot be compared."""

NUDGE = 1e-12  # far below float32's steps, far above float64's
MOVE = 1e-3  # far above both
HALF = 0.5
STEPS = (1e-12, 3e-12, 1e-4)  # on both sides of float32's, and all far above float64's
ULP32 = 2.0**-24
ROOM = 16  # times what entries near the largest are allowed: errors of several steps add up


def excused(
    yardstick: Yardstick, subject: Subject, trial: Trial, k: int, comparison: Comparison
) -> bool:
    """Tell whether an answer is off by no more than float32 inside explains, and is of that kind.

    Parameters
    ----------
    comparison : Comparison
        With entries that are wrong by float64's measure.
    """
    gap = np.abs(comparison.received - comparison.expected)
    largest = comparison.scale.max(initial=0.0)
    # Where everything saturates, a one or a zero is still rounded as elsewhere.
    reach = np.abs(trial.upstream * trial.output).sum() / max(np.abs(trial.inputs[k]).max(), 1e-9)
    largest_anywhere = max(largest, yardstick.usual(k), reach)
    room = 3 * RELATIVE * comparison.scale + ROOM * FLOOR * largest_anywhere
    over = comparison.wrong & ~(gap <= room)
    if not gap.max() <= max(0.1 * largest, room.max()):
        return False
    if not is_coarse(subject, trial, k):
        return False
    return not over.any() or _nearly_cancels(yardstick, trial, k, comparison, over)


def _nearly_cancels(
    yardstick: Yardstick, trial: Trial, k: int, comparison: Comparison, over: Any
) -> bool:
    """Tell whether the gradient itself moves that much when the inputs are rounded to float32."""
    rng = np.random.default_rng(numerical.FIXED_SEED)
    entries = [int(j) for j in np.flatnonzero(over)]
    change = np.zeros(len(entries))
    for _ in range(3):
        rounded = tuple(_rounded(x, rng) for x in trial.inputs)
        J = numerical.jacobian_transposed(
            yardstick.forward, rounded, k, yardstick.analytic, only=entries
        )
        moved = J @ trial.upstream.ravel()
        change = np.maximum(change, np.abs(moved - comparison.expected.flat[entries]))
    gap = np.abs(comparison.received - comparison.expected).flat[entries]
    return bool((gap <= RELATIVE * comparison.scale.flat[entries] + 4 * change).all())


def is_coarse(subject: Subject, trial: Trial, k: int) -> bool:
    """Tell whether input `k`'s gradient ignores changes that float64 would show."""

    def ask(many: Iterable[Arguments]) -> Iterator[list[Array]]:
        begun = ((subject.start(tuple(inputs)), upstream) for *inputs, upstream in many)
        for call in subject.finish_each(begun):
            yield [] if call.grads is None else [call.grads[subject.wrt.index(k)]]

    rng = np.random.default_rng(numerical.FIXED_SEED)
    given = (*trial.inputs, trial.upstream)
    for which in range(-1, len(trial.inputs)):
        arrays = [which % len(given)]
        # An answer that hangs on some input only through a comparison ignores large changes too.
        if unmoved(ask, given, arrays, rng) >= HALF > unmoved(ask, given, arrays, rng, size=MOVE):
            return True
    return False


def moves_in_steps(ask: Ask, given: Arguments) -> bool:
    """Tell whether an answer has another slope over less than float32 holds than over more.

    So it is where a part of what it is made of is held in float32, too.
    """
    rng = np.random.default_rng(numerical.FIXED_SEED)
    ways = [rng.uniform(0.5, 1.5, np.shape(x)) for x in given]

    def moved(size: float) -> Arguments:
        pairs = zip(given, ways, strict=True)
        return tuple(np.asarray(x * (1 + size * w)) if _is_real(x) else x for x, w in pairs)

    here, *there = ask([given, *map(moved, STEPS)])
    if not here or any([x.shape for x in each] != [x.shape for x in here] for each in there):
        return False
    short, longer, long = (
        np.concatenate([((x - y) / size).ravel() for x, y in zip(each, here, strict=True)])
        for each, size in zip(there, STEPS, strict=True)
    )
    room = 0.05 * np.abs(long)
    # The noise of a difference quotient is another one with each step.
    steps = (np.abs(short - long) > room) & (np.abs(short - longer) <= room)
    return bool(steps[long != 0].mean() >= HALF) if np.any(long) else False


def explains(comparison: Comparison, reference: Callable[..., Any], given: Arguments) -> bool:
    """Tell whether a result is off by no more than arguments that are rounded to float32 explain.

    Parameters
    ----------
    comparison : Comparison
        With entries that are wrong by float64's measure.
    """
    gap = np.abs(comparison.received - comparison.expected)
    largest = comparison.scale.max(initial=0.0)
    room = 3 * RELATIVE * comparison.scale + ROOM * FLOOR * largest
    if (gap <= room).all():
        return True
    if not gap.max() <= 0.1 * largest:
        return False
    rng = np.random.default_rng(numerical.FIXED_SEED)
    for _ in range(3):
        moved = np.asarray(reference(*(_rounded(x, rng) for x in given)), dtype=np.float64)
        room = np.maximum(room, 4 * np.abs(moved - comparison.expected))
    return bool((gap <= room).all())


def _is_real(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def _rounded(x: Any, rng: np.random.Generator) -> Any:
    """Move an array of numbers by as much as rounding it to float32 may."""
    if not _is_real(x):
        return x
    return np.asarray(x * (1 + 2 * ULP32 * rng.choice((-1.0, 1.0), size=x.shape)))


def unmoved(
    ask: Ask,
    given: Arguments,
    which: Collection[int],
    rng: np.random.Generator,
    *,
    size: float = NUDGE,
    times: int = 1,
) -> float:
    """Return which part of an answer stays when the arrays `which` of `given` move by `size`."""

    def moved(x: Any) -> Any:
        is_array = isinstance(x, np.ndarray)
        return np.asarray(x * (1 + size * rng.uniform(0.5, 1.5, x.shape))) if is_array else x

    near = [tuple(moved(x) if j in which else x for j, x in enumerate(given)) for _ in range(times)]
    first, *others = ask([given, *near])
    if any([x.shape for x in again] != [x.shape for x in first] for again in others):
        return 0.0
    pairs = [pair for again in others for pair in zip(first, again, strict=True)]
    # What is zero is so in any arithmetic.
    stayed = np.concatenate([[], *((x == y)[x != 0].ravel() for x, y in pairs)])
    return float(stayed.mean()) if stayed.size else 0.0
