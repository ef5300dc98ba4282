"""Notebook 06: the cost of a linear model, its gradients, and the way down."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.exercises.registry import exercise

Pair = tuple[Array, Array]


def cost(X: Any, W: Any, b: Any, Y: Any) -> Any:
    """Return C = (1/q) Σ_ij ((X W + b)_ij − Y_ij)², a number.

    Parameters
    ----------
    X : ndarray, shape (q, n)
    W : ndarray, shape (n, p)
    b : ndarray, shape (1, p)
    Y : ndarray, shape (q, p)
    """
    return np.sum((X @ W + b - Y) ** 2) / X.shape[0]


@exercise("06_whole_cost", "6.1")
def cost_gradient(X: Array, W: Array, b: Array, Y: Array) -> Pair:
    """Return the gradients of C = (1/q) Σ_ij ((X W + b)_ij − Y_ij)² with respect to W and b.

    Parameters
    ----------
    X : ndarray, shape (q, n)
    W : ndarray, shape (n, p)
    b : ndarray, shape (1, p)
    Y : ndarray, shape (q, p)

    Returns
    -------
    grad_W : ndarray, shape (n, p)
    grad_b : ndarray, shape (1, p)
    """
    raise NotImplementedError


@exercise("06_whole_cost", "6.2")
def descent_step(X: Array, W: Array, b: Array, Y: Array, rate: float) -> Pair:
    """Take one step of gradient descent on C; return the new W and b, leave the old ones.

    Parameters
    ----------
    X, W, b, Y : ndarray
        As for `cost_gradient`.
    rate : float

    Returns
    -------
    W : ndarray, shape (n, p)
    b : ndarray, shape (1, p)
    """
    raise NotImplementedError


@exercise("06_whole_cost", "6.3")
def least_squares(X: Array, Y: Array) -> Pair:
    """Return the W and the b at which C is lowest; that takes no descent.

    Parameters
    ----------
    X : ndarray, shape (q, n)
        With more rows than columns, and no column that follows from the others.
    Y : ndarray, shape (q, p)

    Returns
    -------
    W : ndarray, shape (n, p)
    b : ndarray, shape (1, p)
    """
    raise NotImplementedError


@exercise("06_whole_cost", "6.4")
def largest_rate(X: Array) -> float:
    """Return the rate above which gradient descent on C diverges.

    Parameters
    ----------
    X : ndarray, shape (q, n)

    Returns
    -------
    float

    Notes
    -----
    It depends neither on Y nor on where descent begins.
    """
    raise NotImplementedError


@exercise("06_whole_cost", "6.5")
def slowest_factor(X: Array, rate: float) -> float:
    """Return by how much a step multiplies the distance in the direction that shrinks least.

    Parameters
    ----------
    X : ndarray, shape (q, n)
    rate : float

    Returns
    -------
    float
        Not negative; above 1 descent diverges.
    """
    raise NotImplementedError
