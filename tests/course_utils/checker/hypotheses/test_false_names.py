"""Mistakes that resemble others: none gets a name that was not tested."""

import fnmatch

import numpy as np
import pytest


def through(g, X, W, b, slope):
    d = g * slope(np.tanh(X @ W + b))
    return d @ W.T, X.T @ d, d.sum(axis=0, keepdims=True)


def half_filled(g, x):
    out = np.empty(x.shape)
    out[:2] = g[:2] * np.cos(x[:2])
    out[2:] = np.random.default_rng().normal(size=out[2:].shape)  # as memory is
    return out


# (the mistake, operation, backward, the codes that are true of it)
RESEMBLING = [
    ("a cube", "Layer", lambda *a: through(*a, lambda t: 1 - t**3), "wrong-local"),
    ("half a square", "Layer", lambda *a: through(*a, lambda t: 1 - t**2 / 2), "wrong-local"),
    ("0.9 for 1", "Layer", lambda *a: through(*a, lambda t: 0.9 - t**2), "wrong-local"),
    ("the largest, not the sum", "BiasAdd", lambda g, X, b: (g, g.max(axis=0)), "upstream-misused"),
    ("every other sample", "BiasAdd", lambda g, X, b: (g, g[::2].sum(axis=0)), "missing-term"),
    (
        "columns turned",
        "Linear",
        lambda g, X, W, b: (g @ np.roll(W, 1, axis=1).T, X.T @ g, g.sum(axis=0)[None]),
        "wrong-*",
    ),
    (
        "memory that was never filled",
        "Sine",
        half_filled,
        "nondeterministic",
    ),
    ("multiplied for divided", "Ratio", lambda g, a, b: (g * b, -g * a / b**2), "wrong-local"),
    ("a square above", "Ratio", lambda g, a, b: (g / b, -g * (a / b) ** 2), "wrong-local"),
    ("warmer", "LogSum", lambda g, X: g[:, None] * softened(X), "wrong-local"),
    ("in proportion to another", "Sine", lambda g, x: g * np.cos(2 * x), "wrong-local"),
    ("passed on where flat", "Relu", lambda g, x: g * (x > -0.2), "entries"),
    ("another column's largest", "Norm", lambda g, x: g * np.sign(x), "wrong-local"),
]


def softened(X):
    E = np.exp(2 * X)
    return E / E.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("operation", "backward", "codes"), [c[1:] for c in RESEMBLING], ids=[c[0] for c in RESEMBLING]
)
def test_no_name_that_is_not_its_own(examined, operation, backward, codes):
    for seed in range(6):
        report = examined(operation, backward, seed)
        assert fnmatch.fnmatchcase(report.code, codes), report.text()


def test_of_two_gradients_exchanged_up_to_a_sign_both_is_said(examined):
    """Of a difference, -g for g is the sign as well as the order."""
    report = examined("Difference", lambda g, a, b: (-g, g))
    assert report.code == "factor:-1"
    assert all("either the order is wrong, or the sign" in f.message for f in report.findings)
