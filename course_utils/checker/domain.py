"""Where inputs that the checker made up leave what a forward pass was written for.

A matrix that has lost its inverse, or a bound that only keeps a logarithm or a root from
breaking, is no place to judge a backward that is right wherever the author's inputs are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.measure.tracer import Step, Tape

SINGULAR = 1e10  # a matrix of that condition has no inverse worth the name
TINY = 1e-4  # what is added or clipped at keeps numbers from zero, and means nothing else
FAR = 20.0  # what is clipped at so far out keeps numbers from overflowing


def has_left(forward: Callable[..., Any], inputs: Sequence[Array], usual: Sequence[Array]) -> bool:
    """Tell whether made-up `inputs` are out of the domain that the `usual` ones are drawn from."""
    pairs = zip(inputs, usual, strict=True)
    if any(_is_singular(x) and not _is_singular(before) for x, before in pairs):
        return True
    return _guards(forward, inputs) > _guards(forward, usual)


def _is_singular(x: Array) -> bool:
    if x.ndim < 2 or x.shape[-1] != x.shape[-2] or x.shape[-1] < 2:
        return False
    try:
        return not bool((np.linalg.cond(x) < SINGULAR).all())
    except np.linalg.LinAlgError:
        return True


def _guards(forward: Callable[..., Any], inputs: Sequence[Array]) -> int:
    """Count the operations in which a guard is at work; 0 where they cannot be followed."""
    try:
        steps = Tape(forward, [np.asarray(x, dtype=np.float64) for x in inputs]).steps
    # A forward that cannot be followed says so in many ways.
    except Exception:
        return 0
    return sum(map(_guards_something, steps))


def _guards_something(step: Step) -> bool:
    """Tell whether a constant that only keeps numbers away from something decides a value."""
    numbers = [*step.arguments, *step.keywords.values()]
    constants = [abs(float(c)) for c in numbers if np.isscalar(c) and isinstance(c, int | float)]
    arrays = [step.arguments[k] for k in step.places]
    if step.name == "add":
        return any(0 < c <= TINY and (np.abs(arrays[0]) < 1e3 * c).any() for c in constants)
    if step.name in ("clip", "maximum", "minimum"):
        kept = np.abs(np.asarray(step.value))
        return any(
            (0 < c <= TINY or 0 < abs(1 - c) <= TINY or c >= FAR) and (kept == c).any()
            for c in constants
        )
    return False
