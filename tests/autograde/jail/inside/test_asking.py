"""Where nothing can be checked, and what is not filled in is asked for."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograde.jail.inside import asking
from autograde.judging import judge
from course_utils import checks
from course_utils.checks.declarations import declaration_of, stand_in_of
from course_utils.exercises.registry import registry

START = "import numpy as np\nfrom course_utils import *\nrng = np.random.default_rng(0)"


@pytest.fixture
def shown(connection, monkeypatch):
    """``shown(source)``: what a cell prints and returns."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    connection.run({"op": "cell", "source": START}, 60)

    def run(source):
        outputs = connection.run({"op": "cell", "source": source}, 60)["outputs"]
        return "".join(
            each.get("text") or each.get("evalue") or each["data"]["text/plain"] for each in outputs
        )

    return run


def test_it_has_every_name_of_what_it_stands_for():
    assert set(checks.__all__) <= set(vars(asking))


NOT_CHECKED = [  # (a line, what else it shows)
    ("check(Linear)", ""),
    ("check('Linear')", ""),
    ("check_vjp(Sine, seed=1)", ""),
    ("score(Linear, {'X': 1})", "0.0"),
    ("check(type('Mine', (Function,), {}), special=())", ""),
    ("examine(Linear)", ""),
]


@pytest.mark.parametrize(("line", "more"), NOT_CHECKED)
def test_nothing_is_checked_and_it_is_said(shown, line, more):
    assert shown(line).split() == [*asking.NOT_HERE.split(), *more.split()]


def test_progress_lists_and_does_not_judge(shown):
    shown("@fill_in('jacobian_bytes')\ndef jacobian_bytes(m, n):\n    return 0")
    said = shown("print(progress())")
    assert re.search("jacobian_bytes +– +filled in", said)
    assert "1 of 59 exercises are filled in; not checked." in said


COMPUTED = [  # (what a cell asks of an exercise that is not filled in, the arguments)
    ("linear_jacobian_W", "np.eye(2, 3), np.ones((3, 2))"),
    ("central_difference", "np.sin, 0.5, 1e-3"),
    ("numerical_jacobian", "lambda x: x**2, np.arange(3.0)"),
    ("complex_step", "lambda x: x**3, 2.0"),
    ("jacobian_shape", "2, 3"),
    ("flatten_jacobian", "np.ones((2, 3, 4)), 'C'"),
    ("mse_factor", "4, 2, '1/q'"),
    ("softmax", "np.arange(6.0).reshape(2, 3)"),
    ("accuracy", "np.eye(3), [0, 1, 1]"),
    ("minibatches", "rng, 10, 3"),
    ("weight_jacobian_bytes", "3, 2, 4"),
]


@pytest.mark.parametrize(("name", "arguments"), COMPUTED)
def test_what_is_not_filled_in_is_computed(shown, name, arguments):
    names = {"np": np, "rng": np.random.default_rng(0)}
    slot = registry[name]
    compute = declaration_of(slot).while_graded or stand_in_of(slot).compute
    expected = compute(*eval(f"({arguments},)", names))
    said = shown(f"value = {name}({arguments})")
    assert f"{name} is not filled in yet" in said
    assert shown(f"print({name}({arguments}))") == f"{expected}\n"


FAILING = [  # (a call, what it says)
    ("linear_jacobian_W(np.ones((2, 3)), np.ones((4, 4)))", "mismatch"),
    ("central_difference(lambda x: missing, 1.0, 0.1)", "name 'missing' is not defined"),
    ("central_difference(lambda x: 1 / 0, 1.0, 0.1)", "division by zero"),
    ("linear_jacobian_W(rng, np.ones((4, 4)))", "enough dimensions"),
    ("best_step('central', 1e-16)", "is not filled in yet"),
    ("linear_jacobian_W(np.ones((2000, 500)), np.ones((500, 300)))", "linear_jacobian_W is not"),
]


@pytest.mark.parametrize(("call", "said"), FAILING)
def test_what_fails_there_fails_here_and_no_more(shown, connection, call, said):
    connection.seconds = 3.0
    assert said in shown(call)
    assert "(2, 2, 3, 2)" in shown("linear_jacobian_W(np.ones((2, 3)), np.ones((3, 2))).shape")


SENT = [  # what a job may ask that no honest one asks
    {"ask": "value", "function": 0},
    {"ask": "value", "function": "__class__"},
    {"ask": "method", "object": 0, "name": "backward"},
    {"ask": "method", "object": -1, "name": "__init__"},
    {"ask": "stand-in", "name": "os.system"},
    {"ask": "computed", "name": ["Linear.backward"]},
    {"ask": "computed"},
    {"ask": "solution", "name": "Linear.backward"},
    {"ask": ["value"]},
]


@pytest.mark.parametrize("question", SENT, ids=str)
def test_a_question_of_no_known_form_ends_the_job(connection, question):
    source = f"from inside import asking\nasking._ask({question}, (), {{}})"
    with pytest.raises(judge.Ended, match="cannot be read"):
        connection.run({"op": "cell", "source": source}, 60)


def test_questions_within_questions_come_to_an_end(connection, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    answer = "@fill_in(nn.Module.zero_grad)\ndef zero_grad(self):\n    self.zero_grad()"
    for source in (START, answer):
        connection.run({"op": "cell", "source": source}, 60)
    judged = judge.run("check(nn.Module.zero_grad)", {}, connection, seed=1)
    assert (judged.verdict, judged.code, connection.job.over) == ("wrong", "crash", False)
    assert "RecursionError" in judged.outputs[0]["evalue"]
    assert "line 3: self.zero_grad()" in judged.outputs[0]["evalue"]


def test_what_the_judge_computes_for_a_job_is_small(connection):
    connection.functions.append(np.sum)
    ask = "from inside import asking\nimport numpy as np\n"
    ask += "asking._ask({'ask': 'value', 'function': 0}, (np.ones(%d),), {})"
    said = [connection.run({"op": "cell", "source": ask % n}, 60) for n in (4096, 4097)]
    assert said[0]["outputs"][0]["data"]["text/plain"] == "np.float64(4096.0)"
    assert "4097 numbers" in said[1]["outputs"][0]["evalue"]
