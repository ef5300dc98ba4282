"""The checker: compares a backward with what can be measured on its forward.

`examine` looks at a `Function`, `examine_function` at a plain function with a
trusted counterpart. Both return a `Report`. None of this uses anything a learner
filled in, and none of it knows an answer. What a finding may be called is in `codes`.
"""

from course_utils.checker.examine import check_vjp, examine
from course_utils.checker.examine_function import examine_function
from course_utils.checker.report import (
    CheckFailed,
    Finding,
    Report,
    failing_inputs,
    new_seed,
    not_filled_in,
    remember,
    tell,
)

__all__ = [
    "CheckFailed",
    "Finding",
    "Report",
    "check_vjp",
    "examine",
    "examine_function",
    "failing_inputs",
    "new_seed",
    "not_filled_in",
    "remember",
    "tell",
]
