"""How 8.7 is examined: a wrong backward that the weak check accepts and ours rejects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from course_utils.chapters.ch05_matrix_form.exercises import Linear
from course_utils.chapters.ch08_capstone.exercises import weak_check
from course_utils.checker import Finding, Report, examine
from course_utils.checks.declarations import declare
from course_utils.exercises.registry import with_backward
from course_utils.measure.numerical import quiet


def _examine_fooling(candidate: Callable[..., Any], seed: int | None = None) -> Report:
    """Pass a backward that `weak_check` accepts and the course's checker rejects."""
    report = examine(with_backward(Linear, candidate), seed=seed)
    by_checker = report.passed
    try:
        with quiet():
            accepted, why = weak_check(candidate), "it saw wrong numbers"
    except Exception as error:
        accepted, why = False, f"it raised {type(error).__name__}"
    if accepted and not by_checker:
        return replace(report, passed=True, findings=())
    if report.code in ("crash", "type", "not-filled-in"):
        return report  # which says more than that the weak check stopped as well
    if by_checker:
        finding = Finding("not-wrong", "This backward is right. Here a wrong one is wanted.")
    else:
        finding = Finding("weak-check-rejects", f"The weak check does not accept it: {why}.")
    return replace(report, passed=False, findings=(finding,))


declare(
    "fool_the_weak_check",
    parts={"": _examine_fooling},
    no_extreme="a wrong backward is asked for",
)
