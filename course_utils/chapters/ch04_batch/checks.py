"""What catches the mistakes of notebook 04."""

from __future__ import annotations

import functools
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
from course_utils.checker import Report
from course_utils.checker.candidate import adapted, many
from course_utils.checks.declarations import declare
from course_utils.checks.extreme_inputs import Build, Case, Level, first_big, normal
from course_utils.checks.plain_functions import Confusion, examine_named
from course_utils.measure.memo import remembering
from course_utils.measure.numerical import jacobian


def _X_and_W(rng: np.random.Generator, q: int = 3, n: int = 4, p: int = 2) -> tuple[Array, ...]:
    return rng.normal(size=(q, n)), rng.normal(size=(n, p))


def _by_X(X: Array, W: Array) -> Array:
    return jacobian(lambda X: X @ W, X, analytic=True)


def _by_W(X: Array, W: Array) -> Array:
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
    T = _by_X(X, W)
    return np.broadcast_to(T.sum(axis=2, keepdims=True), T.shape)


def _every_column(X: Array, W: Array) -> Array:
    """Let every output depend on every column of W."""
    T = _by_W(X, W)
    return np.broadcast_to(T.sum(axis=3, keepdims=True), T.shape)


_BY_X = (
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
        lambda X, W: _by_X(X, np.ones_like(W)),
    ),
)


_BY_W = (
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
        lambda X, W: _by_W(np.ones_like(X), W),
    ),
)


def _one_entry(tensor: Callable[[Array, Array], Array]) -> Callable[..., Any]:
    """Measure one entry of the tensor."""
    return lambda i, j, k, l, X, W: tensor(X, W)[i, j, k, l]  # noqa: E741  (the sheet's index)


def _parts_by_entry(
    tensor: Callable[[Array, Array], Array], confusions: Sequence[Confusion]
) -> dict[str, Callable[..., Report]]:
    """Compare a function of four indices with the whole measured tensor."""

    def examine(candidate: Callable[..., Any], seed: int | None = None) -> Report:
        @functools.wraps(candidate)
        def collected(X: Array, W: Array) -> Any:
            shape = tensor(X, W).shape
            indices = itertools.product(*(range(s) for s in shape))
            values = many(candidate, [(*index, X, W) for index in indices])
            if any(value is None for value in values):
                return None
            return np.reshape(np.array(values, dtype=np.float64), shape)

        return examine_named(
            collected,
            tensor,
            _X_and_W,
            confusions=confusions,
            result_name=candidate.__name__,
            seed=seed,
        )

    return {"": examine}


declare(
    dY_dX,
    parts=_parts_by_entry(_by_X, _BY_X),
    stand_in=_one_entry(_by_X),
    extreme=_far_apart(lambda e: (e[1],), 0, 1, 0, 1),
)


declare(
    dY_dW,
    parts=_parts_by_entry(_by_W, _BY_W),
    stand_in=_one_entry(_by_W),
    extreme=_far_apart(lambda e: (e[1],), 0, 1, 1, 1),
)


declare(
    linear_jacobian_X,
    reference=_by_X,
    make_inputs=_X_and_W,
    confusions=_BY_X,
    result_name="T",
    extreme=_far_apart(lambda e: (e,)),
)


declare(
    linear_jacobian_W,
    reference=_by_W,
    make_inputs=_X_and_W,
    confusions=_BY_W,
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


def _gradient(backward: Callable[..., Any], position: int) -> Callable[..., Any]:
    """Return the one gradient of `backward` at `position`; what is no triple, as it is."""

    def one(result: Any) -> Any:
        triple = isinstance(result, tuple | list) and len(result) == 3
        return result[position] if triple else result

    return adapted(backward, result=one)


def _parts_of_backward() -> dict[str, Callable[..., Report]]:
    def examiner(position: int, name: str) -> Callable[..., Report]:
        def examine(candidate: Callable[..., Any], seed: int | None = None) -> Report:
            return examine_named(
                _gradient(candidate, position),
                _gradient(_measured_backward, position),
                _G_X_and_W,
                confusions=[
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
                ],
                result_name=f"grad_{name}",
                seed=seed,
            )

        return examine

    return {name: examiner(position, name) for position, name in enumerate("XWb")}


def _last_term(G: Array, X: Array, W: Array) -> tuple[Array, Array, Array]:
    """Measure what is left when each sum over outputs or samples keeps its last term only."""
    last_output, last_sample = np.zeros_like(G), np.zeros_like(G)
    last_output[:, -1], last_sample[-1] = G[:, -1], G[-1]
    by_X, _, _ = _measured_backward(last_output, X, W)
    _, by_W, by_b = _measured_backward(last_sample, X, W)
    return by_X, by_W, by_b


def _loops_far_apart(part: str, level: Level, rng: np.random.Generator) -> Case:
    e = first_big(4, level)
    G, X, W = normal(rng, (5, 3), (5, 4), (4, 3))
    return (G, X, W), (0, e, e[:, None]), (e, e[:, None], 0)


declare(
    linear_backward_loops,
    parts=_parts_of_backward(),
    stand_in=_measured_backward,
    extreme=_loops_far_apart,
)


_POWERS = {"1/q": (1, 0), "1/p": (0, 1), "1/(qp)": (1, 1)}
"""Of q and p in what the loss is divided by."""


def _measured_factor(q: int, p: int, normalisation: str) -> Array:
    """Measure the slope of the loss along one prediction that is off by 1."""
    of_q, of_p = _POWERS[normalisation]

    def loss(Y_hat: Any) -> Any:
        return np.sum(Y_hat**2) / (q**of_q * p**of_p)

    return np.array(jacobian(loss, np.ones((q, p)))[0, 0])


def _parts_of_factor() -> dict[str, Callable[..., Report]]:
    def examiner(normalisation: str) -> Callable[..., Report]:
        def examine(candidate: Callable[..., Any], seed: int | None = None) -> Report:
            return examine_named(
                adapted(candidate, lambda q, p: (q, p, normalisation)),
                lambda q, p: _measured_factor(q, p, normalisation),
                lambda rng, q=7, p=3: (q, p),
                result_name="factor",
                seed=seed,
            )

        return examine

    return {normalisation: examiner(normalisation) for normalisation in _POWERS}


declare(
    mse_factor,
    parts=_parts_of_factor(),
    stand_in=_measured_factor,
    no_extreme="a factor is predicted, and no gradient asked for",
)


def _measured_mse_gradient(Y_hat: Array, Y: Array) -> Array:
    return jacobian(lambda Y_hat: np.sum((Y_hat - Y) ** 2) / Y.shape[0], Y_hat)


def _rows_far_apart(part: str, level: Level, rng: np.random.Generator) -> Case:
    e = first_big(5, level)[:, None]
    return tuple(normal(rng, (5, 3), (5, 3))), (e, e), (e,)


declare(
    mse_gradient_loops,
    reference=_measured_mse_gradient,
    make_inputs=lambda rng, q=7, p=3: (rng.normal(size=(q, p)), rng.normal(size=(q, p))),
    result_name="grad_Y_hat",
    extreme=_rows_far_apart,
)
