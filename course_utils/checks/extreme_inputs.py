"""Inputs at which a finite difference is worth nothing and a formula as good as ever.

Every number is multiplied by a power of two, so that a formula's answer is only shifted:
its digits are the same. A difference f(x + h) - f(x) loses them, beside large numbers and
for x far below h. What is right is measured before anything is shifted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.exercises.registry import plain_forward
from course_utils.measure.memo import remembered

STEP = 2.0**-30
"""Of the complex step used here: its square is below rounding, itself far above the smallest."""


@dataclass(frozen=True)
class Level:
    """How far apart the sizes are, as powers of two, and how exact an answer must be."""

    big: int
    small: int
    tolerance: float
    where: str = "wrong where numbers of very different sizes meet"
    """What is said of an answer that is wrong there."""


SOFT = Level(60, -200, 1e-12)
"""A complex step of any size used in practice is still exact here, a difference is not."""
HARD = Level(200, -1015, 1e-11, "wrong at very small ones")
"""A complex step of less than about 1e-7 is lost here, below the smallest number there is."""
ORDINARY = Level(0, 0, 1e-3)
COARSE = Level(20, -40, 1e-3)
"""For answers that compute in float32 inside."""


@dataclass(frozen=True)
class Result:
    """One array that the answer must return, where `where` is true: expected · 2**exponent.

    It may be off by `allowed` · 2**exponent; if that is left out, by the level's tolerance beside
    the largest entry.
    """

    expected: Array
    exponent: Any = 0
    where: Any = True
    allowed: float | None = None


@dataclass(frozen=True)
class Probe:
    """What the answer is given, and what it must return, by the name of the input or part.

    Where it is only `moved`, the inputs are those of the first probe but for their last digits, and
    the results say by how much the answer must move.
    """

    inputs: tuple[Any, ...]
    results: dict[str, Result]
    upstream: Any = None
    moved: bool = False


Probing = Callable[[str, Level, np.random.Generator], tuple[Probe, ...]]
"""Returns the probes of one part of an exercise; there may be none."""


def first_big(n: int, level: Level) -> Any:
    """Return exponents of n numbers: the first is large, the others are small."""
    return np.where(np.arange(n) == 0, level.big, level.small)


# ------------------------------------------------------------------ backward of a Function

Inputs = tuple[Any, ...]
Scaled = tuple[Inputs, tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]
"""Inputs, their exponents, the gradients' exponents, and where gradients are compared."""

Scale = Callable[[Inputs, Level], Scaled]

EVERYWHERE = (True, True, True)


def of_function(cls: type[Function], scale: Scale) -> Probing:
    """Return what draws the inputs of `cls` and lets `scale` move them far apart."""

    def probe(part: str, level: Level, rng: np.random.Generator) -> tuple[Probe, ...]:
        drawn = tuple(np.asarray(x, dtype=np.float64) for x in cls.make_inputs(rng))
        inputs, shifts, back, where = scale(drawn, level)
        forward = plain_forward(cls)
        shape = np.shape(forward(Context(), *inputs))
        upstream = np.asarray(rng.uniform(0.5, 2.0, shape) * rng.choice((-1.0, 1.0), shape))
        # Where nothing is shifted, a gradient that is tiny was measured as it is.
        there = not any(np.any(e) for e in shifts)
        results = {}
        for k, name in enumerate(cls.input_names()):
            gradient = remembered(_gradient, forward, inputs, k, upstream)
            expected = np.ldexp(gradient, -np.asarray(back[k])) if there else gradient
            results[name] = Result(expected, back[k], where[k])
        shifted = tuple(np.asarray(np.ldexp(x, e)) for x, e in zip(inputs, shifts, strict=True))
        return (Probe(shifted, results, upstream),)

    return probe


def _gradient(forward: Callable[..., Any], inputs: Inputs, k: int, upstream: Array) -> Array:
    moved = list(inputs)
    moved[k] = x = np.array(inputs[k], dtype=np.complex128)
    found = np.empty(x.size)
    for j in range(x.size):
        here = x.flat[j]
        x.flat[j] = here + 1j * STEP
        found[j] = np.vdot(upstream, np.imag(forward(Context(), *moved))) / STEP
        x.flat[j] = here
    return found.reshape(x.shape)


def product(inputs: Inputs, level: Level) -> Scaled:
    """Two factors summed over one index; what belongs to its first value is large in both."""
    first, second = inputs[:2]
    e = first_big(first.shape[-1], level)
    column = e[:, None] if second.ndim == 2 else e
    shifts = (e, column, level.big)[: len(inputs)]
    return inputs, shifts, (e, column, 0)[: len(inputs)], EVERYWHERE


def entries(inputs: Inputs, level: Level) -> Scaled:
    """Arrays of one shape that meet entry by entry; the first row is large."""
    shape = inputs[0].shape
    e = first_big(shape[0], level) if shape else np.array(level.small)
    e = e.reshape(-1, *[1] * (len(shape) - 1)) if shape else e
    return inputs, (e, e), (e, e), EVERYWHERE


def as_drawn(inputs: Inputs, level: Level) -> Scaled:
    """Nothing is moved: for what a difference measures roughly anywhere."""
    return inputs, (0,), (0,), EVERYWHERE


# ------------------------------------------------------------------ plain functions

Case = tuple[Inputs, tuple[Any, ...], tuple[Any, ...]]
"""Arguments, their exponents (None for what is not shifted), and the results' exponents."""

Build = Callable[[str, Level, np.random.Generator], Case]


def of_plain(
    reference: Callable[..., Any], parts: tuple[str, ...], build: Build, *, gentle: bool
) -> Probing:
    """Return what lets `build` draw arguments and shifts what `reference` makes of them.

    Where it is to be `gentle`, nothing harder than SOFT is asked.
    """

    def probe(part: str, level: Level, rng: np.random.Generator) -> tuple[Probe, ...]:
        inputs, shifts, back = build(part, SOFT if gentle and level is HARD else level, rng)
        expected = remembered(reference, *inputs)
        expected = expected if isinstance(expected, tuple) else (expected,)
        names = parts if len(expected) > 1 else (part,)
        results = {
            name: Result(np.asarray(value, dtype=np.float64), exponent)
            for name, value, exponent in zip(names, expected, back, strict=True)
        }
        shifted = tuple(
            x if e is None else np.asarray(np.ldexp(x, e))
            for x, e in zip(inputs, shifts, strict=True)
        )
        return (Probe(shifted, results),)

    return probe


def normal(rng: np.random.Generator, *shapes: tuple[int, ...]) -> list[Any]:
    """Draw one array of each shape."""
    return [np.asarray(rng.normal(size=shape)) for shape in shapes]


def ordinary(*shapes: tuple[int, ...]) -> Build:
    """Return what draws arrays of these shapes and shifts none of them."""

    def case(part: str, level: Level, rng: np.random.Generator) -> Case:
        return tuple(normal(rng, *shapes)), tuple(0 for _ in shapes), (0,)

    return case
