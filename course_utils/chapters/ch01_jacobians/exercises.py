"""Notebook 01: Jacobians of y = A x. The functions here are yours to write.

The answer key of each is a forward pass: y = A x itself, or the linear map that a
given Jacobian stands for, differentiated numerically.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checks.plain_functions import Confusion, examine_named, parts_against
from course_utils.exercises.registry import exercise
from course_utils.measure.numerical import jacobian


def _matvec(rng: np.random.Generator, m: int = 5, n: int = 3) -> tuple[Array, ...]:
    return rng.normal(size=(m, n)), rng.normal(size=n)


def _measured_shape(n: int, m: int) -> Array:
    weights = np.ones((m, n))
    return np.array(jacobian(lambda x: weights @ x, np.ones(n)).shape, dtype=np.float64)


def _as_numbers(shape: Any) -> Any:
    """Turn integers into what the checker compares; leave anything else alone."""
    return np.array(shape, dtype=np.float64) if isinstance(shape, tuple | list | int) else shape


def _examine_shape(candidate: Any, seed: int | None = None) -> Any:
    return examine_named(
        lambda n, m: _as_numbers(candidate(n, m)),
        _measured_shape,
        lambda rng: tuple(int(k) for k in rng.choice([2, 3, 4, 5, 7], size=2, replace=False)),
        confusions=[
            Confusion(
                "transpose",
                "These are the right two numbers in the other order: "
                "measure the Jacobian of a function from R^2 to R^3 and look at its shape.",
                lambda n, m: _measured_shape(m, n),
            )
        ],
        result_name="shape",
        seed=seed,
    )


@exercise(
    "01_jacobians",
    "1.1",
    fallback=lambda n, m: tuple(int(k) for k in _measured_shape(n, m)),
    parts={"": _examine_shape},
)
def jacobian_shape(n: int, m: int) -> tuple[int, int]:
    """Return the shape of the Jacobian of F: R^n → R^m, with one row for each output."""
    raise NotImplementedError


def _by_x(A: Array, x: Array) -> Array:
    return jacobian(lambda x: A @ x, x, analytic=True)


def _by_A(A: Array, x: Array) -> Array:
    return jacobian(lambda A: A @ x, A, analytic=True)


def _everywhere(A: Array, x: Array) -> Array:
    """Let every output depend on every row of A."""
    T = _by_A(A, x)
    return np.broadcast_to(T.sum(axis=0), T.shape)


_TENSOR_CONFUSIONS = [
    Confusion(
        "entries",
        "Every output is said to depend on every row of A. "
        "Move one entry of A: which outputs move?",
        _everywhere,
    ),
    Confusion(
        "wrong-input",
        "The entries come from A. Move one entry of A: by how much does y move?",
        lambda A, x: _by_A(A, A[0]),
    ),
    Confusion(
        "missing-local",
        "The right entries are not zero, but they do not depend on x. "
        "Move one entry of A: by how much does y move?",
        lambda A, x: _by_A(A, np.ones(x.shape)),
    ),
]


@exercise(
    "01_jacobians",
    "1.2",
    fallback=_by_x,
    parts=parts_against(_by_x, _matvec, result_name="J"),
)
def matvec_jacobian_x(A: Array, x: Array) -> Array:
    """Return the Jacobian of y = A x by x, in numerator layout.

    Parameters
    ----------
    A : ndarray, shape (m, n)
    x : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (m, n)
        Entry [i, j] is ∂y_i/∂x_j.
    """
    raise NotImplementedError


@exercise(
    "01_jacobians",
    "1.3",
    fallback=_by_A,
    parts=parts_against(_by_A, _matvec, confusions=_TENSOR_CONFUSIONS, result_name="J"),
)
def matvec_jacobian_A(A: Array, x: Array) -> Array:
    """Return the Jacobian of y = A x by A, as a 3-D tensor.

    Parameters
    ----------
    A : ndarray, shape (m, n)
    x : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (m, m, n)
        Entry [i, j, k] is ∂y_i/∂A_jk.
    """
    raise NotImplementedError


def _gradients_as_columns(J: Array) -> Array:
    """Measure each output's gradient on its own and set them side by side."""
    origin = np.zeros(J.shape[1])
    gradients = [jacobian(partial(np.dot, row), origin) for row in J]
    return np.stack(gradients, axis=1)


@exercise(
    "01_jacobians",
    "1.4",
    fallback=_gradients_as_columns,
    parts=parts_against(
        _gradients_as_columns, lambda rng, m=5, n=3: (rng.normal(size=(m, n)),), result_name="J"
    ),
)
def to_denominator_layout(J: Array) -> Array:
    """Turn a Jacobian from numerator to denominator layout.

    Parameters
    ----------
    J : ndarray, shape (m, n)
        Entry [i, j] is ∂y_i/∂x_j.

    Returns
    -------
    ndarray, shape (n, m)
        One column for each output, so entry [j, i] is ∂y_i/∂x_j.
    """
    raise NotImplementedError


def _measured_flat(T: Array, order: str) -> Array:
    """Measure the matrix that takes the flattened A to y."""
    m, n = T.shape[1:]

    def from_flat(a: Any) -> Any:
        return np.tensordot(T, np.reshape(a, (m, n), order=order), axes=2)  # type: ignore[call-overload]

    return jacobian(from_flat, np.zeros(m * n))


def _examine_flat(order: str, other: str) -> Any:
    def examine(candidate: Any, seed: int | None = None) -> Any:
        return examine_named(
            lambda T: candidate(T, order),
            lambda T: _measured_flat(T, order),
            lambda rng, m=5, n=3: (rng.normal(size=(m, m, n)),),
            confusions=[
                Confusion(
                    "reshape",
                    f"With order={order!r} you return the matrix that belongs to order={other!r}.",
                    lambda T: _measured_flat(T, other),
                )
            ],
            result_name=f'flatten_jacobian(T, "{order}")',
            seed=seed,
        )

    return examine


@exercise(
    "01_jacobians",
    "1.5",
    fallback=_measured_flat,
    parts={"C": _examine_flat("C", "F"), "F": _examine_flat("F", "C")},
)
def flatten_jacobian(T: Array, order: str) -> Array:
    """Turn the 3-D Jacobian ∂y_i/∂A_jk into a matrix that acts on a flattened A.

    Parameters
    ----------
    T : ndarray, shape (m, m, n)
        Entry [i, j, k] is ∂y_i/∂A_jk.
    order : {"C", "F"}
        How A was flattened: "C" row after row, as NumPy does by itself, or "F"
        column after column.

    Returns
    -------
    ndarray, shape (m, m n)
        The matrix J with y = J a, where ``a = A.flatten(order)``.
    """
    raise NotImplementedError


def contracted(grad_y: Array, T: Array) -> Array:
    """Measure the gradient of Σ grad_y ⊙ y for the linear map A ↦ y that T stands for."""
    rows = T.reshape(grad_y.size, -1)  # one for each entry of y

    def loss(A: Any) -> Any:
        return grad_y.ravel() @ (rows @ A.ravel())

    return jacobian(loss, np.zeros(T.shape[grad_y.ndim :]), analytic=True)


_CONTRACT_CONFUSIONS = [
    Confusion(
        "wrong-axis",
        "The sum runs over another index of the tensor than the one that counts the outputs.",
        lambda g, T: contracted(g, T.swapaxes(0, 1)),
    ),
    Confusion(
        "no-upstream",
        "grad_y does not take part: the outputs are added up as if all counted alike.",
        lambda g, T: contracted(np.ones(g.shape), T),
    ),
    Confusion(
        "upstream-misused",
        "Only the sum of grad_y is used; each of its entries belongs to one output.",
        lambda g, T: contracted(np.full(g.shape, g.sum()), T),
    ),
    Confusion(
        "missing-term",
        "Only the last output counts: is something overwritten that should be added up?",
        lambda g, T: contracted(g * (np.arange(g.size) == g.size - 1), T),
    ),
    Confusion(
        "missing-term",
        "Only the first output counts: does a loop end too early?",
        lambda g, T: contracted(g * (np.arange(g.size) == 0), T),
    ),
]


@exercise(
    "01_jacobians",
    "1.6",
    fallback=contracted,
    parts=parts_against(
        contracted,
        lambda rng, m=5, n=3: (rng.normal(size=m), rng.normal(size=(m, m, n))),
        confusions=_CONTRACT_CONFUSIONS,
        result_name="grad_A",
    ),
)
def contract(grad_y: Array, T: Array) -> Array:
    """Contract the 3-D Jacobian with the gradient that comes from the loss.

    Parameters
    ----------
    grad_y : ndarray, shape (m,)
        Entry [i] is ∂L/∂y_i.
    T : ndarray, shape (m, m, n)
        Entry [i, j, k] is ∂y_i/∂A_jk.

    Returns
    -------
    ndarray, shape (m, n)
        Entry [j, k] is ∂L/∂A_jk.
    """
    raise NotImplementedError
