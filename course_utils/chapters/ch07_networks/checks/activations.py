"""How 7.1 and 7.2 are examined: the two activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context
from course_utils.chapters.ch07_networks.activations import ReLU, Tanh
from course_utils.checker import Report
from course_utils.checks.declarations import declare, examiner_of
from course_utils.checks.extreme_inputs import EVERYWHERE, Inputs, Level, Scaled, as_drawn
from course_utils.checks.mixups import naming
from course_utils.checks.plain_functions import Confusion, with_finding
from course_utils.exercises.registry import plain_forward
from course_utils.measure.numerical import derivative, numerical_vjp


def _of_output(slope: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
    """Return the gradient for a slope made of the output, which forward saves."""
    return lambda G, X: G * slope(np.tanh(X))


_TANH = {
    "X": [
        Confusion(
            "wrong-point",
            "What forward saved is tanh(X) already, and tanh is taken of it once more.",
            _of_output(lambda Y: 1 / np.cosh(Y) ** 2),
        ),
        Confusion(
            "wrong-local",
            "The square is in the wrong place: it is of Y alone, and not of the whole bracket.",
            _of_output(lambda Y: (1 - Y) ** 2),
        ),
        Confusion(
            "not-squared",
            "The output stands in the slope as it is, where its square belongs.",
            _of_output(lambda Y: 1 - Y),
        ),
        Confusion(
            "wrong-local",
            "A plus stands where a minus belongs: the slope of tanh is never above 1.",
            _of_output(lambda Y: 1 + Y**2),
        ),
        Confusion(
            "wrong-local",
            "This is the slope of the sigmoid, as a function of its output. tanh has another one.",
            _of_output(lambda Y: Y * (1 - Y)),
        ),
        Confusion(
            "upstream-misused",
            "grad_output is multiplied by the 1 alone, and the other term is subtracted after "
            "that: a bracket is missing.",
            lambda G, X: G - np.tanh(X) ** 2,
        ),
        Confusion(
            "missing-local",
            "This is the slope of the slope: it is differentiated once too often.",
            _of_output(lambda Y: -2 * Y),
        ),
        Confusion(
            "missing-local",
            "grad_output is multiplied by the square of the output: the 1 of the slope is missing.",
            _of_output(lambda Y: -(Y**2)),
        ),
        Confusion(
            "missing-local",
            "grad_output is multiplied by the square of the output: that is what has to be taken "
            "from 1.",
            _of_output(lambda Y: Y**2),
        ),
        Confusion(
            "inverted",
            "grad_output is divided by the slope, where it should be multiplied by it.",
            _of_output(lambda Y: 1 / (1 - Y**2)),
        ),
        Confusion(
            "wrong-input",
            "grad_output stands in the slope, where the output belongs.",
            lambda G, X: G * (1 - G**2),
        ),
    ]
}

_RELU = {
    "X": [
        Confusion(
            "no-upstream",
            "grad_output is not used: this is the slope alone.",
            lambda G, X: X > 0,
        ),
        Confusion(
            "inverted",
            "grad_output passes where X is negative, and is stopped where X is positive.",
            lambda G, X: G * (X < 0),
        ),
        Confusion(
            "sign",
            "The slope is -1 where X is negative: that is the slope of |X|.",
            lambda G, X: G * np.sign(X),
        ),
        Confusion(
            "missing-local",
            "grad_output is multiplied by the output, max(X, 0), and not by its slope.",
            lambda G, X: numerical_vjp(lambda X: np.maximum(X, 0) ** 2 / 2, (X,), G)[0],
        ),
        Confusion(
            "missing-local",
            "grad_output is multiplied by X, and not by the slope.",
            np.multiply,
        ),
        Confusion(
            "upstream-misused",
            "grad_output is stopped where it is negative itself. Where it passes depends on X "
            "alone.",
            lambda G, X: np.maximum(G, 0) * (X > 0),
        ),
    ]
}

_tanh_examined = naming(Tanh, examiner_of(Tanh), _TANH)
_relu_examined = naming(ReLU, examiner_of(ReLU), _RELU)


def _examine_relu(candidate: Callable[..., Any], seed: int | None = None) -> Report:
    """Ask for the convention too: measuring leaves open what to return at the kink."""
    report = _relu_examined(candidate, seed)
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


declare(Tanh, parts={"": _tanh_examined}, extreme=as_drawn)
declare(ReLU, parts={"": _examine_relu}, stand_in=_measured_relu, extreme=_on_both_sides)
