"""What an answer costs, counted; no test asks for the time."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from autograde.authoring.mistakes import nothing_filled_in, run_cell
from autograde.jail import clock
from autograde.judging import cost, judge
from course_utils.autodiff.function import Context
from course_utils.checker.candidate import LocalCandidate
from course_utils.exercises.notices import silence
from course_utils.exercises.registry import find, registry
from tests.autograde.judging.exact_answers import COST, EXACT
from tests.autograde.judging.numerical_answers import HONEST
from tests.autograde.judging.odd_answers import ODD

EVERYTHING = "import numpy as np\nfrom course_utils import *"


class Counted(np.ndarray):
    """An array that counts the numbers that go in and out of what is done with it."""

    count = 0

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **how):
        plain = [np.asarray(x) if isinstance(x, np.ndarray) else x for x in inputs]
        if out is not None:
            how["out"] = tuple(np.asarray(x) for x in out)
        result = getattr(ufunc, method)(*plain, **how)
        if result is NotImplemented:
            return result
        Counted.count += sum(np.size(x) for x in (*plain, result))
        return result.view(Counted) if isinstance(result, np.ndarray) else result

    def __getitem__(self, key):
        Counted.count += 1
        return super().__getitem__(key)

    def __setitem__(self, key, value):
        Counted.count += np.size(value)
        super().__setitem__(key, value)


def counting(given):
    """What counts in the place of an array, also in a context."""
    if isinstance(given, Context):
        given = copy.copy(given)
        given.save_for_backward(*map(counting, given.saved_tensors))
        return given
    return given.view(Counted) if isinstance(given, np.ndarray) else given


class Counting:
    """Tells what an answer of this process costs, in numbers that it goes through."""

    def __init__(self, answer):
        self.candidate = LocalCandidate(answer)
        self.costs = []

    def _count(self, function):
        before = Counted.count
        value = function()
        return value, Counted.count - before

    def answer(self, wide):
        arguments = tuple(map(counting, wide.arguments))
        (result,), spent = self._count(lambda: list(self.candidate.call_each([arguments])))
        self.costs.append(spent / wide.entries / self.step())
        return result, spent

    def forward(self, wide):
        return self._count(lambda: wide.forward(*map(counting, wide.inputs)))[1]

    def step(self):
        return self._count(lambda: cost.loop(np.ones((2, cost.LOOP)).view(Counted)))[1] / cost.LOOP


@pytest.fixture
def looked(monkeypatch):
    """``looked(exercise, source)``: what is said of its cost, and the costs."""
    monkeypatch.setattr(cost, "ENTRIES", 300)
    monkeypatch.setattr(cost, "_sizes", {})

    def look(exercise, source):
        with nothing_filled_in(), silence():
            for cell in source.split("# ---\n"):
                run_cell(cell)
            slot = find(exercise)
            watch = Counting(slot.implementation)
            return cost.look(slot, watch, seed=3), watch.costs

    return look


COUNTED = [row for row in EXACT if row[3] == COST and "fractions" not in row[1]]


@pytest.mark.parametrize("row", COUNTED, ids=lambda row: f"{row[0]}-{row[1]}")
def test_what_measures_costs_what_measuring_costs(looked, row):
    said, costs = looked(row[0], row[2])
    assert said, costs
    assert "wrong for" in said or costs[-1] > 4 * cost.BY_LOOPS, (said, costs)


DERIVED = [
    row
    for row in (*ODD, *HONEST)
    if "not filled in" not in row[1] and cost.widening(find(row[0])) is not None
]


@pytest.mark.parametrize("row", DERIVED, ids=lambda row: f"{row[0]}-{row[1]}")
def test_what_is_derived_does_not(looked, row):
    said, costs = looked(row[0], row[2])
    assert said == "", costs


COUPLED = {
    *("matvec_jacobian_x", "matvec_jacobian_A", "SumOfCubes.backward", "MatVec.backward"),
    *("gradient_of_chain", "SumSquaredError.backward", "Affine.backward", "AffineRow.backward"),
    *("linear_backward_loops", "mse_gradient_loops", "Linear.backward", "MSE.backward"),
    *("cost_gradient", "SoftmaxCrossEntropy.backward"),
}


def test_which_exercises_it_covers_follows_from_what_depends_on_what():
    assert {name for name, slot in registry.items() if cost.widening(slot)} == COUPLED


UNWILLING = """
@fill_in(MSE)
def backward(ctx, grad_output):
    Y_hat, Y = ctx.saved_tensors
    if Y.size > SIZE:
        {}
    grad = grad_output * 2 / len(Y) * (Y_hat - Y)
    return grad, -grad
"""


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("raise MemoryError", "ended with MemoryError"),
        ("return Y, Y", "wrong for 300"),
        ("return None", "wrong for 300"),
    ],
)
def test_what_does_something_else_at_wide_inputs_is_told_of(looked, does, said):
    assert said in looked("MSE", UNWILLING.replace("SIZE", "100").format(does))[0]


@pytest.fixture
def judged(connection, monkeypatch):
    """``judged(exercise, source)``: what grading says, where it is not patient."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr(cost, "SECONDS", 1.0)

    def of(exercise, source):
        connection.sources = [EVERYTHING, source]
        for cell in connection.sources:
            reply = connection.run({"op": "cell", "source": cell}, 60)
            assert reply["done"], reply["outputs"]
        return judge.run(f"check({exercise!r})", {}, connection, seed=5)

    return of


ENDLESS = [
    next(row[2] for row in EXACT if row[:2] == ("MSE", "fractions")),
    UNWILLING.replace("SIZE", "1000").format("while True: pass"),
    UNWILLING.replace("SIZE", "1000").format("import os; os._exit(0)"),
]


@pytest.mark.parametrize("source", ENDLESS)
def test_what_does_not_end_at_wide_inputs_keeps_its_points(judged, source):
    found = judged("MSE", source)
    assert found.verdict == "passed", found.outputs
    assert any("was given 4000 entries, and it" in note for note in found.notes), found.notes


@pytest.mark.parametrize("excuse", ["", "(grad_output, X, W)"])
def test_what_is_named_or_called_for_nothing_excuses_no_measuring(judged, excuse):
    """Of an exercise that is not filled in: what stands in for it measures, and takes its time."""
    (units,) = (row[2] for row in EXACT if row[:2] == ("Linear", "units"))
    named = f"linear_backward_loops{excuse}"
    found = judged("Linear", units.replace("    grad_W = ", f"    {named}\n    grad_W = "))
    assert found.verdict == "passed", found.outputs
    assert len(found.waits) == 1, found.notes


PARTLY = """
@fill_in(MatVec)
def backward(ctx, grad_output):
    A, x = ctx.saved_tensors
    return {}, {}
"""
MEASURED = """np.array([grad_output @ (
        (A.astype(np.longdouble) + 0) @ (x + 1j * h * e).astype(np.clongdouble)
    ).imag / h for e in np.eye(len(x)) for h in [np.longdouble(2) ** -12000]], dtype=float)"""
WRONG = "np.outer(x, grad_output)"


@pytest.mark.parametrize(("grad_x", "waits"), [("A.T @ grad_output", False), (MEASURED, True)])
def test_of_an_answer_that_is_partly_right_the_right_part_is_looked_at(judged, grad_x, waits):
    found = judged("MatVec", PARTLY.format(WRONG, grad_x))
    assert found.verdict == "wrong", found.outputs
    assert any("forward passes" in each for each in found.waits) == waits, found.waits
    assert waits or found.waits == [], found.waits


@pytest.mark.parametrize(
    "work",
    [
        "sum(range(20_000_000))",
        "import threading\nt = threading.Thread(target=sum, args=(range(20_000_000),))\n"
        "t.start()\nt.join()",
    ],
)
def test_the_clock_outside_sees_all_that_a_job_does(job, work):
    job.request({"op": "cell", "source": "import time"}, 60)
    process = clock.process_of(job)
    assert process is not None
    found = []
    for source in ("1", "time.sleep(0.05)", work):
        before = clock.seconds_of(process)
        job.request({"op": "cell", "source": source}, 60)
        found.append(clock.seconds_of(process) - before)
    assert found[2] > 20 * found[1], found


def test_the_clock_is_that_of_the_only_job(a_jail, job):
    job.request({"op": "cell", "source": "1"}, 60)
    with a_jail.job() as other:
        other.request({"op": "cell", "source": "1"}, 60)
        assert clock.process_of(job) is None
    assert clock.process_of(job) is not None
