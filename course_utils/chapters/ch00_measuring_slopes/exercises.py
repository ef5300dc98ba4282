"""Notebook 00: slopes measured instead of derived. The functions here are yours to write."""

from __future__ import annotations

from collections.abc import Callable

from course_utils.autodiff.function import Array
from course_utils.exercises.registry import exercise


@exercise("00_measuring_slopes", "0.1")
def forward_difference(f: Callable[[float], float], x: float, h: float) -> float:
    """Return the slope of the line through the graph of f at x and at x + h.

    Parameters
    ----------
    f : callable
        A function of one number.
    x : float
        Where the slope is wanted.
    h : float
        The step, to either side, and not zero.
    """
    raise NotImplementedError


@exercise("00_measuring_slopes", "0.2")
def central_difference(f: Callable[[float], float], x: float, h: float) -> float:
    """Return the slope of the line through the graph of f at x - h and at x + h.

    Parameters
    ----------
    f, x, h
        As for `forward_difference`.
    """
    raise NotImplementedError


@exercise("00_measuring_slopes", "0.3")
def numerical_jacobian(
    f: Callable[[Array], Array], x: Array, h: float = 1e-6, method: str = "central"
) -> Array:
    """Measure every slope of every output: J[i, j] is the slope of f_i along x_j.

    Parameters
    ----------
    f : callable
        Takes an array of shape (n,), returns one of shape (m,).
    x : ndarray, shape (n,)
        Where; it may hold integers, and it must not be changed.
    h : float
        The step, not zero.
    method : {"central", "forward"}
        Which difference quotient.

    Returns
    -------
    ndarray, shape (m, n)
        Rows are outputs, columns are inputs (numerator layout).
    """
    raise NotImplementedError


@exercise("00_measuring_slopes", "0.4")
def best_step(method: str, eps: float) -> float:
    """Predict the step that makes the error smallest, for a function like sin near x = 1.

    Parameters
    ----------
    method : {"central", "forward"}
        Which difference quotient.
    eps : float
        The relative rounding error of the arithmetic, such as ``np.finfo(np.float64).eps``.

    Returns
    -------
    float
        A step within a factor of ten of the best one counts as right.
    """
    raise NotImplementedError


@exercise("00_measuring_slopes", "0.5")
def complex_step(f: Callable[[complex], complex], x: float, h: float = 1e-20) -> float:
    """Measure the slope of f at x by one evaluation at a complex number.

    Parameters
    ----------
    f : callable
        Must accept a complex number and be analytic: made of +, *, exp, sin and
        the like; not of abs, a comparison or a rounding.
    x : float
        Where the slope is wanted.
    h : float
        The step, as small as you like.
    """
    raise NotImplementedError
