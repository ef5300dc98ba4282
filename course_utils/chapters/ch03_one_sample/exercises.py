"""Notebook 03: one sample, its squared error and the linear function before it.

`forward` is given, and is the answer key; the rest is yours to write.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.exercises.registry import exercise


@exercise("03_one_sample", "3.1")
class SquaredError(Function):
    """The squared error of one number, (y_hat − y)²."""

    @staticmethod
    def forward(ctx: Context, y_hat: Any, y: Any) -> Any:
        """Return the squared error, a 0-d array; y_hat (prediction) and y (target) are 0-d."""
        ctx.save_for_backward(y_hat, y)
        return (y_hat - y) ** 2

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return (grad_y_hat, grad_y). Yours: notebook 03_one_sample, exercise 3.1."""
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator) -> tuple[Array, ...]:
        """Draw two numbers."""
        return np.array(rng.normal()), np.array(rng.normal())


@exercise("03_one_sample", "3.2")
class SumSquaredError(Function):
    """The squared error of one sample with p outputs, Σ_j (y_hat_j − y_j)².

    A sum: not divided by p.
    """

    @staticmethod
    def forward(ctx: Context, y_hat: Any, y: Any) -> Any:
        """Return the sum of the squared errors, a 0-d array; y_hat and y have shape (p,)."""
        ctx.save_for_backward(y_hat, y)
        return np.sum((y_hat - y) ** 2)

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return (grad_y_hat, grad_y), of shape (p,).

        Yours: notebook 03_one_sample, exercise 3.2.
        """
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, p: int = 5) -> tuple[Array, ...]:
        """Draw y_hat and y of shape (p,)."""
        return rng.normal(size=p), rng.normal(size=p)


@exercise("03_one_sample", "3.3")
class Affine(Function):
    """One sample, one output: f(x) = x · w + b."""

    @staticmethod
    def forward(ctx: Context, x: Any, w: Any, b: Any) -> Any:
        """Return x · w + b, a 0-d array, for x (n,), w (n,) and b 0-d."""
        ctx.save_for_backward(x, w, b)
        return x @ w + b

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return (grad_x, grad_w, grad_b), of shapes (n,), (n,) and ().

        Yours: notebook 03_one_sample, exercise 3.3.
        """
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, n: int = 5) -> tuple[Array, ...]:
        """Draw x and w of shape (n,), and a number b."""
        return rng.normal(size=n), rng.normal(size=n), np.array(rng.normal())


@exercise("03_one_sample", "3.4")
class AffineRow(Function):
    """One sample as a row, p outputs: y = x W + b."""

    @staticmethod
    def forward(ctx: Context, x: Any, W: Any, b: Any) -> Any:
        """Return y of shape (p,), for x (n,), W (n, p) and b (p,)."""
        ctx.save_for_backward(x, W, b)
        return x @ W + b

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return (grad_x, grad_W, grad_b), of x's, W's and b's shapes.

        Yours: notebook 03_one_sample, exercise 3.4.
        """
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, n: int = 5, p: int = 3) -> tuple[Array, ...]:
        """Draw x of shape (n,), W of shape (n, p) and b of shape (p,)."""
        return rng.normal(size=n), rng.normal(size=(n, p)), rng.normal(size=p)


@exercise("03_one_sample", "3.5")
def sample_weight_gradient(x: Array, w: Array, b: Array, y: Array) -> Array:
    """Return the gradient with respect to w of one sample's cost, (x · w + b − y)².

    Parameters
    ----------
    x, w : ndarray, shape (n,)
    b, y : ndarray, 0-d

    Returns
    -------
    ndarray, shape (n,)
    """
    raise NotImplementedError


@exercise("03_one_sample", "3.6")
def predicted_change(x: Array, w: Array, b: Array, y: Array, step_w: Array, step_b: Array) -> Array:
    """Predict, by the tangent, how the cost changes when w and b move by a small step.

    Parameters
    ----------
    x, w : ndarray, shape (n,)
    b, y : ndarray, 0-d
    step_w : ndarray, shape (n,)
        What is added to w.
    step_b : ndarray, 0-d
        What is added to b.

    Returns
    -------
    0-d ndarray or float
        The change of (x · w + b − y)² to first order in the step.
    """
    raise NotImplementedError
