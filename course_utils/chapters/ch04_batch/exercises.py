"""Notebook 04: the linear layer and the squared error on a batch, entry by entry.

The answer key is the forward pass Y = X W + b, differentiated numerically. Sizes:
q samples, n inputs, p outputs; X (q, n), W (n, p), b (1, p), Y (q, p).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker import Report
from course_utils.checker.candidate import Adapted, LocalCandidate, candidate_of, returned
from course_utils.checks.plain_functions import Confusion, examine_named, parts_against
from course_utils.exercises.registry import exercise
from course_utils.measure.memo import remembering
from course_utils.measure.numerical import jacobian


def _X_and_W(rng: np.random.Generator, q: int = 3, n: int = 4, p: int = 2) -> tuple[Array, ...]:
    return rng.normal(size=(q, n)), rng.normal(size=(n, p))


def _by_X(X: Array, W: Array) -> Array:
    return jacobian(lambda X: X @ W, X, analytic=True)


def _by_W(X: Array, W: Array) -> Array:
    return jacobian(lambda W: X @ W, W, analytic=True)


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
        def collected(X: Array, W: Array) -> Any:
            shape = tensor(X, W).shape
            indices = itertools.product(*(range(s) for s in shape))
            calls = [(*index, X, W) for index in indices]
            values = [returned(each) for each in candidate_of(candidate).call_each(calls)]
            if any(value is None for value in values):
                return None
            return np.reshape(np.array(values, dtype=np.float64), shape)

        return examine_named(
            LocalCandidate(collected, candidate.__name__),
            tensor,
            _X_and_W,
            confusions=confusions,
            result_name=candidate.__name__,
            seed=seed,
        )

    return {"": examine}


@exercise("04_batch", "4.1", fallback=_one_entry(_by_X), parts=_parts_by_entry(_by_X, _BY_X))
def dY_dX(i: int, j: int, k: int, l: int, X: Array, W: Array) -> float:  # noqa: E741
    """Return ∂Y_ij/∂X_kl of Y = X W + b, one number, for indices that start at 0.

    Source: the lecture notes' matrix in, matrix out; the sheet's question 3.
    """
    raise NotImplementedError


@exercise("04_batch", "4.2", fallback=_one_entry(_by_W), parts=_parts_by_entry(_by_W, _BY_W))
def dY_dW(i: int, j: int, k: int, l: int, X: Array, W: Array) -> float:  # noqa: E741
    """Return ∂Y_ij/∂W_kl of Y = X W + b, one number, for indices that start at 0.

    Source: the lecture notes' matrix in, matrix out; the sheet's question 3.
    """
    raise NotImplementedError


@exercise(
    "04_batch",
    "4.3",
    fallback=_by_X,
    parts=parts_against(_by_X, _X_and_W, confusions=_BY_X, result_name="T"),
)
def linear_jacobian_X(X: Array, W: Array) -> Array:
    """Return the Jacobian of Y = X W + b by X.

    Parameters
    ----------
    X : ndarray, shape (q, n)
    W : ndarray, shape (n, p)

    Returns
    -------
    ndarray, shape (q, p, q, n)
        Entry [i, j, k, l] is ∂Y_ij/∂X_kl.
    """
    raise NotImplementedError


@exercise(
    "04_batch",
    "4.4",
    fallback=_by_W,
    parts=parts_against(_by_W, _X_and_W, confusions=_BY_W, result_name="T"),
)
def linear_jacobian_W(X: Array, W: Array) -> Array:
    """Return the Jacobian of Y = X W + b by W.

    Parameters
    ----------
    X : ndarray, shape (q, n)
    W : ndarray, shape (n, p)

    Returns
    -------
    ndarray, shape (q, p, n, p)
        Entry [i, j, k, l] is ∂Y_ij/∂W_kl.
    """
    raise NotImplementedError


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

    return Adapted(backward, result=one)


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


@exercise("04_batch", "4.5", fallback=_measured_backward, parts=_parts_of_backward())
def linear_backward_loops(G: Array, X: Array, W: Array) -> tuple[Array, Array, Array]:
    """Return the gradients of a loss by X, W and b, for Y = X W + b.

    Parameters
    ----------
    G : ndarray, shape (q, p)
        The gradient of the loss by Y.
    X : ndarray, shape (q, n)
    W : ndarray, shape (n, p)

    Returns
    -------
    grad_X : ndarray, shape (q, n)
    grad_W : ndarray, shape (n, p)
    grad_b : ndarray, shape (1, p)

    Notes
    -----
    Source: the sheet's question 3.
    """
    raise NotImplementedError


_DIVISORS: dict[str, Callable[[int, int], int]] = {
    "1/q": lambda q, p: q,
    "1/p": lambda q, p: p,
    "1/(qp)": lambda q, p: q * p,
}


def _measured_factor(q: int, p: int, normalisation: str) -> Array:
    """Measure the slope of the loss along one prediction that is off by 1."""

    def loss(Y_hat: Any) -> Any:
        return np.sum(Y_hat**2) / _DIVISORS[normalisation](q, p)

    return np.array(jacobian(loss, np.ones((q, p)))[0, 0])


def _parts_of_factor() -> dict[str, Callable[..., Report]]:
    def examiner(normalisation: str) -> Callable[..., Report]:
        def examine(candidate: Callable[..., Any], seed: int | None = None) -> Report:
            return examine_named(
                Adapted(candidate, lambda q, p: (q, p, normalisation)),
                lambda q, p: _measured_factor(q, p, normalisation),
                lambda rng, q=7, p=3: (q, p),
                result_name="factor",
                seed=seed,
            )

        return examine

    return {normalisation: examiner(normalisation) for normalisation in _DIVISORS}


@exercise("04_batch", "4.6", fallback=_measured_factor, parts=_parts_of_factor())
def mse_factor(q: int, p: int, normalisation: str) -> float:
    """Predict c in grad_Y_hat = c (Y_hat − Y), for one of three normalisations of MSE.

    Parameters
    ----------
    q, p : int
        Samples and outputs.
    normalisation : {"1/q", "1/p", "1/(qp)"}
        What Σ_ij (Y_hat_ij − Y_ij)² is multiplied by in the forward pass.

    Returns
    -------
    float

    Notes
    -----
    Source: the sheet's questions 3, 4 and 5, whose solutions use one each.
    """
    raise NotImplementedError


def _measured_mse_gradient(Y_hat: Array, Y: Array) -> Array:
    return jacobian(lambda Y_hat: np.sum((Y_hat - Y) ** 2) / Y.shape[0], Y_hat)


@exercise(
    "04_batch",
    "4.7",
    fallback=_measured_mse_gradient,
    parts=parts_against(
        _measured_mse_gradient,
        lambda rng, q=7, p=3: (rng.normal(size=(q, p)), rng.normal(size=(q, p))),
        result_name="grad_Y_hat",
    ),
)
def mse_gradient_loops(Y_hat: Array, Y: Array) -> Array:
    """Return the gradient by Y_hat of C = (1/q) Σ_ij (Y_hat_ij − Y_ij)².

    Parameters
    ----------
    Y_hat, Y : ndarray, shape (q, p)

    Returns
    -------
    ndarray, shape (q, p)

    Notes
    -----
    Source: the sheet's question 3.
    """
    raise NotImplementedError
