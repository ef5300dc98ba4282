"""What a job says was raised is raised here, whatever it says."""

from __future__ import annotations

import traceback

import pytest

from autograde.judging.raised import rebuilt

SAID = [
    # (what a job says, its kind here, what it says)
    ({"kind": "ValueError", "said": "no"}, "ValueError", "no"),
    ({"kind": "Mine", "said": "no"}, "Mine", "no"),
    ({"kind": "SystemExit", "said": "1"}, "SystemExit", "1"),
    ({"kind": "UnicodeDecodeError", "said": "no"}, "UnicodeDecodeError", "no"),
    ({"kind": "KeyboardInterrupt", "said": "no"}, "KeyboardInterrupt", "no"),
    ({"kind": "a\0b", "said": "a\0b"}, "ab", "a\0b"),
    ({"kind": 3, "said": ["no"]}, "3", "['no']"),
    ({"kind": "Mine" * 1000, "said": "x" * 9000}, ("Mine" * 25), "x" * 2000),
    ({}, "None", "None"),
    ([], "None", "None"),
    ("ValueError", "None", "None"),
]


@pytest.mark.parametrize(("said", "kind", "text"), SAID)
def test_it_is_an_error_of_that_kind(said, kind, text):
    error = rebuilt(said)
    assert (type(error).__name__, str(error)) == (kind, text)
    assert isinstance(error, (Exception, SystemExit))


LINES = [
    # (the line that is told, that which is shown)
    (7, 7), (99_999, 99_999), (0, None), (-1, None), (100_000, None), (10**30, None),
    (True, None), (7.0, None), ("7", None), (None, None),
]  # fmt: skip


@pytest.mark.parametrize(("line", "shown"), LINES)
def test_it_is_raised_on_the_students_line(line, shown):
    error = rebuilt({"kind": "ValueError", "said": "no", "line": line, "text": "x = 1\ny = 2"})
    frames = traceback.extract_tb(error.__traceback__)
    assert [(each.lineno, each.line) for each in frames] == ([(shown, "x = 1")] if shown else [])
