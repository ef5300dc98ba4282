"""Is an answer a complex step? A closer look that only grading takes.

A complex step is as exact as a formula, but for numbers so small that its step takes them
below the smallest number there is. The course's own stand-ins take such steps: an answer
that rests on an earlier exercise which is not filled in here is honest, and fails the same
way. So where its source names such an exercise, a person is asked to look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    excuses: Callable[[], Sequence[str]],
) -> tuple[Report, str]:
    """Return the report on one part, and what to tell a person, "" for nothing.

    Parameters
    ----------
    excuses : callable
        Returns the exercises that the answer uses and that are not filled in. Called only
        where it matters: it takes as long as all the rest.
    """
    if not any(report.by_input().values()):
        return report, ""
    found = measured_at(slot, part, candidate, HARD, seed)
    if found is None:
        return report, f"{slot.name} gives no answer at very small and very large inputs"
    used = excuses() if found else ()
    if used:
        note = (
            f"{slot.name} takes a complex step, its own or that of {' or '.join(used)}, "
            "which it uses and which is not filled in"
        )
        return report, note
    return with_measured(report, found, COMPLEX), ""
