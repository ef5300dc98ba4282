"""A Function of which nothing is declared: what is measured is refused, what is derived is not."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from course_utils import Function
from course_utils.checks.derived_or_measured import measured_at
from course_utils.checks.extreme_inputs import HARD, SOFT
from course_utils.exercises.registry import exercise, registry

pytestmark = pytest.mark.usefixtures("only_here")


def own(forward, *draw, **sizes):
    """An exercise of one's own: inputs are normal, unless something draws them."""

    def given(ctx, *inputs):
        ctx.save_for_backward(*inputs)
        return forward(*inputs)

    names = list(inspect.signature(forward).parameters)
    written: dict = {"given": given}
    exec(f"def forward(ctx, {', '.join(names)}): return given(ctx, {', '.join(names)})", written)

    def make_inputs(rng):
        return tuple(d(rng) if callable(d) else rng.normal(size=d) for d in draw)

    body = {"forward": written["forward"], "make_inputs": make_inputs}
    cls = type("Mine", (Function,), {name: staticmethod(f) for name, f in body.items()})
    exercise("09_mine", "9.1")(cls)
    return registry["Mine.backward"]


def measured(forward, h=1e-6, *, contracted):
    """The backward that a learner writes who does not derive it."""

    def backward(ctx, grad_output):
        grads = []
        for k, x in enumerate(ctx.saved_tensors):
            grad = np.zeros_like(x)
            for j in np.ndindex(*x.shape):
                step = np.zeros_like(x)
                step[j] = h
                ends = [list(ctx.saved_tensors) for _ in range(2)]
                ends[0][k], ends[1][k] = x + step, x - step
                high, low = (forward(*end) for end in ends)
                if contracted:
                    high, low = (np.sum(grad_output * each) for each in (high, low))
                grad[j] = np.sum((1.0 if contracted else grad_output) * (high - low)) / (2 * h)
            grads.append(grad)
        return tuple(grads) if len(grads) > 1 else grads[0]

    return backward


def softmax(Z):
    E = np.exp(Z - Z.real.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def of_softmax(Z, G):
    P = softmax(Z)
    return P * (G - np.sum(P * G, axis=1, keepdims=True))


def norm_rows(X):
    return X / np.sqrt(np.sum(X**2, axis=1, keepdims=True))


def of_norm_rows(X, G, guard=0.0):
    size = np.sqrt(np.sum(X**2, axis=1, keepdims=True)) + guard
    Y = X / size
    return (G - Y * np.sum(G * Y, axis=1, keepdims=True)) / size


def standardised(X):
    centred = X - X.mean(axis=0)
    return centred / np.sqrt(np.mean(centred**2, axis=0) + 1e-5)


def of_standardised(X, G):
    centred = X - X.mean(axis=0)
    deviation = np.sqrt(np.mean(centred**2, axis=0) + 1e-5)
    Y = centred / deviation
    return (G - G.mean(axis=0) - Y * np.mean(G * Y, axis=0)) / deviation


def gelu(x):
    return 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3)))


def of_gelu(x, G):
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    return G * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 0.134145 * x**2))


def float32(backward):
    return lambda *given: tuple(
        each.astype(np.float64) for each in backward(*(x.astype(np.float32) for x in given))
    )


def labels(rng):
    return rng.integers(3, size=7).astype(float)


def chosen(X, labels):
    return X[np.arange(7), labels.astype(int)]


def of_chosen(X, labels, G):
    grad = np.zeros_like(X)
    grad[np.arange(7), labels.astype(int)] = G
    return grad, None


def positive(rng):
    return rng.uniform(0.5, 2.0, size=(4, 3))


def careful(x):
    if np.max(np.abs(x)) > 1e3 or np.min(np.abs(x)) < 1e-3:
        raise ValueError("no such numbers here")
    return np.exp(x)


OF_SCALE = lambda X, s, G: (G * s, np.sum(G * X, axis=0, keepdims=True))  # noqa: E731

OWN = [  # (what it is, forward, what draws each input, backward from the inputs and grad_output)
    ("a column times a number", lambda X, s: X * s, [(7, 5), (1, 5)], OF_SCALE),
    ("the same in float32", lambda X, s: X * s, [(7, 5), (1, 5)], float32(OF_SCALE)),
    ("a linear layer", lambda X, W, b: X @ W + b, [(7, 5), (5, 3), (1, 3)],
     lambda X, W, b, G: (G @ W.T, X.T @ G, G.sum(axis=0, keepdims=True))),
    ("a number", lambda a, b: (a - b) ** 2, [(), ()],
     lambda a, b, G: (2 * (a - b) * G, 2 * (b - a) * G)),
    ("tanh", lambda x: np.tanh(x), [(7, 5)], lambda x, G: G * (1 - np.tanh(x) ** 2)),
    ("tanh that is flat", lambda x: np.tanh(x), [lambda rng: 12 * rng.normal(size=(7, 5))],
     lambda x, G: G * (1 - np.tanh(x) ** 2)),
    ("softmax", softmax, [(7, 5)], of_softmax),
    ("rows of length 1", norm_rows, [(7, 5)], of_norm_rows),
    ("rows of length 1, guarded", norm_rows, [(7, 5)],
     lambda X, G: of_norm_rows(X, G, 1e-12)),
    ("standardised", standardised, [(7, 5)], of_standardised),
    ("standardised, of two", standardised, [(2, 5)], of_standardised),
    ("gelu, its constant cut off", gelu, [(7, 5)], of_gelu),
    ("a kink", lambda x: np.maximum(x, 0.1 * x), [(7, 5)],
     lambda x, G: G * np.where(x > 0, 1.0, 0.1)),
    ("absolute values", lambda x: np.abs(x), [(7, 5)], lambda x, G: G * np.sign(x)),
    ("logarithms", lambda x: np.log(x), [positive], lambda x, G: G / x),
    ("labels", chosen, [(7, 3), labels], of_chosen),
    ("an input without a part", lambda x, y: 3 * x, [(7, 5), (4,)],
     lambda x, y, G: (3 * G, np.zeros_like(y))),
    ("only some numbers are taken", careful, [positive], lambda x, G: G * np.exp(x)),
]  # fmt: skip


def derived(backward):
    def written(ctx, grad_output):
        return backward(*ctx.saved_tensors, grad_output)

    return written


@pytest.mark.parametrize(
    ("forward", "draw", "backward"), [r[1:] for r in OWN], ids=[r[0] for r in OWN]
)
def test_what_is_derived_is_let_be(forward, draw, backward):
    slot = own(forward, *draw)
    for seed in range(8):
        assert measured_at(slot, "", derived(backward), SOFT, seed) == {}
        assert measured_at(slot, "", derived(backward), HARD, seed) == {}


NOT_TOLD = (
    "tanh that is flat",  # where the result is 1 on both sides, no digit is lost
    "absolute values",  # of which no complex step can be taken to know what is right
    "standardised, of two",  # nearly everything cancels: a formula rounds as roughly
    "labels",  # of which no differences can be taken
)
MEASURED = [row for row in OWN if row[0] not in NOT_TOLD]


@pytest.mark.parametrize("contracted", [False, True])
@pytest.mark.parametrize(
    ("forward", "draw"), [row[1:3] for row in MEASURED], ids=[row[0] for row in MEASURED]
)
def test_what_is_measured_is_refused(forward, draw, contracted):
    slot = own(forward, *draw)
    for seed in range(3):
        assert measured_at(slot, "", measured(forward, contracted=contracted), SOFT, seed)
