"""What catches the mistakes of 0.1 to 0.3.

A difference quotient is the slope of the straight line through two points of the graph, so that
line is fitted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch00_measuring_slopes import stand_ins
from course_utils.chapters.ch00_measuring_slopes.checks.drawn import (
    integer_inputs,
    scalar_inputs,
    short_step,
    short_step_of_several,
    step_to_the_right,
    step_to_the_right_of_several,
    vector_inputs,
)
from course_utils.chapters.ch00_measuring_slopes.checks.formulas import (
    LONG_STEPS,
    formula,
    same_for_all_steps,
)
from course_utils.chapters.ch00_measuring_slopes.exercises import (
    central_difference,
    forward_difference,
    numerical_jacobian,
)
from course_utils.checker import Report
from course_utils.checker.candidate import Adapted
from course_utils.checks.declarations import Examiner, declare
from course_utils.checks.plain_functions import Confusion, examine_named, with_finding

STEPS = {
    "forward": (0.0, 1.0),
    "central": (-1.0, 1.0),
    "backward": (-1.0, 0.0),
    "half": (-0.5, 0.5),
}
"""Where the two points of each difference quotient lie, in steps from x."""

Slope = Callable[[Array, float, str], Array]
"""``slope(heights, h, method)``, of the two heights of one line, or of several side by side."""

Line = Callable[[float], Any]

Along = Callable[[Any, Array, float], list[Line]]
"""``along(f, x, h)`` returns, for each input, f on a line on which that input is moved."""


def secant_slope(heights: Array, h: float, method: str) -> Array:
    """Return the slope of the line through the two points that `method` names."""
    slope: Array = np.polynomial.polynomial.polyfit(np.array(STEPS[method]) * h, heights, 1)[1]
    # A line that is fitted to two equal heights is only nearly level.
    return np.where(heights[0] == heights[1], 0.0, slope)


def _line(f: Any, start: Array, direction: Array) -> Line:
    return lambda t: f(start + t * direction)


def each_input(f: Any, x: Array, h: float) -> list[Line]:
    """Move one input at a time."""
    x = np.asarray(x, dtype=np.float64)
    return [_line(f, x, d) for d in np.eye(x.size).reshape(-1, *x.shape)]


def secant_slopes(
    f: Callable[[Any], Any],
    x: Any,
    h: float,
    method: str,
    slope: Slope = secant_slope,
    along: Along = each_input,
) -> Array:
    """Return the slopes of every output along every input, outputs first; a number for a number."""
    lines = along(f, x, h)
    heights = np.array(
        [[np.ravel(g(end * h)) for g in lines] for end in STEPS[method]], dtype=np.float64
    )
    slopes = slope(heights.reshape(2, -1), h, method).reshape(len(lines), -1).T
    return slopes if np.ndim(x) else slopes.reshape(())


# ------------------------------------------------------------------ mix-ups of one line


def _brackets_lost(heights: Array, h: float, method: str) -> Array:
    """Divide the second height alone, as Python does without brackets."""
    first, last = STEPS[method]
    slope: Array = heights[1] - heights[0] / ((last - first) * h)
    return slope


def _left_to_right(heights: Array, h: float, method: str) -> Array:
    """Divide by 2 and multiply by h, as Python does from left to right."""
    return secant_slope(heights, h, method) * h * h


def _multiplied(heights: Array, h: float, method: str) -> Array:
    """Multiply by the distance of the two points."""
    first, last = STEPS[method]
    return secant_slope(heights, h, method) * ((last - first) * h) ** 2


def _rise(heights: Array, h: float, method: str) -> Array:
    slope: Array = heights[1] - heights[0]
    return slope


_BRACKETS = (
    "Python divides before it subtracts, and works from left to right: look at your brackets."
)


_NAMES = {
    "forward": "uses f at x and at x + h: the forward difference",
    "backward": "uses f at x - h and at x: the backward difference",
    "central": "uses f at x - h and at x + h: the central difference",
}


def _confusions(expected: str) -> list[Confusion]:
    # Divided by 2 and multiplied by h is a slip of brackets; there has to be a 2.
    product = [("wrong-local", _BRACKETS, _left_to_right)] if expected == "central" else []
    return [
        *(
            Confusion(
                "wrong-local",
                f"Your result {text}. This exercise asks for another one.",
                lambda f, x, h, m=m: secant_slopes(f, x, h, m),
            )
            for m, text in _NAMES.items()
            if m != expected
        ),
        Confusion(
            "wrong-point",
            "The two points are half a step from x. This exercise wants each a whole step away.",
            lambda f, x, h: secant_slopes(f, x, h, "half"),
        ),
        Confusion(
            "wrong-point",
            "x plays no role: this is the slope at 0.",
            lambda f, x, h: secant_slopes(f, 0 * x, h, expected),
        ),
        *(
            Confusion(
                code,
                text,
                lambda f, x, h, slope=slope: secant_slopes(f, x, h, expected, slope),
            )
            for code, text, slope in (
                ("missing-local", "This is the rise of the line, not its slope.", _rise),
                ("wrong-local", _BRACKETS, _brackets_lost),
                *product,
                (
                    "inverted",
                    "Multiplied by the step, where the rise is divided by it.",
                    _multiplied,
                ),
            )
        ),
        *_signs_lost(expected),
    ]


def _signs_lost(expected: str) -> list[Confusion]:
    return [
        Confusion(
            "only-positive",
            "Right for a positive step, and wrong for a negative one: its sign has to count.",
            lambda f, x, h: secant_slopes(f, x, h, expected) * np.sign(h),
        ),
        Confusion(
            "only-positive",
            "Right for a positive step. With a negative one you go to the other side of x: its "
            "sign has to count.",
            lambda f, x, h: secant_slopes(f, x, abs(h), expected),
        ),
    ]


# ------------------------------------------------------------------ mix-ups of several inputs


def _all_at_once(f: Any, x: Array, h: float) -> list[Line]:
    return [_line(f, x, np.ones(x.size))] * x.size


def _growing(f: Any, x: Array, h: float) -> list[Line]:
    """Move the inputs before as well, by the same step."""
    return [_line(f, x, d) for d in np.tri(x.size)]


def _left_behind(by: float) -> Along:
    """Let the inputs before stay where a step of `by` has left them."""

    def along(f: Any, x: Array, h: float) -> list[Line]:
        before = np.tri(x.size, k=-1) * by * h
        return [_line(f, x + b, d) for b, d in zip(before, np.eye(x.size), strict=True)]

    return along


def _in_integers(f: Any, x: Array, h: float) -> list[Line]:
    """Write the moved input into an array of x's own type."""

    def line(j: int) -> Line:
        def moved(t: float) -> Any:
            point = x.copy()
            point[j] = float(x[j]) + t
            return f(point)

        return moved

    return [line(j) for j in range(x.size)]


def _steps_as(start: Array, dtype: Any) -> Callable[[Any, Array], Line]:
    """Return what makes lines on which the steps are held in another type."""
    return lambda f, direction: lambda t: f(start + (t * direction).astype(dtype))


def _step_in_integers(f: Any, x: Array, h: float) -> list[Line]:
    """Write the step into an array of x's own type."""
    return [_steps_as(x, x.dtype)(f, d) for d in np.eye(x.size)]


def _in_float32(f: Any, x: Array, h: float) -> list[Line]:
    return [_steps_as(x.astype(np.float32), np.float32)(f, d) for d in np.eye(x.size)]


_NOT_BACK = (
    "Right in the first column; after it the inputs that were moved before are still moved: take "
    "each step back before the next one."
)
_INTEGERS = (
    "Right, except where x holds integers: a step that is written into an array of integers is cut "
    "off. Turn x into float64 first."
)


def _confusions_of_several(method: str) -> list[Confusion]:
    ways: list[tuple[str, str, Along]] = [
        ("dtype-int", _INTEGERS, _in_integers),
        ("dtype-int", _INTEGERS, _step_in_integers),
        (
            "dtype-float32",
            "x is held in float32, which has 7 digits only: the step is lost in its rounding.",
            _in_float32,
        ),
        (
            "wrong-axis",
            "All inputs are moved at once: J[i, j] is the slope along x_j alone.",
            _all_at_once,
        ),
        *(
            ("not-zeroed", _NOT_BACK, along)
            for along in (_growing, _left_behind(1.0), _left_behind(-1.0))
        ),
    ]
    return [
        Confusion(
            code,
            text,
            lambda f, x, h, along=along: secant_slopes(f, x, h, method, along=along),
        )
        for code, text, along in ways
    ]


# ------------------------------------------------------------------ looking closer


def _looked_at(
    report: Report,
    candidate: Callable[..., Any],
    reference: Callable[..., Any],
    draw: Callable[..., Any],
    seed: int | None,
    result_name: str,
) -> Report:
    """Say more of what no mix-up explains."""
    if report.passed or report.code not in ("wrong-local", "small-error", "entries"):
        return report
    if same_for_all_steps(candidate, draw, seed):
        text = "The result is the same whatever h is: use the step that is passed in."
        return with_finding(report, "hardcoded", text, result_name)
    finding = report.findings[0]
    if report.code == "small-error":
        text = f"{finding.headline} Is something rounded, or held in fewer digits than float64 has?"
        return with_finding(report, "small-error", text, result_name)
    if "None of the usual" in finding.message:
        if same_for_all_steps(candidate, draw, seed, LONG_STEPS):
            text = "The result is the same for all long steps: use the step as it is passed in."
            return with_finding(report, "hardcoded", text, result_name)
        computed = formula(candidate, draw, seed)
        if computed is not None and computed == formula(reference, draw, seed):
            text = (
                "Right for steps near 1, and not for all others: use the step as it is passed in."
            )
            return with_finding(report, "hardcoded", text, result_name)
        if computed is not None:
            text = f"What you compute is {computed}."
            return with_finding(report, "wrong-local", text, result_name)
    return report


def _secant(method: str) -> Callable[..., Array]:
    return lambda f, x, h: secant_slopes(f, x, h, method)


def _examine_slope(method: str) -> Examiner:
    def examine(candidate: Callable[..., Any], seed: int | None = None) -> Report:
        report = examine_named(
            candidate,
            _secant(method),
            scalar_inputs,
            confusions=_confusions(method),
            special=(("a positive step", step_to_the_right), ("a short step", short_step)),
            result_name="slope",
            seed=seed,
        )
        return _looked_at(report, candidate, _secant(method), scalar_inputs, seed, "slope")

    return examine


def _examine_jacobian(method: str) -> Examiner:
    def examine(candidate: Callable[..., Any], seed: int | None = None) -> Report:
        answer = Adapted(candidate, lambda f, x, h: (f, x, h, method))
        report = examine_named(
            answer,
            _secant(method),
            vector_inputs,
            confusions=[*_confusions(method), *_confusions_of_several(method)],
            special=(
                ("integers in x", integer_inputs),
                ("a positive step", step_to_the_right_of_several),
                ("a short step", short_step_of_several),
            ),
            result_name="J",
            seed=seed,
        )
        right = _secant(method)
        return _looked_at(report, answer, right, vector_inputs, seed, "J")

    return examine


def _measured_slope(method: str) -> Callable[..., float]:
    return lambda f, x, h: float(secant_slopes(f, x, h, method))


declare(
    forward_difference,
    parts={"": _examine_slope("forward")},
    stand_in=_measured_slope("forward"),
    while_graded=stand_ins.forward,
    no_extreme="a difference quotient is what is asked for",
    may_measure=True,
)


declare(
    central_difference,
    parts={"": _examine_slope("central")},
    stand_in=_measured_slope("central"),
    while_graded=stand_ins.central,
    no_extreme="a difference quotient is what is asked for",
    may_measure=True,
)


def _measured_jacobian(
    f: Callable[[Array], Array], x: Array, h: float = 1e-6, method: str = "central"
) -> Array:
    return secant_slopes(f, np.atleast_1d(x), h, method)


declare(
    numerical_jacobian,
    parts={"forward": _examine_jacobian("forward"), "central": _examine_jacobian("central")},
    stand_in=_measured_jacobian,
    while_graded=stand_ins.jacobian,
    no_extreme="a difference quotient is what is asked for",
    may_measure=True,
)
