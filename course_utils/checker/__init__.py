"""The checker: compares a backward with what can be measured on its forward.

`examine` looks at a `Function`, `examine_function` at a plain function with a
trusted counterpart. Both return a `Report`. None of this uses anything a learner
filled in, and none of it knows an answer.

Codes
-----
``factor:E`` (E times the right value), ``no-upstream``, ``upstream-misused``,
``transpose``, ``reshape``, ``no-batch-sum``, ``wrong-axis``, ``one-sample``,
``shape``, ``order``, ``count``, ``missing-local``, ``wrong-local``, ``wrong-point``,
``missing-term``, ``wrong-input``, ``entries``, ``small-error``, ``mutates-input``,
``mutates-upstream``, ``stateful``, ``nondeterministic``, ``alias``, ``dtype-int``,
``dtype-object``, ``dtype-float32``, ``nan``, ``overflow``, ``only-q1``, ``only-b0``,
``only-positive``, ``crash``, ``type``, ``zero``, ``clipped``, ``hardcoded`` and
``not-filled-in``. ``wrong-local`` is also what is left when nothing else explains
the numbers: its message then only says where they differ.
"""

from course_utils.checker.examine import check_vjp, examine
from course_utils.checker.examine_function import examine_function
from course_utils.checker.render import CheckFailed, as_html, show_evidence
from course_utils.checker.report import Finding, Report, not_filled_in

__all__ = [
    "CheckFailed",
    "Finding",
    "Report",
    "as_html",
    "check_vjp",
    "examine",
    "examine_function",
    "not_filled_in",
    "show_evidence",
]
