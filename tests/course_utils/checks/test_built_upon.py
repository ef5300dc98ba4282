"""What uses an answer gets what is right; who calls it by hand gets what is written."""

# ruff: noqa: NPY002  (an answer may use NumPy's own seed)

from __future__ import annotations

import random

import numpy as np
import pytest
from nbgrader.utils import is_solution

from autograde.authoring.mistakes import nothing_filled_in, run_cell
from autograde.notebooks.notebook import read
from course_utils import CheckFailed, Sine, check, gradient_of_chain, nn, vjp
from course_utils.chapters.ch08_capstone.exercises import not_filled_in_for_training
from course_utils.checks import built_upon
from course_utils.exercises import given_cells
from course_utils.exercises.registry import find

HEAD = "@fill_in(Sine)\ndef backward(ctx, grad_output):\n    (x,) = ctx.saved_tensors\n    {}\n"
RIGHT = HEAD.format("return grad_output * np.cos(x)")
SIGN = HEAD.format("return -grad_output * np.cos(x)")
X, UP = np.array([0.5, 1.0, 2.0]), np.array([1.0, -2.0, 3.0])
FOUND: list[np.ndarray] = []
NAMES = f"from {__name__} import FOUND, UP, X\n"
BY_HAND = "ctx = Context()\nSine.forward(ctx, X)\nFOUND.append(Sine.backward(ctx, UP))"


@pytest.fixture(autouse=True)
def _empty(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with nothing_filled_in():
        yield


def used():
    return vjp(Sine, X)[1](UP)[0]


WRONG = [  # (how an answer is wrong, its last line)
    ("a sign", "return -grad_output * np.cos(x)"),
    ("a shape", "return np.ones(7)"),
    ("an error", "return missing"),
    ("an exit", "raise SystemExit"),
    ("nothing", "return None"),
    ("measured", "return grad_output * (np.sin(x + 1e-6) - np.sin(x - 1e-6)) / 2e-6"),
    ("an endless loop", "while True: pass"),
    ("an endless loop that catches", "while True:\n        try: 1 / 0\n        except: pass"),
]


@pytest.mark.parametrize(("name", "line"), WRONG, ids=[name for name, _ in WRONG])
def test_a_wrong_answer_is_computed_for_what_uses_it(name, line, monkeypatch, capsys):
    monkeypatch.setattr(built_upon, "SECONDS", 0.5)
    run_cell(HEAD.format(line))
    for _ in range(2):
        np.testing.assert_allclose(used(), UP * np.cos(X))
    said = capsys.readouterr().out
    assert said.count("Your Sine.backward ") == said.count("exercise 2.2") == 1


def test_who_calls_it_by_hand_sees_what_is_written(monkeypatch):
    run_cell(SIGN)
    in_a_function = "def look():\n    " + BY_HAND.replace("\n", "\n    ") + "\nlook()"
    for cell, is_given, factor in (
        (BY_HAND, False, -1),
        (in_a_function, False, 1),
        (BY_HAND, True, 1),
    ):
        given = {NAMES + cell} if is_given else set()
        monkeypatch.setattr(given_cells, "_given", lambda folders, given=given: given)
        run_cell(NAMES + cell)
        np.testing.assert_allclose(FOUND.pop(), factor * UP * np.cos(X), err_msg=cell)


def test_the_cells_that_the_course_gives_are_known():
    for notebook in sorted(given_cells.NOTEBOOKS.glob("*/*.ipynb")):
        cells = read(notebook).cells
        told = {c.id for c in cells if c.cell_type == "code" and given_cells.is_given(c.source)}
        assert told == {c.id for c in cells if c.cell_type == "code" and not is_solution(c)}


def test_a_corrected_answer_is_used_at_once(capsys):
    for source in (RIGHT, SIGN, RIGHT, SIGN):
        run_cell(source)
        np.testing.assert_allclose(used(), UP * np.cos(X))
        assert ("not right yet" in capsys.readouterr().out) == (source is SIGN)


def test_it_is_judged_once_and_a_check_counts(monkeypatch):
    judged = []
    examine = built_upon.examine_exercise
    monkeypatch.setattr(
        built_upon, "examine_exercise", lambda *of: (judged.append(of[0].name), examine(*of))[1]
    )
    for source, checked, times in ((RIGHT, False, 1), (SIGN, False, 1), (SIGN, True, 0)):
        run_cell(source)
        if checked:
            with pytest.raises(CheckFailed):
                check(Sine)
        judged.clear()
        for _ in range(3):
            used()
        assert judged == ["Sine.backward"] * times, source


def test_nobody_notices_that_it_is_judged(capsys):
    run_cell(HEAD.format("print(np.random.rand()); return grad_output * np.cos(x)"))
    find(Sine).stub_in_notebook = True  # a cell that was reset, with an answer that is saved
    drawn, plain = np.random.get_state()[1].tolist(), random.getstate()
    assert built_upon.fault_of(find(Sine)) == ""
    assert np.random.get_state()[1].tolist() == drawn
    assert random.getstate() == plain
    assert capsys.readouterr().out == ""
    assert find(Sine).stub_in_notebook


def test_an_answer_that_calls_itself_is_not_computed_for_it():
    run_cell(HEAD.format("return Sine.backward(ctx, grad_output)"))
    with pytest.raises(CheckFailed, match="RecursionError"):
        check(Sine)


CHAIN = """
@fill_in(gradient_of_chain)
def gradient_of_chain(A, x):
    z, back_to_x = vjp(MatVec, A, x)
    u, back_to_z = vjp(Sine, z)
    C, back_to_u = vjp(SumOfCubes, u)
    return back_to_x(*back_to_z(*back_to_u({})))[1]
"""


@pytest.mark.parametrize(("start", "is_right"), [("1.0", True), ("2.0", False)])
def test_an_answer_that_uses_a_wrong_one_is_judged_by_itself(start, is_right):
    run_cell(SIGN)
    run_cell(CHAIN.format(start))
    assert (find(gradient_of_chain).fault() == "") == is_right
    A, x = np.arange(6.0).reshape(3, 2) / 4, np.array([0.3, -0.2])
    z = A @ x
    expected = A.T @ (np.sin(z) ** 2 * np.cos(z))
    np.testing.assert_allclose(gradient_of_chain(A, x), expected)


def test_an_answer_of_which_a_part_is_right_is_not_built_upon():
    run_cell("@fill_in(nn.Linear.backward)\ndef backward(self, grad_output):\n"
             "    grad_X, grad_W, grad_b = self.pullback(grad_output)\n"
             "    self.W.grad += grad_W\n    return grad_X\n")  # fmt: skip
    layer = nn.Linear(3, 2, np.random.default_rng(0))
    layer(np.ones((4, 3)))
    layer.backward(np.ones((4, 2)))
    np.testing.assert_allclose(layer.b.grad, [[4.0, 4.0]])
    (said,) = (clause for clause in not_filled_in_for_training() if "yours" in clause)
    assert said == "nn.Linear.backward (notebook 07_networks, exercise 7.3): yours is not right yet"


def test_without_a_stand_in_it_says_that_it_is_not_right():
    run_cell("@fill_in(best_step)\ndef best_step(method, eps):\n    return eps / 0\n")
    with pytest.raises(NotImplementedError, match="Your best_step is not right yet"):
        (lambda: find("best_step")("central", 1e-16))()
