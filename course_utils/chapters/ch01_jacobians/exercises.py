"""Notebook 01: Jacobians of y = A x. The functions here are yours to write."""

from __future__ import annotations

from course_utils.autodiff.function import Array
from course_utils.exercises.registry import exercise


@exercise("01_jacobians", "1.1")
def jacobian_shape(n: int, m: int) -> tuple[int, int]:
    """Return the shape of the Jacobian of F: R^n → R^m, with one row for each output."""
    raise NotImplementedError


@exercise("01_jacobians", "1.2")
def matvec_jacobian_x(A: Array, x: Array) -> Array:
    """Return the Jacobian of y = A x with respect to x, in numerator layout.

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


@exercise("01_jacobians", "1.3")
def matvec_jacobian_A(A: Array, x: Array) -> Array:
    """Return the Jacobian of y = A x with respect to A, as a 3-D tensor.

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


@exercise("01_jacobians", "1.4")
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


@exercise("01_jacobians", "1.5")
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


@exercise("01_jacobians", "1.6")
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
