"""Where what does for an exercise that is not filled in can be computed."""

from __future__ import annotations

from functools import cache
from typing import Any

from autograde.jail import view
from course_utils.checks.declarations import declaration_of, stand_in_of
from course_utils.exercises.measured import measured_backward
from course_utils.exercises.registry import Exercise


def described(slot: Exercise, *, changed: bool = False) -> dict[str, Any] | None:
    """Return what a job is told of a stand-in, None where there is none.

    Its ``"place"`` is "" where the job has to ask for every value. With `changed`, what the job
    computes itself is to be another value; see `course_utils.exercises.resting`.
    """
    stand_in = stand_in_of(slot)
    if stand_in is None:
        return None
    compute: Any = declaration_of(slot).while_graded or stand_in.compute
    module, name = compute.__module__, getattr(compute, "__qualname__", "")
    if module == measured_backward.__module__:
        name = measured_backward.__name__
    return {
        "place": f"{module}:{name}" if module in in_the_jail() else "",
        "meanwhile": stand_in.meanwhile,
        "changed": changed,
    }


@cache
def in_the_jail() -> frozenset[str]:
    """Return the names of the modules that a submission sees."""
    return frozenset(view.modules())
