"""6.1: the gradients of the cost, measured on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch06_whole_cost.exercises import (
    Pair,
    cost,
    cost_gradient,
)
from course_utils.checks.declarations import compared_each, declare
from course_utils.checks.extreme_inputs import Build, Case, Level, normal
from course_utils.checks.plain_functions import Confusion
from course_utils.checks.wide_inputs import Wide
from course_utils.measure.fast_vjp import fast_vjp
from course_utils.measure.memo import remembering
from course_utils.measure.numerical import jacobian

Gradient = Callable[[Array, Array, Array, Array], Pair]


@remembering
def measured_gradient(X: Array, W: Array, b: Array, Y: Array) -> Pair:
    """Measure the gradients of the cost with respect to W and to b."""
    return (
        jacobian(lambda W: cost(X, W, b, Y), W, analytic=True),
        jacobian(lambda b: cost(X, W, b, Y), b, analytic=True),
    )


def both_at_once(X: Array, W: Array, b: Array, Y: Array) -> Pair:
    """Measure the same for the stand-ins: whether a complex step can be trusted is asked once."""
    grad_W, grad_b = fast_vjp(lambda W, b: cost(X, W, b, Y), (W, b), 1.0)
    return grad_W, grad_b


SAMPLES = {
    "Only the last sample is counted.": slice(-1, None),
    "Only the first sample is counted.": slice(0, 1),
    "The first sample is left out.": slice(1, None),
    "The last sample is left out.": slice(None, -1),
}
"""The samples that are counted, and what is said of it."""


def of_some(which: slice) -> Gradient:
    """Return what measures what is left of the gradients when only some samples are counted."""

    def gradient(X: Array, W: Array, b: Array, Y: Array) -> Pair:
        left = X[which]
        if not len(left):
            return np.zeros_like(W), np.zeros_like(b)
        grad_W, grad_b = measured_gradient(left, W, b, Y[which])
        share = len(left) / len(X)
        return share * grad_W, share * grad_b

    return gradient


def _with_errors(change: Callable[[Array], Array]) -> Gradient:
    """Return what measures the gradients where something else is made of the errors.

    The cost's slope with respect to an error is its multiple: what goes back is changed so.
    """

    def gradient(X: Array, W: Array, b: Array, Y: Array) -> Pair:
        errors = X @ W + b - Y
        return from_below(X, W, b, Y, _by_prediction(change(errors)))

    return gradient


def _by_prediction(errors: Array) -> Array:
    """Measure the cost's slope with respect to each prediction that is off by so much."""
    return jacobian(lambda off: np.sum(off**2) / len(errors), errors, analytic=True)


def from_below(X: Array, W: Array, b: Array, Y: Array, start: Any) -> Pair:
    """Measure what the layer makes of `start`, where the loss's gradient belongs."""
    return (
        jacobian(lambda W: np.sum(start * (X @ W)), W, analytic=True),
        jacobian(lambda b: np.sum(start * (X @ W + b)), b, analytic=True),
    )


def _one_of(gradient: Gradient, position: int) -> Callable[..., Array]:
    return lambda *inputs: gradient(*inputs)[position]


def _other_errors(position: int) -> list[Confusion]:
    """Return what comes of something else made of the errors."""
    return [
        Confusion(
            "sign",
            "The errors have lost their signs: only their sizes go back.",
            _one_of(_with_errors(np.abs), position),
        ),
        Confusion(
            "missing-local",
            "Only the signs of the errors go back, and not how large they are.",
            _one_of(_with_errors(np.sign), position),
        ),
        Confusion(
            "squared",
            "The errors go back squared. The slope of a square is not the square.",
            _one_of(_with_errors(np.square), position),
        ),
        Confusion(
            "missing-local",
            "This is the gradient of the root of C.",
            lambda X, W, b, Y: (
                measured_gradient(X, W, b, Y)[position] / (2 * np.sqrt(cost(X, W, b, Y)))
            ),
        ),
    ]


def _gradient_confusions(position: int) -> list[Confusion]:
    return [
        *(
            Confusion(
                "missing-term",
                f"{message} Every sample is a way from the parameters to C.",
                _one_of(of_some(which), position),
            )
            for message, which in SAMPLES.items()
        ),
        *_other_errors(position),
        Confusion(
            "added",
            "The parameter itself is added to its gradient. There is no penalty in C.",
            lambda X, W, b, Y: measured_gradient(X, W, b, Y)[position] + (W, b)[position],
        ),
        Confusion(
            "added",
            "Twice the parameter itself is added to its gradient. There is no penalty in C.",
            lambda X, W, b, Y: measured_gradient(X, W, b, Y)[position] + 2 * (W, b)[position],
        ),
        Confusion(
            "no-upstream",
            "What the loss sends back is not used: this is the gradient of the sum of the "
            "predictions.",
            lambda X, W, b, Y: from_below(X, W, b, Y, np.ones_like(Y))[position],
        ),
        Confusion(
            "wrong-start",
            "It is C times the right value. On the way back you start with ∂C/∂C, which is 1, and "
            "not with C.",
            lambda X, W, b, Y: cost(X, W, b, Y) * measured_gradient(X, W, b, Y)[position],
        ),
    ]


def model(
    rng: np.random.Generator, q: int = 7, n: int = 4, p: int = 3
) -> tuple[Array, Array, Array, Array]:
    """Draw X, W, b and Y."""
    shapes = (q, n), (n, p), (1, p), (q, p)
    X, W, b, Y = (rng.normal(size=shape) for shape in shapes)
    return X, W, b, Y


def far_apart(*more: float) -> Build:
    """One output of the model is large, and with it the cost; the others have small shares."""

    def case(part: str, level: Level, rng: np.random.Generator) -> Case:
        c = np.array([min(level.big, 40), 0, 0])
        arrays = normal(rng, (7, 4), (4, 3), (1, 3), (7, 3))
        return (*arrays, *more), (0, c, c, c, *(None for _ in more)), (c, c)

    return case


def _wide_model(rng: np.random.Generator, size: int) -> Wide:
    X, W, b, Y = normal(rng, (2, size), (size, 2), (1, 2), (2, 2))
    given = X.copy(), W.copy(), b.copy(), Y.copy()
    return Wide(given, lambda W, b: cost(X, W, b, Y), (W, b))


declare(
    cost_gradient,
    parts=compared_each(
        measured_gradient,
        model,
        {"W": "grad_W", "b": "grad_b"},
        {
            "W": [
                Confusion(
                    "missing-term",
                    "The targets Y are left out: this is the gradient of the size of the "
                    "predictions.",
                    lambda X, W, b, Y: measured_gradient(X, W, b, np.zeros_like(Y))[0],
                ),
                Confusion(
                    "missing-term",
                    "The bias is left out of the predictions.",
                    lambda X, W, b, Y: measured_gradient(X, W, np.zeros_like(b), Y)[0],
                ),
                Confusion(
                    "missing-local",
                    "The inputs X are not used: this would be right if every input were 1.",
                    lambda X, W, b, Y: from_below(
                        np.ones_like(X),
                        W,
                        b,
                        Y,
                        jacobian(lambda Y_hat: np.sum((Y_hat - Y) ** 2) / len(Y), X @ W + b),
                    )[0],
                ),
                *_gradient_confusions(0),
            ],
            "b": [
                Confusion(
                    "missing-term",
                    "The targets Y are left out: this is the gradient of the size of the "
                    "predictions.",
                    lambda X, W, b, Y: measured_gradient(X, W, b, np.zeros_like(Y))[1],
                ),
                Confusion(
                    "wrong-axis",
                    "The errors of all outputs are added up. Each b_j moves its own output only.",
                    lambda X, W, b, Y: np.broadcast_to(
                        measured_gradient(X, W, b, Y)[1].sum(), b.shape
                    ),
                ),
                Confusion(
                    "missing-term",
                    "The bias is left out of the predictions.",
                    lambda X, W, b, Y: measured_gradient(X, W, np.zeros_like(b), Y)[1],
                ),
                *_gradient_confusions(1),
            ],
        },
    ),
    stand_in=both_at_once,
    extreme=far_apart(),
    builds_on=("Linear.backward", "MSE.backward"),
    wide=_wide_model,
)
