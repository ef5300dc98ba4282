"""What given cells show for whom: with right answers, with others, and with none."""

from __future__ import annotations

import pytest
from course_utils.function import Context

from autograde.grading.preprocessors.examine import known_outputs
from autograde.jail.inside.recorder import alike
from autograde.judging.session import Session
from autograde.notebooks.released import SourceCell
from autograde.speed.reference_outputs import canon

ANSWER = """
from course_utils import Sine, fill_in
import numpy as np
@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return {}
"""
RIGHT, AS_RIGHT = "grad_output * np.cos(x)", "np.sin(x + np.pi / 2) * grad_output"
USE = """
ctx = Context()
Sine.forward(ctx, np.array([0.5, 1.0]))
print("slope", np.round(Sine.backward(ctx, np.ones(2)), 3))
"""


def given(cell_id, source):
    return SourceCell(cell_id, None, code=True, answer=False, test=False, source=source)


SOURCE = (
    given("imports", "import numpy as np\nfrom course_utils import Context, Sine, softmax"),
    given("alone", "print('nothing of yours')"),
    given("above", USE),
    SourceCell("answer", "a", code=True, answer=True, test=False, source=ANSWER.format(RIGHT)),
    given("below", USE),
    given("asks", "from course_utils.exercise import find\nprint(find(Sine).implementation)"),
    given("fails", "1 / 0"),
    given("local", "class Odd(np.ndarray): pass\nctx = Context()\nctx.save_for_backward("
          "np.ones(2).view(Odd))\nprint(Sine.backward(ctx, 1.0))"),
    given("of another notebook", "print(softmax(np.zeros((1, 2))))"),
)  # fmt: skip


@pytest.fixture(scope="module")
def known(a_jail):
    return canon(SOURCE, 60)


def text(outputs):
    return None if outputs is None else "".join(each.get("text", "") for each in outputs)


# fmt: off
TABLE = [
    ("alone", RIGHT, "nothing of yours"),
    ("alone", "1 / 0", "nothing of yours"),
    ("below", RIGHT, "slope [0.878 0.54 ]"),
    ("below", AS_RIGHT, "slope [0.878 0.54 ]"),
    ("below", "grad_output * np.sin(x)", None),
    ("below", "1 / 0", None),
    ("below", "(_ for _ in ()).throw(SystemExit)", None),
    ("below", "__import__('os')._exit(1)", None),
    ("below", "[grad_output * np.cos(x)]", None),
    ("below", None, "slope [0.878 0.54 ]"),
    ("above", RIGHT, "not filled in"),
    ("asks", RIGHT, None),
    ("fails", RIGHT, None),
    ("local", RIGHT, None),
    ("of another notebook", RIGHT, "[[0.5 0.5]]"),
]
# fmt: on


@pytest.mark.parametrize(("cell", "answer", "says"), TABLE)
def test_what_a_cell_shows_is_known_where_the_answers_are_alike(a_jail, known, cell, answer, says):
    session = Session(a_jail, cell=20, call=20)
    try:
        if answer is not None:
            session.run(ANSWER.format(answer))
        shown = text(known_outputs(known, cell, session))
    finally:
        session.close()
    assert (shown is None) if says is None else (says in shown)


ALIKE = [
    (1.0, 1.0 + 1e-12, True),
    (1.0, 1.001, False),
    ([1, 2], (1, 2), True),
    ([1, 2], [1], False),
    ({"a": 1}, {"a": 1}, True),
    ({"a": 1}, {"b": 1}, False),
    (float("nan"), float("nan"), True),
    ("a", "a", True),
    ("a", 1, False),
    (None, None, True),
    (len, len, True),
    (Context(), Context(), True),
    (Context(), [], False),
]


@pytest.mark.parametrize(("one", "other", "expected"), ALIKE)
def test_alike_but_for_rounding(one, other, expected):
    assert alike(one, other) is expected
