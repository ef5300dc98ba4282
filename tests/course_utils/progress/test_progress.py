"""The progress view."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

from course_utils import chain_rule
from course_utils.__main__ import checked_apart, main
from course_utils.exercises.registry import registry
from course_utils.progress.points import NotebookPoints, read_points
from course_utils.progress.progress import points_of, progress


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
    hand = [points for each in found.by_hand.values() for points in each]
    assert repr(found).endswith(
        f"{len(hand)} derivations by hand, {sum(hand):g} points: graded by a person."
    )


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


def test_an_answer_of_before_is_not_what_stands_in_a_broken_cell(slots):
    slots["Sine.backward"].put(lambda ctx, g: g * np.cos(ctx.saved_tensors[0]))
    slots["Sine.backward"].stub_in_notebook = True
    assert row("Sine.backward").state == "right"  # it is the stub again
    slots["Sine.backward"].refused = "its cell was run last with a SyntaxError"
    found = row("Sine.backward")
    assert (found.state, found.reached, found.possible) == ("its cell was not taken", 0, 1)
    assert found.note == slots["Sine.backward"].refused


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
    assert read_points("02_chain_rule", [tmp_path]).exercises == {}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": null}', '{"cells": [1, {}]}'])
def test_a_notebook_that_cannot_be_read_has_no_points(tmp_path, text):
    (tmp_path / "02_chain_rule").mkdir()
    (tmp_path / "02_chain_rule" / "02_chain_rule.ipynb").write_text(text)
    assert read_points("02_chain_rule", [tmp_path]) == NotebookPoints()


STUB = "@fill_in(Sine)\ndef backward(ctx, grad_output):\n    raise NotImplementedError()\n"
ANSWER = "@fill_in(Sine)\ndef backward(ctx, grad_output):\n    return grad_output\n"
METHOD = "@fill_in(nn.Linear.backward)\ndef backward(self, g):\n    raise NotImplementedError\n"
UNFINISHED = "@fill_in(Sine)\ndef backward(ctx"


@pytest.fixture
def notebook(tmp_path):
    """``notebook(answer)``: 02 as a file with this answer cell; returns its folder."""

    def write(answer, points=7):
        cells = [
            {"source": [answer], "metadata": {"nbgrader": {"solution": True, "grade": False}}},
            {
                "source": ["check(Sine)"],
                "metadata": {"nbgrader": {"solution": False, "grade": True, "points": points}},
            },
        ]
        folder = tmp_path / "work" / "02_chain_rule"
        folder.mkdir(parents=True)
        (folder / "02_chain_rule.ipynb").write_text(json.dumps({"cells": cells}))
        return folder

    return write


@pytest.mark.parametrize(
    ("answer", "stubs"),
    [
        (STUB, {"Sine.backward"}),
        (METHOD, {"nn.Linear.backward"}),
        (ANSWER, set()),
        (UNFINISHED, set()),
        ("raise NotImplementedError()", set()),
    ],
)
def test_which_answers_are_stubs_in_the_file(notebook, answer, stubs):
    found = read_points("02_chain_rule", [notebook(answer).parent])
    assert found.stubs == stubs
    assert found.exercises == {"Sine.backward": {"": 7.0}}


@pytest.mark.parametrize(("answer", "said"), [(UNFINISHED, True), (ANSWER, False), (STUB, False)])
def test_a_good_answer_whose_cell_in_the_file_is_no_python_is_told_of(
    slots, notebook, monkeypatch, answer, said
):
    monkeypatch.chdir(notebook(answer))
    slots["Sine.backward"].put(lambda ctx, g: g * np.cos(ctx.saved_tensors[0]))
    assert ("2.2 has no points: its cell is no Python" in repr(progress("02"))) == said


@pytest.mark.parametrize("place", [".", ".."])
def test_notebooks_beside_the_kernel_are_read_first(slots, notebook, monkeypatch, place):
    monkeypatch.chdir(notebook(STUB) / place)
    assert row("Sine.backward").possible == 7


@pytest.mark.parametrize(
    ("stub", "factor", "said"), [(STUB, 1, True), (STUB, 2, False), (ANSWER, 1, False)]
)
def test_a_good_answer_that_is_not_in_the_file_is_told_of(
    slots, notebook, monkeypatch, stub, factor, said
):
    monkeypatch.chdir(notebook(stub))
    slots["Sine.backward"].put(lambda ctx, g: factor * g * np.cos(ctx.saved_tensors[0]))
    found = progress("02")
    assert ("as last saved, 2.2 is still a stub" in repr(found)) == said
    assert ("as last saved, 2.2 is still a stub" in found._repr_html_()) == said


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
    wanted = [slots[n] for n in ("Sine.backward", "SumOfCubes.backward", "Multiply.backward")]
    for slot in wanted:
        slot.put(lambda ctx, g: g)
    rows = list(checked_apart(wanted, points_of(wanted), limit=5))
    assert [(each.state, each.reached) for each in rows] == [
        ("the check did not finish", 0),
        ("wrong", 0),
        ("right", 2),  # whoever writes this into an answer fools nobody but themselves
    ]
    assert rows[1].note == "the answer ended Python"


@pytest.mark.parametrize("where", ["sys.stdout", "sys.__stdout__"])
def test_an_answer_that_prints_for_ever_is_stopped(slots, saved, where):
    prints = f"    while True:\n        print(file={where})\n"
    saved(Sine__backward="import sys\ndef backward(ctx, grad_output):\n" + prints)
    slots["Sine.backward"].put(lambda ctx, g: g)
    wanted = [slots["Sine.backward"]]
    (found,) = checked_apart(wanted, points_of(wanted), limit=5)
    assert found.state == "the check did not finish"


def test_no_process_is_left_behind(slots, saved, monkeypatch):
    started = []

    class Remembered(subprocess.Popen):
        def __init__(self, *args, **how):
            super().__init__(*args, **how)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Remembered)
    saved(Sine__backward=SINE, SumOfCubes__backward=LOOP)
    wanted = [slots[n] for n in ("Sine.backward", "SumOfCubes.backward")]
    for slot in wanted:
        slot.put(lambda ctx, g: g)
    rows = checked_apart(wanted, points_of(wanted))
    assert next(rows).state == "right"
    rows.close()  # what Ctrl-C does
    assert [process.returncode is None for process in started] == [False]


def test_ctrl_c_in_the_terminal_shows_no_stack(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt
        yield  # as checked_apart does

    monkeypatch.setattr("course_utils.__main__.checked_apart", interrupted)
    assert main(["02"]) == 130


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


def test_the_session_stays_as_it_was(slots, capsys):
    def backward(ctx, grad_output):
        np.random.seed(0)  # noqa: NPY002
        warnings.warn("noise", stacklevel=1)
        chain_rule(np.ones((1, 2)), np.ones((2, 2)))
        return grad_output * np.cos(ctx.saved_tensors[0])

    slots["Sine.backward"].put(backward)
    slots["Sine.backward"].stub_in_notebook = True
    np.random.seed(5)  # noqa: NPY002
    wanted = np.random.random()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    assert row("Sine.backward").state == "right"
    assert slots["Sine.backward"].implementation is backward
    assert slots["Sine.backward"].stub_in_notebook
    assert np.random.random() == wanted  # noqa: NPY002
    shown = capsys.readouterr()
    assert shown.out + shown.err == ""
    chain_rule(np.ones((1, 2)), np.ones((2, 2)))
    # It is said once in a session, and had not been said where anybody could see it.
    assert "chain_rule is not filled in yet" in capsys.readouterr().out


def test_an_attempt_that_was_not_taken_is_told_of(slots):
    slots["Sine.backward"].refused = "Your code is there, but so is the other line."
    found = row("Sine.backward")
    assert (found.state, found.note) == ("not filled in", slots["Sine.backward"].refused)


def test_nothing_that_an_answer_prints_is_shown(slots, capsys):
    slots["Sine.backward"].put(lambda ctx, g: print("noise"))
    assert row("Sine.backward").state == "wrong"
    assert capsys.readouterr().out == ""
