"""How 7.1 and 7.2 are examined: the two activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Context
from course_utils.chapters.ch07_networks.activations import ReLU, Tanh
from course_utils.checker import Report
from course_utils.checks.declarations import declare, examiner_of
from course_utils.checks.extreme_inputs import EVERYWHERE, Inputs, Level, Scaled, as_drawn
from course_utils.checks.plain_functions import with_finding
from course_utils.exercises.registry import plain_forward
from course_utils.measure.numerical import derivative


def _examine_tanh(candidate: Callable[..., Any], seed: int | None = None) -> Report:
    """Say of which array tanh was taken once too often."""
    report = examiner_of(Tanh)(candidate, seed)
    if report.code != "wrong-point":
        return report
    message = "What forward saved is tanh(X) already, and tanh is taken of it once more."
    return with_finding(report, "wrong-point", message, "X")


def _examine_relu(candidate: Callable[..., Any], seed: int | None = None) -> Report:
    """Ask for the convention too: measuring leaves open what to return at the kink."""
    report = examiner_of(ReLU)(candidate, seed)
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


def _on_both_sides(inputs: Inputs, level: Level) -> Scaled:
    """Every other entry is large, the others are so small that a step leads across the kink."""
    e = np.where(np.arange(inputs[0].size) % 2, level.big, level.small)
    return inputs, (e.reshape(inputs[0].shape),), (0,), EVERYWHERE


def _measured_relu(ctx: Context, grad_output: Any) -> Any:
    """Measure all slopes in one complex step, which takes the convention at the kink."""
    (X,) = ctx.saved_tensors
    forward = plain_forward(ReLU)
    slopes = derivative(lambda X: forward(Context(), X), (X,), (np.ones(X.shape),), analytic=True)
    return grad_output * slopes


declare(Tanh, parts={"": _examine_tanh}, extreme=as_drawn)
declare(ReLU, parts={"": _examine_relu}, stand_in=_measured_relu, extreme=_on_both_sides)
