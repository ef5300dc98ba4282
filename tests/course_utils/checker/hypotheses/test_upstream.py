"""What became of grad_output."""

import numpy as np


def slope(x):
    return 1 - np.tanh(x) ** 2


def indices_of_x(g, X, W, b):
    grad_X = np.zeros(X.shape)
    for i, j in np.ndindex(X.shape):
        for k in range(W.shape[1]):
            grad_X[i, j] += g[i, j] * W[j, k]
    return grad_X, X.T @ g, g.sum(axis=0, keepdims=True)


# (the mistake, operation, backward, code, what the message says)
CASES = [
    ("ignored", "Tanh", lambda g, x: slope(x), "no-upstream", "does not depend on grad_output"),
    ("a loss's", "SumSquares", lambda g, x: 2 * x, "no-upstream", "is not used"),
    ("ones", "Tanh", lambda g, x: np.ones_like(g) * slope(x), "no-upstream", "is not used"),
    ("squared", "Tanh", lambda g, x: g**2 * slope(x), "upstream-misused", "in proportion"),
    ("its sign", "Tanh", lambda g, x: np.sign(g) * slope(x), "upstream-misused", "in proportion"),
    ("added", "Tanh", lambda g, x: g + slope(x), "upstream-misused", "grad_output is added"),
    (
        "brackets forgotten",
        "Tanh",
        lambda g, x: 1 - np.tanh(x) ** 2 * g,
        "upstream-misused",
        "a part of it is not multiplied by grad_output",
    ),
    ("normalised", "Tanh", lambda g, x: g / np.linalg.norm(g) * slope(x), "upstream-misused", ""),
    ("summed", "Tanh", lambda g, x: g.sum() * slope(x), "upstream-misused", "sum (or the mean)"),
    ("averaged", "Tanh", lambda g, x: g.mean() * slope(x), "upstream-misused", "sum (or the mean)"),
    (
        "the input's indices for the output's",
        "Linear",
        indices_of_x,
        "upstream-misused",
        "each entry of grad_output once",
    ),
    (
        "column sums of the Jacobian",
        "MatMul",
        lambda g, A, B: (g * B.sum(axis=1), A.T @ g),
        "upstream-misused",
        "each entry of grad_output once, times the sum of all slopes",
    ),
    ("the first", "Sine", lambda g, x: g[0] * np.cos(x), "upstream-misused", "the first entry"),
    ("the last", "Sine", lambda g, x: g[-1] * np.cos(x), "upstream-misused", "the last entry"),
]


def test_it_is_explained(explained):
    explained()
