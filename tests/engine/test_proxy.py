"""Many calls at once say what the same calls say one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from autograde.engine.proxy import Halt
from autograde.engine.worker import TIMEOUT
from course_utils import Function, examine
from course_utils.checker.calling import Raised, each

MAKES = """
import numpy as np
import time
kept = []
buffer = np.zeros(3)

def doubles(x):
    return 2 * x

def counts(x):
    kept.append(x)
    return len(kept)

def fails_at_two(x):
    return 1 / int(x[0] - 2)

def writes_into_what_it_gets(x):
    x += 1
    return x

def writes_into_what_it_got_before(x):
    kept.append(x)
    kept[0][0] += 1
    return kept[0]

def returns_its_own_storage(x):
    buffer[:] = x
    return buffer

def returns_a_view_of_it(x):
    buffer[:] = x
    return buffer[:]

def returns_much(x):
    return np.full(700_000, x[0])

def asks(f, x):
    return np.array([f(x), f(x + 1), f(x + 2)])

def spoils_the_first(x):
    kept.append(x)
    kept[0][0] += 1
    return 0.0

def takes_its_time(x):
    time.sleep(0.6)
    return x + 0.5
"""


@pytest.fixture
def made(connection):
    """``made(name)``: a function of `MAKES`, in the jail."""
    connection.run({"op": "cell", "source": MAKES}, 60)

    def find(name):
        return connection.read(connection.request({"op": "names", "names": [name]})["values"][name])

    return find


def outcome(value, given):
    """What a call came to, as it is now."""
    said = repr(value.error) if isinstance(value, Raised) else np.array(value).tolist()
    return said, [x.tolist() for x in given if isinstance(x, np.ndarray)]


PLAIN = [line[4:].split("(")[0] for line in MAKES.splitlines() if line.startswith("def ")][:-3]


@pytest.mark.parametrize("name", PLAIN)
def test_each_call_has_its_own_outcome(made, name):
    here: dict = {}
    exec(MAKES, here)
    found = []
    for function in (made(name), here[name]):
        calls = [(np.full(3, float(k)),) for k in range(5)]
        found.append([outcome(v, g) for v, g in zip(each(function, calls), calls, strict=True)])
    assert found[0] == found[1]


def test_what_calls_do_to_the_arrays_of_others_is_seen_after_the_last(made):
    calls = [(np.full(3, float(k)),) for k in range(5)]
    assert list(each(made("spoils_the_first"), calls)) == [0.0] * 5
    assert [x[0] for (x,) in calls] == [5.0, 1.0, 2.0, 3.0, 4.0]


def test_a_function_may_be_asked_in_between(made):
    calls = [(np.sum, np.full(2, float(k))) for k in range(4)]
    wanted = [[2.0 * k, 2.0 * k + 2, 2.0 * k + 4] for k in range(4)]
    asks = made("asks")
    assert [value.tolist() for value in asks.at_once[1](calls)] == wanted
    assert [value.tolist() for value in each(asks, calls)] == wanted


def test_slow_calls_lose_nothing(made):
    slow = made("takes_its_time")
    calls = [(np.full(2, float(k)),) for k in range(4)]
    for values in (slow.at_once[1](calls), list(each(slow, calls))):
        assert [value.tolist() for value in values] == [[k + 0.5] * 2 for k in range(4)]


def test_a_call_without_end_is_noticed_among_others(connection):
    connection.seconds = 1.0
    source = "def f(x):\n    while x[0] == 2: pass\n    return x"
    connection.run({"op": "cell", "source": source}, 60)
    (there,) = connection.request({"op": "names", "names": ["f"]})["values"].values()
    calls = [(np.full(2, float(k)),) for k in range(3)]
    with pytest.raises(Halt) as halted:
        list(each(connection.read(there), calls))
    assert halted.value.reason.verdict == TIMEOUT


BACKWARDS = """
kept = {{}}
calls = []
buffer = {{}}

def backward(ctx, grad_output):
    X, W = ctx.saved_tensors
    calls.append(1)
    {}

def storage(name, value):
    there = buffer.setdefault((name, value.shape), np.zeros(value.shape))
    there[...] = value
    return there
"""
RIGHT = "return grad_output @ W.T, X.T @ grad_output"
# fmt: off
CONTRACT = [
    ("right", RIGHT),
    ("a factor", "return grad_output @ W.T / len(X), X.T @ grad_output"),
    ("turned", "return grad_output @ W, X.T @ grad_output"),
    ("an input changed", "X -= 1; " + RIGHT),
    ("what comes from above changed", "grad_output *= 2; " + RIGHT),
    ("counting", "return len(calls) * (grad_output @ W.T), X.T @ grad_output"),
    ("kept by shape", "old = kept.setdefault(X.shape, X.copy()); "
                      "return grad_output @ W.T, old.T @ grad_output"),
    ("its own storage", "return storage('X', grad_output @ W.T), storage('W', X.T @ grad_output)"),
    ("a view of it", "return storage('X', grad_output @ W.T)[:], storage('W', X.T @ grad_output)"),
    ("an error", "return grad_output @ W.T, X @ grad_output"),
    ("an error now and then", "assert len(calls) % 3; " + RIGHT),
    ("nothing", "pass"),
    ("float32", "return [np.float32(g) for g in (grad_output @ W.T, X.T @ grad_output)]"),
    ("float32 inside", "return [np.float64(np.float32(g)) for g in (" + RIGHT[7:] + ")]"),
    ("leaving", "raise SystemExit"),
]
# fmt: on


def matrices(backward):
    """A product of matrices, with a backward from somewhere."""

    class Product(Function):
        @staticmethod
        def forward(ctx, X, W):
            ctx.save_for_backward(X, W)
            return X @ W

        @staticmethod
        def make_inputs(rng, q=7, n=5, p=3):
            return rng.normal(size=(q, n)), rng.normal(size=(n, p))

    Product.backward = staticmethod(backward)
    return Product


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in CONTRACT])
def test_a_backward_in_the_jail_is_judged_as_one_here(a_jail, connection, body):
    source = "import numpy as np\n" + BACKWARDS.format(body)
    connection.run({"op": "cell", "source": source}, 60)
    (there,) = connection.request({"op": "names", "names": ["backward"]})["values"].values()
    here: dict = {}
    exec(source, here)
    for seed in range(3):
        reports = [
            examine(matrices(backward), seed=seed)
            for backward in (connection.read(there), here["backward"])
        ]
        first, second = ((r.code, r.passed, r.trials, r.entries) for r in reports)
        assert first == second, [report.text() for report in reports]
