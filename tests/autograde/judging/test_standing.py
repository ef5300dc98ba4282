"""Only right answers are built upon while a submission is graded, in whatever order cells come."""

# ruff: noqa: E501  (a table, one case a line)

from __future__ import annotations

import numpy as np
import pytest

from autograde.judging import judge
from autograde.judging.session import Session, trusted_names
from course_utils.exercises.registry import NOT_RIGHT

IMPORTS = "import numpy as np\nfrom course_utils import *"
SINE = "@fill_in(Sine)\ndef backward(ctx, grad_output):\n    (x,) = ctx.saved_tensors\n    {}\n"
RIGHT = SINE.format("return grad_output * np.cos(x)")
HALF = SINE.format("return grad_output * np.float64(np.cos(np.float32(x)))")
SIGN = SINE.format("return -grad_output * np.cos(x)")
LOOP = SINE.format("while True: pass")
LEAVES = SINE.format("import os; os._exit(1)")
OTHERS = """
@fill_in(MatVec)
def backward(ctx, grad_output):
    A, x = ctx.saved_tensors
    return np.outer(grad_output, x), A.T @ grad_output
"""
CHAIN = """
@fill_in(gradient_of_chain)
def gradient_of_chain(A, x):
    z, back_to_x = vjp(MatVec, A, x)
    u, back_to_z = vjp(Sine, z)
    C, back_to_u = vjp(SumOfCubes, u)
    return back_to_x(*back_to_z(*back_to_u(1.0)))[1]
"""
USE = "print(vjp(Sine, [0.0, 1.0])[1]([1.0, 1.0])[0].round(3).tolist())"
ENDS = "vjp(Sine, [0.0])[1]([1.0])\nimport os; os._exit(1)"
SHOWN = f"{np.cos([0.0, 1.0]).round(3).tolist()}\n"
SINE_TEST, CHAIN_TEST = "check(Sine)", "check(gradient_of_chain)"

# (what is the case, the cells and tests in order, the verdicts of the tests, the answers that are
# examined aside, the times that it is said)
ORDERS = [
    ("wrong", [SIGN, SINE_TEST, USE, CHAIN, CHAIN_TEST, USE], ["wrong", "passed"], 0, 1),
    ("wrong, used before its test", [SIGN, USE, SINE_TEST, USE], ["wrong"], 1, 1),
    ("wrong, built upon before its test", [SIGN, CHAIN, CHAIN_TEST, SINE_TEST], ["passed", "wrong"], 1, 1),
    ("wrong, used in its own cell", [SIGN + USE, SINE_TEST], ["wrong"], 1, 1),
    ("right", [RIGHT, SINE_TEST, USE, OTHERS, CHAIN, CHAIN_TEST, USE], ["passed", "passed"], 1, 0),
    ("right in float32", [HALF, SINE_TEST, OTHERS, CHAIN, CHAIN_TEST], ["passed", "passed"], 1, 0),
    ("right, used before its test", [RIGHT, USE, USE, SINE_TEST], ["passed"], 1, 0),
    ("corrected", [SIGN, SINE_TEST, USE, RIGHT, USE, SINE_TEST, USE], ["wrong", "passed"], 1, 1),
    ("corrected in one cell", [SIGN + USE + "\n" + RIGHT + USE], [], 2, 1),
    ("spoilt", [RIGHT, SINE_TEST, USE, SIGN, USE, SINE_TEST], ["passed", "wrong"], 1, 1),
    ("endless, used before its test", [LOOP, USE, SINE_TEST], ["timeout"], 1, 1),
    ("endless, built upon", [LOOP, CHAIN, CHAIN_TEST, SINE_TEST, USE], ["passed", "timeout"], 1, 2),
    ("leaves, used before its test", [LEAVES, USE, SINE_TEST, USE], ["killed"], 1, 1),
    ("another after a cell that ended", [SIGN + ENDS, RIGHT, USE, SINE_TEST], ["passed"], 2, 0),
    ("itself", [SINE.format("return Sine.backward(ctx, grad_output)"), SINE_TEST, USE], ["wrong"], 0, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "verdicts", "aside", "said"),
    [pytest.param(*row[1:], id=row[0].replace(" ", "-")) for row in ORDERS],
)
def test_one_mistake_costs_once(a_jail, monkeypatch, order, verdicts, aside, said):
    examined = []
    examine = judge.Answers.examine_aside
    monkeypatch.setattr(
        judge.Answers,
        "examine_aside",
        lambda answers, slot: (examined.append(slot.name), examine(answers, slot)),
    )
    session = Session(a_jail, cell=30, call=1, whole=120)
    session.run(IMPORTS)
    trusted, found, outputs = trusted_names([IMPORTS]), [], []
    for cell in order:
        if cell.startswith("check("):
            judged = session.judge(cell, trusted, seed=3)
            found.append(judged.verdict)
            outputs += judged.outputs
        else:
            outputs += (shown := session.run(cell))
            texts = [out.get("text", out.get("evalue")) for out in shown]
            wanted = cell.count(USE)
            assert "".join(texts).count(SHOWN) == wanted, (cell, texts)
    session.close()
    assert found == verdicts
    assert len(examined) == aside, examined
    assert (
        sum(out.get("text", "").count(f"Your Sine.backward {NOT_RIGHT}") for out in outputs) == said
    )


def test_what_is_drawn_in_a_cell_is_the_same_when_an_answer_is_judged(a_jail):
    noisy = SINE.format("np.random.rand(); return grad_output * np.cos(x)")
    drawn = []
    for test in ("", SINE_TEST):
        session = Session(a_jail)
        session.run(IMPORTS + "\n" + noisy)
        if test:
            session.judge(test, {}, seed=3)
        session.run("np.random.seed(5)")
        drawn.append(session.run(f"{USE}\nprint(np.random.rand())")[0]["text"])
        session.close()
    assert drawn[0] == drawn[1]


ASKED = [  # what a job may ask of answers that no honest one asks
    {"ask": "fault", "name": "Sine.backward"},
    {"ask": "fault", "name": "Sine.backward", "times": "1"},
    {"ask": "fault", "name": "os.system", "times": 1},
]


@pytest.mark.parametrize("question", ASKED, ids=str)
def test_a_question_of_another_form_ends_the_job(a_jail, question):
    session = Session(a_jail)
    source = f"from inside import asking\nprint(asking._ask({question!r}, (), {{}}))"
    assert session.run(source)[0]["ename"] == "Killed"
    session.close()
