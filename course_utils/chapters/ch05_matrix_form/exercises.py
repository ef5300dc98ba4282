"""Notebook 05: the linear layer and the mean squared error of a batch. `backward` is yours.

`forward` is given, and is the answer key.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.chapters.ch01_jacobians.exercises import contracted
from course_utils.checker import Report
from course_utils.checker.candidate import Adapted
from course_utils.checks.plain_functions import Confusion, examine_named, parts_against
from course_utils.exercises.registry import exercise
from course_utils.measure.numerical import jacobian


@exercise("05_matrix_form", "5.1")
class Linear(Function):
    """The linear layer on a batch, Y = X W + b.

    Source: the sheet's questions 3 and 4.
    """

    @staticmethod
    def forward(ctx: Context, X: Any, W: Any, b: Any) -> Any:
        """Return Y of shape (q, p), for X (q, n), W (n, p) and b (1, p)."""
        ctx.save_for_backward(X, W, b)
        return X @ W + b

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return (grad_X, grad_W, grad_b), of X's, W's and b's shapes.

        Yours: notebook 05_matrix_form, exercise 5.1.
        """
        raise NotImplementedError

    @staticmethod
    def make_inputs(
        rng: np.random.Generator, q: int = 7, n: int = 5, p: int = 3
    ) -> tuple[Array, ...]:
        """Draw X of shape (q, n), W of shape (n, p) and b of shape (1, p)."""
        return rng.normal(size=(q, n)), rng.normal(size=(n, p)), rng.normal(size=(1, p))


@exercise("05_matrix_form", "5.2")
class MSE(Function):
    """The squared error of a batch, C = (1/q) Σ_ij (Y_hat_ij − Y_ij)².

    Divided by the number q of samples and by nothing else: the normalisation of
    the lab sheet. PyTorch's `mse_loss` divides by q p.

    Source: the sheet's questions 3 and 4.
    """

    @staticmethod
    def forward(ctx: Context, Y_hat: Any, Y: Any) -> Any:
        """Return C, a 0-d array, for the predictions Y_hat and the targets Y, both (q, p)."""
        ctx.save_for_backward(Y_hat, Y)
        return np.sum((Y_hat - Y) ** 2) / Y.shape[0]

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return (grad_Y_hat, grad_Y), both of shape (q, p).

        Yours: notebook 05_matrix_form, exercise 5.2.
        """
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, q: int = 7, p: int = 3) -> tuple[Array, ...]:
        """Draw Y_hat and Y of shape (q, p)."""
        return rng.normal(size=(q, p)), rng.normal(size=(q, p))


Order = Literal["C", "F"]


def _flattened(X: Array, p: int, order: Order) -> Array:
    """Measure the Jacobian of the flattened output by the flattened weights."""
    shape = X.shape[1], p

    def flat(w: Any) -> Any:
        return (X @ w.reshape(shape, order=order)).ravel(order)

    return jacobian(flat, np.zeros(X.shape[1] * p), analytic=True)


_OTHER: dict[Order, Order] = {"C": "F", "F": "C"}


def _parts_of_flattened() -> dict[str, Callable[..., Report]]:
    def examiner(order: Order) -> Callable[..., Report]:
        def examine(candidate: Callable[..., Any], seed: int | None = None) -> Report:
            return examine_named(
                Adapted(candidate, lambda X, p: (X, p, order)),
                lambda X, p: _flattened(X, p, order),
                lambda rng, q=3, n=4, p=2: (rng.normal(size=(q, n)), p),
                confusions=[
                    Confusion(
                        "wrong-order",
                        f"With order={order!r} you return the matrix that belongs to "
                        f"order={_OTHER[order]!r}.",
                        lambda X, p: _flattened(X, p, _OTHER[order]),
                    )
                ],
                result_name="J",
                seed=seed,
            )

        return examine

    return {order: examiner(order) for order in _OTHER}


@exercise("05_matrix_form", "5.3", fallback=_flattened, parts=_parts_of_flattened())
def weight_jacobian_matrix(X: Array, p: int, order: Order) -> Array:
    """Return the Jacobian of Y = X W + b by W as a matrix, both flattened in one order.

    Parameters
    ----------
    X : ndarray, shape (q, n)
    p : int
        The number of outputs.
    order : {"C", "F"}
        "C" puts the rows of Y, and of W, one after the other; "F" the columns.

    Returns
    -------
    ndarray, shape (q p, n p)

    Notes
    -----
    Source: the lecture notes' derivative of the linear module by its parameters.
    """
    raise NotImplementedError


def _by_inputs(z: Array, W: Array) -> Array:
    return jacobian(lambda z: z @ W, z, analytic=True)


@exercise(
    "05_matrix_form",
    "5.4",
    fallback=_by_inputs,
    parts=parts_against(
        _by_inputs,
        lambda rng, n=5, p=3: (rng.normal(size=n), rng.normal(size=(n, p))),
        result_name="J",
    ),
)
def input_jacobian(z: Array, W: Array) -> Array:
    """Return the Jacobian of y = z W by z, for one sample z, in numerator layout.

    Parameters
    ----------
    z : ndarray, shape (n,)
    W : ndarray, shape (n, p)

    Returns
    -------
    ndarray, shape (p, n)

    Notes
    -----
    Source: the lecture notes' derivative of the linear module by its inputs.
    """
    raise NotImplementedError


def _one_output(index: int) -> Callable[[Array, Array], Array]:
    def measured(G: Array, T: Array) -> Array:
        kept = np.zeros_like(G)
        kept[:, index] = G[:, index]
        return contracted(kept, T)

    return measured


@exercise(
    "05_matrix_form",
    "5.5",
    fallback=contracted,
    parts=parts_against(
        contracted,
        lambda rng, q=3, p=2, n=4, m=5: (rng.normal(size=(q, p)), rng.normal(size=(q, p, n, m))),
        confusions=[
            Confusion("missing-term", "Only the last column of G is counted.", _one_output(-1)),
            Confusion("missing-term", "Only the first column of G is counted.", _one_output(0)),
            Confusion(
                "no-upstream",
                "T is summed over the outputs, but what arrives from above, G, is not used.",
                lambda G, T: contracted(np.ones_like(G), T),
            ),
        ],
        result_name="gradient",
    ),
)
def contract_output(G: Array, T: Array) -> Array:
    """Contract a 4-D Jacobian with the gradient that arrives at its output.

    Parameters
    ----------
    G : ndarray, shape (q, p)
        The gradient of the loss by the output Y.
    T : ndarray, shape (q, p, n, m)
        The Jacobian of Y by an input A of shape (n, m).

    Returns
    -------
    ndarray, shape (n, m)
        The gradient of the loss by A.

    Notes
    -----
    Source: the lecture notes' double contraction.
    """
    raise NotImplementedError


@functools.lru_cache(maxsize=256)
def _measured_bytes(q: int, n: int, p: int) -> Array:
    X = np.ones((q, n))  # the same sizes are asked for again and again
    return np.array(float(jacobian(lambda W: X @ W, np.ones((n, p))).nbytes))


def _bytes_of_a_view(q: int, n: int, p: int) -> int:
    # A view of one number measures as the whole array does, without its memory.
    return np.broadcast_to(np.float64(0.0), (q, p, n, p)).nbytes


def _examine_bytes(candidate: Any, seed: int | None = None) -> Report:
    return examine_named(
        Adapted(candidate, result=float),
        _measured_bytes,
        lambda rng, q=5, n=4, p=3: (q, n, p),
        result_name="bytes",
        seed=seed,
    )


@exercise("05_matrix_form", "5.6", fallback=_bytes_of_a_view, parts={"": _examine_bytes})
def weight_jacobian_bytes(q: int, n: int, p: int) -> int:
    """Predict the memory, in bytes, of the float64 Jacobian of Y = X W + b by W."""
    raise NotImplementedError
