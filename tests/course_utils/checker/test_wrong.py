"""Wrong backwards: each is rejected, and by the name it deserves."""

import re

import numpy as np
import pytest

from autograde.authoring.mistakes import tables
from course_utils import Function, examine
from course_utils.checker import codes

SEEDS = range(6)


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def naive_softmax(Z):
    return np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)


def through_softmax(g, s, axis=1):
    return s * (g - (g * s).sum(axis=axis, keepdims=True))


def through_tanh(g, X, W, z):
    d = g * (1 - np.tanh(z) ** 2)
    return d @ W.T, X.T @ d, d.sum(axis=0, keepdims=True)


def hot(t, c):
    return np.eye(c)[t.astype(int)]


def overwritten(g, x, w):
    grad_x = np.zeros(x.shape)
    for i in range(len(g)):
        grad_x[i : i + len(w)] = g[i] * w
    return grad_x, np.correlate(x, g)


def one_short(g, x):
    grad_x = np.zeros(x.shape)
    for i in range(len(x) - 1):
        grad_x[i] = g[i] * np.cos(x[i])
    return grad_x


def into_integers(g, x):
    grad_x = np.zeros(x.shape, dtype=int)
    grad_x[:] = g * np.cos(x)
    return grad_x


def changed_input(g, x):
    x[:] = np.cos(x)
    return g * x


def changed_target(g, Y, T):
    T -= Y
    return -2 * g * T / Y.size


def changed_upstream(g, x):
    g *= np.cos(x)
    return g


def no_such_function(g, x):
    return g * np.cosine(x)


def leaves(g, x):
    raise SystemExit("enough")


def forgets_return(g, x):
    g * np.cos(x)


def untouched(g, x):
    raise NotImplementedError


# (the mistake, operation, backward, code)
WRONG = [
    ("the sign", "Sine", lambda g, x: -g * np.cos(x), "factor:-1"),
    ("target minus output", "MSE", lambda g, Y, T: g * 2 * (T - Y) / Y.size, "factor:-1"),
    ("the 2 of the square", "Square", lambda g, x: x * g, "factor:1/2"),
    ("the 2 of the mean square", "MSE", lambda g, Y, T: g * (Y - T) / Y.size, "factor:1/2"),
    ("summed, not averaged", "MSE", lambda g, Y, T: g * 2 * (Y - T), "factor:q*p"),
    ("averaged over q alone", "MSE", lambda g, Y, T: g * 2 * (Y - T) / len(Y), "factor:p"),
    ("bias averaged", "BiasAdd", lambda g, X, b: (g, g.mean(axis=0)), "factor:1/q"),
    ("not divided by q", "BatchMean", lambda g, X: g * np.cos(X), "factor:q"),
    ("no upstream", "Sine", lambda g, x: np.cos(x), "no-upstream"),
    ("no upstream of a loss", "MSE", lambda g, Y, T: 2 * (Y - T) / Y.size, "no-upstream"),
    ("upstream summed", "Tanh", lambda g, x: g.sum() * (1 - np.tanh(x) ** 2), "upstream-misused"),
    ("upstream squared", "Sine", lambda g, x: g**2 * np.cos(x), "upstream-misused"),
    ("upstream without sign", "Sine", lambda g, x: abs(g) * np.cos(x), "upstream-misused"),
    ("one entry of upstream", "Sine", lambda g, x: g[0] * np.cos(x), "upstream-misused"),
    ("W without .T, square", "MatMul", lambda g, A, B: (g @ B, A.T @ g), "transpose"),
    ("W without .T", "Linear", lambda g, X, W, b: (g @ W, X.T @ g, g.sum(0)[None]), "transpose"),
    ("grad_W.T", "Linear", lambda g, X, W, b: (g @ W.T, g.T @ X, g.sum(0)[None]), "transpose"),
    (
        "reshape for transpose",
        "Transpose",
        lambda g, A, x: ((g * x[:, None]).reshape(A.shape), (g * A.T).sum(axis=1)),
        "reshape",
    ),
    ("b not summed", "BiasAdd", lambda g, X, b: (g, g), "no-batch-sum"),
    ("b summed along rows", "BiasAdd", lambda g, X, b: (g, g.sum(axis=1)), "wrong-axis"),
    ("softmax down", "Softmax", lambda g, Z: through_softmax(g, softmax(Z), 0), "wrong-axis"),
    (
        "softmax over all",
        "Softmax",
        lambda g, Z: through_softmax(g, softmax(Z), None),
        "wrong-axis",
    ),
    ("reversed", "Sine", lambda g, x: (g * np.cos(x))[::-1], "wrong-axis"),
    ("the first sample", "BiasAdd", lambda g, X, b: (g, g[0]), "one-sample"),
    (
        "the last sample",
        "Linear",
        lambda g, X, W, b: (g @ W.T, np.outer(X[-1], g[-1]), g.sum(0)[None]),
        "one-sample",
    ),
    ("b without its row", "Linear", lambda g, X, W, b: (g @ W.T, X.T @ g, g.sum(0)), "shape"),
    ("one number for all", "Sine", lambda g, x: np.sum(g * np.cos(x)), "shape"),
    ("exchanged", "MatVec", lambda g, A, x: (A.T @ g, np.outer(g, x)), "order"),
    ("no grad_b", "Linear", lambda g, X, W, b: (g @ W.T, X.T @ g), "count"),
    ("None for grad_b", "Linear", lambda g, X, W, b: (g @ W.T, X.T @ g, None), "count"),
    ("one too many", "Sine", lambda g, x: (g * np.cos(x), x, x), "count"),
    ("one for the target too", "MSE", lambda g, Y, T: (g * 2 * (Y - T) / Y.size, T), "count"),
    ("no derivative", "Tanh", lambda g, x: g.copy(), "missing-local"),
    ("the value for the slope", "Sine", lambda g, x: g * np.sin(x), "missing-local"),
    (
        "an inner derivative",
        "Chain",
        lambda g, x: g * (1 - np.tanh(np.sin(x) ** 2) ** 2) * 2 * np.sin(x),
        "missing-local",
    ),
    ("a sum for a difference", "Tanh", lambda g, x: g * (1 + np.tanh(x) ** 2), "wrong-local"),
    ("not squared", "Tanh", lambda g, x: g * (1 - np.tanh(x)), "wrong-local"),
    ("x for y", "Tanh", lambda g, x: g * (1 - x**2), "wrong-point"),
    ("y for x", "Sine", lambda g, x: g * np.cos(np.sin(x)), "wrong-point"),
    ("one way of two", "Twice", lambda g, x: g * np.sin(x), "missing-term"),
    ("= for +=", "Convolve", overwritten, "missing-term"),
    ("a for b", "Multiply", lambda g, a, b: (g * a, g * b), "wrong-input"),
    ("a loop too short", "Sine", one_short, "entries"),
    ("an epsilon", "Log", lambda g, x: g / (x + 1e-5), "small-error"),
    ("four digits", "Sine", lambda g, x: g * np.round(np.cos(x), 4), "small-error"),
    (
        "a difference quotient",
        "Sine",
        lambda g, x: g * (np.sin(x + 1e-4) - np.sin(x)) / 1e-4,
        "small-error",
    ),
    (
        "the size of one number",
        "Scalar",
        lambda g, a, y: 2 * (a - y) * abs(g),
        "upstream-misused",
    ),
    (
        "gradients of one shape exchanged",
        "Affine",
        lambda g, X, c, d: (g * c, g.sum(axis=0), (g * X).sum(axis=0)),
        "order",
    ),
    (
        "one row of grad_output for all",
        "Softmax",
        lambda g, Z: through_softmax(np.broadcast_to(g[0], g.shape), softmax(Z)),
        "one-sample",
    ),
    (
        "grad_output summed over the batch",
        "Tanh",
        lambda g, x: g.sum(axis=0) * (1 - np.tanh(x) ** 2),
        "wrong-axis",
    ),
    (
        "grad_output summed before the product",
        "Linear",
        lambda g, X, W, b: (
            g @ W.T,
            np.outer(X.sum(axis=0), g.sum(axis=0)),
            g.sum(axis=0, keepdims=True),
        ),
        "wrong-axis",
    ),
    (
        "means before the product",
        "Linear",
        lambda g, X, W, b: (
            g @ W.T,
            np.outer(X.mean(axis=0), g.mean(axis=0)),
            g.sum(axis=0, keepdims=True),
        ),
        "only-q1",
    ),
    ("writes into x", "Sine", changed_input, "mutates-input"),
    ("writes into the target", "MSE", changed_target, "mutates-input"),
    ("writes into grad_output", "Sine", changed_upstream, "mutates-upstream"),
    ("an integer array", "Sine", into_integers, "dtype-int"),
    ("objects", "Sine", lambda g, x: (g * np.cos(x)).astype(object), "dtype-object"),
    ("float32", "Sine", lambda g, x: (g * np.cos(x)).astype(np.float32), "dtype-float32"),
    ("0 / 0 at zero", "Relu", lambda g, x: g * np.maximum(x, 0) / x, "nan"),
    ("0 / 0 in a root", "Abs", lambda g, x: g * x / np.sqrt(x * x), "nan"),
    ("nan everywhere", "Sine", lambda g, x: g * np.nan, "nan"),
    ("exp(-x) alone", "Sigmoid", lambda g, x: g * np.exp(-x) / (1 + np.exp(-x)) ** 2, "overflow"),
    ("exp(Z) alone", "Softmax", lambda g, Z: through_softmax(g, naive_softmax(Z)), "overflow"),
    (
        "the first row's sum for all",
        "Softmax",
        lambda g, Z: softmax(Z) * (g - (g[:1] * softmax(Z)[:1]).sum()),
        "only-q1",
    ),
    ("b left out", "Layer", lambda g, X, W, b: through_tanh(g, X, W, X @ W), "only-b0"),
    ("the sign of x lost", "AbsCubed", lambda g, x: 3 * g * x**2, "only-positive"),
    ("no such function", "Sine", no_such_function, "crash"),
    ("leaves Python", "Sine", leaves, "crash"),
    ("no return", "Sine", forgets_return, "type"),
    ("text", "Sine", lambda g, x: "g cos x", "type"),
    ("complex", "Sine", lambda g, x: g * np.cos(x) + 0j, "type"),
    ("zeros", "Sine", lambda g, x: np.zeros_like(x), "zero"),
    ("clipped", "Square", lambda g, x: np.clip(2 * x * g, -1, 1), "clipped"),
    ("7 for q", "BatchMean", lambda g, X: g * np.cos(X) / 7, "hardcoded"),
    ("not begun", "Sine", untouched, "not-filled-in"),
    (
        "a sum over the batch",
        "CrossEntropy",
        lambda g, Z, t: g * (softmax(Z) - hot(t, Z.shape[1])),
        "factor:q",
    ),
    (
        "the target forgotten",
        "CrossEntropy",
        lambda g, Z, t: g * softmax(Z) / len(t),
        "missing-term",
    ),
]


def adds_up():
    total = {}

    def backward(g, x):
        total[x.shape] = total.get(x.shape, 0.0) + g * np.cos(x)
        return total[x.shape]

    return backward


def drifts():
    calls = []

    def backward(g, x):
        calls.append(1)
        return g * np.cos(x) + 0.1 * (len(calls) - 1)

    return backward


def noisy():
    rng = np.random.default_rng(1)
    return lambda g, x: g * np.cos(x) * (1 + 0.1 * rng.normal(size=x.shape))


def remembers():
    known = {}

    def backward(g, x):
        key = x.tobytes() + g.tobytes()
        if key not in known:
            known[key] = g * np.cos(x)
        return known[key]

    return backward


def one_buffer():
    buffers = {}

    def backward(g, x):
        out = buffers.setdefault(x.shape, np.empty(x.shape))
        out[:] = g * np.cos(x)
        return out

    return backward


def knows_its_arrays():
    known = []

    def backward(g, x):
        for old, result in known:
            if old is x:
                return result.copy()
        known.append((x, g * np.cos(x)))
        return known[-1][1].copy()

    return backward


# (the mistake, makes a fresh backward of Sine, code)
KEEPING = [
    ("adds up over calls", adds_up, "stateful"),
    ("counts its calls", drifts, "stateful"),
    ("draws random numbers", noisy, "nondeterministic"),
    ("hands out what it keeps", remembers, "alias"),
    ("one buffer for all", one_buffer, "alias"),
    ("answers for the array, not for what is in it", knows_its_arrays, "stateful"),
]


@pytest.mark.parametrize(
    ("operation", "backward", "code"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_the_mistake_is_named_whatever_the_seed(examined, operation, backward, code):
    assert {examined(operation, backward, seed).code for seed in SEEDS} == {code}


@pytest.mark.parametrize(
    ("make", "code"), [row[1:] for row in KEEPING], ids=[row[0] for row in KEEPING]
)
def test_what_one_call_does_to_the_next_is_named(examined, make, code):
    assert {examined("Sine", make(), seed).code for seed in SEEDS} == {code}


class Ignored(Function):
    """The second input plays no part, so its gradient is the same zeros each time."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return 2 * x

    @staticmethod
    def make_inputs(rng, n=5):
        return rng.normal(size=n), rng.normal(size=n)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("kept", "code"), [(False, ""), (True, "alias")])
def test_what_is_kept_is_told_from_what_answers_for_other_numbers(kept, code, seed):
    zeros = {}

    @staticmethod
    def backward(ctx, grad_output):
        _, y = ctx.saved_tensors
        nothing = np.zeros(y.shape)
        return 2 * grad_output, zeros.setdefault(y.shape, nothing) if kept else nothing

    report = examine(type("Ignores", (Ignored,), {"backward": backward}), seed=seed)
    assert report.code == code, report.text()


def test_every_code_is_got_by_a_mistake():
    got = {row[-1] for row in [*WRONG, *KEEPING]} | {mistake.code for mistake in tables()}
    others = {"numerical", "not-measured"}  # docs/checker.md and test_key.py show these
    assert set(codes.CODES) == {codes.require(code).name for code in got} | others


# What a learner would only have to copy.
ANSWERS = re.compile(r"np\.|@|\.T\b|cos\(|1 ?-|\*\*|grad_output \*|keepdims|sum\(")


@pytest.mark.parametrize(
    ("operation", "backward"), [row[1:3] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_the_message_names_the_gradient_and_not_the_answer(examined, operation, backward):
    report = examined(operation, backward)
    for finding in report.findings:
        assert finding.message
        if finding.code != "crash":
            assert not ANSWERS.search(finding.message), finding.message
        if finding.input is not None:
            assert re.search(rf"\b(grad_)?{finding.input}\b", finding.message), finding.message


def test_received_and_expected_stand_in_the_text(examined):
    text = examined("Square", lambda g, x: x * g).text()
    (shown,) = re.findall(r"^ +(\S+ ≠ .*\|.*)$", text, re.MULTILINE)
    yours, measured = (np.array(side.replace("≠", "").split(), float) for side in shown.split("|"))
    assert measured == pytest.approx(2 * yours, rel=1e-3)
    assert "Seen with n = 5." in text


def test_each_wrong_gradient_has_a_finding_of_its_own(examined):
    report = examined("Linear", lambda g, X, W, b: (-g @ W.T, 2 * X.T @ g, g.sum(0)[None]))
    assert [(f.input, f.code) for f in report.findings] == [("X", "factor:-1"), ("W", "factor:2")]
    assert report.by_input() == {"X": False, "W": False, "b": True}


@pytest.mark.parametrize(
    ("backward", "right"),
    [
        (lambda g, X, W, b: ("x", "x", "x"), (False, False, False)),
        (lambda g, X, W, b: (np.float32(g @ W.T), X.T @ g, g.sum(0)[None]), (False, True, True)),
        (lambda g, X, W, b: (np.float32(g @ W.T), W, g.sum(0)[None]), (False, False, True)),
        (lambda g, X, W, b: (g @ W.T, None, np.ones((1, b.size), int)), (True, False, False)),
        (lambda g, X, W, b: (X.T @ g, g @ W.T, g.sum(0)[None]), (False, False, True)),
    ],
    ids=["texts", "one in float32", "that, and one wrong", "one missing, one whole", "swapped"],
)
def test_only_a_gradient_that_was_compared_is_right(examined, backward, right):
    """One that cannot be read must not leave the others uncompared, and right by default."""
    assert tuple(examined("Linear", backward).by_input().values()) == right
