"""A list of numbers is an array for all that uses an answer; what is no such list is as it was."""

# ruff: noqa: E501  (a table, one case a line)

import numpy as np
import pytest

from autograde.authoring.mistakes import nothing_filled_in
from course_utils import (
    Multiply,
    Sine,
    chain_rule,
    jacobian_shape,
    linear_backward_loops,
    nn,
    vjp,
)
from course_utils.exercises.registry import find

G, X, W = np.ones((2, 3)), np.ones((2, 4)), np.ones((4, 3))


@pytest.fixture(autouse=True)
def _empty(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with nothing_filled_in():
        yield


# (exercise, an answer that returns lists, what is asked of it, the types that come back)
ENTERED = [
    (chain_rule, lambda g, J: [1.0, 2], lambda: chain_rule(G[0], W), np.ndarray),
    (chain_rule, lambda g, J: [np.float64(1), 2.0], lambda: chain_rule(G[0], W), np.ndarray),
    (chain_rule, lambda g, J: [[1.0], [1.0, 2.0]], lambda: chain_rule(G[0], W), list),
    (chain_rule, lambda g, J: (1.0, 2.0), lambda: chain_rule(G[0], W), tuple),
    (jacobian_shape, lambda n, m: [m, n], lambda: jacobian_shape(2, 3), list),
    (linear_backward_loops, lambda G, X, W: [X.tolist(), W, [[1.0]]], lambda: linear_backward_loops(G, X, W), (np.ndarray,) * 3),
    (Sine, lambda ctx, g: [1.0, 2.0], lambda: vjp(Sine, [1.0, 2.0])[1](np.ones(2)), (np.ndarray,)),
    (Multiply, lambda ctx, g: ([1.0], np.ones(1)), lambda: vjp(Multiply, [1.0], [2.0])[1](np.ones(1)), (np.ndarray,) * 2),
    (nn.Sequential.parameters, lambda self: [1, 2], lambda: nn.Sequential().parameters(), list),
]  # fmt: skip


@pytest.mark.parametrize(("target", "answer", "ask", "types"), ENTERED)
def test_what_an_answer_returns_is_an_array_where_it_should_be(target, answer, ask, types):
    find(target).put(answer)
    find(target).judged = answer, ""  # none of them is right, and only right ones are used
    received = ask()
    found = tuple(map(type, received)) if isinstance(types, tuple) else type(received)
    assert found == types
