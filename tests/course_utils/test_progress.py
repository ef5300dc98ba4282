"""The progress view."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from course_utils.__main__ import checked_apart
from course_utils.exercise import registry
from course_utils.points import read_points
from course_utils.progress import points_of, progress


@pytest.fixture
def slots(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for slot in registry.values():
        slot.empty()
    yield registry
    for slot in registry.values():
        slot.empty()


def row(name, **how):
    return next(each for each in progress("02", **how).rows if each.name == name)


def test_nothing_filled_in(slots):
    found = progress()
    assert {each.state for each in found.rows} == {"not filled in"}
    assert "graded by a person" in repr(found)


def test_right(slots):
    slots["Sine.backward"].put(lambda ctx, g: g * np.cos(ctx.saved_tensors[0]))
    assert row("Sine.backward").state == "right"
    assert row("Sine.backward").reached == row("Sine.backward").possible == 1


def test_part_right(slots):
    def backward(ctx, grad_output):
        A, x = ctx.saved_tensors
        return 2 * np.outer(grad_output, x), A.T @ grad_output

    slots["MatVec.backward"].put(backward)
    found = row("MatVec.backward")
    assert (found.state, found.reached, found.possible) == ("part right", 2, 4)
    assert found.note


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3)])
def test_an_answer_that_raises_is_wrong(slots, error):
    def backward(ctx, grad_output):
        raise error

    slots["Sine.backward"].put(backward)
    assert (row("Sine.backward").state, row("Sine.backward").reached) == ("wrong", 0)


def test_without_checking(slots):
    slots["Sine.backward"].put(lambda ctx, g: g)
    assert row("Sine.backward", check=False).state == "filled in"


def test_html_is_escaped_and_has_headers(slots):
    slots["Sine.backward"].load_error = "<b>"
    shown = progress("02")._repr_html_()
    assert 'scope="col"' in shown
    assert 'scope="row"' in shown
    assert "&lt;b&gt;" in shown


def test_unknown_notebook():
    with pytest.raises(ValueError, match="no notebook"):
        progress("99")


def test_no_notebooks_no_points(tmp_path):
    assert read_points("02_chain_rule", tmp_path).exercises == {}


LOOP = "def backward(ctx, grad_output):\n    while True:\n        pass\n"
SINE = (
    "import numpy as np\ndef backward(ctx, grad_output):\n"
    "    return grad_output * np.cos(ctx.saved_tensors[0])\n"
)
LEAVES = "import os\ndef backward(ctx, grad_output):\n    os._exit(0)\n"
LIES = (
    "import sys\ndef backward(ctx, grad_output):\n"
    '    print(\'course_utils row: ["Multiply.backward", "right", "", 2]\', file=sys.__stdout__)\n'
    "    return grad_output, grad_output\n"
)


@pytest.fixture
def saved(slots, tmp_path, monkeypatch):
    """``saved(name=source)``: answers in a store of their own, as an earlier session left them."""
    monkeypatch.delenv("NBGRADER_EXECUTION")
    monkeypatch.setenv("COURSE_UTILS_FILLED_IN", str(tmp_path))

    def save(**answers):
        for name, source in answers.items():
            (tmp_path / f"{name.replace('__', '.')}.py").write_text(source)

    return save


def test_an_answer_that_does_not_end_does_not_stop_the_others(slots, saved):
    saved(
        Sine__backward=LOOP,
        SumOfCubes__backward=LEAVES,
        Multiply__backward=LIES,
        chain_rule="def (",
    )
    for slot in (slots[name] for name in ("Sine.backward", "SumOfCubes.backward")):
        slot.put(lambda ctx, g: g)
    slots["Multiply.backward"].put(lambda ctx, g: g)
    wanted = [slots[n] for n in ("Sine.backward", "SumOfCubes.backward", "Multiply.backward")]
    rows = list(checked_apart(wanted, points_of(wanted), limit=5))
    assert [(each.state, each.reached) for each in rows] == [
        ("the check did not finish", 0),
        ("wrong", 0),
        ("right", 2),  # whoever writes this into an answer fools nobody but themselves
    ]
    assert rows[1].note == "the answer ended Python"


def in_terminal(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "course_utils", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=dict(os.environ, PYTHONUTF8="1"),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_terminal_shows_the_same(saved):
    saved(Sine__backward=SINE, chain_rule="def (")
    said = in_terminal("02")
    assert re.search(r"2\.2 +Sine\.backward +1 of 1 +right", said)
    assert re.search(r"2\.1 +chain_rule +0 of 2 +saved answer does not load", said)
    assert re.search(r"2\.3 +SumOfCubes\.backward +0 of 1 +not filled in", said)
    assert "1 of 8 exercises are right: 1 of 16 points." in said
    quick = in_terminal("02", "--quick")
    assert re.search(r"2\.2 +Sine\.backward +1 +filled in", quick)


def test_the_answers_of_this_session_stay_as_they_are(slots):
    def backward(ctx, grad_output):
        print("noise")
        np.random.seed(0)  # noqa: NPY002
        return grad_output * np.cos(ctx.saved_tensors[0])

    slots["Sine.backward"].put(backward)
    slots["Sine.backward"].stub_in_notebook = True
    assert row("Sine.backward").state == "right"
    assert slots["Sine.backward"].implementation is backward
    assert slots["Sine.backward"].stub_in_notebook


def test_nothing_that_an_answer_prints_is_shown(slots, capsys):
    slots["Sine.backward"].put(lambda ctx, g: print("noise"))
    assert row("Sine.backward").state == "wrong"
    assert capsys.readouterr().out == ""
