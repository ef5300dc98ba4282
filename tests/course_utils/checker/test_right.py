"""Right backwards, however unusual the style: none of them fails."""

import sys
import warnings
from collections import namedtuple

import numpy as np
import pytest

SEEDS = range(12)
Grads = namedtuple("Grads", ["grad_A", "grad_x"])


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def through_softmax(g, Z):
    s = softmax(Z)
    return s * (g - (g * s).sum(axis=1, keepdims=True))


def by_jacobians(g, Z):
    return np.array([(np.diag(s) - np.outer(s, s)) @ r for s, r in zip(softmax(Z), g, strict=True)])


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x > 0, 1, e) / (1 + e)


def hot(t, c):
    return np.eye(c)[t.astype(int)]


def low(x):
    return x.astype(np.float32)


def high(x):
    return np.asarray(x, dtype=np.float64)


def through_tanh(g, X, W, b):
    d = g * (1 - np.tanh(X @ W + b) ** 2)
    return d @ W.T, X.T @ d, d.sum(axis=0, keepdims=True)


def linear_in_loops(g, X, W, b):
    (q, n), p = X.shape, W.shape[1]
    grad_X, grad_W, grad_b = np.zeros((q, n)), np.zeros((n, p)), np.zeros((1, p))
    for i in range(q):
        for k in range(p):
            grad_b[0, k] += g[i, k]
            for j in range(n):
                grad_X[i, j] += g[i, k] * W[j, k]
                grad_W[j, k] += X[i, j] * g[i, k]
    return grad_X, grad_W, grad_b


def matvec_in_lists(g, A, x):
    grad_x = [sum(A[i, j] * g[i] for i in range(len(g))) for j in range(len(x))]
    return [[gi * xj for xj in x] for gi in g], grad_x


def read_only(g, x):
    grad_x = g * np.cos(x)
    grad_x.flags.writeable = False
    return grad_x


def prints(g, x):
    print("x is", x)
    return g * np.cos(x)


def complains(g, x):
    print("x is", x, file=sys.stderr)
    return g * np.cos(x)


def warns(g, x):
    warnings.warn("careful", stacklevel=1)
    np.log(np.zeros(2))
    np.ones(2) / np.zeros(2)
    np.exp(np.full(2, 1e4))
    return g * np.cos(x)


def strict(g, x):
    with np.errstate(all="raise"):
        return g * np.cos(x)


def strict_for_good(g, x):
    np.seterr(all="raise")
    return g * np.cos(x)


def draws_numbers(g, x):
    np.random.default_rng().normal(size=3)
    return g * np.cos(x)


def own_copy(g, x):
    g = g.copy()
    g *= np.cos(x)
    return g


def masked(g, x):
    grad_x = g.copy()
    grad_x[x <= 0] = 0
    return grad_x


# (the style, operation, backward)
RIGHT = [
    ("linear", "Linear", lambda g, X, W, b: (g @ W.T, X.T @ g, g.sum(0, keepdims=True))),
    ("bias", "BiasAdd", lambda g, X, b: (g, g.sum(axis=0))),
    ("matvec", "MatVec", lambda g, A, x: (np.outer(g, x), A.T @ g)),
    ("matmul", "MatMul", lambda g, A, B: (g @ B.T, A.T @ g)),
    ("multiply", "Multiply", lambda g, a, b: (g * b, g * a)),
    ("transpose", "Transpose", lambda g, A, x: (g.T * x, (g * A.T).sum(axis=1))),
    ("scale", "Scale", lambda g, x: 3 * g),
    ("tanh", "Tanh", lambda g, x: g * (1 - np.tanh(x) ** 2)),
    ("sine", "Sine", lambda g, x: g * np.cos(x)),
    ("square", "Square", lambda g, x: 2 * x * g),
    ("exp", "Exp", lambda g, x: g * np.exp(x)),
    ("log", "Log", lambda g, x: g / x),
    ("sigmoid", "Sigmoid", lambda g, x: g * sigmoid(x) * sigmoid(-x)),
    ("abs", "Abs", lambda g, x: g * np.sign(x)),
    ("cube of abs", "AbsCubed", lambda g, x: g * 3 * x * np.abs(x)),
    ("norm", "Norm", lambda g, x: g * x / np.linalg.norm(x)),
    ("twice", "Twice", lambda g, x: g * (np.sin(x) + x * np.cos(x))),
    ("layer", "Layer", through_tanh),
    ("mse", "MSE", lambda g, Y, T: g * 2 * (Y - T) / Y.size),
    ("softmax", "Softmax", through_softmax),
    (
        "cross entropy",
        "CrossEntropy",
        lambda g, Z, t: g * (softmax(Z) - hot(t, Z.shape[1])) / len(t),
    ),
    ("convolution", "Convolve", lambda g, x, w: (np.convolve(g, w), np.correlate(x, g))),
    ("centred", "Centre", lambda g, X: g - g.mean(axis=0, keepdims=True)),
    ("batch mean", "BatchMean", lambda g, X: g * np.cos(X) / len(X)),
    (
        "float32 inside, linear",
        "Linear",
        lambda g, X, W, b: (high(low(g) @ low(W).T), high(low(X).T @ low(g)), g.sum(0)[None]),
    ),
    ("float32 inside, sine", "Sine", lambda g, x: high(low(g) * np.cos(low(x)))),
    ("float32 inside, log", "Log", lambda g, x: high(low(g) / low(x))),
    ("float32 inside, norm", "Norm", lambda g, x: high(g * low(x) / np.linalg.norm(low(x)))),
    (
        "float32 inside, convolution",
        "Convolve",
        lambda g, x, w: (high(np.convolve(low(g), low(w))), high(np.correlate(low(x), low(g)))),
    ),
    ("zero at a kink", "Relu", lambda g, x: g * (x > 0)),
    ("one at a kink", "Relu", lambda g, x: g * (x >= 0)),
    ("a half at a kink", "Relu", lambda g, x: g * np.heaviside(x, 0.5)),
    ("one side of a kink", "Abs", lambda g, x: np.where(x >= 0, g, -g)),
    ("a mask", "Relu", masked),
    ("a list of arrays", "Linear", lambda g, X, W, b: [g @ W.T, X.T @ g, g.sum(0)[None]]),
    ("a tuple of one", "Sine", lambda g, x: (g * np.cos(x),)),
    ("a list of one", "Sine", lambda g, x: [g * np.cos(x)]),
    ("a named tuple", "MatVec", lambda g, A, x: Grads(np.outer(g, x), A.T @ g)),
    ("nested lists", "MatVec", matvec_in_lists),
    ("a list of numbers", "Sine", lambda g, x: [a * np.cos(b) for a, b in zip(g, x, strict=True)]),
    ("a list of lists", "SumSquares", lambda g, X: (2 * g * X).tolist()),
    ("read-only", "Sine", read_only),
    ("views", "MatVec", lambda g, A, x: ((x[:, None] * g).T, (A.T @ g)[:])),
    (
        "a broadcast view",
        "BatchMean",
        lambda g, X: np.broadcast_to(g / len(X), X.shape) * np.cos(X),
    ),
    ("grad_output itself", "BiasAdd", lambda g, X, b: (g, g.sum(axis=0))),
    ("a view of grad_output", "BiasAdd", lambda g, X, b: (g[:], np.ones(len(g)) @ g)),
    ("None for the target", "MSE", lambda g, Y, T: (g * 2 * (Y - T) / Y.size, None)),
    ("column by column", "Linear", lambda g, X, W, b: ((W @ g.T).T, (g.T @ X).T, g.sum(0)[None])),
    (
        "einsum",
        "Linear",
        lambda g, X, W, b: (
            np.einsum("qp,np->qn", g, W),
            np.einsum("qn,qp->np", X, g),
            np.einsum("qp->p", g)[None],
        ),
    ),
    ("loops", "Linear", linear_in_loops),
    ("whole Jacobians", "Softmax", by_jacobians),
    ("longdouble", "Sine", lambda g, x: g * np.cos(x.astype(np.longdouble))),
    ("another formula", "Tanh", lambda g, x: g * 4 / (np.exp(x) + np.exp(-x)) ** 2),
    ("a complex step", "Sine", lambda g, x: g * np.sin(x + 1e-20j).imag / 1e-20),
    ("vectorize", "Sine", lambda g, x: g * np.vectorize(np.cos)(x)),
    ("a copy changed", "Sine", own_copy),
    ("prints", "Sine", prints),
    ("writes to stderr", "Sine", complains),
    ("warns", "Sine", warns),
    ("strict about errors", "Sine", strict),
    ("strict for good", "Sine", strict_for_good),
    ("draws numbers it does not use", "Sine", draws_numbers),
]


@pytest.mark.parametrize(
    ("operation", "backward"), [row[1:] for row in RIGHT], ids=[row[0] for row in RIGHT]
)
def test_it_passes_whatever_the_seed(examined, capsys, operation, backward):
    before = np.geterr()
    for seed in SEEDS:
        report = examined(operation, backward, seed)
        assert report.passed, report.text()
    assert capsys.readouterr().err == ""
    assert np.geterr() == before


def test_enough_entries_were_seen_in_enough_ways(examined):
    for _, operation, backward in RIGHT:
        report = examined(operation, backward)
        assert report.entries >= 40, operation
        assert len(report.trials) >= 8, operation
        assert len(set(report.trials)) >= 4, operation


def test_what_was_tried_stands_in_the_summary(examined):
    report = examined("Linear", RIGHT[0][2])
    assert "batch of 1" in report.summary()
    assert f"{report.entries} entries compared" in report.summary()
    assert report.text() == f"Linear.backward: right. {report.summary()}"
