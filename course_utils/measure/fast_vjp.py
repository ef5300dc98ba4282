"""The numerical stand-in of an exercise that is not filled in: measured, and not slow.

`numerical` moves one entry after the other, which is how a gradient is measured
that has to be trusted. Descent asks for thousands of gradients. So here

1. the forward pass is taken apart into operations, and each of them is measured
   (`course_utils.measure.pullback`). What that missed shows in one more measurement, of the whole
   forward pass along a direction in which every entry has a say;
2. or, where a complex step cannot be trusted, entries are moved at once that are seen to
   have no output in common (`course_utils.measure.sparsity.separated`);
3. or it is done entry by entry, as `numerical_vjp` does it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, as_float64
from course_utils.measure.numerical import (
    FINE_LEVELS,
    FIXED_SEED,
    is_analytic,
    jvp,
    jvp_by_differences,
    numerical_vjp,
    quiet,
)
from course_utils.measure.pullback import Pullback
from course_utils.measure.sparsity import entry_by_entry, evaluations, groups, separated, unit
from course_utils.measure.tracer import Tape

Forward = Callable[..., Any]
Sized = list[tuple[Array, Array]]
"""For each input its gradient, and the size of what was added up for each entry."""

FEW = 24
"""So few entries are moved one after the other as fast as in any other way."""

AGREES = 1e-11
"""How close the outcome must be to the measurement of the whole, for each entry."""

_FLOOR = 1e-12  # what is that much smaller than the largest has a smaller say
_FAR = 1e-2  # as far as `jvp_by_differences` goes


def fast_vjp(
    forward: Forward,
    inputs: Sequence[Any],
    grad_output: Any,
    analytic: bool | None = None,
) -> tuple[Array, ...]:
    """Measure what the backward of `forward` should return, as `numerical_vjp` does.

    Parameters
    ----------
    forward : callable
        Takes `inputs`, without a context.
    inputs : sequence of array_like
    grad_output : array_like
        Of the output's shape.
    analytic : bool, optional
        Whether complex steps may be trusted; asked if left out.
    """
    arrays = [as_float64(x) for x in inputs]
    upstream = np.asarray(grad_output, dtype=np.float64)
    with quiet():
        if analytic is None:
            analytic = is_analytic(forward, arrays, range(len(arrays)))
        if sum(x.size for x in arrays) > FEW:
            found = _taken_apart(forward, arrays, upstream) if analytic else None
            if found is None:
                found = _moved_together(forward, arrays, upstream, analytic)
            if found is not None:
                return found
    return numerical_vjp(forward, arrays, upstream, analytic)


def _taken_apart(
    forward: Forward, arrays: Sequence[Array], upstream: Array
) -> tuple[Array, ...] | None:
    """Measure the operations that `forward` is made of; None where that is not to be trusted."""
    try:
        tape = Tape(forward, arrays)
        if tape.value(tape.result).shape != upstream.shape:
            return None
        pullback = Pullback(tape)
        if pullback.work() > len(tape.steps) * sum(x.size for x in arrays):
            return None  # operations that mix everything: as a whole it is less work
        found = pullback.gradients(upstream)
    # A forward that cannot be followed says so in many ways.
    except Exception:
        return None
    if not _agrees(forward, arrays, upstream, found):
        pullback.forget()
        return None
    return tuple(gradient for gradient, _ in found)


def _moved_together(
    forward: Forward, arrays: Sequence[Array], upstream: Array, analytic: bool
) -> tuple[Array, ...] | None:
    """Measure `forward` as a whole, entries that have no output in common at once; or None."""
    try:
        layouts = []
        for k, x in enumerate(arrays):
            spread = _FAR * max(1.0, float(np.abs(x).max(initial=0.0)))
            layouts.append(separated(_by_one(forward, arrays, k), x, spread))
        work = sum(evaluations(way, x.shape) for way, x in zip(layouts, arrays, strict=True))
        if 2 * work > sum(x.size for x in arrays):
            return None
        found: Sized = []
        for k, (layout, x) in enumerate(zip(layouts, arrays, strict=True)):
            one = _by_one(forward, arrays, k)
            slopes = [_slope(one, x, unit(i, x.shape), analytic) for i in groups(layout, x.shape)]
            if any(slope.shape != upstream.shape for slope in slopes):
                return None
            gradient = entry_by_entry(layout, upstream, slopes, x.shape)
            sizes = [np.abs(slope) for slope in slopes]
            found.append((gradient, entry_by_entry(layout, np.abs(upstream), sizes, x.shape)))
    # Numbers that are far off may be none that this forward takes.
    except Exception:
        return None
    # A complex step sees what is below rounding in real numbers.
    if analytic and not _agrees(forward, arrays, upstream, found):
        return None
    return tuple(gradient for gradient, _ in found)


def _by_one(forward: Forward, arrays: Sequence[Array], k: int) -> Forward:
    return lambda x: forward(*arrays[:k], x, *arrays[k + 1 :])


def _slope(forward: Forward, x: Array, direction: Array, analytic: bool) -> Array:
    found = jvp(forward, (x,), (direction,)) if analytic else None
    if found is None:
        found, _ = jvp_by_differences(forward, (x,), (direction,), levels=FINE_LEVELS)
    return found


def _agrees(forward: Forward, arrays: Sequence[Array], upstream: Array, found: Sized) -> bool:
    """Compare gradients with one complex step of the whole forward.

    The direction is random, and the longer in an entry the less was added up for it: all
    entries have the same say, also beside others that are a million times as large.
    """
    largest = max(float(size.max(initial=0.0)) for _, size in found)
    floor = _FLOOR * largest
    signs = _signs(tuple(size.shape for _, size in found))
    directions = [
        sign * (floor / np.maximum(size, floor)) if floor else sign
        for (_, size), sign in zip(found, signs, strict=True)
    ]
    whole = jvp(forward, arrays, directions)
    if whole is None or whole.shape != upstream.shape:
        return False
    gap = np.vdot(upstream, whole)
    for (gradient, _), direction in zip(found, directions, strict=True):
        gap -= np.vdot(gradient, direction)
    entries = sum(size.size for _, size in found)
    # No number is not close to anything, and is left to be measured the long way.
    return bool(np.abs(gap) <= AGREES * floor * entries)


@functools.lru_cache(maxsize=1024)
def _signs(shapes: tuple[tuple[int, ...], ...]) -> tuple[Array, ...]:
    """Draw one direction for each shape, no entry near zero, and always the same."""
    rng = np.random.default_rng(FIXED_SEED)
    return tuple(rng.uniform(0.5, 1.5, shape) * rng.choice((-1.0, 1.0), shape) for shape in shapes)
