"""What is done with traced arrays is written down, or refused."""

import numpy as np
import pytest

from course_utils.measure.tracer import Tape, Untraceable

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])


def in_place(x):
    y = x + 1
    y *= 2
    return y


# (what the forward does, the names of its steps)
STEPS = [
    (lambda x: np.tanh(np.sin(x) ** 2), ["sin", "power", "tanh"]),
    (lambda x: x @ x.T, ["T", "matmul"]),
    (lambda x: x.sum(axis=0) + x.mean(), ["sum", "mean", "add"]),
    (lambda x: np.add.reduce(x), ["add.reduce"]),
    (lambda x: sum(row * 2 for row in x), ["getitem", "multiply", "add"] * 2),
    (lambda x: np.concatenate([x, np.ones((2, 1)), x], axis=1), ["concatenate"]),
    (lambda x: np.stack((x, x)), ["stack"]),
    (lambda x: x[:, [0, 2]], ["getitem"]),
    (lambda x: np.zeros_like(x) + x * np.size(x), ["multiply", "add"]),
    (in_place, ["add", "multiply"]),
]


@pytest.mark.parametrize(("forward", "names"), STEPS, ids=[str(names) for _, names in STEPS])
def test_the_steps_have_names_and_can_be_done_again(forward, names):
    tape = Tape(forward, (X,))
    assert [step.name for step in tape.steps] == names
    np.testing.assert_array_equal(tape.value(tape.result), forward(X))
    for step in tape.steps:
        np.testing.assert_array_equal(step.again(step.arguments), step.value)
        for position, place in step.places.items():
            np.testing.assert_array_equal(step.arguments[position], tape.value(place))


def masked(x):
    return np.where(x.real > 0, x, 0.1 * x)


def decided(x):
    return x * 2 if x.mean() > 0 else x


@pytest.mark.parametrize("decisions", [False, True])
def test_decisions_are_plain_or_traced(decisions):
    names = [step.name for step in Tape(masked, (X,), decisions=decisions).steps]
    assert names == (["real", "greater"] if decisions else []) + ["multiply", "where"]
    if decisions:
        with pytest.raises(Untraceable):
            Tape(decided, (X,), decisions=True)
    else:
        assert [step.name for step in Tape(decided, (X,)).steps] == ["mean", "multiply"]


def fills(x):
    out = np.zeros(x.shape)
    out[:] = x
    return out


def into_another(x):
    return np.add(x, 1, out=np.zeros(x.shape))


REFUSED = [
    ("a branch on a number", lambda x: x if x[0, 0] else -x),
    ("an array that is filled", fills),
    ("a number of Python's", lambda x: float(x[0, 0])),
    ("what is no traced array", lambda x: 1.0),
    ("numbers alone", lambda x: np.asarray(x) * 2),
    ("storage of another array", into_another),
    ("an array by name", lambda x: np.sum(a=x)),
    ("lists of lists", lambda x: np.block([[x, x], [x, x]])),
    ("complex numbers", lambda x: x * 1j),
]


@pytest.mark.parametrize("forward", [r[1] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_forward_that_cannot_be_followed_says_so(forward):
    with pytest.raises(Untraceable):
        Tape(forward, (X,))


@pytest.mark.parametrize("method", ["sort", "fill", "partition", "put", "resize", "setflags"])
def test_no_method_that_changes_an_array_is_called(method):
    before = X.tobytes()
    with pytest.raises(AttributeError):
        Tape(lambda x: getattr(x, method)(0), (X,))
    assert X.tobytes() == before
