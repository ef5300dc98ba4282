"""Many calls at once say what the same calls say one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from autograde.jail.worker import TIMEOUT
from autograde.judging.proxy import Halt
from course_utils import Function, examine
from course_utils.checker.candidate import Adapted, Raised, candidate_of
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

def asks_and_returns_its_own_storage(f, x):
    buffer[:] = f(x)
    return buffer

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


PLAIN = [line[4:].split("(")[0] for line in MAKES.splitlines() if line.startswith("def ")][:-4]


@pytest.mark.parametrize("name", PLAIN)
def test_each_call_has_its_own_outcome(made, name):
    here: dict = {}
    exec(MAKES, here)
    found = []
    for function in (made(name), candidate_of(here[name])):
        calls = [(np.full(3, float(k)),) for k in range(5)]
        outcomes = zip(function.call_each(calls), calls, strict=True)
        found.append([outcome(value, given) for value, given in outcomes])
    assert found[0] == found[1]


def test_what_calls_do_to_the_arrays_of_others_is_seen_after_the_last(made):
    calls = [(np.full(3, float(k)),) for k in range(5)]
    assert list(made("spoils_the_first").call_each(calls)) == [0.0] * 5
    assert [x[0] for (x,) in calls] == [5.0, 1.0, 2.0, 3.0, 4.0]


def test_a_function_may_be_asked_in_between(made):
    calls = [(np.sum, np.full(2, float(k))) for k in range(4)]
    wanted = [[2.0 * k, 2.0 * k + 2, 2.0 * k + 4] for k in range(4)]
    assert [value.tolist() for value in made("asks").call_each(calls)] == wanted


def test_storage_that_is_returned_each_time_has_each_calls_numbers(made):
    """Also where a function is asked in between, so that what calls did is seen after the last."""
    asks = made("asks_and_returns_its_own_storage")
    values = list(asks.call_each([(np.sum, np.full(3, float(k))) for k in range(4)]))
    assert [value.tolist() for value in values] == [[3.0 * k] * 3 for k in range(4)]


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
        list(where.call_each([(np.ones(5),) for _ in range(k)]))
    assert len(set(found)) == 1


@pytest.fixture
def messages(connection, monkeypatch):
    """All that is asked of the job."""
    found = []
    request = connection.request
    monkeypatch.setattr(
        connection, "request", lambda m, *a, **k: found.append(m) or request(m, *a, **k)
    )
    return found


@pytest.mark.parametrize("name", PLAIN)
def test_calls_that_were_asked_for_early_are_made_with_the_next_ones(made, messages, name):
    here: dict = {}
    exec(MAKES, here)
    found = []
    for function in (made(name), candidate_of(here[name])):
        messages.clear()
        early = [
            function.call_each(calls)
            for calls in ([(np.full(3, 10.0),), (np.full(3, 11.0),)], [], [(np.full(3, 12.0),)])
        ]
        values = function.call_each([(np.full(3, float(k)),) for k in range(2)])
        values = [copied(value) for value in values]
        answers = [copied(answer) for each in early for answer in each]
        found.append([repr(value) for value in [*values, *answers]])
        assert len(messages) <= 1 or name.startswith("returns_much"), messages
    assert found[0] == found[1]


def test_calls_that_nothing_else_was_asked_with(made, messages):
    doubles = made("doubles")
    messages.clear()
    early = doubles.call_each([(np.ones(2),), (np.zeros(2),)])
    assert messages == []
    assert [value.tolist() for value in early] == [[2.0, 2.0], [0.0, 0.0]]
    assert list(early) == []
    assert list(map(np.sum, doubles.call_each([(np.ones(3),)]))) == [6.0]
    assert len(messages) == 2


def test_what_is_asked_is_drawn_when_the_message_goes(made):
    drawn = []

    def calls():
        for k in range(3):
            drawn.append(k)
            yield (np.full(1, float(k)),)

    doubles = made("doubles")
    early = doubles.call_each(calls())
    assert drawn == []
    assert doubles.call(np.ones(1)).tolist() == [2.0]
    assert drawn == [0, 1, 2]
    assert [value.tolist() for value in early] == [[0.0], [2.0], [4.0]]


def test_what_is_changed_about_a_candidate_takes_no_message_of_its_own(made, messages):
    twice = Adapted(made("doubles"), lambda x: (x + 1,), lambda value: float(value[0]))
    messages.clear()
    early = twice.call_each([(np.full(1, 5.0),)])
    assert list(twice.call_each([(np.full(1, k),) for k in range(3)])) == [2.0, 4.0, 6.0]
    assert list(early) == [12.0]
    assert len(messages) == 1


def test_a_call_that_failed_ends_no_other(made, messages):
    fails = made("fails_at_two")
    messages.clear()
    early = fails.call_each([(np.full(1, 3.0),), (np.full(1, 2.0),)])
    first, second = fails.call_each([(np.full(1, 2.0),), (np.full(1, 4.0),)])
    assert (type(first), second) == (Raised, 0.5)
    third, fourth = early
    assert (third, type(fourth)) == (1.0, Raised)
    assert len(messages) == 1
    with pytest.raises(ZeroDivisionError):
        fails.call(np.full(1, 2.0))


def test_slow_calls_lose_nothing(made):
    slow = made("takes_its_time")
    calls = [(np.full(2, float(k)),) for k in range(4)]
    assert [value.tolist() for value in slow.call_each(calls)] == [[k + 0.5] * 2 for k in range(4)]


def test_a_call_without_end_is_noticed_among_others(connection):
    connection.seconds = 1.0
    source = "def f(x):\n    while x[0] == 2: pass\n    return x"
    connection.run({"op": "cell", "source": source}, 60)
    (there,) = connection.request({"op": "names", "names": ["f"]})["values"].values()
    calls = [(np.full(2, float(k)),) for k in range(3)]
    with pytest.raises(Halt) as halted:
        list(connection.read(there).call_each(calls))
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
    ("its own storage, nearly right", "return storage('X', 1.00001 * (grad_output @ W.T)), "
                                      "storage('W', X.T @ grad_output)"),
    ("its own storage, and wrong", "return storage('X', grad_output @ W.T / len(X)), "
                                   "storage('W', X.T @ grad_output)"),
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
