"""What became of the batch."""

import numpy as np


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def out_of_step(g, X, W, b):
    d = g * (1 - np.tanh(X @ W + b) ** 2)
    return d @ W.T, np.roll(X, 1, axis=0).T @ d, d.sum(axis=0, keepdims=True)


# (the mistake, operation, backward, code, what the message says)
CASES = [
    (
        "the first sample",
        "Linear",
        lambda g, X, W, b: (g @ W.T, np.outer(X[0], g[0]), g.sum(axis=0)[None]),
        "one-sample",
        "Only the first sample of the batch counts in grad_W",
    ),
    (
        "the last sample",
        "BiasAdd",
        lambda g, X, b: (g, g[-1]),
        "one-sample",
        "Only the last sample of the batch counts in grad_b",
    ),
    (
        "the first row's slopes for all",
        "Tanh",
        lambda g, x: g * (1 - np.tanh(x[:1]) ** 2),
        "one-sample",
        "is computed from the first sample",
    ),
    (
        "upstream of the others mixed in",
        "Softmax",
        lambda g, Z: softmax(Z) * (g - (g * softmax(Z)).sum(axis=0)),
        "wrong-axis",
        "other rows of grad_output",
    ),
    (
        "slopes averaged over the batch",
        "Tanh",
        lambda g, x: g * np.mean(1 - np.tanh(x) ** 2, axis=0),
        "wrong-axis",
        "other rows of x",
    ),
    (
        "the first row's sum for all",
        "Softmax",
        lambda g, Z: softmax(Z) * (g - (g[:1] * softmax(Z)[:1]).sum()),
        "only-q1",
        "for a batch of one sample only",
    ),
    (
        "the last sample left out",
        "Linear",
        lambda g, X, W, b: (g @ W.T, X.T @ g, g[:-1].sum(axis=0)[None]),
        "missing-term",
        "The last sample of the batch is left out of grad_b",
    ),
    (
        "the first sample left out",
        "Linear",
        lambda g, X, W, b: (g @ W.T, X[1:].T @ g[1:], g.sum(axis=0)[None]),
        "missing-term",
        "The first sample of the batch is left out of grad_W",
    ),
    (
        "rows out of step",
        "Layer",
        out_of_step,
        "wrong-axis",
        "the rows of the two are not in step",
    ),
    (
        "rows of grad_output shifted",
        "Softmax",
        lambda g, Z: softmax(Z) * (g - (np.roll(g, 1, axis=0) * softmax(Z)).sum(1)[:, None]),
        "wrong-axis",
        "rows are exchanged, shifted or mixed",
    ),
]


def test_it_is_explained(explained):
    explained()


def test_without_a_batch_nothing_is_said_of_samples(examined):
    """With one row there is no difference, but rows are no samples here."""

    def first_for_all(g, A, x):
        return np.outer(g, x), A.T @ np.full(g.shape, g[0])

    for seed in range(4):
        report = examined("MatVec", first_for_all, seed)
        assert report.code != "only-q1", report.text()
        assert "sample" not in report.text()
