"""Colours, pages and what is kept of a check that failed, in a notebook and in a terminal."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.checker import (
    CheckFailed,
    Finding,
    Report,
    codes,
    failing_inputs,
    remember,
    tell,
)
from course_utils.checker.report import Example
from tests.course_utils.checker.showing import NUMBERS, Tags, failed, on_w


class Events(dict):
    """What IPython calls when a cell has ended."""

    register = dict.__setitem__

    def unregister(self, name, function):
        assert self.pop(name) is function


@pytest.fixture
def notebook(monkeypatch):
    """A shell as a notebook has it, and what was displayed there."""
    shell = SimpleNamespace(kernel=object(), events=Events(), shown=[])
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shell.shown.append(data))
    return shell


def test_the_tables_stand_below_the_text_once(notebook, capsys):
    error = CheckFailed(failed(on_w(**NUMBERS)))
    assert error._render_traceback_() == error._render_traceback_()
    assert notebook.shown == []  # the sentence comes first
    notebook.events["post_run_cell"](None)
    assert len(notebook.shown) == 1
    assert "grad_W" in Tags(notebook.shown[0]["text/html"]).text
    assert notebook.events == {}
    CheckFailed(failed(Finding("crash", "It stopped.")))._render_traceback_()
    notebook.events["post_run_cell"](None)
    assert len(notebook.shown) == 1  # there are no tables to show
    assert capsys.readouterr() == ("", "")


PASSED = Report("Linear.backward", passed=True, trials=("generic",), entries=41)
PARTLY = failed(on_w(**NUMBERS), inputs=("X", "W"))
NOTHING = failed(on_w(**NUMBERS), inputs=("W",))

COLOURS = [  # (report, the colour of its frame, what its first line says without it)
    (PASSED, "#009E73", "Linear.backward: right. Tried 1 sets of inputs; 41 entries compared."),
    (
        PARTLY,
        "#E69F00",
        "Linear.backward: partly right. Right: the gradient with respect to X. Not yet: W.",
    ),
    (NOTHING, "#D55E00", "Linear.backward: not right yet."),
]


@pytest.mark.parametrize(("report", "colour", "said"), COLOURS)
def test_a_colour_says_nothing_that_words_do_not_say(report, colour, said):
    assert report.text().splitlines()[0] == said
    assert report.html().startswith(f'<div style="border-left: 6px solid {colour};')
    assert said in Tags(report.html()).text


def test_a_pass_is_one_line_and_green_where_there_is_a_notebook(notebook, capsys):
    tell(PASSED)
    (shown,) = notebook.shown
    assert shown["text/plain"] == PASSED.text()
    assert "#009E73" in shown["text/html"]
    assert Tags(shown["text/html"]).text == PASSED.text()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("terminal", "no_color", "begins"),
    [(True, None, "\x1b[32mLinear"), (True, "1", "Linear"), (False, None, "Linear")],
)
def test_a_pass_in_a_terminal(monkeypatch, capsys, terminal, no_color, begins):
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: None)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    tell(PASSED)
    said = capsys.readouterr().out
    assert said.startswith(begins)
    assert said.count("\n") == 1


# ------------------------------------------------------------------ digits

DIGITS = [  # (received, expected, wrong, what is shown of each row)
    ([2.0, 1 / 3 + 1e-16], [1.0, 1 / 3], [1, 0], "2 ≠  0.3333    |       1  0.3333"),
    ([1.6594050615853], [1.65940506159], [1], "1.6594050615853 ≠  |  1.65940506159"),
    ([np.nan], [1.0], [1], "nan ≠  |  1"),
]


@pytest.mark.parametrize(("received", "expected", "wrong", "row"), DIGITS)
def test_numbers_are_shown_with_the_digits_that_differ(received, expected, wrong, row):
    arrays = [np.array(received), np.array(expected), np.array(wrong) > 0]
    finding = replace(on_w(), example=Example("n = 2", {"W": arrays[1]}, *arrays))
    assert failed(finding).text().splitlines()[-2].strip() == row


def test_slices_of_more_than_two_axes_stand_below_each_other():
    array = np.arange(8.0).reshape(2, 2, 2)
    finding = replace(on_w(), example=Example("", {"W": array}, array, array + 1, array >= 0))
    lines = failed(finding).text().splitlines()
    at = lines.index("    W, shape (2, 2, 2):")
    assert lines[at + 1 : at + 6] == ["      0  1", "      2  3", "", "      4  5", "      6  7"]
    assert Tags(failed(finding).html()).seen.count("table") == 3


# ------------------------------------------------------------------ where it failed


def test_failing_inputs_are_of_the_last_check_that_failed_until_it_passes(monkeypatch):
    monkeypatch.setattr("course_utils.checker.report._failing", {})
    with pytest.raises(LookupError, match="no check has failed"):
        failing_inputs()
    X = np.ones((2, 3))
    remember(replace(NOTHING, failing={"X": X, "grad_output": 2 * X}))
    remember(replace(PASSED, name="Other.backward"))
    found = failing_inputs()
    assert list(found) == ["X", "grad_output"]
    found["X"][:] = 0  # they are copies
    assert failing_inputs()["X"].tolist() == X.tolist()
    remember(PASSED)
    with pytest.raises(LookupError, match="right by now"):
        failing_inputs()
    remember(NOTHING)
    with pytest.raises(LookupError, match="failed before there were inputs"):
        failing_inputs()


PAGES = [  # (code, what the text says of the page)
    ("factor:2", "    More: section factor of diagnoses.md, in docs."),
    ("shape", "    More: section shape of diagnoses.md, in docs."),
    ("not-filled-in", None),
    ("an-instructors-own", None),
]


@pytest.mark.parametrize(("code", "line"), PAGES)
def test_a_finding_names_its_section(monkeypatch, code, line):
    monkeypatch.setattr(codes, "declared", {})
    codes.declare("an-instructors-own", "It is declared.")
    report = failed(Finding(code, "It is so.", "W"))
    named = [each for each in report.text().splitlines() if "in docs" in each]
    assert named == ([line] if line else [])
    assert ("in docs" in report.html()) == bool(line)
    assert "/" not in (line or "")  # JupyterLab makes a link of it that leads nowhere
