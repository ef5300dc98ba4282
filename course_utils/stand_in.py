"""The numerical stand-in of an exercise that is not filled in: measured, and not slow.

`course_utils.numerical` moves one entry after the other, which is how a gradient is measured
that has to be trusted. Descent asks for thousands of gradients. Here as many entries are
moved at once as can be told apart afterwards, or the forward pass is taken apart into
operations of which each is measured so. Neither is certain to see everything a forward
does. So the outcome is compared with one more measurement of the forward pass as a whole,
along a direction in which every entry counts; where it differs, `numerical_backward` does
it entry by entry.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils import operations
from course_utils.function import Array, as_float64
from course_utils.numerical import FINE_LEVELS, along, columns, is_analytic, quiet

Forward = Callable[..., Any]
Sized = list[tuple[Array, Array]]
"""For each input its gradient, and the size of what was added up for each entry."""

FEW = 24
"""So few entries are moved one after the other as fast as in any other way."""

AGREES = 1e-10
_FLOOR = 1e-12


def measured_backward(
    forward: Forward,
    inputs: Sequence[Any],
    grad_output: Any,
    analytic: bool | None = None,
) -> tuple[Array, ...]:
    """Measure what the backward of `forward` should return, as `numerical_backward` does.

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
        if analytic and sum(x.size for x in arrays) > FEW:
            found = _taken_apart(forward, arrays, upstream)
            if found is not None:
                return found
        flat = upstream.ravel()
        return tuple(
            (columns(forward, arrays, k, analytic, levels=FINE_LEVELS) @ flat).reshape(x.shape)
            for k, x in enumerate(arrays)
        )


def _taken_apart(
    forward: Forward, arrays: Sequence[Array], upstream: Array
) -> tuple[Array, ...] | None:
    """Measure the operations that `forward` is made of; None where that is not to be trusted."""
    try:
        course, result = operations.follow(forward, arrays)
        if result.shape != upstream.shape:
            return None
        if course.work() > len(course.operations) * sum(x.size for x in arrays):
            return None  # operations that mix everything: as a whole it is less work
        found = course.gradients(result, upstream)
    # A forward that cannot be followed says so in many ways.
    except Exception:
        return None
    if not _agrees(forward, arrays, upstream, found):
        course.forget()
        return None
    return tuple(gradient for gradient, _ in found)


def _agrees(forward: Forward, arrays: Sequence[Array], upstream: Array, found: Sized) -> bool:
    """Compare gradients with one complex step of the whole forward.

    The direction is random, and the longer in an entry the less was added up for it: all
    entries have the same say, also beside others that are a million times as large.
    """
    largest = max(float(size.max(initial=0.0)) for _, size in found)
    floor = _FLOOR * largest if largest > 0.0 else 1.0
    signs = _signs(tuple(size.shape for _, size in found))
    directions = [
        sign * (floor / np.maximum(size, floor))
        for (_, size), sign in zip(found, signs, strict=True)
    ]
    whole = along(forward, arrays, directions)
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
    rng = np.random.default_rng(20240229)
    return tuple(rng.uniform(0.5, 1.5, shape) * rng.choice((-1.0, 1.0), shape) for shape in shapes)
