"""Entries of grad_output whose contribution is lost."""

import numpy as np


def written_over(g, x, w):
    grad_x = np.zeros(x.shape)
    for i in range(len(g)):
        grad_x[i : i + len(w)] = g[i] * w
    return grad_x, np.correlate(x, g)


def every_other(g, A, x):
    return np.outer(g, x), A[::2].T @ g[::2]


# (the mistake, operation, backward, code, what the message says)
CASES = [
    ("= for +=", "Convolve", written_over, "missing-term", "Some contributions to grad_x"),
    ("every other output", "MatVec", every_other, "missing-term", "Some contributions to grad_x"),
]


def test_it_is_explained(explained):
    explained()


def test_a_right_sum_is_not_suspected(examined):
    def added_up(g, x, w):
        grad_x = np.zeros(x.shape)
        for i in range(len(g)):
            grad_x[i : i + len(w)] += g[i] * w
        return grad_x, np.correlate(x, g)

    assert examined("Convolve", added_up).passed
