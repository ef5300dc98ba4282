"""Notebook 07: the two activations, entry by entry. `backward` is yours.

`forward` is given, and is the answer key.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.exercises.registry import exercise


@exercise("07_networks", "7.1")
class Tanh(Function):
    """Entry by entry, Y = tanh(X).

    `forward` saves its output and not its input: the slope can be had from it.
    """

    @staticmethod
    def forward(ctx: Context, X: Any) -> Any:
        """Return tanh(X), of X's own shape."""
        Y = np.tanh(X)
        ctx.save_for_backward(Y)
        return Y

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return grad_X, of X's shape. Yours: notebook 07_networks, exercise 7.1."""
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, q: int = 7, n: int = 5) -> tuple[Array, ...]:
        """Draw X of shape (q, n)."""
        return (rng.normal(size=(q, n)),)


@exercise("07_networks", "7.2")
class ReLU(Function):
    """Entry by entry, Y = max(X, 0).

    At exactly 0 there is no derivative. The course takes 0 there, as PyTorch does.
    """

    @staticmethod
    def forward(ctx: Context, X: Any) -> Any:
        """Return max(X, 0), of X's own shape."""
        ctx.save_for_backward(X)
        # By the real part: a complex step out of 0 then measures the slope of the left side.
        return np.where(np.real(X) > 0, X, 0.0)

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return grad_X, of X's shape. Yours: notebook 07_networks, exercise 7.2."""
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, q: int = 7, n: int = 5) -> tuple[Array, ...]:
        """Draw X of shape (q, n)."""
        return (rng.normal(size=(q, n)),)
