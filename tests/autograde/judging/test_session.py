"""A submission's cells and tests in order, whatever the cells do."""

from __future__ import annotations

import gc
import weakref
from contextlib import closing

import pytest

from autograde.jail.worker import INFRASTRUCTURE, Infrastructure, Jail
from autograde.judging import judge
from autograde.judging.session import Session, trusted_names

SINE = """
from course_utils import Sine, fill_in
import numpy as np
@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    {}
    return grad_output * np.cos(x)
"""
TEST = "check(Sine)"


@pytest.fixture
def session(a_jail):
    fresh = Session(a_jail, cell=2, call=2, whole=60)
    yield fresh
    fresh.close()


def errors(outputs):
    return [out["ename"] for out in outputs if out["output_type"] == "error"]


def test_a_cell_that_ends_the_process_costs_only_itself(session):
    session.run(SINE.format(""))
    assert errors(session.run("import os; os._exit(1)")) == ["Killed"]
    assert session.judge(TEST, {}, 1).verdict == "passed"
    assert errors(session.run("while True: pass")) == ["Timeout"]
    assert session.judge(TEST, {}, 1).verdict == "passed"


# fmt: off
ENDS = [
    ("an endless loop", "while True: pass", "timeout"),
    ("leaving at once", "import os; os._exit(0)", "killed"),
    ("an exit", "raise SystemExit", "wrong"),
    ("an error", "1 / 0", "wrong"),
    ("a warning", "import warnings; warnings.warn('careful')", "passed"),
    ("text on stderr", "import sys; sys.stderr.write('careful')", "passed"),
    ("text on stdout", "print('here')", "passed"),
]
# fmt: on


@pytest.mark.parametrize(("line", "verdict"), [pytest.param(s, v, id=n) for n, s, v in ENDS])
def test_what_a_function_does_when_it_is_examined(session, line, verdict):
    session.run(SINE.format(line))
    judged = session.judge(TEST, {}, 1)
    assert judged.verdict == verdict
    assert "stderr" not in [out.get("name") for out in judged.outputs]
    assert session.run("1 + 1")[0]["data"]["text/plain"] == "2"


@pytest.mark.parametrize(
    ("line", "verdict"),
    [("", "passed"), ("return grad_output", "wrong"), ("import os; os._exit(1)", "killed")],
)
def test_nothing_is_kept_of_an_answer_that_was_judged(session, line, verdict):
    """The answers of a class of thousands would fill the memory."""
    session.run(SINE.format(line))
    connection = weakref.ref(session.connection)
    assert session.judge(TEST, {}, 1).verdict == verdict
    session.close()
    gc.collect()
    assert connection() is None


def test_an_answer_that_is_a_stub_or_was_not_taken(session):
    assert session.judge(TEST, {}, 1).code == "not-filled-in"
    session.run("from course_utils import *\n@fill_in(Sine)\ndef backward(ctx, g):\n    return g")
    judged = session.judge(TEST, {}, 1)
    assert judged.code == "not-filled-in"
    assert "The first line must read" in judged.outputs[-1]["evalue"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("@fill_in(Sine)\ndef backward(ctx, grad_output:\n    pass", "SyntaxError in line 2"),
        ("@fill_in(Sine)\ndef backward(ctx, g):\n  1\n    2", "an IndentationError in line 4"),
        ("1 / 0\n@fill_in(Sine)\ndef backward(ctx, grad_output):\n    pass", "ZeroDivisionError"),
    ],
)
def test_the_last_cell_of_an_exercise_counts_also_if_it_cannot_be_run(session, cell, said):
    session.run(SINE.format(""))
    session.run(cell)
    judged = session.judge(TEST, {}, 1)
    assert judged.code == "not-filled-in"
    assert said in judged.outputs[-1]["evalue"]


def test_a_part_of_the_points_tells_what_is_missing(session):
    """What is found of an earlier exercise aside is not the mistake of this one."""
    session.run(SINE.format("grad_output = 2 * grad_output"))
    session.run(
        "from course_utils import MatVec\n@fill_in(MatVec)\ndef backward(ctx, grad_output):\n"
        "    A, x = ctx.saved_tensors\n"
        "    return np.outer(grad_output, x), 3 * A.T @ grad_output"
    )
    judged = session.judge('score(MatVec, {"A": 2, "x": 1})', {}, 1)
    assert judged.outputs[-1]["data"] == {"text/plain": "2.0"}
    assert (judged.verdict, judged.code) == ("passed", "factor:3")
    assert "grad_x is exactly 3 times the right value" in judged.says


def test_nothing_that_a_submission_does_to_the_checker_matters(session):
    session.run(
        "import course_utils, course_utils.checks.check, course_utils.checker as c\n"
        "course_utils.check = course_utils.checks.check.check = lambda *a, **k: None\n"
        "c.examine = lambda *a, **k: None\ncheck = course_utils.check"
    )
    session.run(SINE.format("grad_output = 2 * grad_output"))
    judged = session.judge(TEST, {}, 1)
    assert (judged.verdict, judged.code) == ("wrong", "factor:2")


def test_a_test_may_use_what_the_notebook_defines(session):
    session.run("def double(x):\n    return 2 * x\nvalues = [1.0, 2.0]\nname = 'a'")
    trusted = trusted_names(["import math\nfrom math import pi\nx = double(3)", "%magic"])
    assert set(trusted) == {"math", "pi"}
    source = "assert double(3) == 6\nassert double(values[1]) == 4.0\nassert math.pi == pi\n{}"
    assert session.judge(source.format("1.5"), trusted, 1).outputs[0]["data"] == {
        "text/plain": "1.5"
    }
    assert session.judge(source.format("assert name == 'b'"), trusted, 1).verdict == "wrong"
    assert session.judge("missing(1)", trusted, 1).outputs[0]["ename"] == "NameError"


# fmt: off
IMPORTS = [
    ("the last one counts", ["from math import e, log", "from cmath import log"],
     "e and log(-1).imag > 3", True),
    ("a part of a package", ["import os", "import os.path"], "os.path.sep", "/"),
    ("one name of several", ["from math import pi as x, e", "x = 2"], "x > 3", True),
    ("everything", ["from math import *"], "floor(2.5)", 2),
    ("what is not there", ["import of_nobody", "import math"], "math.floor(2.5)", 2),
]
# fmt: on


@pytest.mark.parametrize(
    ("sources", "asked", "value"), [pytest.param(*c[1:], id=c[0]) for c in IMPORTS]
)
def test_what_a_notebook_imports_is_there_when_it_is_needed(sources, asked, value):
    assert eval(asked, {}, trusted_names(sources)) == value


def test_files_beside_the_notebook_are_there_also_after_a_crash(a_jail):
    with closing(Session(a_jail, files={"data/a.csv": b"1,2", "../b.csv": b"3"})) as session:
        read = "open('data/a.csv').read()"
        assert session.run(read)[0]["data"]["text/plain"] == "'1,2'"
        session.run("import os; os._exit(1)")
        assert session.run(read)[0]["data"]["text/plain"] == "'1,2'"
        session.run("import numpy")
        assert errors(session.run("open('../b.csv')")) == ["FileNotFoundError"]


def test_the_same_seed_draws_the_same_numbers(session):
    session.run("seen = []\ndef record(x):\n    seen.append(x)\n    return 0")
    test = (
        "import numpy as np\nrecord(float(np.random.default_rng().normal()) * 0 + np.random.rand())"
    )
    for seed in (1, 1, 2):
        session.judge(test, {}, seed)
    a, b, c = eval(session.run("seen")[0]["data"]["text/plain"])
    assert a == b != c


def test_a_failure_of_ours_is_repeated_and_at_last_told(session, monkeypatch):
    with Jail() as own:
        session = Session(own)
        session.run(SINE.format(""))
        assert own.process
        own.process.kill()
        own.process.wait()
        assert session.judge(TEST, {}, 1).verdict == "passed"

        def broken(*args, **keywords):
            return judge.Judged([], INFRASTRUCTURE, failure=Infrastructure("a disk is full"))

        monkeypatch.setattr(judge, "run", broken)
        with pytest.raises(Infrastructure, match="a disk is full"):
            session.judge(TEST, {}, 1)
        session.close()


def test_outputs_are_text_and_pictures_only(session):
    outputs = session.run(
        "from IPython.display import HTML, Javascript, SVG, display\n"
        "display(HTML('<script>1</script>'), Javascript('1'))\n"
        "display({'text/html': '<b>', 'image/png': 'bm8=', 'text/plain': 'x'}, raw=True)\n"
        "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()"
    )
    kinds = [set(out.get("data", {})) for out in outputs]
    assert set().union(*kinds) == {"text/plain", "image/png"}
    assert kinds.count({"text/plain", "image/png"}) == 1
