"""Many calls at once say what the same calls say one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from autograde.jail.worker import TIMEOUT
from autograde.judging.proxy import Connection, Halt
from course_utils import Function, examine
from course_utils.checker.candidate import Later, Raised, each
from course_utils.measure.memo import copied

MAKES = """
import numpy as np
import time
kept = []
buffer = np.zeros(3)
large = np.zeros(700_000)

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

def returns_much_of_its_own(x):
    large[:] = x[0]
    return large

def fails_with_its_own(x):
    buffer[:] = x
    return buffer if x[0] < 3 else 1 / 0

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


OWN = ["returns_its_own_storage", "returns_a_view_of_it", "returns_much_of_its_own"]


@pytest.mark.parametrize("name", [*OWN, "fails_with_its_own"])
def test_storage_that_is_returned_each_time_has_each_calls_numbers(made, name):
    """As where `at_once` is not used: there what a call returned is copied before the next."""
    storage = made(name)
    calls = [(np.full(3, float(k)),) for k in range(5)]
    values = storage.at_once[1](calls)
    if name not in OWN:
        assert isinstance(values.pop(), Raised)
    assert [value[0] for value in values] == [0.0, 1.0, 2.0, 3.0, 4.0][: 5 if name in OWN else 3]


def test_storage_in_a_tuple_has_each_calls_numbers_as_well(connection):
    source = "import numpy as np\nown = np.zeros(2)\ndef f(x):\n    own[:] = x\n    return own, x"
    connection.run({"op": "cell", "source": source}, 60)
    (there,) = connection.request({"op": "names", "names": ["f"]})["values"].values()
    values = connection.read(there).at_once[1]([(np.full(2, float(k)),) for k in range(4)])
    assert [own[0] for own, _ in values] == [0.0, 1.0, 2.0, 3.0]


def test_an_array_that_is_given_again_is_the_same_array(connection):
    """A function may remember by its address what it was given."""
    source = "from course_utils import *\ndef where(x):\n    return id(x)"
    connection.run({"op": "cell", "source": source}, 60)
    (there,) = connection.request({"op": "names", "names": ["where"]})["values"].values()
    where, x = connection.read(there), np.zeros(5)
    found = []
    for k in range(20):
        x[:] = k
        found.append(where(x))
        list(each(where, [(np.ones(5),) for _ in range(k)]))
    assert len(set(found)) == 1


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("way", ["each", "at_once"])
def test_calls_for_later_are_made_with_the_next_ones(made, connection, monkeypatch, name, way):
    here: dict = {}
    exec(MAKES, here)
    messages = []
    request = connection.request
    monkeypatch.setattr(
        connection, "request", lambda m, *a, **k: messages.append(m) or request(m, *a, **k)
    )
    found = []
    for function in (made(name), here[name]):
        messages.clear()
        later = [
            Later(function, calls, [copied] * len(calls))
            for calls in ([(np.full(3, 10.0),), (np.full(3, 11.0),)], [], [(np.full(3, 12.0),)])
        ]
        calls = [(np.full(3, float(k)),) for k in range(2)]
        if way == "each" or function is here[name]:
            values = [copied(value) for value in each(function, calls)]
        else:
            values = function.at_once[1](calls)
        answers = [answer for each_later in later for answer in each_later.answers()]
        found.append([repr(value) for value in [*values, *answers]])
        # A second message where its storage is returned, and more where that is large.
        if function is not here[name] and not name.startswith(("fails", "returns_much")):
            assert len(messages) <= 2, messages
    if way == "each" or name != "writes_into_what_it_got_before":  # that is seen after the last
        assert found[0] == found[1]


def test_calls_for_later_that_nothing_else_was_asked_with(made):
    doubles = made("doubles")
    later = Later(doubles, [(np.ones(2),), (np.zeros(2),)], [np.sum, np.size])
    assert later.answers() == [4.0, 2]
    assert later.answers() == [4.0, 2]
    assert list(map(np.sum, each(doubles, [(np.ones(3),)]))) == [6.0]


def test_calls_for_later_after_one_that_failed(made):
    """The first error ends what is made at once; what was wanted later is then asked anew."""
    fails = made("fails_at_two")
    later = Later(fails, [(np.full(1, 3.0),), (np.full(1, 2.0),)], [repr, repr])
    (value,) = fails.at_once[1]([(np.full(1, 2.0),), (np.full(1, 4.0),)])
    assert isinstance(value, Raised)
    first, second = later.answers()
    assert first == "1.0"
    assert "Raised" in second


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


RUNS = [  # (what the job says that a run came to, is it one)
    ((1.0, []), True),
    ((1.0, [("not-returned", "Nothing.")]), True),
    ((1.0, [("factor:q", "Too much.")]), True),
    ((1.0, [("all-right", "Full marks.")]), False),
    ((1.0, [("not-returned", "Nothing."), ("factor:", "Too much.")]), False),
    ((1.0,), False),
    ((1.0, "none"), False),
]


@pytest.mark.parametrize(("said", "is_one"), RUNS, ids=str)
def test_a_run_that_no_check_makes_is_refused(monkeypatch, said, is_one):
    monkeypatch.setattr(Connection, "_call", lambda *args: said)
    run = Connection(None).elsewhere("nn.Linear.backward", "grad_X")
    if is_one:
        assert run() == said
        return
    with pytest.raises(TypeError, match="tampered with"):
        run()
