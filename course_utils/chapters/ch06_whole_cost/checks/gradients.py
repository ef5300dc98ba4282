"""6.1 and 6.2: the gradients of the cost, measured on it, and a step along them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch06_whole_cost.exercises import (
    Pair,
    cost,
    cost_gradient,
    descent_step,
)
from course_utils.checks.declarations import compared_each, declare
from course_utils.checks.extreme_inputs import Build, Case, Level, normal
from course_utils.checks.plain_functions import Confusion
from course_utils.measure.fast_vjp import fast_vjp
from course_utils.measure.memo import remembering
from course_utils.measure.numerical import jacobian

Gradient = Callable[[Array, Array, Array, Array], Pair]


@remembering
def measured_gradient(X: Array, W: Array, b: Array, Y: Array) -> Pair:
    """Measure the gradients of the cost by W and by b."""
    return (
        jacobian(lambda W: cost(X, W, b, Y), W, analytic=True),
        jacobian(lambda b: cost(X, W, b, Y), b, analytic=True),
    )


def both_at_once(X: Array, W: Array, b: Array, Y: Array) -> Pair:
    """Measure the same for the stand-ins: whether a complex step can be trusted is asked once."""
    grad_W, grad_b = fast_vjp(lambda W, b: cost(X, W, b, Y), (W, b), 1.0)
    return grad_W, grad_b


def _last_sample(X: Array, W: Array, b: Array, Y: Array) -> Pair:
    """Measure what is left of the gradients when only the last sample is counted."""
    grad_W, grad_b = measured_gradient(X[-1:], W, b, Y[-1:])
    return grad_W / len(X), grad_b / len(X)


def from_below(X: Array, W: Array, b: Array, Y: Array, start: Any) -> Pair:
    """Measure what the layer makes of `start`, where the loss's gradient belongs."""
    return (
        jacobian(lambda W: np.sum(start * (X @ W)), W, analytic=True),
        jacobian(lambda b: np.sum(start * (X @ W + b)), b, analytic=True),
    )


def _gradient_confusions(position: int) -> list[Confusion]:
    return [
        Confusion(
            "missing-term",
            "Only the last sample is counted. Every sample is a way from the parameters to C.",
            lambda *inputs: _last_sample(*inputs)[position],
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


def _model(
    rng: np.random.Generator, q: int = 7, n: int = 4, p: int = 3
) -> tuple[Array, Array, Array, Array]:
    """Draw X, W, b and Y."""
    shapes = (q, n), (n, p), (1, p), (q, p)
    X, W, b, Y = (rng.normal(size=shape) for shape in shapes)
    return X, W, b, Y


def _far_apart(*more: float) -> Build:
    """One output of the model is large, and with it the cost; the others have small shares."""

    def case(part: str, level: Level, rng: np.random.Generator) -> Case:
        c = np.array([min(level.big, 40), 0, 0])
        arrays = normal(rng, (7, 4), (4, 3), (1, 3), (7, 3))
        return (*arrays, *more), (0, c, c, c, *(None for _ in more)), (c, c)

    return case


declare(
    cost_gradient,
    parts=compared_each(
        measured_gradient,
        _model,
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
                    "The bias is left out of the predictions.",
                    lambda X, W, b, Y: measured_gradient(X, W, np.zeros_like(b), Y)[1],
                ),
                *_gradient_confusions(1),
            ],
        },
    ),
    stand_in=both_at_once,
    extreme=_far_apart(),
    builds_on=("Linear.backward", "MSE.backward"),
)


def measured_step(
    X: Array, W: Array, b: Array, Y: Array, rate: float, gradient: Gradient = measured_gradient
) -> Pair:
    """Take a step of descent along measured gradients."""
    down_W, down_b = (-rate * grad for grad in gradient(X, W, b, Y))
    return W + down_W, b + down_b


def _one_after_the_other(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    """Move W, and then b by the gradient at the W that has already moved."""
    moved = W - rate * measured_gradient(X, W, b, Y)[0]
    return moved, b - rate * measured_gradient(X, moved, b, Y)[1]


def _bias_first(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    """Move b, and then W by the gradient at the b that has already moved."""
    moved = b - rate * measured_gradient(X, W, b, Y)[1]
    return W - rate * measured_gradient(X, W, moved, Y)[0], moved


def _model_and_rate(
    rng: np.random.Generator, q: int = 7, n: int = 4, p: int = 3
) -> tuple[Any, ...]:
    return (*_model(rng, q, n, p), float(rng.uniform(0.05, 0.4)))


def _shorter(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    """Divide the step by the number of samples once more."""
    return measured_step(X, W, b, Y, rate / len(X))


def _moved(position: int, change: Callable[[Array, Array, float], Array]) -> Callable[..., Array]:
    """Measure what is returned if not the step but some other `change` is made."""

    def moved(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Array:
        start = (W, b)[position]
        return change(start, measured_gradient(X, W, b, Y)[position], rate)

    return moved


def _no_steps(position: int) -> list[Confusion]:
    at = functools.partial(_moved, position)
    return [
        Confusion(
            "factor:-1",
            "The step goes uphill: the gradient points to where the cost grows.",
            at(lambda start, grad, rate: start + rate * grad),
        ),
        Confusion(
            "no-rate",
            "The rate is not used: the whole gradient is subtracted.",
            at(lambda start, grad, rate: start - grad),
        ),
        Confusion(
            "not-moved",
            "What is returned is the step, or the gradient, and not where the step leads.",
            at(lambda start, grad, rate: -rate * grad),
        ),
        Confusion(
            "not-moved",
            "What is returned is the gradient, and not where the step leads.",
            at(lambda start, grad, rate: grad),
        ),
        Confusion(
            "not-moved",
            "Nothing moves: what is returned is what came in.",
            at(lambda start, grad, rate: start),
        ),
    ]


def _step_confusions(position: int) -> list[Confusion]:
    at = functools.partial(_moved, position)
    return [
        *_no_steps(position),
        Confusion(
            "wrong-point",
            "W is moved first, and the gradient by b is then taken at the new W. Both gradients "
            "belong to the point where the step begins.",
            lambda *inputs: _one_after_the_other(*inputs)[position],
        ),
        Confusion(
            "wrong-point",
            "b is moved first, and the gradient by W is then taken at the new b. Both gradients "
            "belong to the point where the step begins.",
            lambda *inputs: _bias_first(*inputs)[position],
        ),
        Confusion(
            "factor:rate",
            "The step is `rate` times as long as it should be: the rate is used twice.",
            at(lambda start, grad, rate: start - rate**2 * grad),
        ),
        Confusion(
            "factor:1/2",
            "The step is half as long as it should be. Does your gradient have its 2?",
            at(lambda start, grad, rate: start - rate * grad / 2),
        ),
        Confusion(
            "factor:1/q",
            "The step is 1/q times as long as it should be. The gradient is a mean over the "
            "samples already.",
            lambda *inputs: _shorter(*inputs)[position],
        ),
    ]


declare(
    descent_step,
    parts=compared_each(
        measured_step,
        _model_and_rate,
        {"W": "W", "b": "b"},
        {"W": _step_confusions(0), "b": _step_confusions(1)},
    ),
    stand_in=functools.partial(measured_step, gradient=both_at_once),
    extreme=_far_apart(0.3),
    builds_on=("cost_gradient",),
)
