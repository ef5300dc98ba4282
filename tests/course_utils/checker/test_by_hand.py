"""What is shown of a mistake: small whole numbers where it shows there, and nothing false."""

import numpy as np
import pytest

from course_utils import examine
from course_utils.checker import by_hand, examine_function
from tests.functions import function_of


def signed(rng, q=7, n=5):
    return (rng.normal(size=(q, n)),)


def positive(rng, q=7, n=5):
    return (rng.uniform(0.1, 3.0, size=(q, n)),)


def below_one(rng, q=7, n=5):
    return (rng.uniform(0.05, 0.95, size=(q, n)),)


def one_hot(rng, q=7, n=5):
    return rng.normal(size=(q, n)), np.eye(n)[rng.integers(0, n, size=q)]


def fixed(rng):
    return (rng.normal(size=(6, 7)),)


def is_whole(x):
    return bool((x == np.round(x)).all())


def is_tenths(x):
    return np.allclose(10 * x, np.round(10 * x))


SHOWN = [  # (forward, wrong backward, make_inputs, what is true of every input)
    (lambda X: X**2, lambda g, X: g * X, signed, is_whole),
    (np.log, lambda g, X: g / X**2, positive, lambda X: is_whole(X) and X.min() >= 1),
    (np.arctanh, lambda g, X: g / (1 - X), below_one, lambda X: is_tenths(X) and X.max() < 1),
    (lambda X, T: X * T, lambda g, X, T: (2 * g * T, g * X), one_hot, is_whole),
    # Where two entries of a row are the same the largest has several slopes.
    (lambda X: X.max(axis=1), lambda g, X: 2 * g[:, None] * (X.max(axis=1, keepdims=True) == X),
     signed, lambda X: all(row.max() > np.sort(row)[-2] for row in X)),
]  # fmt: skip


@pytest.mark.parametrize(("forward", "backward", "make_inputs", "is_so"), SHOWN)
def test_small_numbers_at_which_the_forward_lives(forward, backward, make_inputs, is_so):
    for seed in range(1, 6):
        report = examine(function_of(forward, backward, make_inputs), seed=seed)
        example = report.findings[0].example
        assert example is not None
        *inputs, upstream = example.inputs.values()
        assert all(is_so(x) for x in inputs), inputs
        assert is_whole(upstream)
        assert max(len(x) for x in inputs) <= 3
        assert list(report.failing) == list(example.inputs)
        assert not np.allclose(example.received[example.wrong], example.expected[example.wrong])


NOT_SHOWN = [  # (forward, wrong backward, make_inputs)
    (lambda X: X**2, lambda g, X: g * X, fixed),  # too much to be written down
    (lambda X: X**2, lambda g, X: 2 * g * X * (1 + (len(X) > 3)), signed),  # right at few rows
    (lambda X: X**2 if X.size > 9 else X + np.nan, lambda g, X: g * X, signed),
]


@pytest.mark.parametrize(("forward", "backward", "make_inputs"), NOT_SHOWN)
def test_what_does_not_show_at_small_numbers_is_shown_as_it_failed(forward, backward, make_inputs):
    report = examine(function_of(forward, backward, make_inputs), seed=1)
    assert not report.passed
    assert report.findings[0].example is None
    assert "measured on the forward pass:" in report.text()
    assert "by hand" not in report.text()
    assert report.failing["input_0"].size > 9


@pytest.mark.parametrize("size", [3, 10**6])
def test_nothing_is_shown_that_nobody_would_read(size):
    report = examine(function_of(np.sin, lambda g, X: np.zeros(size), signed), seed=1)
    assert report.code == "shape"
    assert (report.findings[0].example is not None) == (size == 3)
    assert len(report.text()) < 2000


def test_an_authors_smallest_size_is_kept():
    wrong = function_of(lambda X: X**2, lambda g, X: g * X, signed)
    report = examine(wrong, smallest={"n": 4}, seed=1)
    assert report.failing["input_0"].shape[1] == 4


def test_inputs_are_printed_once_for_all_that_is_wrong_there():
    wrong = function_of(
        lambda X, b: X + b,
        lambda g, X, b: (2 * g, g.sum(axis=0)),
        lambda rng, q=7, n=5: (rng.normal(size=(q, n)), rng.normal(size=(1, n))),
    )
    text = examine(wrong, seed=1).text()
    assert text.count("to be redone by hand:") == text.count("grad_output, shape (2, 3):") == 1
    assert "grad_input_0, shape (2, 3), yours (≠ is wrong) | measured:" in text
    assert "grad_input_1, yours, shape (3,):" in text
    assert "grad_input_1, measured, shape (1, 3):" in text
    # The sentence comes before the numbers that show it.
    assert text.index("is exactly 2 times") < text.index("≠")


def test_digits_that_differ_are_shown():
    wrong = function_of(lambda X: 3.0 * X, lambda g, X: 3.0 * g * (1 + 1e-6), signed)
    shown = [line for line in examine(wrong, seed=1).text().splitlines() if "≠ " in line]
    assert shown
    for line in shown:
        if "|" in line and "yours" not in line:
            yours, measured = line.split("|")
            assert not set(yours.replace("≠", " ").split()) & set(measured.split()), line


def test_nothing_more_is_asked_of_what_passes(monkeypatch):
    monkeypatch.setattr(by_hand, "_answered", lambda *given: pytest.fail("it was asked"))
    report = examine(function_of(lambda X: X**2, lambda g, X: 2 * g * X, signed), seed=1)
    assert report.passed
    assert report.seed == 1
    assert report.failing == {}


def test_the_seed_that_is_printed_draws_the_same():
    wrong = function_of(lambda X: X**2, lambda g, X: g * X, signed)
    first = examine(wrong)
    assert f"seed={first.seed} draws the same again" in first.text()
    assert examine(wrong, seed=first.seed).text() == first.text()


def is_tie_free(Z):
    return all(row.max() > np.sort(row)[-2] for row in Z)


def labelled(rng, q=7, p=5):
    return rng.normal(size=(q, p)), rng.integers(0, p, size=q)


PLAIN = [  # (wrong function, right one, make_inputs, what is true of the first input)
    (lambda X: 2 * X.T, lambda X: X.T, signed, is_whole),
    (lambda X: X, lambda X: X.T, signed, is_whole),
    (lambda X, how: -X, lambda X, how: X, lambda rng, q=7: (rng.normal(size=q), "C"), is_whole),
    (lambda X: 1 / X, np.log, below_one, lambda X: X.min() > 0),
    (lambda Z, t: 2 * np.mean(Z.argmax(axis=1) == t), lambda Z, t: np.mean(Z.argmax(axis=1) == t),
     labelled, is_tie_free),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "right", "make_inputs", "is_so"), PLAIN)
def test_a_plain_function_is_shown_at_small_numbers_too(wrong, right, make_inputs, is_so):
    for seed in range(1, 4):
        report = examine_function(wrong, right, make_inputs, seed=seed)
        example = report.findings[0].example
        assert example is not None
        assert report.failing == dict(example.inputs)
        arguments = tuple(example.inputs.values())
        assert is_so(arguments[0])
        assert np.array_equal(example.received, wrong(*arguments))
        assert np.array_equal(example.expected, right(*arguments))
        assert "to be redone by hand:" in report.text()
        assert "to be redone by hand:" in report.html()


NOT_PLAIN = [  # (wrong function, right one, make_inputs)
    (lambda f, x: 2 * f(x), lambda f, x: f(x), lambda rng: (np.sin, rng.normal(size=3))),
    (lambda X: 2 * X, lambda X: X, fixed),
    (lambda P: 2 * P, lambda P: P / (P.sum(axis=1, keepdims=True) == 1),
     lambda rng, q=4: (np.full((q, 2), 0.5),)),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "right", "make_inputs"), NOT_PLAIN)
def test_of_a_plain_function_nothing_is_shown_that_it_was_not_made_for(wrong, right, make_inputs):
    report = examine_function(wrong, right, make_inputs, seed=1)
    assert not report.passed
    example = report.findings[0].example
    assert example is None or np.all(example.inputs["P"] == 0.5)
