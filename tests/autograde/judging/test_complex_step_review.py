"""What is measured does not score, or a person is told of it; what is derived is let be."""

from __future__ import annotations

import numpy as np
import pytest

from autograde.authoring.mistakes import nothing_filled_in, run_cell
from autograde.judging import cost, judge
from autograde.judging.suspicion import number, suspicious
from course_utils import CheckFailed, check
from course_utils.checks.declarations import declaration_of
from course_utils.checks.derived_or_measured import measured_at
from course_utils.checks.extreme_inputs import HARD, SOFT
from course_utils.exercises.notices import silence
from course_utils.exercises.registry import find
from tests.autograde.judging.numerical_answers import CAUGHT, HONEST, MEASURED, STOPPED
from tests.autograde.judging.resting_answers import RESTING

EVERYTHING = "import numpy as np\nfrom course_utils import *"
BY_THE_CHECKER = {"small-error", "upstream-misused"}
"""What the checker says of a difference that is rough even at ordinary inputs."""


@pytest.fixture(autouse=True)
def grading(monkeypatch):
    """Nothing that is saved in this checkout takes part."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")


@pytest.fixture
def judged(connection, monkeypatch):
    """``judged(exercise, source)``: what grading says of an answer, or of it by another test."""
    monkeypatch.setattr(cost, "SECONDS", 2.0)  # what takes longer waits for a person all the same

    def of(exercise, source, test=""):
        for cell in (EVERYTHING, source):
            reply = connection.run({"op": "cell", "source": cell}, 60)
            assert reply["done"], reply["outputs"]
        connection.sources = [EVERYTHING, source]
        return judge.run(test or f"check({exercise!r})", {}, connection, seed=5)

    return of


@pytest.fixture
def filled_in():
    """``filled_in(exercise, source)``: the exercise, filled in here."""
    with nothing_filled_in(), silence():

        def fill(exercise, source):
            run_cell(source)
            return find(exercise)

        yield fill


@pytest.mark.parametrize(
    ("exercise", "name", "source", "wanted"), MEASURED, ids=[f"{r[0]}-{r[1]}" for r in MEASURED]
)
def test_what_is_measured(judged, exercise, name, source, wanted):
    found = judged(exercise, source)
    if wanted == CAUGHT:
        assert found.verdict == "wrong", found.outputs
        assert found.code == "numerical" or found.code in BY_THE_CHECKER
        assert suspicious(source)
    elif wanted == STOPPED:
        assert (found.verdict, found.code) == ("wrong", "crash"), found.outputs
        assert suspicious(source)
    else:
        assert found.verdict == "passed", found.outputs
        assert suspicious(source) or found.notes


@pytest.mark.parametrize(
    ("exercise", "name", "source"), HONEST, ids=[f"{r[0]}-{r[1]}" for r in HONEST]
)
def test_what_is_derived(judged, exercise, name, source):
    found = judged(exercise, source)
    assert found.verdict == "passed", found.outputs
    assert suspicious(source) == []
    assert found.notes == []  # a stand-in takes a complex step, which an answer may rest on


@pytest.mark.parametrize(
    ("exercise", "source", "on"), [(r[0], *r[2:]) for r in RESTING], ids=[r[1] for r in RESTING]
)
def test_what_rests_on_something_computed(judged, filled_in, exercise, source, on):
    sentence = f"right, but it rests on {on} ({find(on).where}), which is not filled in: no points"
    found = judged(exercise, source)
    assert (found.verdict, found.code) == ("wrong", "not-filled-in"), found.outputs
    assert sentence in found.outputs[-1]["evalue"]
    with pytest.raises(CheckFailed) as failed:
        check(filled_in(exercise, source), seed=5)
    assert sentence in str(failed.value)


@pytest.mark.parametrize(("exercise", "name", "source"), HONEST, ids=lambda v: str(v)[:20])
def test_no_seed_fails_what_is_derived(filled_in, exercise, name, source):
    slot = filled_in(exercise, source)
    levels = (SOFT,) if "not filled in" in name else (SOFT, HARD)
    for seed in range(20):
        for part in declaration_of(slot).parts:
            for level in levels:
                assert measured_at(slot, part, slot.implementation, level, seed) == {}


CAUGHT_BY_DIFFERENCES = [
    row for row in MEASURED if row[3] == CAUGHT and "central" in row[1] and row[0] != "Linear"
]


@pytest.mark.parametrize("row", CAUGHT_BY_DIFFERENCES, ids=lambda row: f"{row[0]}-{row[1]}")
def test_every_seed_catches_a_difference(filled_in, row):
    slot = filled_in(row[0], row[2])
    for seed in range(20):
        assert any(
            measured_at(slot, part, slot.implementation, SOFT, seed)
            for part in declaration_of(slot).parts
        )


def test_a_check_of_ones_own_says_the_same_of_differences(filled_in):
    slot = filled_in("MSE", row_of("MSE", "central differences"))
    with pytest.raises(CheckFailed) as failed:
        check(slot, seed=1)
    assert failed.value.report.code == "numerical"
    assert "Derive the formula" in str(failed.value)


def test_a_check_of_ones_own_leaves_complex_steps_to_grading(filled_in, capsys):
    check(filled_in("MSE", row_of("MSE", "complex step")), seed=1)
    assert "right" in capsys.readouterr().out


def test_only_the_input_that_is_measured_loses_its_points(judged):
    points = 'score("Linear", {"X": 2, "W": 4, "b": 1})'
    found = judged("Linear", row_of("Linear", "only W is measured"), points)
    assert found.outputs[-1]["data"]["text/plain"] == "3.0"


def test_a_mistake_keeps_its_own_code(filled_in):
    slot = filled_in("MSE", row_of("MSE", "central differences").replace("/ q", "/ Y.size"))
    with pytest.raises(CheckFailed) as failed:
        check(slot, seed=1)
    assert failed.value.report.code == "factor:1/p"


STOPS = """
@fill_in(SumOfCubes)
def backward(ctx, grad_output):
    (u,) = ctx.saved_tensors
    if 0 < abs(u).max() < 1e-20:
        raise ValueError("these are no inputs for me")
    return grad_output * u**2
"""


def test_an_answer_that_stops_at_odd_inputs_is_right(filled_in, capsys):
    check(filled_in("SumOfCubes", STOPS), seed=1)
    assert "right" in capsys.readouterr().out


def test_a_person_is_told_of_an_answer_that_stops_at_odd_inputs(judged):
    found = judged("SumOfCubes", STOPS)
    assert found.verdict == "passed"
    assert "gives no answer" in found.notes[0]


def test_notebook_00_may_measure():
    source = """
@fill_in(central_difference)
def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)
"""
    assert suspicious(source) == []


def test_what_is_tried_out_below_an_answer_is_not_the_answer():
    source = """
@fill_in(Sine)
def backward(ctx, grad_output):
    return grad_output * np.cos(ctx.saved_tensors[0])

check(Sine)
print((np.sin(1 + 1e-6) - np.sin(1)) / 1e-6)
"""
    assert suspicious(source) == []


@pytest.mark.parametrize("text", ["10 ** -6", "2.0**-20", "1 / 1000000", "-1e-6"])
def test_a_step_may_be_written_in_many_ways(text):
    import ast

    value = number(ast.parse(text, mode="eval").body)
    assert value is not None
    assert np.isclose(abs(value), 1e-6, rtol=0.1)


def test_a_cell_that_is_no_python_is_nothing_to_look_at():
    assert suspicious("%matplotlib inline\n@fill_in(Sine") == []


def row_of(exercise, name):
    """The source of a row."""
    return next(row[2] for row in MEASURED if row[:2] == (exercise, name))
