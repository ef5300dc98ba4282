"""The key is proven wherever it is used: with every seed right passes, and wrong fails."""

import numpy as np
import pytest

from course_utils.checker import examine
from tests.functions import function_of

SEEDS = range(6)


def few(rng, q=7, n=3):
    return (rng.normal(size=(q, n)),)


def small(rng, q=7, n=3):
    return (0.02 * rng.normal(size=(q, n)),)


def vector(rng, n=6):
    return (rng.normal(size=n),)


def two(rng, n=6, m=4):
    return rng.normal(size=n), rng.normal(size=m)


def fractions(rng, q=5, n=3):
    return (rng.uniform(0.02, 0.98, size=(q, n)),)


def matrix(rng, n=3):
    return (rng.normal(size=(n, n)) + 3 * np.eye(n),)


def logits(rng, q=7, c=5):
    return rng.normal(size=(q, c)), np.eye(c)[rng.integers(c, size=q)]


def layer(rng, q=5, n=4, p=3):
    return rng.normal(size=(q, n)), rng.normal(size=(n, p))


def huber(delta):
    def forward(r):
        far = np.abs(r) > delta
        return np.where(far, delta * (np.abs(r) - delta / 2), r * r / 2)

    return forward


def shrunk(x):
    return np.where(np.abs(x) > 2, x - 2 * np.sign(x), 0 * x)


def cut(x):
    length = np.linalg.norm(x)
    return x * 8 / length if length > 8 else 1.0 * x


def through_cut(g, x):
    length = np.linalg.norm(x)
    return 8 / length * (g - x * (x @ g) / length**2) if length > 8 else 1.0 * g


def uneven(x):
    return np.concatenate([[1e7 * x.sum()], np.abs(x)])


def entropy(p):
    """Real numbers alone, and none outside (0, 1)."""
    return np.array([-float(a) * np.log(float(a)) for a in p.ravel()]).reshape(p.shape)


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def bounded_entropy(Z, T):
    return -np.mean(np.sum(T * np.log(np.clip(softmax(Z), 1e-10, 1)), axis=1))


def in_order(g, x):
    grad = np.zeros(x.shape)
    grad[np.argsort(x, kind="stable")] = g
    return grad


def middle(x):
    return np.sort(x)[len(x) // 2]


def to_the_middle(g, x):
    grad = np.zeros(x.shape)
    grad[np.argsort(x)[len(x) // 2]] = g
    return grad


def first_largest(g, x):
    grad = np.zeros(x.shape)
    grad[np.argmax(x)] = g
    return grad


def lengths(x):
    return np.sqrt(np.sum(x * x, axis=1))


def by_lengths(g, x):
    size = np.sqrt(np.sum(x * x, axis=1, keepdims=True))
    return g[:, None] * x / np.where(size > 0, size, 1)


def low(X, W):
    return np.tanh(X.astype(np.float32) @ W.astype(np.float32))


def through_low(g, X, W):
    d = g * (1 - np.tanh(X @ W) ** 2)
    return d @ W.T, X.T @ d


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# (what it is, forward, make_inputs, backward, whether it is right)
ANSWERS = [
    ("huber, delta 5", huber(5), few, lambda g, r: g * np.clip(r, -5, 5), True),
    ("huber, delta 5, 0 beyond", huber(5), few, lambda g, r: g * r * (np.abs(r) < 5), False),
    ("huber, delta 1", huber(1), small, lambda g, r: g * np.clip(r, -1, 1), True),
    ("huber, delta 1, r beyond", huber(1), small, lambda g, r: g * r, False),
    ("threshold", shrunk, few, lambda g, x: g * (np.abs(x) > 2), True),
    ("threshold, 0 everywhere", shrunk, few, lambda g, x: 0 * x, False),
    ("threshold, 1 everywhere", shrunk, few, lambda g, x: 1 * g, False),
    ("cut to a length", cut, vector, through_cut, True),
    ("cut to a length, never", cut, vector, lambda g, x: 1 * g, False),
    ("uneven", uneven, vector, lambda g, x: 1e7 * g[0] + g[1:] * np.sign(x), True),
    ("uneven, no abs", uneven, vector, lambda g, x: 1e7 * g[0] + 0 * x, False),
    (
        "two inputs, uneven",
        lambda a, b: 1e7 * a.sum() + np.abs(b).sum(),
        two,
        lambda g, a, b: (np.full(a.shape, 1e7 * g), g * np.sign(b)),
        True,
    ),
    (
        "two inputs, uneven, no abs",
        lambda a, b: 1e7 * a.sum() + np.abs(b).sum(),
        two,
        lambda g, a, b: (np.full(a.shape, 1e7 * g), 0 * b),
        False,
    ),
    ("entropy", entropy, fractions, lambda g, p: -g * (np.log(p) + 1), True),
    ("entropy, zeros", entropy, fractions, lambda g, p: 0 * p, False),
    (
        "determinant",
        np.linalg.det,
        matrix,
        lambda g, A: g * np.linalg.det(A) * np.linalg.inv(A).T,
        True,
    ),
    (
        "determinant, no T",
        np.linalg.det,
        matrix,
        lambda g, A: g * np.linalg.det(A) * np.linalg.inv(A),
        False,
    ),
    (
        "cross-entropy with a bound",
        bounded_entropy,
        logits,
        lambda g, Z, T: (g * (softmax(Z) - T) / len(Z), None),
        True,
    ),
    (
        "cross-entropy with a bound, no mean",
        bounded_entropy,
        logits,
        lambda g, Z, T: (g * (softmax(Z) - T), None),
        False,
    ),
    ("sorted", np.sort, vector, in_order, True),
    ("sorted, as it came", np.sort, vector, lambda g, x: 1 * g, False),
    ("median", middle, vector, to_the_middle, True),
    ("median, all", middle, vector, lambda g, x: np.full(x.shape, g / len(x)), False),
    ("largest", np.max, vector, first_largest, True),
    (
        "largest, shared",
        np.max,
        vector,
        lambda g, x: g * (x == x.max()) / (x == x.max()).sum(),
        True,
    ),
    (
        "relu minus relu",
        lambda x: np.maximum(x, 0) - np.maximum(-x, 0) / 2,
        few,
        lambda g, x: g * ((x > 0) + (x < 0) / 2),
        True,
    ),
    ("lengths", lengths, few, by_lengths, True),
    ("lengths, squared", lengths, few, lambda g, x: g[:, None] * x, False),
    ("float32", low, layer, through_low, True),
    ("float32, no slope", low, layer, lambda g, X, W: (g @ W.T, X.T @ g), False),
    (
        "float32, a factor",
        low,
        layer,
        lambda g, X, W: [1.001 * a for a in through_low(g, X, W)],
        False,
    ),
    ("sigmoid", sigmoid, few, lambda g, x: g * sigmoid(x) * (1 - sigmoid(x)), True),
    (
        "sigmoid that overflows",
        sigmoid,
        few,
        lambda g, x: g * np.exp(-x) / (1 + np.exp(-x)) ** 2,
        False,
    ),
]


@pytest.mark.parametrize(
    ("forward", "make_inputs", "backward", "right"),
    [a[1:] for a in ANSWERS],
    ids=[a[0] for a in ANSWERS],
)
def test_each_seed_says_the_same(forward, make_inputs, backward, right):
    wrt = (0,) if make_inputs is logits else None
    function = function_of(forward, backward, make_inputs)
    reports = [examine(function, wrt=wrt, seed=seed) for seed in SEEDS]
    other = [r for r in reports if r.passed != right]
    assert not other, f"{len(other)} of {len(reports)}: {other[0].text()}"
    assert all(r.entries >= 40 for r in reports if r.passed)


def jagged(x):
    """Turn so fast that no slope can be measured."""
    return np.real(x) + np.sin(1e13 * np.real(x))


# (what it is, forward, make_inputs, backward)
NOT_MEASURED = [
    ("no slopes anywhere", jagged, few, lambda g, x: 0 * x),
    ("one of two inputs", lambda a, b: np.sum(a * a) + np.sum(jagged(b)), two,
     lambda g, a, b: (2 * g * a, 0 * b)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("forward", "make_inputs", "backward"),
    [a[1:] for a in NOT_MEASURED],
    ids=[a[0] for a in NOT_MEASURED],
)
def test_what_cannot_be_measured_is_not_passed(forward, make_inputs, backward):
    report = examine(function_of(forward, backward, make_inputs), seed=0)
    assert not report.passed
    assert report.code == "not-measured", report.text()
    assert "not its fault" in report.text()


def test_an_author_leaves_kinds_of_trials_out():
    function = function_of(np.tanh, lambda g, x: g * (1 - np.tanh(x) ** 2), few)
    kinds = ("zeros", "large", "size 1", "small", "square", "batch of 1", "other sizes")
    report = examine(function, without=kinds, seed=0)
    assert report.passed
    assert {label.split(":")[0] for label in report.trials} == {"random numbers"}
    with pytest.raises(ValueError, match="'huge'; it may name other sizes"):
        examine(function, without=("huge",))


# (what is wrong, backward of tanh, whether it shows only at inputs that the check made up)
SHOWN = [
    ("a sign everywhere", lambda g, x: -g * (1 - np.tanh(x) ** 2), False),
    ("nan at zero", lambda g, x: g * (1 - np.tanh(x) ** 2) * x / x, True),
    ("nan far out", lambda g, x: g / np.cosh(x * np.cosh(x) / np.cosh(x)) ** 2, True),
]


@pytest.mark.parametrize(("backward", "only"), [s[1:] for s in SHOWN], ids=[s[0] for s in SHOWN])
def test_it_is_said_where_only_made_up_inputs_show_it(backward, only):
    report = examine(function_of(np.tanh, backward, few), seed=0)
    assert not report.passed
    assert ("only at inputs that the check chose itself" in report.text()) is only
