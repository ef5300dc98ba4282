"""What catches the mistakes of notebook 06."""

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
    largest_rate,
    least_squares,
    slowest_factor,
)
from course_utils.checker import Report
from course_utils.checker.candidate import Adapted
from course_utils.checks.declarations import declare
from course_utils.checks.extreme_inputs import Build, Case, Level, normal
from course_utils.checks.plain_functions import Confusion, examine_named
from course_utils.measure.fast_vjp import fast_vjp
from course_utils.measure.memo import remembering
from course_utils.measure.numerical import jacobian

Gradient = Callable[[Array, Array, Array, Array], Pair]


@remembering
def _measured_gradient(X: Array, W: Array, b: Array, Y: Array) -> Pair:
    return (
        jacobian(lambda W: cost(X, W, b, Y), W, analytic=True),
        jacobian(lambda b: cost(X, W, b, Y), b, analytic=True),
    )


def _both_at_once(X: Array, W: Array, b: Array, Y: Array) -> Pair:
    """Measure the same for the stand-ins: whether a complex step can be trusted is asked once."""
    grad_W, grad_b = fast_vjp(lambda W, b: cost(X, W, b, Y), (W, b), 1.0)
    return grad_W, grad_b


def _last_sample(X: Array, W: Array, b: Array, Y: Array) -> Pair:
    """Measure what is left of the gradients when only the last sample is counted."""
    grad_W, grad_b = _measured_gradient(X[-1:], W, b, Y[-1:])
    return grad_W / len(X), grad_b / len(X)


def _from_below(X: Array, W: Array, b: Array, Y: Array, start: Any) -> Pair:
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
            lambda X, W, b, Y: _from_below(X, W, b, Y, np.ones_like(Y))[position],
        ),
        Confusion(
            "wrong-start",
            "It is C times the right value. On the way back you start with ∂C/∂C, which is 1, and "
            "not with C.",
            lambda X, W, b, Y: cost(X, W, b, Y) * _measured_gradient(X, W, b, Y)[position],
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


def _pick(pair: Callable[..., Any], position: int) -> Callable[..., Any]:
    """Return one of the two things that `pair` returns; what is no pair, as it is."""

    def one(result: Any) -> Any:
        is_pair = isinstance(result, tuple | list) and len(result) == 2
        return result[position] if is_pair else result

    return Adapted(pair, result=one)


def _parts_of_pair(
    reference: Callable[..., Pair],
    make_inputs: Callable[..., tuple[Any, ...]],
    names: tuple[str, str],
    confusions: dict[int, list[Confusion]],
) -> dict[str, Callable[..., Report]]:
    """Examine a function that returns something for W and something for b, each on its own."""

    def examiner(position: int) -> Callable[..., Report]:
        def examine(candidate: Callable[..., Any], seed: int | None = None) -> Report:
            return examine_named(
                _pick(candidate, position),
                _pick(reference, position),
                make_inputs,
                confusions=confusions.get(position, ()),
                result_name=names[position],
                seed=seed,
            )

        return examine

    return {"W": examiner(0), "b": examiner(1)}


declare(
    cost_gradient,
    parts=_parts_of_pair(
        _measured_gradient,
        _model,
        ("grad_W", "grad_b"),
        {
            0: [
                Confusion(
                    "missing-term",
                    "The targets Y are left out: this is the gradient of the size of the "
                    "predictions.",
                    lambda X, W, b, Y: _measured_gradient(X, W, b, np.zeros_like(Y))[0],
                ),
                Confusion(
                    "missing-term",
                    "The bias is left out of the predictions.",
                    lambda X, W, b, Y: _measured_gradient(X, W, np.zeros_like(b), Y)[0],
                ),
                Confusion(
                    "missing-local",
                    "The inputs X are not used: this would be right if every input were 1.",
                    lambda X, W, b, Y: _from_below(
                        np.ones_like(X),
                        W,
                        b,
                        Y,
                        jacobian(lambda Y_hat: np.sum((Y_hat - Y) ** 2) / len(Y), X @ W + b),
                    )[0],
                ),
                *_gradient_confusions(0),
            ],
            1: [
                Confusion(
                    "missing-term",
                    "The bias is left out of the predictions.",
                    lambda X, W, b, Y: _measured_gradient(X, W, np.zeros_like(b), Y)[1],
                ),
                *_gradient_confusions(1),
            ],
        },
    ),
    stand_in=_both_at_once,
    extreme=_far_apart(),
    builds_on=("Linear.backward", "MSE.backward"),
)


def _measured_step(
    X: Array, W: Array, b: Array, Y: Array, rate: float, gradient: Gradient = _measured_gradient
) -> Pair:
    down_W, down_b = (-rate * grad for grad in gradient(X, W, b, Y))
    return W + down_W, b + down_b


def _one_after_the_other(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    """Move W, and then b by the gradient at the W that has already moved."""
    moved = W - rate * _measured_gradient(X, W, b, Y)[0]
    return moved, b - rate * _measured_gradient(X, moved, b, Y)[1]


def _bias_first(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    """Move b, and then W by the gradient at the b that has already moved."""
    moved = b - rate * _measured_gradient(X, W, b, Y)[1]
    return W - rate * _measured_gradient(X, W, moved, Y)[0], moved


def _model_and_rate(
    rng: np.random.Generator, q: int = 7, n: int = 4, p: int = 3
) -> tuple[Any, ...]:
    return (*_model(rng, q, n, p), float(rng.uniform(0.05, 0.4)))


def _shorter(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    """Divide the step by the number of samples once more."""
    return _measured_step(X, W, b, Y, rate / len(X))


def _step_confusions(position: int) -> list[Confusion]:
    def at(change: Callable[[Array, Array, float], Array]) -> Callable[..., Array]:
        def moved(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Array:
            start = (W, b)[position]
            return change(start, _measured_gradient(X, W, b, Y)[position], rate)

        return moved

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
    parts=_parts_of_pair(
        _measured_step,
        _model_and_rate,
        ("W", "b"),
        {0: _step_confusions(0), 1: _step_confusions(1)},
    ),
    stand_in=functools.partial(_measured_step, gradient=_both_at_once),
    extreme=_far_apart(0.3),
    builds_on=("cost_gradient",),
)


@remembering
def _curvature(X: Array, gradient: Gradient = _measured_gradient) -> Array:
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
    grad_W, grad_b = _measured_gradient(X, np.zeros((n, p)), np.zeros((1, p)), Y)
    theta = -np.linalg.solve(_curvature(X), np.concatenate([grad_W, grad_b]))
    return theta[:n], theta[n:]


def _without_bias(X: Array, Y: Array) -> Array:
    n, p = X.shape[1], Y.shape[1]
    slope = _measured_gradient(X, np.zeros((n, p)), np.zeros((1, p)), Y)[0]
    return np.asarray(-np.linalg.solve(_curvature(X)[:n, :n], slope))


def _not_solved(X: Array, Y: Array) -> Pair:
    """Measure how the targets pull at the parameters, without the system being solved."""
    start = np.zeros((X.shape[1], Y.shape[1])), np.zeros((1, Y.shape[1]))
    return _from_below(X, *start, Y, Y)


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
    parts=_parts_of_pair(
        _lowest_point,
        _data,
        ("W", "b"),
        {
            0: [
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
            1: [
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


def _eigenvalues(X: Array, gradient: Gradient = _measured_gradient) -> Array:
    return np.asarray(np.linalg.eigvalsh(_curvature(X, gradient)))


def _measured_limit(X: Array, gradient: Gradient = _measured_gradient) -> Array:
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
    stand_in=functools.partial(_measured_limit, gradient=_both_at_once),
    no_extreme="a rate is asked for, and no derivative",
)


def _measured_shrinking(X: Array, rate: float, gradient: Gradient = _measured_gradient) -> Array:
    """Measure by how much one step multiplies the distance, where it shrinks it least."""
    n = X.shape[1]

    def step(theta: Any) -> Any:
        start = theta[:n, None], theta[n:, None]
        W, b = _measured_step(X, *start, np.zeros((len(X), 1)), rate, gradient)
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
    stand_in=functools.partial(_measured_shrinking, gradient=_both_at_once),
    no_extreme="a factor is asked for, and no derivative",
)
