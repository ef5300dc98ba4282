"""The ways from an input to the output, and how often each was counted."""

import numpy as np
import pytest

from course_utils.checker.hypotheses.replay import Replay
from course_utils.checker.hypotheses.ways import ways_through


def layer_norm(g, X, c, mean=1.0, variance=1.0):
    """Right with factors of 1; what is the gradient with respect to c is right always."""
    D = X - X.mean(axis=1, keepdims=True)
    s = np.sqrt((D * D).mean(axis=1, keepdims=True) + 1e-5)
    H, d = D / s, g * c
    ways = mean * d.mean(axis=1, keepdims=True) + variance * H * (d * H).mean(axis=1, keepdims=True)
    return (d - ways) / s, (g * H).sum(axis=0)


def gate(g, x, h, W, U, direct_x=1.0, direct_h=1.0):
    z = 1 / (1 + np.exp(-(x @ W + h @ U)))
    d = g * (h - x) * z * (1 - z)
    grad_x, grad_h = d @ W.T + direct_x * g * (1 - z), d @ U.T + direct_h * g * z
    return grad_x, grad_h, x.T @ d, h.T @ d


def swish(g, x, product=1.0):
    s = 1 / (1 + np.exp(-x))
    return g * (s + product * x * s * (1 - s))


# (the mistake, operation, backward, code, what the message says)
CASES = [
    (
        "mean and deviation as constants",
        "LayerNorm",
        lambda g, X, c: layer_norm(g, X, c, 0, 0),
        "missing-term",
        "the result of `mean` (the first) and the result of `sqrt` taken as constants",
    ),
    (
        "the mean as a constant",
        "LayerNorm",
        lambda g, X, c: layer_norm(g, X, c, mean=0),
        "missing-term",
        "the result of `mean` (the first) taken as a constant",
    ),
    (
        "the deviation as a constant",
        "LayerNorm",
        lambda g, X, c: layer_norm(g, X, c, variance=0),
        "missing-term",
        "the result of `sqrt` taken as a constant",
    ),
    (
        "a sign in one of the ways",
        "LayerNorm",
        lambda g, X, c: layer_norm(g, X, c, variance=-1),
        "wrong-local",
        "counted with the other sign",
    ),
    (
        "one way twice",
        "LayerNorm",
        lambda g, X, c: layer_norm(g, X, c, variance=2),
        "wrong-local",
        "counted 2 times",
    ),
    (
        "past the gate",
        "Gate",
        lambda *a: gate(*a, direct_h=0),
        "missing-term",
        "h reaches the output in more than one way",
    ),
    ("its sign", "Gate", lambda *a: gate(*a, direct_x=-1), "wrong-local", "with the other sign"),
    ("x as a constant", "Swish", lambda g, x: swish(g, x, 0), "missing-term", "more than one way"),
    ("the sign of a term", "Swish", lambda g, x: swish(g, x, -1), "wrong-local", "other sign"),
    (
        "x once",
        "Quadratic",
        lambda g, A, x: (g * np.outer(x, x), g * (A @ x)),
        "missing-term",
        "is left out of grad_x",
    ),
    (
        "twice one of two",
        "Gram",
        lambda g, X: 2 * g @ X,
        "missing-term",
        "left out",
    ),
]


def test_it_is_explained(explained):
    explained()


@pytest.mark.parametrize(
    ("operation", "backward"),
    [("LayerNorm", layer_norm), ("Gate", gate), ("Swish", swish)],
)
def test_with_all_ways_it_is_right(examined, operation, backward):
    assert examined(operation, backward).passed


# (forward, how many ways from its first input)
COUNTED = [
    (np.sin, 1),
    (lambda x: x * x, 1),
    (lambda x: x * np.sin(x), 2),
    (lambda x: x - np.mean(x), 2),
    (lambda x: x @ x, 2),
]


@pytest.mark.parametrize(("forward", "count"), COUNTED)
def test_ways_are_counted(forward, count):
    assert len(ways_through(Replay(forward, (np.array([0.5, -1.0]),)), 0)) == count


def test_too_many_ways_are_not_counted():
    def doubled_often(x):
        for _ in range(9):
            x = x + np.sin(x)
        return x

    assert ways_through(Replay(doubled_often, (np.ones(2),)), 0) is None
