"""6.3 to 6.5: where descent ends, and how fast it gets there, by the measured curvature."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch06_whole_cost.checks.gradients import (
    Gradient,
    both_at_once,
    from_below,
    measured_gradient,
    measured_step,
)
from course_utils.chapters.ch06_whole_cost.exercises import (
    Pair,
    largest_rate,
    least_squares,
    slowest_factor,
)
from course_utils.checks.declarations import compared_each, declare
from course_utils.checks.plain_functions import Confusion
from course_utils.measure.memo import remembering


@remembering
def _curvature(X: Array, gradient: Gradient = measured_gradient) -> Array:
    """Measure the Hessian of C by one column of W and its bias, shape (n + 1, n + 1)."""
    n = X.shape[1]

    def slope(theta: Any) -> Any:
        # The gradient is linear in theta, and so is measured exactly by a difference.
        grad_W, grad_b = gradient(X, theta[:n, None], theta[n:, None], np.zeros((len(X), 1)))
        return np.append(grad_W, grad_b)

    at_zero = slope(np.zeros(n + 1))
    return np.stack([slope(e) - at_zero for e in np.eye(n + 1)], axis=1)


def _lowest_point(X: Array, Y: Array) -> Pair:
    """Go to where the measured gradient vanishes: one step of Newton, exact for a quadratic."""
    n, p = X.shape[1], Y.shape[1]
    grad_W, grad_b = measured_gradient(X, np.zeros((n, p)), np.zeros((1, p)), Y)
    theta = -np.linalg.solve(_curvature(X), np.concatenate([grad_W, grad_b]))
    return theta[:n], theta[n:]


def _without_bias(X: Array, Y: Array) -> Array:
    n, p = X.shape[1], Y.shape[1]
    slope = measured_gradient(X, np.zeros((n, p)), np.zeros((1, p)), Y)[0]
    return np.asarray(-np.linalg.solve(_curvature(X)[:n, :n], slope))


def _not_solved(X: Array, Y: Array) -> Pair:
    """Measure how the targets pull at the parameters, without the system being solved."""
    start = np.zeros((X.shape[1], Y.shape[1])), np.zeros((1, Y.shape[1]))
    return from_below(X, *start, Y, Y)


def _unsolved(position: int) -> Confusion:
    return Confusion(
        "not-solved",
        "This is the right-hand side of the normal equations. The system is still to be solved.",
        lambda X, Y: _not_solved(X, Y)[position],
    )


def _data(rng: np.random.Generator, q: int = 11, n: int = 3, p: int = 2) -> tuple[Array, Array]:
    """Draw X and Y; q is larger than n, so that there is one lowest point."""
    more = max(0, n + 3 - q)
    return rng.normal(size=(q + more, n)) + 0.5, rng.normal(size=(q + more, p)) + 1.0


declare(
    least_squares,
    parts=compared_each(
        _lowest_point,
        _data,
        {"W": "W", "b": "b"},
        {
            "W": [
                Confusion(
                    "missing-term",
                    "This is the best W without a bias: the plane is forced through the origin.",
                    _without_bias,
                ),
                Confusion(
                    "missing-term",
                    "These are the slopes for targets of mean zero and inputs that are not: both "
                    "have to be centred, or neither.",
                    lambda X, Y: _without_bias(X, Y - Y.mean(axis=0)),
                ),
                _unsolved(0),
            ],
            "b": [
                Confusion(
                    "missing-term",
                    "b is zero: the plane is forced through the origin.",
                    lambda X, Y: np.zeros((1, Y.shape[1])),
                ),
                Confusion(
                    "missing-term",
                    "b is the mean of the targets. That is right only if the mean of every input "
                    "is zero.",
                    lambda X, Y: Y.mean(axis=0, keepdims=True),
                ),
                _unsolved(1),
            ],
        },
    ),
    stand_in=_lowest_point,
    no_extreme="the lowest point is asked for, and no derivative",
)


# ------------------------------------------------------------------ the rate


def _eigenvalues(X: Array, gradient: Gradient = measured_gradient) -> Array:
    return np.asarray(np.linalg.eigvalsh(_curvature(X, gradient)))


def _measured_limit(X: Array, gradient: Gradient = measured_gradient) -> Array:
    """Measure the rate above which descent diverges.

    Along the steepest direction a step of `rate` multiplies the distance by
    1 - rate times the curvature; the limit is where that is -1.
    """
    steepest = float(_eigenvalues(X, gradient)[-1])
    return np.array(2.0 / steepest)


def _inputs(rng: np.random.Generator, q: int = 11, n: int = 3) -> tuple[Array]:
    return (_data(rng, q, n)[0],)


declare(
    largest_rate,
    reference=_measured_limit,
    make_inputs=_inputs,
    confusions=[
        Confusion(
            "missing-term",
            "This is the limit of a model without a bias. The bias is a parameter as well, "
            "with inputs that are all 1.",
            lambda X: np.array(2.0 / np.linalg.eigvalsh(_curvature(X)[:-1, :-1])[-1]),
        ),
        Confusion(
            "factor:1/q",
            "This is 1/q times the limit: the cost is a mean over the samples, and so is its "
            "curvature.",
            lambda X: _measured_limit(X) / len(X),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This belongs to the smallest curvature. Descent is thrown off along the "
            "steepest direction first.",
            lambda X: np.array(2.0 / _eigenvalues(X)[0]),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is made of the sum of all curvatures, which is larger than the largest "
            "one: safe, and not the limit.",
            lambda X: np.array(2.0 / _eigenvalues(X).sum()),
        ),
        Confusion(
            "wrong-eigenvalue",
            "This is the steepest curvature itself. How does the limit depend on it?",
            lambda X: np.array(_eigenvalues(X)[-1]),
        ),
        Confusion(
            "not-squared",
            "A singular value of the matrix of inputs stands where an eigenvalue of the "
            "curvature belongs. The curvature has the inputs twice: square it.",
            lambda X: np.array(np.sqrt(2 * len(X) / _eigenvalues(X)[-1])),
        ),
        Confusion(
            "factor:2/q",
            "This is 2/q times the limit: the factor 2/q in front of the curvature is missing.",
            lambda X: 2 / len(X) * _measured_limit(X),
        ),
    ],
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
            "This is where descent shrinks the distance most, and asked is where least.",
            lambda X, rate: np.array(np.abs(1 - rate * _eigenvalues(X)).min()),
        ),
        Confusion(
            "missing-term",
            "This is the factor of a model without a bias. The bias is a parameter as well.",
            lambda X, rate: _largest_size(rate * np.linalg.eigvalsh(_curvature(X)[:-1, :-1])),
        ),
        Confusion(
            "factor:1/2",
            "The curvatures are half of what they should be: the slope of a square has a 2.",
            lambda X, rate: _measured_shrinking(X, rate / 2),
        ),
        Confusion(
            "squared",
            "By this the *cost* above its lowest value is multiplied. Asked is the distance.",
            lambda X, rate: _measured_shrinking(X, rate) ** 2,
        ),
        Confusion(
            "sign",
            "The right direction, and a factor that can be below zero. Asked is its size.",
            lambda X, rate: _signed(rate * _eigenvalues(X)),
        ),
    ],
    result_name="factor",
    stand_in=functools.partial(_measured_shrinking, gradient=both_at_once),
    no_extreme="a factor is asked for, and no derivative",
)
