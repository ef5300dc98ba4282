"""How 8.7 is examined: a wrong backward that the weak check accepts and ours rejects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch05_matrix_form.exercises import Linear
from course_utils.chapters.ch08_capstone.exercises import weak_check
from course_utils.checker import Finding, Report, examine
from course_utils.checks.declarations import declare
from course_utils.exercises.registry import with_backward
from course_utils.measure.numerical import quiet

OTHERS = 20
"""An entry of X is the weak check's own in one of eight of them."""


def _examine_fooling(candidate: Callable[..., Any], seed: int | None = None) -> Report:
    """Pass a backward that `weak_check` accepts and the course's checker rejects."""
    report = examine(with_backward(Linear, candidate), seed=seed)
    by_checker = report.passed
    rng = np.random.default_rng(seed)
    accepted, why = _weakly_checked(candidate)
    text = f"The weak check does not accept it: {why}."
    if accepted and not by_checker:
        others = (_weakly_checked(candidate, *_like_its_own(rng)) for _ in range(OTHERS))
        found_out = next((why for accepted, why in others if not accepted), None)
        if found_out is None:
            return replace(report, passed=True, findings=())
        text = f"{_FOUND_OUT} {found_out}."
    if report.code in ("crash", "type", "not-filled-in"):
        return report  # which says more than that the weak check stopped as well
    if by_checker:
        finding = Finding("not-wrong", "This backward is right. Here a wrong one is wanted.")
    else:
        finding = Finding("weak-check-rejects", text)
    return replace(report, passed=False, findings=(finding,))


_FOUND_OUT = (
    "The weak check accepts it with its own numbers alone. With others that have all their "
    "properties (the sizes, whole numbers in X, a W that is symmetric, b = 0, ones from above)"
)


def _weakly_checked(candidate: Callable[..., Any], *case: Array) -> tuple[bool, str]:
    """Return whether the weak check accepts a backward in its own case or another, or why not."""
    try:
        with quiet():
            return weak_check(candidate, *case), "it saw wrong numbers"
    except Exception as error:
        return False, f"it raised {type(error).__name__}"


def _like_its_own(rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw an X and a W with the properties of those of the weak check, and other numbers."""
    X = np.append(0.0, rng.permutation(np.arange(1.0, 9.0))).reshape(3, 3)
    return X, (X + X.T) / 10


declare(
    "fool_the_weak_check",
    parts={"": _examine_fooling},
    no_extreme="a wrong backward is asked for",
)
