"""What lasts shows that it lives, once, and only to a person who waits."""

import sys

import pytest

from course_utils.checker import examination, waiting

CASES = [  # (seconds after which it is said, a terminal, NBGRADER_EXECUTION, graded, lines)
    (0.0, True, "", False, 1),
    (60.0, True, "", False, 0),
    (0.0, False, "", False, 0),
    (0.0, True, "autograde", False, 0),
    (0.0, True, "", True, 0),
]


@pytest.mark.parametrize(("after", "terminal", "execution", "graded", "lines"), CASES)
def test_one_line_is_said(after, terminal, execution, graded, lines, examined, monkeypatch, capsys):
    monkeypatch.setattr(waiting, "AFTER", after)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.setenv("NBGRADER_EXECUTION", execution)
    with waiting.unattended() if graded else waiting.waiting("around it"):
        examined("Scale", lambda g, x: 2.0 * g)
    said = [line for line in capsys.readouterr().out.splitlines() if "still measuring" in line]
    assert len(said) == lines
    assert examination.tick is waiting.tick
