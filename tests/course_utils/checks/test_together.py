"""One report on several parts: who is to blame, and what is said once."""

# ruff: noqa: E501  (a table, one case a line)

import pytest

from course_utils.checker import Finding, Report
from course_utils.checks.together import together

RIGHT = Report("f", passed=True)
STOPPED = "It stopped with an error: IndexError: 4"


def wrong(code, message, about="grad", **details):
    return Report("f", passed=False, findings=(Finding(code, message, about, details),))


TWICE = wrong("factor:2", "grad_X is 2 times.", "grad_X")
SIGN = wrong("factor:-1", "grad_W has the wrong sign.", "grad_W")
CRASH = wrong("crash", STOPPED, None)
TURNED = wrong("transpose", f"X is turned. {STOPPED}", "grad_W", stopped=STOPPED)

# (the case, reports, name, messages)
CASES = [
    ("one of two", {"X": RIGHT, "W": SIGN}, "f (W)", ["grad_W has the wrong sign."]),
    ("both", {"X": TWICE, "W": SIGN}, "f", ["grad_X is 2 times.", "grad_W has the wrong sign."]),
    ("both, and the same", {"X": CRASH, "W": CRASH}, "f", [STOPPED]),
    ("two of three", {"X": TWICE, "W": SIGN, "b": RIGHT}, "f (X, W)", ["grad_X is 2 times.", "grad_W has the wrong sign."]),
    ("one stops all", {"X": CRASH, "W": TURNED}, "f (W)", [f"X is turned. {STOPPED}"]),
    ("under one name", {"C": wrong("shape", "J is flat."), "F": wrong("zero", "J is zero.")}, "f", ["C: J is flat.", "F: J is zero."]),
    ("alike under one name", {"C": wrong("zero", "J is zero."), "F": wrong("zero", "J is zero.")}, "f", ["J is zero."]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reports", "name", "said"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_who_is_to_blame_and_what_is_said(reports, name, said):
    report = together("f", reports)
    assert not report.passed
    assert report.name == name
    assert [finding.message for finding in report.findings] == said
