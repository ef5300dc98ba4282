"""6.2: a step along the measured gradients."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch06_whole_cost.checks.gradients import (
    SAMPLES,
    Gradient,
    both_at_once,
    far_apart,
    measured_gradient,
    model,
    of_some,
)
from course_utils.chapters.ch06_whole_cost.exercises import Pair, descent_step
from course_utils.checks.declarations import compared_each, declare
from course_utils.checks.plain_functions import Confusion


def measured_step(
    X: Array, W: Array, b: Array, Y: Array, rate: float, gradient: Gradient = measured_gradient
) -> Pair:
    """Take a step of descent along measured gradients."""
    down_W, down_b = (-rate * grad for grad in gradient(X, W, b, Y))
    return W + down_W, b + down_b


def _one_after_the_other(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    """Move W, and then b along the gradient at the W that has already moved."""
    moved = W - rate * measured_gradient(X, W, b, Y)[0]
    return moved, b - rate * measured_gradient(X, moved, b, Y)[1]


def _bias_first(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    """Move b, and then W along the gradient at the b that has already moved."""
    moved = b - rate * measured_gradient(X, W, b, Y)[1]
    return W - rate * measured_gradient(X, W, moved, Y)[0], moved


def _model_and_rate(
    rng: np.random.Generator, q: int = 7, n: int = 4, p: int = 3
) -> tuple[Any, ...]:
    return (*model(rng, q, n, p), float(rng.uniform(0.05, 0.4)))


def _shorter(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    """Divide the step by the number of samples once more."""
    return measured_step(X, W, b, Y, rate / len(X))


def _normalised(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    """Take a step of the length `rate`."""
    length = np.sqrt(sum(np.sum(grad**2) for grad in measured_gradient(X, W, b, Y)))
    return measured_step(X, W, b, Y, rate / length)


def _two_steps(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    return measured_step(X, *measured_step(X, W, b, Y, rate), Y, rate)


def _along_some(which: slice, position: int) -> Callable[..., Array]:
    return lambda X, W, b, Y, rate: measured_step(X, W, b, Y, rate, of_some(which))[position]


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
            "What is returned is the step, and not where the step leads.",
            at(lambda start, grad, rate: -rate * grad),
        ),
        Confusion(
            "not-moved",
            "What is returned is the gradient, and not where the step leads.",
            at(lambda start, grad, rate: grad),
        ),
        Confusion(
            "not-moved",
            "What is returned is the rate times the gradient, and not where the step leads.",
            at(lambda start, grad, rate: rate * grad),
        ),
        Confusion(
            "not-moved",
            "Nothing moves: what is returned is what came in.",
            at(lambda start, grad, rate: start),
        ),
    ]


def _other_steps(position: int) -> list[Confusion]:
    """Return what comes of the right gradient in a step that is another one."""
    at = functools.partial(_moved, position)
    return [
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
            "factor:2",
            "The step is twice as long as it should be.",
            at(lambda start, grad, rate: start - 2 * rate * grad),
        ),
        Confusion(
            "inverted",
            "The gradient is divided by the rate. A small rate has to make a short step.",
            at(lambda start, grad, rate: start - grad / rate),
        ),
        Confusion(
            "normalised",
            "The step has the rate for its length, however steep it is: the gradient is divided "
            "by its length, that of both parts together.",
            lambda *inputs: _normalised(*inputs)[position],
        ),
        Confusion(
            "normalised",
            "The step has the rate for its length, however steep it is: each gradient is divided "
            "by its own length.",
            at(lambda start, grad, rate: start - rate * grad / np.linalg.norm(grad)),
        ),
        Confusion(
            "normalised",
            "Only the signs of the gradient are used: every entry moves by the rate.",
            at(lambda start, grad, rate: start - rate * np.sign(grad)),
        ),
        Confusion(
            "added",
            "The parameters shrink as well: `rate` times the parameter itself is subtracted too.",
            at(lambda start, grad, rate: (1 - rate) * start - rate * grad),
        ),
    ]


def _other_multiples(position: int) -> list[Confusion]:
    """Return what comes of two steps, of some samples, and of another normalisation."""
    return [
        Confusion(
            "counted-twice",
            "Two steps are taken, one after the other.",
            lambda *inputs: _two_steps(*inputs)[position],
        ),
        *(
            Confusion(
                "missing-term",
                f"{message} The step belongs to the gradient of the whole cost.",
                _along_some(which, position),
            )
            for message, which in SAMPLES.items()
        ),
        Confusion(
            "factor:q",
            "The step is q times as long as it should be: C is a mean over the samples.",
            lambda X, W, b, Y, rate: measured_step(X, W, b, Y, rate * len(X))[position],
        ),
        Confusion(
            "factor:1/p",
            "The step is 1/p times as long as it should be: C is divided by q and by nothing else.",
            lambda X, W, b, Y, rate: measured_step(X, W, b, Y, rate / Y.shape[1])[position],
        ),
        Confusion(
            "factor:1/q",
            "The step is 1/q times as long as it should be. The gradient is a mean over the "
            "samples already.",
            lambda *inputs: _shorter(*inputs)[position],
        ),
    ]


def _step_confusions(position: int) -> list[Confusion]:
    return [
        *_no_steps(position),
        Confusion(
            "wrong-point",
            "W is moved first, and the gradient with respect to b is then taken at the new W. Both "
            "gradients belong to the point where the step begins.",
            lambda *inputs: _one_after_the_other(*inputs)[position],
        ),
        Confusion(
            "wrong-point",
            "b is moved first, and the gradient with respect to W is then taken at the new b. Both "
            "gradients belong to the point where the step begins.",
            lambda *inputs: _bias_first(*inputs)[position],
        ),
        *_other_steps(position),
        *_other_multiples(position),
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
    extreme=far_apart(0.3),
    builds_on=("cost_gradient",),
)
