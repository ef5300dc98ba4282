"""Inputs so wide that measuring an answer would cost what a formula never does.

Where an output depends on more entries the wider the inputs are, measuring a gradient takes a
forward pass for each of them, and a formula takes a few in all. Where it does not, entries are
independent: one more forward measures them all, and what an answer costs tells nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.exercises.registry import plain_forward
from course_utils.measure.numerical import jvp, quiet
from course_utils.measure.sparsity import evaluations, learned

NARROW = 2
"""Every size but the one that is made wide."""
TRIED = 3, 7
"""Sizes at which it is seen whether measuring takes longer."""


@dataclass(frozen=True)
class Wide:
    """What an answer is given, and what it must return to be worth looking at.

    Attributes
    ----------
    arguments : tuple
        For the answer.
    forward : callable
        Of `inputs`: what is differentiated.
    inputs : tuple of ndarray
        Those with respect to which the answer returns gradients, in its order.
    upstream : ndarray or float
        The gradient with respect to the output.
    gradients : callable
        Makes the gradients of what the answer returned.
    """

    arguments: tuple[Any, ...]
    forward: Callable[..., Any]
    inputs: tuple[Array, ...]
    upstream: Any = 1.0
    gradients: Callable[[Any], Sequence[Any]] = lambda result: (
        result if isinstance(result, tuple | list) else (result,)
    )

    @property
    def entries(self) -> int:
        """How many forward passes it takes to measure the gradients one by one."""
        return sum(x.size for x in self.inputs)

    def is_right(self, result: Any, rng: np.random.Generator, only: Collection[int] = ()) -> bool:
        """Tell whether a result fits the slope along one direction, in which every entry moves.

        With `only`, every entry of these inputs: of the others nothing is asked.
        """
        asked = sorted(only) or range(len(self.inputs))
        moved = {k: np.asarray(rng.normal(size=self.inputs[k].shape)) for k in asked}
        directions = [moved.get(k) for k in range(len(self.inputs))]
        with quiet():
            slope = jvp(self.forward, self.inputs, directions)
            if slope is None:
                return True
            try:
                gradients = self.gradients(result)
                if len(gradients) != len(self.inputs):
                    return False
                terms = [np.asarray(gradients[k], dtype=np.float64) * moved[k] for k in asked]
            except (Exception, SystemExit):  # a student's object may do anything
                return False
        off = np.sum(self.upstream * slope) - sum(float(np.sum(each)) for each in terms)
        size = sum(float(np.sum(np.abs(each))) for each in terms)
        # A gradient in float32 is far inside of it, one that leaves entries out far outside.
        return bool(abs(off) <= 1e-5 * size)


Widening = Callable[[np.random.Generator, int], Wide]
"""Draws inputs of which one size is as given, and every other one small."""


@cache
def widening_of(cls: type[Function]) -> Widening | None:
    """Return what widens a Function's inputs, by a size that couples them; None without one."""
    sizes = [
        name
        for name, each in inspect.signature(cls.make_inputs).parameters.items()
        if isinstance(each.default, int)
    ]
    for name in sizes:
        fewer, more = (_forwards(cls, {**dict.fromkeys(sizes, NARROW), name: n}) for n in TRIED)
        if fewer and more > fewer:
            return _along(cls, sizes, name)
    return None


def _along(cls: type[Function], sizes: Sequence[str], wide: str) -> Widening:
    def draw(rng: np.random.Generator, size: int) -> Wide:
        inputs = cls.make_inputs(rng, **{**dict.fromkeys(sizes, NARROW), wide: size})
        forward = plain_forward(cls)
        ctx = Context((True,) * len(inputs))
        upstream = np.asarray(rng.normal(size=np.shape(forward(ctx, *inputs))))
        return Wide(
            (ctx, upstream.copy()),
            lambda *inputs: forward(Context(), *inputs),
            tuple(np.array(x) for x in inputs),
            upstream,
        )

    return draw


def _forwards(cls: type[Function], sizes: dict[str, int]) -> int:
    """Return how many forward passes measuring takes where as many entries as can be go together.

    0 where it cannot be told: what has kinks, or cannot be computed with complex numbers.
    """
    inputs = cls.make_inputs(np.random.default_rng(0), **sizes)
    forward, count = plain_forward(cls), 0
    with quiet():
        out = np.shape(forward(Context(), *inputs))
        for k, x in enumerate(inputs):

            def move(direction: Any, k: int = k) -> Array:
                directions = [direction if j == k else None for j in range(len(inputs))]
                slope = jvp(lambda *moved: forward(Context(), *moved), inputs, directions)
                return np.full(out, np.nan) if slope is None else slope

            layout = learned(move, np.shape(x), out)
            if layout is None:
                return 0
            count = max(count, evaluations(layout, np.shape(x)))
    return count
