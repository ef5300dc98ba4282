"""Notebook 02: the chain rule, with a Jacobian and without, and the first Functions.

A Function's `forward` is given, its `backward` is yours. It can be used before that is filled in:
then it is computed numerically, with a notice. ``make_inputs`` tells the checker how to draw
inputs; its defaults are the sizes it starts from.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.exercises.registry import exercise


@exercise("02_chain_rule", "2.1")
def chain_rule(grad_L: Array, J_h: Array) -> Array:
    """Return the gradient of L∘h at x.

    Parameters
    ----------
    grad_L : ndarray, shape (m,)
        The gradient of L at h(x).
    J_h : ndarray, shape (m, n)
        The Jacobian of h at x, numerator layout.

    Returns
    -------
    ndarray, shape (n,)
    """
    raise NotImplementedError


@exercise("02_chain_rule", "2.2")
class Sine(Function):
    """Entry by entry, y = sin(x).

    Source: the inner step of the sheet's question 1, h(x) = sin(x).
    """

    @staticmethod
    def forward(ctx: Context, x: Any) -> Any:
        """Return sin(x), of x's own shape."""
        ctx.save_for_backward(x)
        return np.sin(x)

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return grad_x, of x's shape. Yours: notebook 02_chain_rule, exercise 2.2."""
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, n: int = 5) -> tuple[Array, ...]:
        """Draw x of shape (n,)."""
        return (rng.normal(size=n),)


@exercise("02_chain_rule", "2.3")
class SumOfCubes(Function):
    """A scalar loss, L(u) = (u_1³ + … + u_m³) / 3.

    Source: an outer step for the sheet's question 1.
    """

    @staticmethod
    def forward(ctx: Context, u: Any) -> Any:
        """Return L(u), a 0-d array; u has shape (m,)."""
        ctx.save_for_backward(u)
        return np.sum(u**3) / 3

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return grad_u, of shape (m,). Yours: notebook 02_chain_rule, exercise 2.3."""
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, m: int = 5) -> tuple[Array, ...]:
        """Draw u of shape (m,)."""
        return (rng.normal(size=m),)


@exercise("02_chain_rule", "2.4")
class MatVec(Function):
    """A matrix times a vector, y = A x.

    Source: the lecture notes' y = Ax; its two Jacobians are notebook 01.
    """

    @staticmethod
    def forward(ctx: Context, A: Any, x: Any) -> Any:
        """Return y of shape (m,), for A of shape (m, n) and x of shape (n,)."""
        ctx.save_for_backward(A, x)
        return A @ x

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return (grad_A, grad_x), of A's and x's shapes.

        Yours: notebook 02_chain_rule, exercise 2.4.
        """
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, m: int = 5, n: int = 3) -> tuple[Array, ...]:
        """Draw A of shape (m, n) and x of shape (n,)."""
        return rng.normal(size=(m, n)), rng.normal(size=n)


@exercise("02_chain_rule", "2.5")
class Multiply(Function):
    """Entry by entry, y = a ⊙ b.

    Source: the smallest step with two inputs; with a = b one input is used twice.
    """

    @staticmethod
    def forward(ctx: Context, a: Any, b: Any) -> Any:
        """Return the product entry by entry; a, b and the result have one shape."""
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return (grad_a, grad_b). Yours: notebook 02_chain_rule, exercise 2.5."""
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, n: int = 5) -> tuple[Array, ...]:
        """Draw a and b of shape (n,)."""
        return rng.normal(size=n), rng.normal(size=n)


@exercise("02_chain_rule", "2.6")
def gradient_of_chain(A: Array, x: Array) -> Array:
    """Return the gradient with respect to x of C(x) = L(sin(A x)), L(u) = Σ u_i³ / 3.

    Parameters
    ----------
    A : ndarray, shape (m, n)
    x : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
    """
    raise NotImplementedError


@exercise("02_chain_rule", "2.7")
def gradient_used_twice(x: Array) -> Array:
    """Return the gradient of C(x) = L(x ⊙ sin(x)), L(u) = Σ u_i³ / 3.

    Parameters
    ----------
    x : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
    """
    raise NotImplementedError


@exercise("02_chain_rule", "2.8")
def jacobian_bytes(m: int, n: int) -> int:
    """Predict the memory, in bytes, of the float64 Jacobian of a function from R^n to R^m."""
    raise NotImplementedError
