"""What catches the mistakes of notebook 00.

There are no expected values. A difference quotient is the slope of the straight line through two
points of the graph, so that line is fitted; a complex step must agree with the checker's own
derivative to the last digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch00_measuring_slopes import stand_ins
from course_utils.chapters.ch00_measuring_slopes.exercises import (
    best_step,
    central_difference,
    complex_step,
    forward_difference,
    numerical_jacobian,
)
from course_utils.checks.declarations import declare
from course_utils.checks.plain_functions import (
    Confusion,
    best_step_report,
    examine_named,
    random_scalar_function,
    random_vector_function,
    with_finding,
)
from course_utils.measure.numerical import jacobian

STEPS = {
    "forward": (0.0, 1.0),
    "central": (-1.0, 1.0),
    "backward": (-1.0, 0.0),
    "half": (-0.5, 0.5),
}
"""Where the two points of each difference quotient lie, in steps from x."""


Slope = Callable[[Array, float, str], Array]
"""``slope(heights, h, method)``, of the two heights of one line, or of several side by side."""


def secant_slope(heights: Array, h: float, method: str) -> Array:
    """Return the slope of the line through the two points that `method` names."""
    slope: Array = np.polynomial.polynomial.polyfit(np.array(STEPS[method]) * h, heights, 1)[1]
    return slope


def heights_at(f: Callable[[Any], Any], points: Iterable[Any]) -> Array:
    """Return the values at some points, each flattened."""
    return np.array([np.ravel(f(point)) for point in points], dtype=np.float64)


def slope_at(
    f: Callable[[Any], Any], x: float, h: float, method: str, slope: Slope = secant_slope
) -> float:
    """Return the slope of the graph of f at `x`."""
    heights = heights_at(f, [x + end for end in np.array(STEPS[method]) * h])
    return float(slope(heights[:, 0], h, method))


def secant_slopes(
    f: Callable[[Any], Any],
    x: Array,
    h: float,
    method: str,
    dtype: Any = np.float64,
    slope: Slope = secant_slope,
) -> Array:
    """Return the slopes of every output along every coordinate of `x`, outputs first.

    With an integer `dtype` the points of the graph lie where rounding puts them.
    """
    x = np.asarray(x, dtype=dtype)
    points = []
    for column in range(x.size):
        for end in STEPS[method]:
            moved = x.copy()
            moved[column] = float(x[column]) + end * h
            points.append(moved)
    heights = heights_at(f, points).reshape(x.size, 2, -1)
    return np.array([slope(each, h, method) for each in heights]).T


def _scalar_inputs(rng: np.random.Generator) -> tuple[Any, ...]:
    return random_scalar_function(rng), float(rng.normal()), float(rng.choice([0.3, 0.05, 0.01]))


def _vector_inputs(rng: np.random.Generator, m: int = 5, n: int = 3) -> tuple[Any, ...]:
    f = random_vector_function(rng, m, n)
    return f, rng.normal(size=n), float(rng.choice([0.3, 0.05, 0.01]))


def _integer_inputs(rng: np.random.Generator) -> tuple[Any, ...]:
    return random_vector_function(rng, 5, 3), np.array([1, -2, 3]), 0.1


def _secant(method: str) -> Callable[..., float]:
    return lambda f, x, h: slope_at(f, x, h, method)


def _secants(method: str) -> Callable[..., Array]:
    return lambda f, x, h: secant_slopes(f, x, h, method)


def _brackets_lost(heights: Array, h: float, method: str) -> Array:
    """Divide the second height alone, as Python does without brackets."""
    first, last = STEPS[method]
    slope: Array = heights[1] - heights[0] / ((last - first) * h)
    return slope


def _divided_by_half(heights: Array, h: float, method: str) -> Array:
    """Divide by the number of steps and multiply by h, as Python does from left to right."""
    return secant_slope(heights, h, method) * h * h


def _confusions(
    expected: str,
    reference: Callable[[str], Callable[..., Any]],
    with_slope: Callable[[Slope], Callable[..., Any]],
) -> list[Confusion]:
    named = {
        "forward": "uses f at x and at x + h: the forward difference",
        "backward": "uses f at x - h and at x: the backward difference",
        "central": "uses f at x - h and at x + h: the central difference",
    }
    others = [
        Confusion(
            "wrong-local", f"Your result {text}. This exercise asks for another one.", reference(m)
        )
        for m, text in named.items()
        if m != expected
    ]
    width = STEPS[expected][1] - STEPS[expected][0]
    if expected == "central":
        text = "The two points are half a step from x. This exercise wants each a whole step away."
        others.append(Confusion("wrong-point", text, reference("half")))
    return [
        *others,
        Confusion(
            "missing-local",
            "This is the rise of the line, not its slope.",
            lambda f, x, h: reference(expected)(f, x, h) * width * h,
        ),
        *(
            Confusion(
                "wrong-local",
                "Python divides before it subtracts, and works from left to right: look at your "
                "brackets.",
                with_slope(mistaken),
            )
            for mistaken in (_brackets_lost, _divided_by_half)
        ),
    ]


def _ignores_h(candidate: Callable[..., Any], inputs: tuple[Any, ...]) -> bool:
    f, x, h = inputs
    try:
        return bool(np.array_equal(candidate(f, x, h), candidate(f, x, h / 2)))
    except Exception:
        return False


def _name_ignored_h(
    report: Any, candidate: Callable[..., Any], inputs: tuple[Any, ...], result_name: str
) -> Any:
    if report.passed or report.findings[0].code != "wrong-local":
        return report
    if not _ignores_h(candidate, inputs):
        return report
    message = "The result is the same whatever h is: use the step that is passed in."
    return with_finding(report, "hardcoded", message, result_name)


def _examine_slope(method: str) -> Callable[..., Any]:
    def examine(candidate: Callable[..., Any], seed: int | None = None) -> Any:
        report = examine_named(
            candidate,
            _secant(method),
            _scalar_inputs,
            confusions=_confusions(
                method, _secant, lambda slope: lambda f, x, h: slope_at(f, x, h, method, slope)
            ),
            result_name="slope",
            seed=seed,
        )
        inputs = _scalar_inputs(np.random.default_rng(seed))
        return _name_ignored_h(report, candidate, inputs, "slope")

    return examine


def _examine_jacobian(method: str) -> Callable[..., Any]:
    def examine(candidate: Callable[..., Any], seed: int | None = None) -> Any:
        def numerical_jacobian(f: Any, x: Array, h: float) -> Any:
            return candidate(f, x, h, method)

        truncated = Confusion(
            "dtype-int",
            "Right, except where x holds integers: a step that is written into an array of "
            "integers is cut off. Turn x into float64 first.",
            lambda f, x, h: secant_slopes(f, x, h, method, dtype=x.dtype),
        )
        report = examine_named(
            numerical_jacobian,
            _secants(method),
            _vector_inputs,
            confusions=[
                *_confusions(
                    method,
                    _secants,
                    lambda slope: lambda f, x, h: secant_slopes(f, x, h, method, slope=slope),
                ),
                truncated,
            ],
            special=(("integers in x", _integer_inputs),),
            result_name="J",
            seed=seed,
        )
        inputs = _vector_inputs(np.random.default_rng(seed))
        return _name_ignored_h(report, numerical_jacobian, inputs, "J")

    return examine


declare(
    forward_difference,
    parts={"": _examine_slope("forward")},
    stand_in=_secant("forward"),
    while_graded=stand_ins.forward,
    no_extreme="a difference quotient is what is asked for",
    may_measure=True,
)


declare(
    central_difference,
    parts={"": _examine_slope("central")},
    stand_in=_secant("central"),
    while_graded=stand_ins.central,
    no_extreme="a difference quotient is what is asked for",
    may_measure=True,
)


def _measured_jacobian(
    f: Callable[[Array], Array], x: Array, h: float = 1e-6, method: str = "central"
) -> Array:
    return secant_slopes(f, x, h, method)


declare(
    numerical_jacobian,
    parts={"forward": _examine_jacobian("forward"), "central": _examine_jacobian("central")},
    stand_in=_measured_jacobian,
    while_graded=stand_ins.jacobian,
    no_extreme="a difference quotient is what is asked for",
    may_measure=True,
)


declare(
    best_step,
    parts={"": best_step_report},
    no_extreme="a step is asked for, and no derivative",
    may_measure=True,
)


def _measured_slope(f: Callable[[Any], Any], x: float, h: float = 1e-20) -> float:
    return float(jacobian(f, np.float64(x)))


def _complex_inputs(rng: np.random.Generator) -> tuple[Any, ...]:
    return (
        random_scalar_function(rng),
        float(rng.normal()),
        float(rng.choice([1e-20, 1e-25, 1e-30])),
    )


declare(
    complex_step,
    reference=_measured_slope,
    make_inputs=_complex_inputs,
    confusions=[
        Confusion(
            "missing-local",
            "This still holds the factor h: the slope must not depend on the step.",
            lambda f, x, h: _measured_slope(f, x) * h,
        )
    ],
    digits=12,
    result_name="slope",
    no_extreme="a measured slope is what is asked for",
    may_measure=True,
)
