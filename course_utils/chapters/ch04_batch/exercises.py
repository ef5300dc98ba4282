"""Notebook 04: the linear layer and the squared error on a batch, entry by entry.

Sizes: q samples, n inputs, p outputs; X (q, n), W (n, p), b (1, p), Y (q, p).
"""

from __future__ import annotations

from course_utils.autodiff.function import Array
from course_utils.exercises.registry import exercise


@exercise("04_batch", "4.1")
def dY_dX(i: int, j: int, k: int, l: int, X: Array, W: Array) -> float:  # noqa: E741
    """Return ∂Y_ij/∂X_kl of Y = X W + b, one number, for indices that start at 0."""
    raise NotImplementedError


@exercise("04_batch", "4.2")
def dY_dW(i: int, j: int, k: int, l: int, X: Array, W: Array) -> float:  # noqa: E741
    """Return ∂Y_ij/∂W_kl of Y = X W + b, one number, for indices that start at 0."""
    raise NotImplementedError


@exercise("04_batch", "4.3")
def linear_jacobian_X(X: Array, W: Array) -> Array:
    """Return the Jacobian of Y = X W + b with respect to X.

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


@exercise("04_batch", "4.4")
def linear_jacobian_W(X: Array, W: Array) -> Array:
    """Return the Jacobian of Y = X W + b with respect to W.

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


@exercise("04_batch", "4.5")
def linear_backward_loops(G: Array, X: Array, W: Array) -> tuple[Array, Array, Array]:
    """Return the gradients of a loss with respect to X, W and b, for Y = X W + b.

    Parameters
    ----------
    G : ndarray, shape (q, p)
        The gradient of the loss with respect to Y.
    X : ndarray, shape (q, n)
    W : ndarray, shape (n, p)

    Returns
    -------
    grad_X : ndarray, shape (q, n)
    grad_W : ndarray, shape (n, p)
    grad_b : ndarray, shape (1, p)
    """
    raise NotImplementedError


@exercise("04_batch", "4.6")
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
    """
    raise NotImplementedError


@exercise("04_batch", "4.7")
def mse_gradient_loops(Y_hat: Array, Y: Array) -> Array:
    """Return the gradient with respect to Y_hat of C = (1/q) Σ_ij (Y_hat_ij − Y_ij)².

    Parameters
    ----------
    Y_hat, Y : ndarray, shape (q, p)

    Returns
    -------
    ndarray, shape (q, p)
    """
    raise NotImplementedError
