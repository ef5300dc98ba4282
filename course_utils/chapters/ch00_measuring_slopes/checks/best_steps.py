"""What catches the mistakes of 0.4: the best step is found by trying many."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch00_measuring_slopes.exercises import best_step
from course_utils.checker import Report, examine_function
from course_utils.checker.candidate import (
    Arguments,
    Candidate,
    Raised,
    Unreadable,
    candidate_of,
)
from course_utils.checks.declarations import declare
from course_utils.checks.plain_functions import with_finding

Answers = dict[tuple[str, float], float]
"""Steps, by the method and the rounding."""

_OFFSETS = {"forward": (0.0, 1.0), "central": (-1.0, 1.0)}


def _error_at(h: Array, method: str, eps: float, rng: np.random.Generator) -> Array:
    """Measure the root-mean-square error of the quotient on sin near 1, for each step."""
    x = np.linspace(0.7, 1.3, 400)[:, None]
    low, high = (x + offset * h for offset in _OFFSETS[method])

    def rounded(values: Array) -> Array:
        return values * (1 + eps * rng.uniform(-0.5, 0.5, size=values.shape))

    quotient = (rounded(np.sin(high)) - rounded(np.sin(low))) / (high - low)
    error: Array = np.sqrt(np.mean((quotient - np.cos(x)) ** 2, axis=0))
    return error


def _always(case: tuple[str, float]) -> Callable[[np.random.Generator], tuple[Any, ...]]:
    return lambda rng: case


@cache
def _best_steps() -> Answers:
    """Measure the best steps once: a step need not be nearer to them than a factor of ten."""
    rng = np.random.default_rng(0)
    steps = np.logspace(-9, 0, 181)
    roundings = (1e-5, float(np.finfo(np.float32).eps), 1e-9, float(np.finfo(np.float64).eps))
    return {
        (method, eps): float(steps[np.argmin(_error_at(steps, method, eps, rng))])
        for method in _OFFSETS
        for eps in roundings
    }


class _NearBest(Candidate):
    """Says of each step that a candidate gives whether it is near the best one."""

    def __init__(self, candidate: Callable[..., Any], best: Answers) -> None:
        self.candidate = candidate_of(candidate)
        self.best = best
        self.answers: Answers = {}
        self.__name__ = "best_step"

    def call_each(self, calls: Iterable[Arguments]) -> Iterator[Any]:
        """Make the calls of the candidate itself."""
        given: deque[Arguments] = deque()

        def kept() -> Iterator[Arguments]:
            for case in calls:
                given.append(case)
                yield case

        for outcome in self.candidate.call_each(kept()):
            case = given.popleft()
            if outcome is None or isinstance(outcome, Raised):
                yield outcome
                continue
            try:
                yield self._is_near_best(outcome, *case)
            except Exception as error:  # what it returned cannot be read
                yield Raised(error)

    def _is_near_best(self, step: Any, method: str, eps: float) -> float:
        if np.ndim(step) or not isinstance(step, float | int | np.number | np.ndarray):
            kind = type(step).__name__
            raise Unreadable("type", f"step is of type {kind}; it must be one number.")
        if np.iscomplexobj(step):
            raise Unreadable("type", "step is a complex number; it must be a real one.")
        self.answers[method, eps] = step = float(step)
        return float(step > 0 and abs(np.log10(step / self.best[method, eps])) <= 1)


def best_step_report(candidate: Callable[..., Any], seed: int | None = None) -> Report:
    """Compare predicted steps with the measured best ones, for several roundings."""
    best = _best_steps()
    cases = list(best)
    near_best = _NearBest(candidate, best)
    report = examine_function(
        near_best,
        lambda method, eps: 1.0,
        lambda rng: cases[rng.integers(len(cases))],
        special=tuple((f"{case[0]}, eps = {case[1]:.1e}", _always(case)) for case in cases),
        result_name="step",
        seed=seed,
    )
    answers = near_best.answers
    if report.passed or len(answers) < len(cases):
        return report
    return with_finding(report, *_what_is_off(answers, best), "step", with_numbers=False)


def _what_is_off(answers: Answers, best: Answers) -> tuple[str, str]:
    if len(set(answers.values())) == 1:
        return "hardcoded", (
            "Your step is the same for every eps and both methods. "
            "Measured, the best one moves with both."
        )
    methods = tuple(_OFFSETS)
    steps = {
        m: {eps: step for (method, eps), step in answers.items() if method == m} for m in methods
    }
    if all(len(set(each.values())) == 1 for each in steps.values()):
        return "hardcoded", (
            "Your step is the same for every eps. Measured, the best one becomes smaller with eps."
        )
    if any(step <= 0 for step in answers.values()):
        return "wrong-local", "A step must be positive."
    off = {case: d for case in best if abs(d := np.log10(answers[case] / best[case])) > 1}
    other = dict(zip(methods, methods[::-1], strict=True))
    exchanged = {(method, eps): best[other[method], eps] for method, eps in best}
    example = _example(off, answers, best)
    if all(abs(np.log10(answers[case] / exchanged[case])) <= 1 for case in best):
        return "wrong-input", f"The steps of the two methods have changed places. {example}"
    wrong = {method for method, _ in off}
    if len(wrong) == 1:
        (method,) = wrong
        return "wrong-local", f"Right for the other method, and not for {method!r}. {example}"
    return "wrong-local", example


def _example(off: Answers, answers: Answers, best: Answers) -> str:
    case = max(off, key=lambda c: abs(off[c]))
    size = "too large" if off[case] > 0 else "too small"
    return (
        f"Your step is {size}: with method={case[0]!r} and eps={case[1]:.1e} you return "
        f"{answers[case]:.1e}; measured, the error is smallest near {best[case]:.0e}."
    )


declare(
    best_step,
    parts={"": best_step_report},
    no_extreme="a step is asked for, and no derivative",
    may_measure=True,
)
