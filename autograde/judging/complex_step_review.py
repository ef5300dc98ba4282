"""Is an answer a complex step? A closer look that only grading takes.

A complex step is as exact as a formula, but for numbers so small that its step takes them
below the smallest number there is. The course's own stand-ins take such steps: an answer
that may rest on an earlier exercise, and does, fails the same way and is let be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from course_utils.checker import Report
from course_utils.checks.derived_or_measured import COMPLEX, measured_at, with_measured
from course_utils.checks.extreme_inputs import HARD
from course_utils.exercises.registry import Exercise


def reviewed(
    slot: Exercise,
    part: str,
    candidate: Callable[..., Any],
    report: Report,
    seed: int,
    rests: Callable[[], Collection[str | None]],
) -> tuple[Report, str]:
    """Return the report on one part, and what to tell a person, "" for nothing.

    Parameters
    ----------
    rests : callable
        Returns the inputs whose gradients rest on what stands in for other exercises. Called
        only where it matters: it takes as long as all the rest.
    """
    if not any(report.by_input().values()):
        return report, ""
    found = measured_at(slot, part, candidate, HARD, seed)
    if found is None:
        return report, f"{slot.name} gives no answer at very small and very large inputs"
    resting = rests() if found else ()
    if resting and not isinstance(slot.target, type):
        return report, ""
    found = {name: what for name, what in found.items() if name not in resting}
    return with_measured(report, found, COMPLEX), ""
