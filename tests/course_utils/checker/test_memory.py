"""Names that say what was tested of the numbers, and no more."""

import numpy as np
import pytest


def all_but_the_first(g, x):
    grad_x = np.empty_like(x)
    for i in range(1, len(x)):
        grad_x[i] = g[i] * np.cos(x[i])
    return grad_x


NAMED = [  # (operation, backward, code, what is said)
    ("Sine", lambda g, x: np.diag(g * np.cos(x)), "shape", "stand on the diagonal"),
    ("Sine", all_but_the_first, "nan", "ever filled"),
    ("MatMul", lambda g, A, B: (B.T @ g, A.T @ g), "wrong-order", "the two factors"),
    ("MatMul", lambda g, A, B: (g @ B.T, g @ A.T), "wrong-order", "the two factors"),
]


@pytest.mark.parametrize(("operation", "backward", "code", "said"), NAMED)
def test_the_name_is_what_was_tested(examined, operation, backward, code, said):
    report = examined(operation, backward)
    assert report.code == code
    assert said in report.findings[0].message
