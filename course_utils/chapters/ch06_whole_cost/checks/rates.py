"""6.4 and 6.5: which rate is too large, and how fast descent is, by the measured curvature."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch06_whole_cost.checks.gradients import (
    Gradient,
    both_at_once,
    measured_gradient,
)
from course_utils.chapters.ch06_whole_cost.checks.lowest_point import curvature, data
from course_utils.chapters.ch06_whole_cost.checks.steps import measured_step
from course_utils.chapters.ch06_whole_cost.exercises import largest_rate, slowest_factor
from course_utils.checker.candidate import Adapted
from course_utils.checks.declarations import declare
from course_utils.checks.methods import number
from course_utils.checks.plain_functions import Confusion


def _eigenvalues(X: Array, gradient: Gradient = measured_gradient) -> Array:
    return np.asarray(np.linalg.eigvalsh(curvature(X, gradient)))


def _measured_limit(X: Array, gradient: Gradient = measured_gradient) -> Array:
    """Measure the rate above which descent diverges.

    Along the steepest direction a step of `rate` multiplies the distance by
    1 - rate times the curvature; the limit is where that is -1.
    """
    steepest = float(_eigenvalues(X, gradient)[-1])
    return np.array(2.0 / steepest)


def _inputs(rng: np.random.Generator, q: int = 11, n: int = 3) -> tuple[Array]:
    return (data(rng, q, n)[0],)


def _two_over(of: Callable[[Array], Any]) -> Callable[[Array], Array]:
    """Return what the limit would be if the steepest curvature were `of` all of them."""
    return lambda X: np.array(2.0 / of(_eigenvalues(X)))


def _centred(X: Array) -> Array:
    """Measure the curvature with respect to W where the bias follows at once."""
    H = curvature(X)
    by_bias = H[:-1, -1:]
    return np.asarray(np.linalg.eigvalsh(H[:-1, :-1] - by_bias @ by_bias.T / H[-1, -1]))


_FACTORS: dict[str, tuple[str, Callable[[int, int], float]]] = {
    "1/q": ("is the cost not a mean over the samples, and so is its curvature?",
            lambda q, n: 1 / q),
    "2/q": ("the factor 2/q in front of the curvature is missing.", lambda q, n: 2 / q),
    "2": ("the slope of a square has a 2, and so has the curvature.", lambda q, n: 2),
    "1/2": ("there is a 2 too many in the curvature, or one missing above it.",
            lambda q, n: 1 / 2),
    "q": ("the curvature is divided by q twice.", lambda q, n: q),
    "n/q": ("the curvature is divided by n where q belongs.", lambda q, n: n / q),
    "(n+1)/q": ("the curvature is divided by n + 1 where q belongs.", lambda q, n: (n + 1) / q),
    "n": ("the curvature is divided by n as well.", lambda q, n: n),
}  # fmt: skip


def _multiple(of: Callable[[int, int], float]) -> Callable[[Array], Array]:
    return lambda X: of(*X.shape) * _measured_limit(X)


declare(
    largest_rate,
    reference=_measured_limit,
    make_inputs=_inputs,
    confusions=[
        Confusion(
            "missing-term",
            "This is the limit of a model without a bias. The bias is a parameter as well, "
            "with inputs that are all 1.",
            lambda X: np.array(2.0 / np.linalg.eigvalsh(curvature(X)[:-1, :-1])[-1]),
        ),
        Confusion(
            "missing-term",
            "This is the limit for inputs of mean zero: their mean is taken away first, and "
            "descent does not do that.",
            lambda X: np.array(2.0 / _centred(X)[-1]),
        ),
        *(
            Confusion(f"factor:{E}", f"This is {E} times the limit: {why}", _multiple(of))
            for E, (why, of) in _FACTORS.items()
        ),
        Confusion(
            "wrong-eigenvalue",
            "This belongs to the smallest curvature. Descent is thrown off along the "
            "steepest direction first.",
            _two_over(np.min),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This belongs to the second largest curvature. Descent is thrown off along the "
            "steepest direction first.",
            _two_over(lambda each: each[-2]),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is made of the sum of all curvatures, which is larger than the largest "
            "one: safe, and not the limit.",
            _two_over(np.sum),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is made of a norm that takes all curvatures together, which is larger than the "
            "largest one: safe, and not the limit.",
            _two_over(np.linalg.norm),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is made of the product of all curvatures, the determinant. The limit depends on "
            "the steepest direction alone.",
            _two_over(np.prod),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is made of the mean of all curvatures. The limit depends on the steepest "
            "direction alone.",
            _two_over(np.mean),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is the rate with which descent is fastest, made of the largest and the smallest "
            "curvature, and not the limit.",
            _two_over(lambda each: each[0] + each[-1]),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is the ratio of the largest and the smallest curvature.",
            lambda X: np.array(_eigenvalues(X)[-1] / _eigenvalues(X)[0]),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is the steepest curvature itself. How does the limit depend on it?",
            lambda X: np.array(_eigenvalues(X)[-1]),
        ),
        Confusion(
            "inverted",
            "This is half of the steepest curvature: one over the limit.",
            lambda X: np.array(_eigenvalues(X)[-1] / 2),
        ),
        Confusion(
            "not-squared",
            "A singular value of the matrix of inputs stands where an eigenvalue of the "
            "curvature belongs. The curvature has the inputs twice: square it.",
            lambda X: np.array(np.sqrt(2 * len(X) / _eigenvalues(X)[-1])),
        ),
        Confusion(
            "squared",
            "The steepest curvature is squared, where it belongs as it is.",
            _two_over(lambda each: each[-1] ** 2),
        ),
    ],
    adapt=lambda candidate: Adapted(candidate, result=number),
    result_name="rate",
    stand_in=functools.partial(_measured_limit, gradient=both_at_once),
    no_extreme="a rate is asked for, and no derivative",
)


def _measured_shrinking(X: Array, rate: float, gradient: Gradient = measured_gradient) -> Array:
    """Measure by how much one step multiplies the distance, where it shrinks it least."""
    n = X.shape[1]

    def step(theta: Any) -> Any:
        start = theta[:n, None], theta[n:, None]
        W, b = measured_step(X, *start, np.zeros((len(X), 1)), rate, gradient)
        return np.append(W, b)

    at_zero = step(np.zeros(n + 1))
    A = np.stack([step(e) - at_zero for e in np.eye(n + 1)], axis=1)
    return np.array(np.abs(np.linalg.eigvalsh((A + A.T) / 2)).max())


def _inputs_and_rate(rng: np.random.Generator, q: int = 11, n: int = 3) -> tuple[Array, float]:
    (X,) = _inputs(rng, q, n)
    return X, float(rng.uniform(0.2, 1.2) * _measured_limit(X))


def _largest_size(moved: Array) -> Array:
    return np.array(max(abs(1.0 - each) for each in moved))


def _signed(moved: Array) -> Array:
    return np.array(max((1.0 - each for each in moved), key=abs))


def _one_eigenvalue(position: int) -> Callable[..., Array]:
    return lambda X, rate: np.array(abs(1 - rate * _eigenvalues(X)[position]))


declare(
    slowest_factor,
    reference=_measured_shrinking,
    make_inputs=_inputs_and_rate,
    confusions=[
        Confusion(
            "wrong-eigenvalue",
            "Only the steepest direction is looked at. With a small rate it is the flat "
            "one that takes longest.",
            _one_eigenvalue(-1),
        ),
        Confusion(
            "wrong-eigenvalue",
            "Only the flattest direction counts here. With a large rate the steep one has a "
            "factor below zero: it jumps over the lowest point, and its size counts as well.",
            _one_eigenvalue(0),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is the largest factor. One that is below zero may be larger in size: the step "
            "jumps over the lowest point, and lands farther from it.",
            lambda X, rate: np.max(1 - rate * _eigenvalues(X)),
        ),
        Confusion(
            "clipped",
            "Where descent diverges the factor is above 1; yours is cut off there.",
            lambda X, rate: np.minimum(1.0, _measured_shrinking(X, rate)),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is the mean over the directions. Return the factor of the slowest one.",
            lambda X, rate: np.array(np.abs(1 - rate * _eigenvalues(X)).mean()),
        ),
        Confusion(
            "wrong-eigenvalue",
            "The factors of all directions are multiplied. Each direction has its own.",
            lambda X, rate: np.array(np.abs(np.prod(1 - rate * _eigenvalues(X)))),
        ),
        Confusion(
            "wrong-eigenvalue",
            "The rate plays no role in it: the smallest curvature is divided by the largest.",
            lambda X, rate: np.array(1 - _eigenvalues(X)[0] / _eigenvalues(X)[-1]),
        ),
        Confusion(
            "missing-term",
            "This is the part of the distance that a step takes away along the steepest direction. "
            "Return what it leaves, in the direction where that is most.",
            lambda X, rate: np.array(rate * _eigenvalues(X)[-1]),
        ),
        Confusion(
            "missing-term",
            "This is the part of the distance that a step takes away along the flattest direction. "
            "Return what it leaves, in the direction where that is most.",
            lambda X, rate: np.array(rate * _eigenvalues(X)[0]),
        ),
        Confusion(
            "sign",
            "The step goes uphill: the distance grows by the rate times the curvature.",
            lambda X, rate: np.array(1 + rate * _eigenvalues(X)[-1]),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is the direction that shrinks most. Return the one that shrinks least.",
            lambda X, rate: np.array(np.abs(1 - rate * _eigenvalues(X)).min()),
        ),
        Confusion(
            "missing-term",
            "This is the factor of a model without a bias. The bias is a parameter as well.",
            lambda X, rate: _largest_size(rate * np.linalg.eigvalsh(curvature(X)[:-1, :-1])),
        ),
        Confusion(
            "factor:1/2",
            "The curvatures are half of what they should be: the slope of a square has a 2.",
            lambda X, rate: _measured_shrinking(X, rate / 2),
        ),
        Confusion(
            "factor:q",
            "The curvatures are q times what they should be: the cost is a mean over the samples.",
            lambda X, rate: _measured_shrinking(X, rate * len(X)),
        ),
        Confusion(
            "factor:q/2",
            "The curvatures are q/2 times what they should be: the 2/q in front is missing.",
            lambda X, rate: _measured_shrinking(X, rate * len(X) / 2),
        ),
        Confusion(
            "factor:q/n",
            "The curvatures are q/n times what they should be: they are divided by n where q "
            "belongs.",
            lambda X, rate: _measured_shrinking(X, rate * len(X) / X.shape[1]),
        ),
        Confusion(
            "squared",
            "This multiplies the *cost* above its lowest value. Return that of the distance.",
            lambda X, rate: _measured_shrinking(X, rate) ** 2,
        ),
        Confusion(
            "sign",
            "The right direction, and a factor that can be below zero. Return its absolute value.",
            lambda X, rate: _signed(rate * _eigenvalues(X)),
        ),
    ],
    adapt=lambda candidate: Adapted(candidate, result=number),
    result_name="factor",
    stand_in=functools.partial(_measured_shrinking, gradient=both_at_once),
    no_extreme="a factor is asked for, and no derivative",
)
