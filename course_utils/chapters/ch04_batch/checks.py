"""What catches the mistakes of notebook 04.

The answer key is the forward pass Y = X W + b, differentiated numerically.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch04_batch.exercises import (
    dY_dW,
    dY_dX,
    linear_backward_loops,
    linear_jacobian_W,
    linear_jacobian_X,
    mse_factor,
    mse_gradient_loops,
)
from course_utils.checker.candidate import (
    Adapted,
    LocalCandidate,
    Unreadable,
    candidate_of,
    returned,
)
from course_utils.checks.declarations import (
    NO_GRADIENT,
    Examiner,
    compared,
    compared_each,
    declare,
)
from course_utils.checks.extreme_inputs import Build, Case, Level, first_big, normal
from course_utils.checks.methods import number
from course_utils.checks.plain_functions import Confusion
from course_utils.checks.wide_inputs import Wide
from course_utils.measure.memo import remembering
from course_utils.measure.numerical import jacobian


def _X_and_W(rng: np.random.Generator, q: int = 3, n: int = 4, p: int = 2) -> tuple[Array, ...]:
    return rng.normal(size=(q, n)), rng.normal(size=(n, p))


def _tensor_X(X: Array, W: Array) -> Array:
    return jacobian(lambda X: X @ W, X, analytic=True)


def _tensor_W(X: Array, W: Array) -> Array:
    return jacobian(lambda W: X @ W, W, analytic=True)


def _far_apart(back: Callable[[Any], tuple[Any, ...]], *index: int) -> Build:
    """Let the first column of X and the first row of W be large, what is beside them small."""

    def case(part: str, level: Level, rng: np.random.Generator) -> Case:
        e = first_big(4, level)
        X, W = normal(rng, (3, 4), (4, 2))
        return (*index, X, W), (*(None for _ in index), e, e[:, None]), back(e)

    return case


def _third_dimension(X: Array, W: Array) -> Array:
    """Let every sample of Y depend on every sample of X, by W each time."""
    T = _tensor_X(X, W)
    return np.broadcast_to(T.sum(axis=2, keepdims=True), T.shape)


def _every_column(X: Array, W: Array) -> Array:
    """Let every output depend on every column of W."""
    T = _tensor_W(X, W)
    return np.broadcast_to(T.sum(axis=3, keepdims=True), T.shape)


_OF_X = (
    Confusion(
        "entries",
        "Every sample of Y is said to depend on every sample of X. "
        "Move one entry of X: which rows of Y move?",
        _third_dimension,
    ),
    Confusion(
        "missing-local",
        "The right entries are not zero, but they do not depend on W. "
        "Move one entry of X: by how much does Y move?",
        lambda X, W: _tensor_X(X, np.ones_like(W)),
    ),
    Confusion(
        "wrong-input",
        "This is ∂Y_ij/∂W_kl. Move one entry of X: which entries of Y move, and by how much?",
        lambda X, W: _tensor_W(X, W),
    ),
)


_OF_W = (
    Confusion(
        "entries",
        "Every output is said to depend on every column of W. "
        "Move one entry of W: which columns of Y move?",
        _every_column,
    ),
    Confusion(
        "missing-local",
        "The right entries are not zero, but they do not depend on X. "
        "Move one entry of W: by how much does Y move?",
        lambda X, W: _tensor_W(np.ones_like(X), W),
    ),
    Confusion(
        "wrong-input",
        "This is ∂Y_ij/∂X_kl. Move one entry of W: which entries of Y move, and by how much?",
        _tensor_X,
    ),
)


def _one_entry(tensor: Callable[[Array, Array], Array]) -> Callable[..., Any]:
    """Measure one entry of the tensor."""
    return lambda i, j, k, l, X, W: tensor(X, W)[i, j, k, l]  # noqa: E741  (the index of the formula)


def _by_entry(candidate: Callable[..., Any], tensor: Callable[..., Array]) -> Callable[..., Any]:
    """Return what collects a function of four indices in an array of the shape of `tensor`."""

    def collected(X: Array, W: Array) -> Any:
        shape = tensor(X, W).shape
        indices = itertools.product(*(range(s) for s in shape))
        calls = [(*index, X, W) for index in indices]
        values = [returned(each) for each in candidate_of(candidate).call_each(calls)]
        if any(value is None for value in values):
            return None
        return np.reshape([_number(value, candidate.__name__) for value in values], shape)

    return LocalCandidate(collected, candidate.__name__)


def _number(value: Any, name: str) -> float:
    """Return the value of one entry."""
    if np.ndim(value):
        raise Unreadable(
            "shape",
            f"{name} returned an array of shape {np.shape(value)}, and is asked for one entry: "
            "it must return one number.",
        )
    if not isinstance(value, float | int | np.number | np.ndarray | np.bool_):
        kind = type(value).__name__
        raise Unreadable("type", f"{name} returned something of type {kind}; it must be a number.")
    if np.iscomplexobj(value):
        raise Unreadable("type", f"{name} returned a complex number; it must be a real one.")
    return float(value)


def _examine_entries(
    tensor: Callable[..., Array], confusions: Sequence[Confusion], name: str
) -> Examiner:
    return compared(
        tensor,
        _X_and_W,
        adapt=lambda candidate: _by_entry(candidate, tensor),
        confusions=confusions,
        result_name=name,
    )


declare(
    dY_dX,
    parts={"": _examine_entries(_tensor_X, _OF_X, "dY_dX")},
    stand_in=_one_entry(_tensor_X),
    extreme=_far_apart(lambda e: (e[1],), 0, 1, 0, 1),
)


declare(
    dY_dW,
    parts={"": _examine_entries(_tensor_W, _OF_W, "dY_dW")},
    stand_in=_one_entry(_tensor_W),
    extreme=_far_apart(lambda e: (e[1],), 0, 1, 1, 1),
)


declare(
    linear_jacobian_X,
    reference=_tensor_X,
    make_inputs=_X_and_W,
    confusions=_OF_X,
    result_name="T",
    extreme=_far_apart(lambda e: (e,)),
)


declare(
    linear_jacobian_W,
    reference=_tensor_W,
    make_inputs=_X_and_W,
    confusions=_OF_W,
    result_name="T",
    extreme=_far_apart(lambda e: (e[:, None],)),
)


def _G_X_and_W(rng: np.random.Generator, q: int = 5, n: int = 4, p: int = 3) -> tuple[Array, ...]:
    return (rng.normal(size=(q, p)), *_X_and_W(rng, q, n, p))


@remembering
def _measured_backward(G: Array, X: Array, W: Array) -> tuple[Array, Array, Array]:
    b = np.zeros((1, W.shape[1]))
    return (
        jacobian(lambda X: np.sum(G * (X @ W)), X, analytic=True),
        jacobian(lambda W: np.sum(G * (X @ W)), W, analytic=True),
        jacobian(lambda b: np.sum(G * (X @ W + b)), b, analytic=True),
    )


def _last_term(G: Array, X: Array, W: Array) -> tuple[Array, Array, Array]:
    """Measure what is left when each sum over outputs or samples keeps its last term only."""
    last_output, last_sample = np.zeros_like(G), np.zeros_like(G)
    last_output[:, -1], last_sample[-1] = G[:, -1], G[-1]
    grad_X, _, _ = _measured_backward(last_output, X, W)
    _, grad_W, grad_b = _measured_backward(last_sample, X, W)
    return grad_X, grad_W, grad_b


def _backward_confusions(position: int) -> list[Confusion]:
    return [
        Confusion(
            "no-upstream",
            "What arrives from above, G, is not used.",
            lambda G, X, W: _measured_backward(np.ones_like(G), X, W)[position],
        ),
        Confusion(
            "missing-term",
            "Only the last term of the sum is kept: = stands where += is meant.",
            lambda G, X, W: _last_term(G, X, W)[position],
        ),
    ]


def _loops_far_apart(part: str, level: Level, rng: np.random.Generator) -> Case:
    e = first_big(4, level)
    G, X, W = normal(rng, (5, 3), (5, 4), (4, 3))
    return (G, X, W), (0, e, e[:, None]), (e, e[:, None], 0)


def _wide_linear(rng: np.random.Generator, size: int) -> Wide:
    G, X, W = _G_X_and_W(rng, 2, size, 2)
    given = G.copy(), X.copy(), W.copy()
    return Wide(given, lambda X, W, b: X @ W + b, (X, W, np.zeros((1, 2))), G)


declare(
    linear_backward_loops,
    parts=compared_each(
        _measured_backward,
        _G_X_and_W,
        {name: f"grad_{name}" for name in "XWb"},
        {name: _backward_confusions(position) for position, name in enumerate("XWb")},
    ),
    stand_in=_measured_backward,
    extreme=_loops_far_apart,
    wide=_wide_linear,
)


_POWERS = {"1/q": (1, 0), "1/p": (0, 1), "1/(qp)": (1, 1)}
"""Of q and p in what the loss is divided by."""


def _measured_factor(q: int, p: int, normalisation: str) -> Array:
    """Measure the slope of the loss along one prediction that is off by 1."""
    of_q, of_p = _POWERS[normalisation]

    def loss(Y_hat: Any) -> Any:
        return np.sum(Y_hat**2) / (q**of_q * p**of_p)

    return np.array(jacobian(loss, np.ones((q, p)))[0, 0])


def _examine_factor(normalisation: str) -> Examiner:
    return compared(
        lambda q, p: _measured_factor(q, p, normalisation),
        lambda rng, q=7, p=3: (q, p),
        adapt=lambda candidate: Adapted(
            candidate, lambda q, p: (q, p, normalisation), result=number
        ),
        result_name="factor",
    )


declare(
    mse_factor,
    parts={normalisation: _examine_factor(normalisation) for normalisation in _POWERS},
    stand_in=_measured_factor,
    no_extreme=NO_GRADIENT,
)


def _measured_mse_gradient(Y_hat: Array, Y: Array) -> Array:
    return jacobian(lambda Y_hat: np.sum((Y_hat - Y) ** 2) / Y.shape[0], Y_hat)


def _rows_far_apart(part: str, level: Level, rng: np.random.Generator) -> Case:
    e = first_big(5, level)[:, None]
    return tuple(normal(rng, (5, 3), (5, 3))), (e, e), (e,)


def _squares(Y_hat: Array, Y: Array) -> Array:
    """Measure what each entry contributes to the loss."""
    return jacobian(lambda weights: np.sum(weights * (Y_hat - Y) ** 2) / len(Y), np.ones(Y.shape))


def _wide_mse(rng: np.random.Generator, size: int) -> Wide:
    Y_hat, Y = normal(rng, (size, 2), (size, 2))
    given = Y_hat.copy(), Y.copy()
    return Wide(given, lambda Y_hat: np.sum((Y_hat - Y) ** 2) / len(Y), (Y_hat,))


declare(
    mse_gradient_loops,
    reference=_measured_mse_gradient,
    make_inputs=lambda rng, q=7, p=3: (rng.normal(size=(q, p)), rng.normal(size=(q, p))),
    confusions=[
        Confusion(
            "missing-local",
            "The squares are not differentiated: these are the terms of the loss.",
            _squares,
        ),
        Confusion(
            "missing-local",
            "The square stands where its slope belongs, with the 2 of the slope.",
            lambda Y_hat, Y: 2 * _squares(Y_hat, Y),
        ),
    ],
    result_name="grad_Y_hat",
    extreme=_rows_far_apart,
    builds_on=("mse_factor",),
    wide=_wide_mse,
)
