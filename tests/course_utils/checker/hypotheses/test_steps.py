"""One step inside the forward pass treated wrongly."""

import numpy as np
import pytest

from course_utils.checker.hypotheses.steps import Replay


def chain(x):
    return np.tanh(np.sin(x) ** 2)


def outer(x):
    return 1 - chain(x) ** 2


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
]


@pytest.mark.parametrize(
    ("operation", "backward", "code", "said"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_it_is_explained(examined, operation, backward, code, said):
    for seed in range(4):
        report = examined(operation, backward, seed)
        assert report.code == code, report.text()
        assert said in report.findings[0].message


def test_the_replay_reproduces_the_derivative():
    x = np.array([0.3, -1.2])
    direction = np.array([1.0, 0.5])
    replay = Replay(chain, (x,))
    found = replay.push(0, direction)[replay.tape.result]
    slopes = outer(x) * 2 * np.sin(x) * np.cos(x)
    np.testing.assert_allclose(found, slopes * direction, rtol=1e-14)
