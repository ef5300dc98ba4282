"""6.3: where descent ends, by the measured curvature."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch06_whole_cost.checks.gradients import (
    Gradient,
    from_below,
    measured_gradient,
)
from course_utils.chapters.ch06_whole_cost.exercises import Pair, least_squares
from course_utils.checker import Report
from course_utils.checks.declarations import Examiner, compared_each, declare
from course_utils.checks.plain_functions import Confusion, with_finding
from course_utils.exercises.registry import Implementation
from course_utils.measure.memo import remembering


@remembering
def curvature(X: Array, gradient: Gradient = measured_gradient) -> Array:
    """Measure the Hessian of C in one column of W and its bias, shape (n + 1, n + 1)."""
    n = X.shape[1]

    def slope(theta: Any) -> Any:
        # The gradient is linear in theta, and so is measured exactly by a difference.
        grad_W, grad_b = gradient(X, theta[:n, None], theta[n:, None], np.zeros((len(X), 1)))
        return np.append(grad_W, grad_b)

    at_zero = slope(np.zeros(n + 1))
    return np.stack([slope(e) - at_zero for e in np.eye(n + 1)], axis=1)


@remembering
def _lowest_point(X: Array, Y: Array) -> Pair:
    """Go to where the measured gradient vanishes: one step of Newton, exact for a quadratic."""
    n, p = X.shape[1], Y.shape[1]
    grad_W, grad_b = measured_gradient(X, np.zeros((n, p)), np.zeros((1, p)), Y)
    theta = -_solved(curvature(X), np.concatenate([grad_W, grad_b]))
    return theta[:n], theta[n:]


def _solved(H: Array, slopes: Array) -> Array:
    """Solve H theta = slopes; where X has too few rows, for one of many solutions."""
    return np.asarray(np.linalg.lstsq(H, slopes)[0])


def _laid_out_otherwise(X: Array, Y: Array) -> Array:
    """Put the bias above the weights."""
    W, b = _lowest_point(X, Y)
    return np.vstack([b, W])


@remembering
def _without_bias(X: Array, Y: Array) -> Array:
    n, p = X.shape[1], Y.shape[1]
    slope = measured_gradient(X, np.zeros((n, p)), np.zeros((1, p)), Y)[0]
    return -_solved(curvature(X)[:n, :n], slope)


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


def data(rng: np.random.Generator, q: int = 11, n: int = 3, p: int = 2) -> tuple[Array, Array]:
    """Draw X and Y; q is larger than n, so that there is one lowest point."""
    more = max(0, n + 3 - q)
    return rng.normal(size=(q + more, n)) + 0.5, rng.normal(size=(q + more, p)) + 1.0


_PARTS = compared_each(
    _lowest_point,
    data,
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
            Confusion(
                "wrong-order",
                "These are the last rows of W, and the bias below them. What belongs to W "
                "depends on where the column of ones stands.",
                lambda X, Y: np.vstack(_lowest_point(X, Y))[1:],
            ),
            Confusion(
                "wrong-order",
                "This is the bias, and the first rows of W below it. What belongs to W depends "
                "on where the column of ones stands.",
                lambda X, Y: _laid_out_otherwise(X, Y)[:-1],
            ),
            _unsolved(0),
        ],
        "b": [
            Confusion(
                "missing-term",
                "b is the mean error of the best W without a bias. W is different where "
                "there is a bias: find both together.",
                lambda X, Y: (Y - X @ _without_bias(X, Y)).mean(axis=0, keepdims=True),
            ),
            Confusion(
                "wrong-order",
                "b is a row of the weights. What belongs to b depends on where the column of "
                "ones stands.",
                lambda X, Y: _lowest_point(X, Y)[0][:1],
            ),
            Confusion(
                "wrong-order",
                "b is a row of the weights. What belongs to b depends on where the column of "
                "ones stands.",
                lambda X, Y: _lowest_point(X, Y)[0][-1:],
            ),
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
)

NEAR = 0.3
"""Of the size of what is right: as far as a result may be off and still be called near."""


def _near(examine: Examiner) -> Examiner:
    """Return `examine`, which tells where a wrong result is near the right one."""

    def examine_and_tell(candidate: Implementation, seed: int | None = None) -> Report:
        report = examine(candidate, seed)
        if report.code not in ("wrong-local", "small-error"):
            return report
        found = report.findings[0]
        received, expected = (np.asarray(found.details[each]) for each in ("received", "expected"))
        if not np.abs(received - expected).max() <= NEAR * np.abs(expected).max():
            return report
        message = (
            "Near the lowest point, and not at it: as a descent leaves it that has not arrived, or "
            "a term beside C that keeps the numbers small. Return the lowest point of C itself."
        )
        return with_finding(report, "not-solved", message, str(found.input))

    return examine_and_tell


declare(
    least_squares,
    parts={name: _near(examine) for name, examine in _PARTS.items()},
    stand_in=_lowest_point,
    no_extreme="the lowest point is asked for, and no derivative",
)
