"""What catches the mistakes of 0.5.

A complex step must agree with the checker's own derivative to the last digits. A long one does not
come near it: there it is the slope of a line through two heights of the imaginary part.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from course_utils.chapters.ch00_measuring_slopes import stand_ins
from course_utils.chapters.ch00_measuring_slopes.checks.drawn import random_scalar_function
from course_utils.chapters.ch00_measuring_slopes.checks.formulas import same_for_all_steps
from course_utils.chapters.ch00_measuring_slopes.checks.quotients import secant_slopes
from course_utils.chapters.ch00_measuring_slopes.exercises import complex_step
from course_utils.checker import Report
from course_utils.checker.candidate import Arguments, Candidate, candidate_of
from course_utils.checks.declarations import declare
from course_utils.checks.plain_functions import Confusion, examine_named, with_finding
from course_utils.measure.numerical import jacobian

LONG = 1e-3
"""From here on a step is no derivative to float64's last digits."""


def _slope(f: Callable[[Any], Any], x: float, h: float = 1e-20) -> float:
    """Measure the slope, or the rise of the imaginary part over a step that is long."""
    if abs(h) < LONG:
        return float(jacobian(f, np.float64(x)))
    return float(secant_slopes(lambda t: np.imag(f(x + 1j * t)), 0.0, h, "forward"))


def _inputs(rng: np.random.Generator) -> tuple[Any, ...]:
    step = float(rng.choice([1e-20, 1e-25, 1e-30]))
    return random_scalar_function(rng), float(rng.normal()), step


def _long_steps(rng: np.random.Generator) -> tuple[Any, ...]:
    return random_scalar_function(rng), float(rng.normal()), float(rng.uniform(0.2, 0.5))


def _moved(f: Callable[[Any], Any], x: float, h: float) -> Any:
    return f(complex(x, h))


_REAL = "This is made of the real part of the complex height. The slope is in the other part."
_SIZE = "This is made of the size of the complex height, and not of the part that holds the slope."
_CONFUSIONS = [
    Confusion(
        "missing-local",
        "This still holds the factor h: the slope must not depend on the step.",
        lambda f, x, h: _slope(f, x, h) * h,
    ),
    Confusion(
        "wrong-point",
        "x plays no role: this is the slope at 0.",
        lambda f, x, h: _slope(f, 0.0, h),
    ),
    Confusion(
        "wrong-point",
        "The step is a real one. So short, x + h is x itself and nothing moves: step to x + ih, "
        "which is x + 1j * h.",
        lambda f, x, h: secant_slopes(f, x, h, "forward"),
    ),
    Confusion("wrong-local", _REAL, lambda f, x, h: np.real(_moved(f, x, h)) / h),
    Confusion("wrong-local", _REAL, lambda f, x, h: np.real(_moved(f, x, h))),
    Confusion("wrong-local", _SIZE, lambda f, x, h: np.abs(_moved(f, x, h)) / h),
    Confusion("wrong-local", _SIZE, lambda f, x, h: np.abs(_moved(f, x, h))),
    Confusion(
        "wrong-local",
        "This is the angle of the complex height, divided by the step.",
        lambda f, x, h: np.angle(_moved(f, x, h)) / h,
    ),
]


class _Counting(Candidate):
    """A candidate whose evaluations of f are counted, wherever it is."""

    def __init__(self, candidate: Callable[..., Any]) -> None:
        self.candidate = candidate_of(candidate)
        self.__name__ = self.candidate.__name__
        self.most = 0

    def call_each(self, calls: Iterable[Arguments]) -> Iterator[Any]:
        """Make the calls, each with an f that knows how often it was called."""

        def counted() -> Iterator[Arguments]:
            for f, *others in calls:
                yield self._counted(f), *others

        return self.candidate.call_each(counted())

    def _counted(self, f: Callable[..., Any]) -> Callable[..., Any]:
        evaluations = itertools.count(1)

        def counting(x: Any) -> Any:
            self.most = max(self.most, next(evaluations))
            return f(x)

        return counting


def _examine(answer: Callable[..., Any], seed: int | None = None) -> Report:
    candidate = _Counting(answer)

    def report(digits: int | None, special: Any) -> Report:
        return examine_named(
            candidate,
            _slope,
            _inputs,
            confusions=_CONFUSIONS,
            digits=digits,
            special=special,
            result_name="slope",
            seed=seed,
        )

    found = report(12, [("a long step", _long_steps)] * 3)
    if found.passed and candidate.most > 1:
        text = (
            f"The slope is right, and f is evaluated {candidate.most} times. One evaluation, at a "
            "complex number, has it all: nothing has to be subtracted."
        )
        return with_finding(found, "called-twice", text, "slope")
    if found.passed or not same_for_all_steps(candidate, _long_steps, seed):
        return found
    # Whoever takes another step may measure in another way, which tells more.
    otherwise = report(12, ())
    if not otherwise.passed:
        return otherwise
    text = "The result is the same whatever h is: use the step that is passed in."
    return with_finding(found, "hardcoded", text, "slope")


declare(
    complex_step,
    parts={"": _examine},
    stand_in=_slope,
    while_graded=stand_ins.complex_step,
    no_extreme="a measured slope is what is asked for",
    may_measure=True,
)
