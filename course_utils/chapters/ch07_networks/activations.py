"""Notebook 07: the two activations, entry by entry. `backward` is yours.

`forward` is given, and is the answer key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.checker import Report
from course_utils.checks.plain_functions import with_finding
from course_utils.exercises.registry import exercise, registry
from course_utils.measure.numerical import COMPLEX_STEP


@exercise("07_networks", "7.1")
class Tanh(Function):
    """Entry by entry, Y = tanh(X).

    `forward` saves its output and not its input: the slope can be had from it.

    Source: the lecture notes' networks from scratch.
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

    Source: the lecture notes' networks from scratch.
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


def _slopes_measured(ctx: Context, grad_output: Any) -> Any:
    """Measure all slopes in one complex step, which takes the convention at the kink."""
    (X,) = ctx.saved_tensors
    moved = np.asarray(ReLU.forward(Context(), X + 1j * COMPLEX_STEP))
    return np.multiply(grad_output, moved.imag / COMPLEX_STEP)


def _with_convention(examine: Callable[..., Report]) -> Callable[..., Report]:
    """Ask for the convention too: measuring leaves open what to return at the kink."""

    def examine_at_zero(candidate: Callable[..., Any], seed: int | None = None) -> Report:
        report = examine(candidate, seed)
        if not report.passed:
            return report
        ctx = Context()
        ReLU.forward(ctx, np.zeros((2, 3)))
        at_zero = np.asarray(candidate(ctx, np.full((2, 3), 2.0)), dtype=np.float64) / 2.0
        if np.array_equal(at_zero, np.zeros((2, 3))):
            return report
        message = (
            f"Right everywhere but at exactly 0, where your slope is {at_zero.flat[0]:g}. The "
            "forward pass allows any slope from 0 to 1 there; the course's convention is 0."
        )
        return with_finding(report, "kink-convention", message, "X", with_numbers=False)

    return examine_at_zero


def _with_its_own_words(examine: Callable[..., Report]) -> Callable[..., Report]:
    """Say of which array tanh was taken once too often."""

    def examine_tanh(candidate: Callable[..., Any], seed: int | None = None) -> Report:
        report = examine(candidate, seed)
        if report.code != "wrong-point":
            return report
        message = "What forward saved is tanh(X) already, and tanh is taken of it once more."
        return with_finding(report, "wrong-point", message, "X")

    return examine_tanh


_slot = registry["Tanh.backward"]
_slot.parts = {name: _with_its_own_words(examine) for name, examine in _slot.parts.items()}
_slot = registry["ReLU.backward"]
_slot.fallback = _slopes_measured
_slot.parts = {name: _with_convention(examine) for name, examine in _slot.parts.items()}
