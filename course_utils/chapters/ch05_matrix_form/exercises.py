"""Notebook 05: the linear layer and the mean squared error of a batch. `backward` is yours.

`forward` is given, and is the answer key.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.exercises.registry import exercise


@exercise("05_matrix_form", "5.1")
class Linear(Function):
    """The linear layer on a batch, Y = X W + b."""

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

    Divided by the number q of samples and by nothing else.
    PyTorch's `mse_loss` divides by q p.
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


@exercise("05_matrix_form", "5.3")
def weight_jacobian_matrix(X: Array, p: int, order: Order) -> Array:
    """Return the Jacobian of Y = X W + b with respect to W, a matrix: both flattened in one order.

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
    """
    raise NotImplementedError


@exercise("05_matrix_form", "5.4")
def input_jacobian(z: Array, W: Array) -> Array:
    """Return the Jacobian of y = z W with respect to z, for one sample z, in numerator layout.

    Parameters
    ----------
    z : ndarray, shape (n,)
    W : ndarray, shape (n, p)

    Returns
    -------
    ndarray, shape (p, n)
    """
    raise NotImplementedError


@exercise("05_matrix_form", "5.5")
def contract_output(G: Array, T: Array) -> Array:
    """Contract a 4-D Jacobian with the gradient that arrives at its output.

    Parameters
    ----------
    G : ndarray, shape (q, p)
        The gradient of the loss with respect to the output Y.
    T : ndarray, shape (q, p, r, s)
        The Jacobian of Y with respect to an input A of shape (r, s).

    Returns
    -------
    ndarray, shape (r, s)
        The gradient of the loss with respect to A.
    """
    raise NotImplementedError


@exercise("05_matrix_form", "5.6")
def weight_jacobian_bytes(q: int, n: int, p: int) -> int:
    """Predict the bytes of the float64 Jacobian of Y = X W + b with respect to W."""
    raise NotImplementedError
