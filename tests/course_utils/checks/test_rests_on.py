"""What an answer may rest on: its own cells, and what it is declared to build on."""

from __future__ import annotations

import pytest

from autograde.authoring.mistakes import nothing_filled_in, run_cell
from course_utils import CheckFailed, check
from course_utils.checks import rests_on
from course_utils.exercises.registry import find

LOOPS = """
@fill_in(linear_backward_loops)
def linear_backward_loops(G, X, W):
    return {}G @ W.T, X.T @ G, G.sum(axis=0, keepdims=True)
"""
BY_LOOPS = """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    return linear_backward_loops(grad_output, X, W)
"""
DERIVED = """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    {}
    return grad_output @ W.T, X.T @ grad_output, grad_output.sum(axis=0, keepdims=True)
"""
COPY = "put that cell into it as well, above this one."
BLANK = "which is not filled in: no points until it is"
WRONG = "which is not right yet: no points until it is"


@pytest.fixture(autouse=True)
def _empty(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with nothing_filled_in():
        yield


CASES = [  # (what is in 4.5, whether it is of this session, the answer to 5.1, what is said)
    ("", True, BY_LOOPS, BLANK),
    (LOOPS.format("-"), True, BY_LOOPS, WRONG),
    (LOOPS.format(""), True, BY_LOOPS, ""),
    (LOOPS.format(""), False, BY_LOOPS, COPY),
    (LOOPS.format("-"), False, BY_LOOPS, WRONG),
    ("", True, DERIVED.format("linear_backward_loops(grad_output, X, W)"), ""),
    (LOOPS.format(""), False, DERIVED.format("linear_backward_loops(grad_output, X, W)"), ""),
    ("", True, DERIVED.format(""), ""),
]


@pytest.mark.parametrize(("first", "here", "answer", "said"), CASES)
def test_what_is_said_of_5_1_by_4_5(monkeypatch, capsys, first, here, answer, said):
    run_cell(first)
    monkeypatch.setattr(rests_on, "is_of_this_session", lambda slot: here)
    run_cell(answer)
    try:
        check(find("Linear"), seed=3)
        reached = capsys.readouterr().out
        assert said in ("", COPY), reached
    except CheckFailed as failed:
        reached = str(failed)
        assert said in (BLANK, WRONG), reached
    assert said in reached
    assert reached.count("rests on") == bool(said), reached
