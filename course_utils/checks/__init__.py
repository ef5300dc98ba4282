"""How an exercise is examined, and `check` and `score`.

What is named here is all that the course asks for without comparing anything itself. So another
module can stand in its place where a submission runs, and what compares is not there at all; see
autograde/jail/inside/asking.py.
"""

from course_utils.checker import CheckFailed, check_vjp, examine, failing_inputs
from course_utils.checks.built_upon import fault_of
from course_utils.checks.check import check, examine_exercise, parts_right, score
from course_utils.checks.declarations import stand_in_of

AVAILABLE = True
"""Whether anything can be checked in this process."""

__all__ = [
    "AVAILABLE",
    "CheckFailed",
    "check",
    "check_vjp",
    "examine",
    "examine_exercise",
    "failing_inputs",
    "fault_of",
    "parts_right",
    "score",
    "stand_in_of",
]
