"""Inputs at which a finite difference is worth nothing and a formula as good as ever.

Every number is multiplied by a power of two, so that a formula's answer is only shifted:
its digits are the same. A difference f(x + h) - f(x) loses them, beside large numbers and
for x far below h. What is right is measured before anything is shifted.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context
from course_utils.exercises.registry import Exercise
from course_utils.measure.memo import remembered

STEP = 2.0**-30
"""Of the complex step used here: its square is below rounding, itself far above the smallest."""


@dataclass(frozen=True)
class Level:
    """How far apart the sizes are, as powers of two, and how exact an answer must be."""

    big: int
    small: int
    tolerance: float


SOFT = Level(60, -200, 1e-12)
"""A complex step of any size used in practice is still exact here, a difference is not."""
HARD = Level(200, -1015, 1e-11)
"""A complex step of less than about 1e-7 is lost here, below the smallest number there is."""
ORDINARY = Level(0, 0, 1e-3)
COARSE = Level(20, -40, 1e-3)
"""For answers that compute in float32 inside."""


@dataclass(frozen=True)
class Result:
    """One array that the answer must return, where `where` is true: expected · 2**exponent."""

    expected: Array
    exponent: Any
    where: Any = True


@dataclass(frozen=True)
class Probe:
    """What the answer is given, and what it must return, by the name of the input or part."""

    inputs: tuple[Any, ...]
    results: dict[str, Result]
    upstream: Any = None


def build(slot: Exercise, part: str, level: Level, rng: np.random.Generator) -> Probe | None:
    """Return the probe of one part of an exercise; None where no derivative is asked."""
    if slot.name in FUNCTIONS:
        return _of_function(slot, level, rng)
    if slot.name in PLAIN:
        gentle = level is HARD and slot.name in COMPOSED
        return _of_plain(slot, part, SOFT if gentle else level, rng)
    return None


def plain_forward(cls: Any) -> Callable[..., Any]:
    """Return a Function's own forward, without what the fallback added."""
    forward: Callable[..., Any] = inspect.unwrap(cls.forward)
    return forward


# ------------------------------------------------------------------ backward of a Function


def _of_function(slot: Exercise, level: Level, rng: np.random.Generator) -> Probe:
    cls = slot.target
    inputs = tuple(np.asarray(x, dtype=np.float64) for x in cls.make_inputs(rng))
    inputs, shifts, back, where = FUNCTIONS[slot.name](inputs, level)
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
    return Probe(shifted, results, upstream)


def _gradient(
    forward: Callable[..., Any], inputs: tuple[Any, ...], k: int, upstream: Array
) -> Array:
    moved = list(inputs)
    moved[k] = x = np.array(inputs[k], dtype=np.complex128)
    found = np.empty(x.size)
    for j in range(x.size):
        here = x.flat[j]
        x.flat[j] = here + 1j * STEP
        found[j] = np.vdot(upstream, np.imag(forward(Context(), *moved))) / STEP
        x.flat[j] = here
    return found.reshape(x.shape)


Scaled = tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]
"""Inputs, their exponents, the gradients' exponents, and where gradients are compared."""

EVERYWHERE = (True, True, True)


def _first_big(n: int, level: Level) -> Any:
    return np.where(np.arange(n) == 0, level.big, level.small)


def _product(inputs: tuple[Any, ...], level: Level) -> Scaled:
    """Two factors summed over one index; what belongs to its first value is large in both."""
    first, second = inputs[:2]
    e = _first_big(first.shape[-1], level)
    column = e[:, None] if second.ndim == 2 else e
    shifts = (e, column, level.big)[: len(inputs)]
    return inputs, shifts, (e, column, 0)[: len(inputs)], EVERYWHERE


def _entries(inputs: tuple[Any, ...], level: Level) -> Scaled:
    """Arrays of one shape that meet entry by entry; the first row is large."""
    shape = inputs[0].shape
    e = _first_big(shape[0], level) if shape else np.array(level.small)
    e = e.reshape(-1, *[1] * (len(shape) - 1)) if shape else e
    return inputs, (e, e), (e, e), EVERYWHERE


def _cubes(inputs: tuple[Any, ...], level: Level) -> Scaled:
    return inputs, (level.small // 2,), (2 * (level.small // 2),), EVERYWHERE


def _relu(inputs: tuple[Any, ...], level: Level) -> Scaled:
    e = np.where(np.arange(inputs[0].size) % 2, level.big, level.small)
    return inputs, (e.reshape(inputs[0].shape),), (0,), EVERYWHERE


def _far(inputs: tuple[Any, ...], level: Level) -> Scaled:
    """Far from 0, where x + h is a rougher number."""
    return (300 * inputs[0],), (0,), (0,), EVERYWHERE


def _as_drawn(inputs: tuple[Any, ...], level: Level) -> Scaled:
    return inputs, (0,), (0,), EVERYWHERE


def _decided(inputs: tuple[Any, ...], level: Level) -> Scaled:
    """Logits so far apart that all probabilities but one are tiny: these are compared."""
    Z, T = inputs
    small = max(level.small, -1000)  # it is measured there: room for the digits of our own step
    return (Z - small * np.log(2.0) * T, T), (0, 0), (small, 0), (T == 0, True)


FUNCTIONS: dict[str, Callable[[tuple[Any, ...], Level], Scaled]] = {
    "Sine.backward": _far,
    "SumOfCubes.backward": _cubes,
    "MatVec.backward": _product,
    "Multiply.backward": _entries,
    "SquaredError.backward": _entries,
    "SumSquaredError.backward": _entries,
    "Affine.backward": _product,
    "AffineRow.backward": _product,
    "Linear.backward": _product,
    "MSE.backward": _entries,
    "Tanh.backward": _as_drawn,
    "ReLU.backward": _relu,
    "SoftmaxCrossEntropy.backward": _decided,
}


# ------------------------------------------------------------------ plain functions

Case = tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]
"""Arguments, their exponents (None for what is not shifted), and the results' exponents."""


def _of_plain(slot: Exercise, part: str, level: Level, rng: np.random.Generator) -> Probe:
    inputs, shifts, back = PLAIN[slot.name](part, level, rng)
    assert slot.fallback is not None
    expected = remembered(slot.fallback, *inputs)
    expected = expected if isinstance(expected, tuple) else (expected,)
    names = list(slot.parts) if len(expected) > 1 else [part]
    results = {
        name: Result(np.asarray(value, dtype=np.float64), exponent)
        for name, value, exponent in zip(names, expected, back, strict=True)
    }
    shifted = tuple(
        x if e is None else np.asarray(np.ldexp(x, e)) for x, e in zip(inputs, shifts, strict=True)
    )
    return Probe(shifted, results)


def _normal(rng: np.random.Generator, *shapes: tuple[int, ...]) -> list[Any]:
    return [np.asarray(rng.normal(size=shape)) for shape in shapes]


def _matvec(part: str, level: Level, rng: np.random.Generator) -> Case:
    e = _first_big(3, level)
    return tuple(_normal(rng, (4, 3), (3,))), (e, e), (e,)


def _batch(back: Callable[[Any], tuple[Any, ...]], *index: int) -> Callable[..., Case]:
    def case(part: str, level: Level, rng: np.random.Generator) -> Case:
        e = _first_big(4, level)
        X, W = _normal(rng, (3, 4), (4, 2))
        return (*index, X, W), (*(None for _ in index), e, e[:, None]), back(e)

    return case


def _loops(part: str, level: Level, rng: np.random.Generator) -> Case:
    e = _first_big(4, level)
    G, X, W = _normal(rng, (5, 3), (5, 4), (4, 3))
    return (G, X, W), (0, e, e[:, None]), (e, e[:, None], 0)


def _squares(part: str, level: Level, rng: np.random.Generator) -> Case:
    e = _first_big(5, level)[:, None]
    return tuple(_normal(rng, (5, 3), (5, 3))), (e, e), (e,)


def _flat_weights(part: str, level: Level, rng: np.random.Generator) -> Case:
    e = _first_big(4, level)
    (X,) = _normal(rng, (3, 4))
    jacobian_transposed = np.repeat(e, 2) if part == "C" else np.tile(e, 2)
    return (X, 2, part), (e, None, None), (jacobian_transposed,)


def _one_sample(part: str, level: Level, rng: np.random.Generator) -> Case:
    e = _first_big(5, level)
    return tuple(_normal(rng, (5,), (5, 3))), (e, e[:, None]), (e,)


def _sample(*more: tuple[int, ...]) -> Callable[..., Case]:
    """The prediction and the target are tiny, and so is what goes back."""

    def case(part: str, level: Level, rng: np.random.Generator) -> Case:
        s = level.small
        return (
            tuple(_normal(rng, (5,), (5,), (), (), *more)),
            (0, s, s, s, *(0 for _ in more)),
            (s,),
        )

    return case


def _model(*more: float) -> Callable[..., Case]:
    """One output of the model is large, and with it the cost; the others have small shares."""

    def case(part: str, level: Level, rng: np.random.Generator) -> Case:
        c = np.array([min(level.big, 40), 0, 0])
        arrays = _normal(rng, (7, 4), (4, 3), (1, 3), (7, 3))
        return (*arrays, *more), (0, c, c, c, *(None for _ in more)), (c, c)

    return case


def _ordinary(*shapes: tuple[int, ...]) -> Callable[..., Case]:
    def case(part: str, level: Level, rng: np.random.Generator) -> Case:
        return tuple(_normal(rng, *shapes)), tuple(0 for _ in shapes), (0,)

    return case


PLAIN: dict[str, Callable[..., Case]] = {
    "matvec_jacobian_x": _matvec,
    "matvec_jacobian_A": _matvec,
    "gradient_of_chain": _ordinary((5, 3), (3,)),
    "gradient_used_twice": _ordinary((5,)),
    "sample_weight_gradient": _sample(),
    "predicted_change": _sample((5,), ()),
    "dY_dX": _batch(lambda e: (e[1],), 0, 1, 0, 1),
    "dY_dW": _batch(lambda e: (e[1],), 0, 1, 1, 1),
    "linear_jacobian_X": _batch(lambda e: (e,)),
    "linear_jacobian_W": _batch(lambda e: (e[:, None],)),
    "linear_backward_loops": _loops,
    "mse_gradient_loops": _squares,
    "weight_jacobian_matrix": _flat_weights,
    "input_jacobian": _one_sample,
    "cost_gradient": _model(),
    "descent_step": _model(0.3),
}

COMPOSED = (
    "gradient_of_chain",
    "gradient_used_twice",
    "sample_weight_gradient",
    "cost_gradient",
    "descent_step",
)
"""Made of other exercises, whose stand-ins take a complex step while they are not filled in."""
