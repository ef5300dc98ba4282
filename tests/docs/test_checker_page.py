"""What docs/checker.md shows and says is what happens."""

from __future__ import annotations

import doctest
import zlib
from pathlib import Path

import numpy as np
import pytest

from autograde.authoring.mistakes import nothing_filled_in, run_cell
from course_utils import CheckFailed, check, examine
from course_utils.checks.declarations import declaration_of
from course_utils.exercises.registry import registry
from tests.functions import function_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "checker.md").read_text(encoding="utf-8")
SEEDS = range(1, 4)


@pytest.mark.parametrize("name", ["checker.md"])
def test_the_examples_of_a_page(name):
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    path = str(ROOT / "docs" / name)
    found = doctest.testfile(path, module_relative=False, optionflags=flags)
    assert found.attempted > 8
    assert found.failed == 0


# ---- a forward, and what a backward may do -------------------------------------------------


def numbers(rng, n=12):
    return (rng.normal(size=n),)


def pair(rng, n=12):
    return rng.normal(size=n), rng.normal(size=n)


def cube(x):
    return x**3 / 3


def noisy(size):
    def backward(g, x):
        rng = np.random.default_rng(zlib.crc32(x.tobytes()))
        return g * x**2 * (1 + size * rng.uniform(-1, 1, x.size))

    return backward


def constant(size):
    return lambda g, x: g * x**2 * (1 + size)


def one_off(size):
    def backward(g, x):
        grad = g * x**2
        grad[np.argsort(np.abs(grad))[-2:]] += size * np.max(np.abs(grad))
        return grad

    return backward


def far_out(g, x):
    return noisy(5e-4 if np.max(np.abs(x)) > 500 else 0.0)(g, x)


def in_float32(g, x):
    x = np.float32(x)
    return np.float64(np.float32(g) * x * x)


def relu_at_zero(slope):
    return lambda g, x: g * np.where(x > 0, 1.0, np.where(x == 0, slope, 0.0))


def relu(x):
    return np.maximum(x, 0.0)


def some_zeros(rng, n=12):
    x = rng.normal(size=n)
    x[::3] = 0.0
    return (x,)


def read_only(g, x):
    return np.broadcast_to(g, x.shape)


KEPT = np.zeros(10_000)


def reused(g, x):
    KEPT[: x.size] = g * x**2
    return KEPT[: x.size]


def changes_it(g, x):
    g *= x**2
    return g


PASSES = ""
FACTS = [  # (what the page says, forward, backward, make_inputs, the code; PASSES for none)
    (r"by $10^{-6}$ of $\sum_j", cube, noisy(9e-7), numbers, PASSES),
    (r"by $10^{-6}$ of $\sum_j", cube, noisy(1e-5), numbers, "small-error"),
    ("code that computes in float32 inside passes", cube, in_float32, numbers, PASSES),
    (r"fails from $3\cdot10^{-7}$ on", cube, constant(3e-7), numbers, "small-error"),
    (r"fails from $3\cdot10^{-7}$ on", cube, constant(1e-7), numbers, PASSES),
    (
        r"$2\cdot10^{-8}$ in a few entries beside exact ones fails",
        cube,
        one_off(2e-8),
        numbers,
        "*",
    ),
    (r"an error that scatters may be up to $10^{-3}$", cube, far_out, numbers, PASSES),
    ("every slope between the two sides is right", relu, relu_at_zero(0.0), some_zeros, PASSES),
    ("every slope between the two sides is right", relu, relu_at_zero(0.7), some_zeros, PASSES),
    ("every slope between the two sides is right", relu, relu_at_zero(1.0), some_zeros, PASSES),
    ("every slope between the two sides is right", relu, relu_at_zero(2.0), some_zeros, "*"),
    ("It may return `grad_output` itself", lambda x: x + 0.0, lambda g, x: g, numbers, PASSES),
    ("a view of it", lambda x: x + 0.0, read_only, numbers, PASSES),
    ("or one array twice", lambda x, y: x + y, lambda g, x, y: (g, g), pair, PASSES),
    ("no later call may change them", cube, reused, numbers, "alias"),
    ("not `grad_output`", cube, changes_it, numbers, "mutates-upstream"),
    (
        "a list of numbers is made such an array",
        cube,
        lambda g, x: list(g * x * x),
        numbers,
        PASSES,
    ),
    ("of float32", cube, lambda g, x: np.float32(g * x * x), numbers, "dtype-float32"),
    ("of integers", cube, lambda g, x: (g * x * x).astype(int), numbers, "dtype-int"),
    (
        "of objects is refused",
        cube,
        lambda g, x: (g * x * x).astype(object),
        numbers,
        "dtype-object",
    ),
]


@pytest.mark.parametrize(
    ("said", "forward", "backward", "make_inputs", "code"),
    FACTS,
    ids=[f"{row[0]}:{row[4] or 'passes'}" for row in FACTS],
)
def test_what_the_page_says_of_a_backward(said, forward, backward, make_inputs, code):
    assert said in PAGE
    for seed in SEEDS:
        report = examine(function_of(forward, backward, make_inputs), seed=seed)
        assert report.passed == (code == PASSES), report.text()
        assert code in (PASSES, "*", report.code), report.text()


# ---- the rest of the page --------------------------------------------------------------------


def test_an_exercise_can_ask_for_one_slope_at_a_kink():
    assert "An exercise can ask for one of them, as 7.2 does." in PAGE
    answer = "@fill_in(ReLU)\ndef backward(ctx, grad_output):\n    (X,) = ctx.saved_tensors\n"
    with nothing_filled_in():
        run_cell(answer + "    return grad_output * (X >= 0)\n")
        with pytest.raises(CheckFailed) as failed:
            check("ReLU.backward", seed=1)
    assert failed.value.report.code == "kink-convention"


def test_a_function_that_is_no_exercise_is_not_asked_again():
    assert "is not asked again: there `check` passes a difference quotient" in PAGE

    def softplus(x):
        return np.logaddexp(0.0, x)

    def measured(g, x):
        return g * (softplus(x + 1e-5) - softplus(x - 1e-5)) / 2e-5

    assert examine(function_of(softplus, measured, numbers), seed=1).passed


def test_an_exercise_that_is_not_asked_again_says_why():
    assert "says why where it is declared" in PAGE
    declared = [declaration_of(slot) for slot in registry.values()]
    assert all(bool(each.no_extreme) == (each.probing is None) for each in declared)


def test_what_is_shown_by_hand_is_two_or_three_rows_of_small_whole_numbers():
    assert "the mistake at two or three rows of small whole numbers" in PAGE
    wrong = function_of(
        lambda X: X**2, lambda g, X: X * g, lambda rng, q=7, n=5: (rng.normal(size=(q, n)),)
    )
    for seed in SEEDS:
        report = examine(wrong, seed=seed)
        for array in report.failing.values():
            assert array.shape in ((2, 3), (3, 2), (2, 2))
            assert (array == np.round(array)).all()
            assert np.abs(array).max() < 10
        again = examine(wrong, seed=seed)
        assert again.text() == report.text()
        assert f"seed={seed} draws the same again" in report.text()


def test_what_does_not_show_there_is_shown_where_it_failed():
    assert "If the mistake does not show there" in PAGE
    wrong = function_of(
        lambda X: X**2,
        lambda g, X: 2 * X * g * (1 if len(X) < 6 else 2),
        lambda rng, q=7, n=5: (rng.normal(size=(q, n)),),
    )
    report = examine(wrong, seed=1)
    assert report.findings[0].example is None
    assert "measured on the forward pass" in report.text()
    assert len(report.failing["input_0"]) >= 6
