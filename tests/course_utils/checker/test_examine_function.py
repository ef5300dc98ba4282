"""`examine_function`: plain functions beside a trusted one."""

import json
import sys

import numpy as np
import pytest

from course_utils.checker import examine_function
from course_utils.checker.candidate import Candidate
from course_utils.checker.examine_function import CalledTwice, FunctionExamination

SEEDS = range(5)


def matrices(rng, m=5, n=3):
    return (rng.normal(size=(m, n)),)


def matrix_and_vector(rng, m=5, n=3):
    return rng.normal(size=(m, n)), rng.normal(size=n)


def stacks(rng, m=5, n=3):
    return (rng.normal(size=(2, m, n)),)


def turned(A):
    return A.T


def slope_of(f, x, how):
    return (f(x + 1e-4) - f(x - 1e-4)) / 2e-4 * (1 if how == "plain" else 2)


def slopes(rng):
    a = rng.normal()
    return (lambda x: np.sin(a * x)), rng.normal(), str(rng.choice(["plain", "doubled"]))


def leaves(A):
    sys.exit(2)


def shrinks(A):
    A *= 0.5
    return 2 * A.T


def no_return(A):
    A.T.copy()


def untouched(A):
    raise NotImplementedError


def first_row_only(A):
    out = np.zeros(A.T.shape)
    out[:, 0] = A[0]
    return out


def only_fives(A):
    return A.T if A.shape[0] == 5 else 2 * A.T


# (the mistake, candidate, reference, make_inputs, code)
WRONG = [
    ("not transposed", lambda A: A, turned, matrices, "transpose"),
    ("reshaped", lambda A: A.reshape(A.T.shape), turned, matrices, "reshape"),
    ("axes in another order", lambda T: T, lambda T: T.transpose(1, 2, 0), stacks, "transpose"),
    ("one axis too many", lambda A: A.T[None], turned, matrices, "shape"),
    ("a tuple of one", lambda A: (A.T,), turned, matrices, "type"),
    ("a tuple of two", lambda A: (A.T, A), turned, matrices, "type"),
    ("a dict", lambda A: {"A": A.T}, turned, matrices, "type"),
    ("np.matrix", lambda A: np.matrix(A.T), turned, matrices, "type"),
    ("flat", lambda A: A.T.ravel(), turned, matrices, "shape"),
    ("another shape", lambda A: np.ones((2, 2)), turned, matrices, "shape"),
    ("does not run", lambda A: A @ A, turned, matrices, "crash"),
    ("a name that is not there", lambda A: A.transposed, turned, matrices, "crash"),
    ("leaves Python", leaves, turned, matrices, "crash"),
    ("wrong number of arguments", lambda A, b: A.T, turned, matrices, "crash"),
    (
        "the matrix the wrong way round",
        lambda A, x: A.T @ x,
        lambda A, x: A @ x,
        matrix_and_vector,
        "transpose",
    ),
    ("changes its argument", shrinks, turned, matrices, "mutates-input"),
    ("no return", no_return, turned, matrices, "type"),
    ("text", lambda A: "A.T", turned, matrices, "type"),
    ("uneven rows", lambda A: [[1.0], [1.0, 2.0]], turned, matrices, "type"),
    ("complex", lambda A: A.T + 0j, turned, matrices, "type"),
    ("float32", lambda A: A.T.astype(np.float32), turned, matrices, "dtype-float32"),
    ("integers", lambda A: A.T.astype(int), turned, matrices, "dtype-int"),
    ("objects", lambda A: A.T.astype(object), turned, matrices, "dtype-object"),
    ("nan", lambda A: A.T * np.nan, turned, matrices, "nan"),
    ("zeros", lambda A: 0 * A.T, turned, matrices, "zero"),
    ("twice", lambda A: 2 * A.T, turned, matrices, "factor:2"),
    ("the sign", lambda A: -A.T, turned, matrices, "factor:-1"),
    ("divided by a size", lambda A: A.T / len(A), turned, matrices, "factor:1/m"),
    ("nearly", lambda A: 1.0001 * A.T, turned, matrices, "small-error"),
    ("upside down", lambda A: A.T[::-1], turned, matrices, "wrong-axis"),
    ("partly filled", first_row_only, turned, matrices, "entries"),
    ("something else", lambda A: np.cos(A.T), turned, matrices, "wrong-local"),
    ("ignores the function", lambda f, x, how: 1.0, slope_of, slopes, "hardcoded"),
    ("not begun", untouched, turned, matrices, "not-filled-in"),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "make_inputs", "code"),
    [row[1:] for row in WRONG],
    ids=[row[0] for row in WRONG],
)
def test_the_mistake_is_named_whatever_the_seed(candidate, reference, make_inputs, code):
    reports = [examine_function(candidate, reference, make_inputs, seed=seed) for seed in SEEDS]
    assert {report.code for report in reports} == {code}
    for report in reports:
        assert not report.passed
        assert report.by_input() == {"result": False}
        json.dumps(report.to_dict())


# (the style, candidate, reference, make_inputs)
RIGHT = [
    ("the same", turned, turned, matrices),
    ("a list", lambda A: A.T.tolist(), turned, matrices),
    ("einsum", lambda A: np.einsum("ij->ji", A), turned, matrices),
    ("a read-only view", lambda A: np.broadcast_to(A.T, A.T.shape), turned, matrices),
    ("prints", lambda A: print(A) or A.T, turned, matrices),
    ("complains", lambda A: print(A, file=sys.stderr) or A.T, turned, matrices),
    ("warns", lambda A: A.T + 0 * np.log(np.zeros(1))[0:0].sum(), turned, matrices),
    ("functions and text", slope_of, slope_of, slopes),
    ("a number", lambda A: float(A.sum()), lambda A: np.sum(A), matrices),
    ("an integer in a list", lambda A: [1, 2], lambda A: [1.0, 2.0], matrices),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "make_inputs"), [r[1:] for r in RIGHT], ids=[r[0] for r in RIGHT]
)
def test_what_is_right_passes(capsys, candidate, reference, make_inputs):
    for seed in SEEDS:
        report = examine_function(candidate, reference, make_inputs, seed=seed)
        assert report.passed, report.text()
        assert report.entries >= 40
    assert capsys.readouterr().err == ""


def keeps():
    total = []

    def candidate(A):
        total.append(1)
        return A.T * len(total)

    return candidate


def test_what_is_kept_from_call_to_call_is_named():
    assert {examine_function(keeps(), turned, matrices, seed=s).code for s in SEEDS} == {"stateful"}


def test_special_inputs_are_tried():
    def candidate(A):
        return np.where(A.T == 7.0, 0.0, A.T)

    assert examine_function(candidate, turned, matrices, seed=0).passed
    sevens = (("sevens", lambda rng: (np.full((2, 3), 7.0),)),)
    report = examine_function(candidate, turned, matrices, special=sevens, seed=0)
    assert report.code == "zero"
    assert "special: sevens" in report.text()


def test_the_result_has_the_name_it_was_given():
    report = examine_function(lambda A: 2 * A.T, turned, matrices, result_name="J", seed=0)
    assert report.name == "J"
    assert "J is exactly 2 times the right value" in report.text()


def test_a_named_function_gives_its_name():
    def transposed(A):
        return A

    report = examine_function(transposed, turned, matrices, seed=0)
    assert report.text().startswith("transposed: not right yet.")


def test_the_learners_line_is_shown():
    def candidate(A):
        return np.linalg.inv(A)

    report = examine_function(candidate, turned, matrices, seed=0)
    assert report.findings[0].details["line"].endswith("return np.linalg.inv(A)")
    assert "LinAlgError" in report.text()


def test_a_keyboard_interrupt_passes_through():
    def candidate(A):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examine_function(candidate, turned, matrices)


def test_the_same_seed_gives_the_same_report():
    def candidate(A):
        return 2 * A.T

    texts = {examine_function(candidate, turned, matrices, seed=4).text() for _ in range(3)}
    assert len(texts) == 1


def test_what_is_right_for_some_sizes_only_fails():
    for seed in SEEDS:
        assert not examine_function(only_fives, turned, matrices, seed=seed).passed


class Elsewhere(Candidate):
    """As if it were in another process: many calls at once, which are counted."""

    __name__ = "elsewhere"

    def __init__(self, function):
        self.function = function
        self.batches = []

    def call_each(self, calls):
        def answers():
            made = list(calls)
            self.batches.append(len(made))
            yield from [self.function(*each) for each in made]

        return answers()


def draw_row(rng, n=5):
    return (rng.normal(size=n),)


def draw_five(rng):
    return (rng.normal(size=5),)


def draw_number(rng):
    return (float(rng.normal()),)


@pytest.mark.parametrize("draw", [draw_row, draw_number])
def test_all_that_is_wanted_of_a_function_elsewhere_is_asked_at_once(draw):
    candidate = Elsewhere(lambda x: 2 * x)
    report = examine_function(candidate, lambda x: 2 * x, draw, seed=1)
    assert report.passed
    assert candidate.batches == [2 * len(report.trials)]
    here = examine_function(lambda x: 2 * x, lambda x: 2 * x, draw, seed=1)
    assert (here.trials, here.entries) == (report.trials, report.entries)


def test_a_second_comparison_asks_for_nothing_again():
    candidate = Elsewhere(lambda x: 3 * x)
    called = CalledTwice(candidate, draw_row, seed=1)
    first = FunctionExamination(called, lambda x: 2 * x).report()
    asked = list(candidate.batches)
    second = FunctionExamination(called, lambda x: 3 * x).report()
    assert (first.passed, second.passed) == (False, True)
    assert candidate.batches == asked


def test_a_second_comparison_that_needs_more_asks_for_more():
    candidate = Elsewhere(lambda x: x[:1])
    called = CalledTwice(candidate, draw_row, seed=1)
    first = FunctionExamination(called, lambda x: x).report()
    second = FunctionExamination(called, lambda x: x[:1]).report()
    assert (first.code, second.passed) == ("shape", True)
    example = 2  # calls with small numbers, of the one that failed
    assert sum(candidate.batches) - example == 2 * len(second.trials) > 2 * len(first.trials)


def test_what_a_function_returned_stays_as_it_was():
    """One that returns its own storage is compared by what it held after each call."""
    storage = [np.zeros(5)]

    def reused(x):
        storage[0][...] = 3 * x
        return storage[0]

    called = CalledTwice(reused, draw_five, seed=1)
    assert not FunctionExamination(called, lambda x: 2 * x).report().passed
    assert FunctionExamination(called, lambda x: 3 * x).report().passed


def test_storage_in_a_list_stays_as_it_was_as_well():
    storage = [np.zeros(5)]

    def reused(x):
        storage[0][...] = 3 * x
        return storage

    assert examine_function(reused, lambda x: [3 * x], draw_five, seed=1).passed


def outer(a, b):
    return np.outer(a, b)


FAILING = [  # wrong answers
    lambda a, b: np.outer(b, a),
    lambda a, b: 2 * np.outer(a, b),
    lambda a, b: np.outer(a, b).astype(int),
    lambda a, b: a / 0 if len(a) else 1 // 0,
    lambda a, b: undefined,  # noqa: F821
]


@pytest.mark.parametrize("wrong", FAILING)
def test_a_report_that_failed_has_what_went_in(wrong):
    def draw(rng, n=4, m=3):
        return rng.normal(size=n), rng.normal(size=m)

    report = examine_function(wrong, outer, draw, seed=1)
    assert not report.passed
    assert list(report.failing) == ["a", "b"]
    assert all(np.ndim(x) == 1 for x in report.failing.values())


def test_a_report_that_passed_has_none():
    report = examine_function(outer, outer, lambda rng, n=4: (rng.normal(size=n),) * 2, seed=1)
    assert report.passed
    assert report.failing == {}
