"""A factor that is one of the forward pass's own numbers."""

import numpy as np
import pytest


def centred(X):
    return X - X.mean(axis=1, keepdims=True)


# (the mistake, operation, backward, code, what the message says)
CASES = [
    (
        "the determinant forgotten",
        "Determinant",
        lambda g, A: g * np.linalg.inv(A).T,
        "missing-local",
        "divided by the output, the result of `det`",
    ),
    (
        "the root not differentiated",
        "Deviation",
        lambda g, X: g[:, None] * 2 * centred(X) / X.shape[1],
        "missing-local",
        "2 times the right gradient multiplied by the output, the result of `std`",
    ),
    (
        "squared below",
        "Deviation",
        lambda g, X: g[:, None] * centred(X) / X.shape[1] / X.var(axis=1)[:, None],
        "missing-local",
        "divided by the output",
    ),
]


@pytest.mark.parametrize(
    ("operation", "backward", "code", "said"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_it_is_explained(examined, operation, backward, code, said):
    for seed in range(4):
        report = examined(operation, backward, seed)
        # At a singular matrix, which the check makes up, there is no inverse.
        finding = next(f for f in report.findings if f.code != "crash")
        assert finding.code == code, report.text()
        assert said in finding.message
