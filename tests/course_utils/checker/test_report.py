"""How a diagnosis is shown: as text, as HTML, as JSON, in a notebook and out of it."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from course_utils import Function
from course_utils.checker import CheckFailed, Finding, Report, examine, not_filled_in
from tests.course_utils.checker.showing import NUMBERS, Tags, failed, on_w


def test_one_table_for_what_fails_in_one_trial():
    shown = failed(on_w(**NUMBERS), on_w(**NUMBERS)).html()
    assert shown.count("shape wanted") == 1
    assert shown.count("entries differ") == 2


def test_a_gradient_of_the_wrong_shape_is_called_right_nowhere():
    class Affine(Function):
        @staticmethod
        def forward(ctx, X, W, b):
            ctx.save_for_backward(X, W)
            return X @ W + b

        @staticmethod
        def backward(ctx, grad_output):
            X, W = ctx.saved_tensors
            return grad_output @ W.T, 2 * X.T @ grad_output, grad_output.sum(axis=0)

        @staticmethod
        def make_inputs(rng, q=7, n=5, p=3):
            return rng.normal(size=(q, n)), rng.normal(size=(n, p)), rng.normal(size=(1, p))

    report = examine(Affine, seed=1)
    assert [finding.code for finding in report.findings] == ["shape", "factor:2"]
    assert list(report.findings[1].details["shapes"]) == [
        ("grad_X", "(7, 5)", "(7, 5)", "right"),
        ("grad_W", "(5, 3)", "(5, 3)", "shape right, numbers wrong"),
        ("grad_b", "(1, 3)", "(3,)", "wrong shape"),
    ]


def test_to_dict_is_json(examined):
    reports = [
        failed(on_w(**NUMBERS), inputs=("X", "W"), trials=("generic",), entries=5),
        examined("Linear", lambda g, X, W, b: (g @ W.T, X.T @ g, g.sum(0))),
        examined("Tanh", lambda g, x: g),
        examined("Tanh", lambda g, x: 1 / 0),
        examined("Tanh", lambda g, x: g * (1 - np.tanh(x) ** 2)),
    ]
    for report in reports:
        again = json.loads(json.dumps(report.to_dict()))
        assert again["code"] == report.code
        assert again["passed"] == report.passed
        assert [f["message"] for f in again["findings"]] == [f.message for f in report.findings]


def test_numbers_stay_numbers_in_json():
    details = on_w(**NUMBERS).to_dict()["details"]
    assert details["received"][0] == [2.0, 4.0]
    assert details["wrong"] == [[True, True], [True, True]]
    assert details["sizes"] == {"q": 7, "n": 5}
    assert details["shapes"][0] == ["grad_W", "(2, 2)", "(2, 2)", "wrong"]


# (findings, right by input)
BY_INPUT = [
    ((), {"X": True, "W": True}),
    ((on_w(),), {"X": True, "W": False}),
    ((Finding("crash", "It stopped."),), {"X": False, "W": False}),
    ((on_w(), Finding("zero", "grad_X is all zeros.", "X")), {"X": False, "W": False}),
    ((on_w(), Finding("stateful", "It keeps something.")), {"X": False, "W": False}),
    ((Finding("hardcoded", "It is typed in.", "result"),), {"X": False, "W": False}),
]


@pytest.mark.parametrize(("findings", "right"), BY_INPUT)
def test_by_input(findings, right):
    assert failed(*findings, inputs=("X", "W")).by_input() == right


def test_the_first_finding_gives_the_code():
    assert failed(on_w(), Finding("zero", "", "X")).code == "factor:2"
    assert Report("Linear.backward", passed=True).code == ""


def test_the_text_alone_is_enough():
    text = failed(on_w(**NUMBERS), Finding("count", "grad_b is missing.", "b")).text()
    assert text.splitlines()[0] == "Linear.backward: not right yet."
    for said in (
        "grad_W is exactly 2 times the right value.",
        "Seen with q = 7, n = 5.",
        "grad_W[1, 1] is nan; measured on the forward pass: 4.",
        "grad_b is missing.",
    ):
        assert said in text
    assert "<" not in text


def test_one_entry_is_one_entry():
    report = Report("F.backward", passed=True, trials=("generic",), entries=1)
    assert report.summary() == "Tried 1 sets of inputs; 1 entry compared."


def test_not_filled_in_says_where():
    report = not_filled_in("MatVec.backward", "notebook 02_chain_rule, exercise 2.4")
    assert (report.passed, report.code) == (False, "not-filled-in")
    assert "notebook 02_chain_rule, exercise 2.4" in report.text()


def test_html_says_what_the_text_says():
    report = failed(on_w(**NUMBERS), Finding("count", "grad_b is missing.", "b"))
    read = Tags(report.html())
    for finding in report.findings:
        assert finding.message in read.text
    assert "shape of yours" in read.text
    assert "script" not in read.seen
    assert "style" not in read.seen


def test_html_can_be_heard():
    read = Tags(failed(on_w(**NUMBERS)).html())
    labels = [value for name, value in read.attributes if name == "aria-label"]
    assert labels == ["grad_W: your entries, 4 of 4 differ from the measured ones"]
    assert read.seen.count("caption") == read.seen.count("table") == 2
    assert ("scope", "col") in read.attributes
    # Right and wrong are told apart without the colour.
    assert "2 ≠" in read.text


def test_html_carries_its_own_colours():
    for style in re.findall(r'<td[^>]*style="([^"]*)"', failed(on_w(**NUMBERS)).html()):
        assert "background:" in style
        assert re.search(r"(^|\s)color:", style)


EVIL = "<script>alert('&')</script>"


def test_html_escapes_what_comes_from_the_learner(examined):
    def backward(g, x):
        raise ValueError("<script>alert('&')</script>")

    report = examined("Sine", backward)
    shown = report.html()
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert EVIL in report.text()
    assert EVIL in Tags(shown).text


@pytest.mark.parametrize("where", ["message", "line", "result", "trial", "shapes"])
def test_html_escapes_every_part(where):
    details = dict(NUMBERS)
    if where == "shapes":
        details["shapes"] = [(EVIL, EVIL, EVIL, EVIL)]
    elif where == "trial":
        details["trial"] = f"special: {EVIL}"
    elif where != "message":
        details[where] = EVIL
    message = EVIL if where == "message" else "m"
    shown = failed(Finding("crash", message, None, details)).html()
    assert "<script" not in shown
    assert "script" not in Tags(shown).seen
    assert "&lt;script&gt;" in shown


# (shape, tables of entries drawn)
PICTURES = [
    ((), 0),
    ((1,), 0),
    ((3,), 1),
    ((2, 3), 1),
    ((40, 50), 1),
    ((2, 3, 4), 2),
    ((9, 2, 2), 6),
]


@pytest.mark.parametrize(("shape", "tables"), PICTURES)
def test_the_picture_is_cut_to_what_fits(shape, tables):
    details = {"received": np.ones(shape), "expected": np.zeros(shape), "wrong": np.ones(shape) > 0}
    shown = failed(on_w(**details)).html()
    read = Tags(shown)
    assert read.seen.count("table") == tables
    assert read.seen.count("td") <= 6 * 12 * 12
    if tables:
        assert f"{int(np.prod(shape))} of {int(np.prod(shape))} entries differ" in read.text


def test_a_picture_of_nan_and_inf_can_be_drawn():
    details = {
        "received": np.array([np.nan, np.inf, -np.inf]),
        "expected": np.zeros(3),
        "wrong": np.ones(3, dtype=bool),
    }
    assert "nan ≠" in Tags(failed(on_w(**details)).html()).text
    assert "measured on the forward pass: 0." in failed(on_w(**details)).text()


# ------------------------------------------------------------------ the exception


def test_the_exception_is_the_diagnosis():
    report = failed(on_w(**NUMBERS))
    error = CheckFailed(report)
    assert isinstance(error, AssertionError)
    assert error.report is report
    assert str(error) == report.text()


def test_what_a_notebook_shows_is_the_diagnosis_alone(examined):
    def backward(g, x):
        return g * np.cosine(x)

    for made in (backward, lambda g, x: g):
        report = examined("Tanh", made)
        lines = CheckFailed(report)._render_traceback_()
        assert "\n".join(lines) == report.text()
        assert "Traceback" not in "\n".join(lines)
        assert "course_utils" not in "\n".join(lines)


def test_without_ipython_there_is_only_the_text(monkeypatch, capsys):
    for name in ("IPython", "IPython.core.getipython", "IPython.display"):
        monkeypatch.setitem(sys.modules, name, None)
    report = failed(on_w(**NUMBERS))
    assert CheckFailed(report)._render_traceback_() == report.text().splitlines()
    assert capsys.readouterr() == ("", "")


TERMINAL = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.colors = "nocolor"
shell.run_cell('''
import numpy as np
from course_utils import Function, check
class Double(Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x
    @staticmethod
    def backward(ctx, grad_output):
        return 4 * grad_output
    @staticmethod
    def make_inputs(rng, n=5):
        return (rng.normal(size=n),)
check(Double, seed=0)
''')
"""


def test_in_ipython_without_a_notebook_the_text_is_all_that_is_printed():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", TERMINAL], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Double.backward: not right yet.\n\ngrad_x is exactly 2 times")
    for never in ("IPython", "Traceback", "checker", "File "):
        assert never not in done.stdout
    assert done.stderr == ""
