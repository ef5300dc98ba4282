"""One step inside the forward pass treated wrongly."""

import numpy as np
import pytest

from course_utils.checker.trace import Tape, Untraceable


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


def test_the_tape_reproduces_the_derivative():
    x = np.array([0.3, -1.2])
    direction = np.array([1.0, 0.5])
    tape = Tape(chain, (x,))
    assert [step.name for step in tape.steps] == ["input", "sin", "power", "tanh"]
    found = tape.push({0: direction})[tape.result]
    slopes = outer(x) * 2 * np.sin(x) * np.cos(x)
    np.testing.assert_allclose(found, slopes * direction, rtol=1e-14)


def branches(x):
    return x if x > 0 else -x


def fills(x):
    out = np.zeros(3)
    out[:] = x
    return out


@pytest.mark.parametrize("forward", [branches, fills, lambda x: float(x[0]), lambda x: 1.0])
def test_a_forward_that_cannot_be_recorded_says_so(forward):
    with pytest.raises(Untraceable):
        Tape(forward, (np.ones(3),))
