"""One step inside the forward pass treated wrongly."""

import numpy as np

from course_utils.checker.hypotheses.replay import Replay
from course_utils.measure.tracer import Step


def chain(x):
    return np.tanh(np.sin(x) ** 2)


def outer(x):
    return 1 - chain(x) ** 2


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def layer(g, X, W, b, slope=lambda t: 1 - t**2):
    d = g * slope(np.tanh(X @ W + b))
    return d @ W.T, X.T @ d, d.sum(axis=0, keepdims=True)


def gate(g, x, h, back_W, back_U, W, U):
    z = 1 / (1 + np.exp(-(x @ W + h @ U)))
    d = g * (h - x) * z * (1 - z)
    return d @ back_W.T + g * (1 - z), d @ back_U.T + g * z, x.T @ d, h.T @ d


def summed_layer_norm(g, X, c):
    D = X - X.mean(axis=1, keepdims=True)
    s = np.sqrt((D * D).mean(axis=1, keepdims=True) + 1e-5)
    H, d = D / s, g * c
    ways = d.sum(axis=1, keepdims=True) + H * (d * H).sum(axis=1, keepdims=True)
    return (d - ways) / s, (g * H).sum(axis=0)


# (the mistake, operation, backward, code, what the message says)
CASES = [
    (
        "the inner derivative left out",
        "Chain",
        lambda g, x: g * outer(x) * 2 * np.sin(x),
        "missing-local",
        "the step `sin` is left out",
    ),
    (
        "the outer derivative left out",
        "Chain",
        lambda g, x: g * 2 * np.sin(x) * np.cos(x),
        "missing-local",
        "the step `tanh` is left out",
    ),
    (
        "the sine not differentiated",
        "Chain",
        lambda g, x: g * outer(x) * 2 * np.sin(x) * np.sin(x),
        "missing-local",
        "`sin` is not differentiated",
    ),
    (
        "cosine of the sine",
        "Chain",
        lambda g, x: g * outer(x) * 2 * np.sin(x) * np.cos(np.sin(x)),
        "wrong-point",
        "`sin` at the wrong value",
    ),
    (
        "one way of two",
        "Twice",
        lambda g, x: g * x * np.cos(x),
        "missing-term",
        "in more than one way",
    ),
    (
        "a sigmoid's derivative",
        "Layer",
        lambda *a: layer(*a, slope=lambda t: t * (1 - t)),
        "wrong-local",
        "as what it is for a sigmoid",
    ),
    ("no square", "Layer", lambda *a: layer(*a, slope=lambda t: 1 - t), "wrong-local", "a square"),
    (
        "two steps not differentiated",
        "Swish",
        lambda g, x: g / (1 + np.exp(-x)) * (1 + x),
        "missing-local",
        "are not differentiated",
    ),
    (
        "the diagonal of a softmax",
        "HotEntropy",
        lambda g, Z, Y: -g * Y * (1 - softmax(Z)) / len(Z),
        "missing-term",
        "each entry counted only for itself in `sum`",
    ),
    (
        "the square matrix inside",
        "Gate",
        lambda g, x, h, W, U: gate(g, x, h, W.T, U, W, U),
        "transpose",
        "used the wrong way round",
    ),
    (
        "b times its gradient",
        "Layer",
        lambda g, X, W, b: (*layer(g, X, W, b)[:2], layer(g, X, W, b)[2] * b),
        "wrong-local",
        "multiplied by the input b once more",
    ),
    (
        "one factor too many below",
        "Ratio",
        lambda g, a, b: (g / b, -g * a / b**3),
        "wrong-local",
        "once more than it should be",
    ),
    (
        "the sum for the mean",
        "LayerNorm",
        summed_layer_norm,
        "wrong-local",
        "with a sum in the place of every `mean`",
    ),
]


def test_it_is_explained(explained):
    explained()


def test_the_replay_reproduces_the_derivative():
    x = np.array([0.3, -1.2])
    direction = np.array([1.0, 0.5])
    replay = Replay(chain, (x,))
    found = replay.push(0, direction)[replay.tape.result]
    slopes = outer(x) * 2 * np.sin(x) * np.cos(x)
    np.testing.assert_allclose(found, slopes * direction, rtol=1e-14)


def test_what_nothing_explains_is_not_replayed_for_ever(examined, monkeypatch):
    """All that is tried of steps comes to a few hundred forward passes, and no more."""
    replayed = []
    again = Step.again

    def counted(step, arguments):
        replayed.append(step.name)
        return again(step, arguments)

    monkeypatch.setattr(Step, "again", counted)

    def odd(g, X, c):
        return g * np.sin(3 * X), summed_layer_norm(g, X, c)[1]

    report = examined("LayerNorm", odd)
    assert report.code == "wrong-local"
    assert 0 < len(replayed) < 400 * 10  # the forward pass has ten steps
