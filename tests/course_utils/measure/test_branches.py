"""Which side of which decision was met, and what is said of the others."""

import numpy as np
import pytest

from course_utils.autodiff.function import Function
from course_utils.checker import examine
from course_utils.measure.branches import Branches

RNG = np.random.default_rng(0)
X = RNG.normal(size=(7, 5))
POSITIVE = np.abs(X) + 0.1
RISING = np.sort(X.ravel())


def huber(x):
    """Be quadratic near zero."""
    return np.where(np.abs(x) > 5, 5 * np.abs(x) - 12.5, x**2 / 2)


def helped(x):
    return 2 * huber(x)


def looped(x):
    out = 0.0
    for each in x:
        out += each if each > 9 else each**2
    return out


def masked(x):
    y = x.copy()
    y[y < -7] = 0.0
    return y


def scanned(x):
    return sum([each if each < 8 else each * 2 for each in x])


SAID = [  # (forward, its input, what is said)
    (huber, X, ["`np.abs(x) > 5` in line 3 of huber"]),
    (helped, X, ["`np.abs(x) > 5` in line 3 of huber"]),
    (looped, RISING, ["`each > 9` in line 4 of looped"]),
    (masked, X, ["`y < -7` in line 3 of masked"]),
    (scanned, RISING, ["the other side of `each < 8` in line 2 of scanned"]),
    (lambda x: np.abs(x), POSITIVE, ["the negative side of `np.abs(x)` in line 1 of forward"]),
    (lambda x: abs(x), -POSITIVE, ["the positive side of `abs(x)` in line 1 of forward"]),
    (lambda x: np.sign(x), POSITIVE, ["the negative side of `np.sign(x)` in line 1 of forward"]),
    (
        lambda x: np.maximum(x, 0),
        POSITIVE,
        ["a larger second argument of `np.maximum(x, 0)` in line 1 of forward"],
    ),
    (
        lambda x: np.minimum(0, x),
        POSITIVE,
        ["a larger first argument of `np.minimum(0, x)` in line 1 of forward"],
    ),
    (
        lambda x: np.clip(x, -9, 0.5),
        X,
        ["the lower limit of `np.clip(x, -9, 0.5)` in line 1 of forward"],
    ),
    (
        lambda x: x.clip(max=9),
        X,
        ["a larger first argument of `x.clip(max=9)` in line 1 of forward"],
    ),
    (lambda x: np.sort(x), RISING, ["a falling order in `np.sort(x)` in line 1 of forward"]),
    (lambda x: x[x.argsort()], RISING, ["a falling order in `x.argsort()` in line 1 of forward"]),
    (lambda x: x.max(), RISING, ["a falling order in `x.max()` in line 1 of forward"]),
    (lambda x: np.median(x), RISING, ["a falling order in `np.median(x)` in line 1 of forward"]),
    (
        lambda x: np.linalg.norm(x, 1),
        RISING**2,
        ["the negative side of `np.linalg.norm(x, 1)` in line 1 of forward"],
    ),
    (huber, 5 * X, []),
    (lambda x: np.where(x == 0, 1.0, x), X, []),
    (lambda x: np.exp(x - x.max()) / np.sum(np.exp(x - x.max())), X, []),
    (lambda x: np.einsum("ij,ij->i", x, x) + (x @ x.T).sum() + x.var(axis=1).mean(), X, []),
    (lambda x: np.concatenate([x, 2 * x]).reshape(-1).cumsum(), X, []),
]


@pytest.mark.parametrize(("forward", "x", "said"), SAID)
def test_what_no_input_reached_is_said(forward, x, said):
    branches = Branches(forward, (0,))
    branches.note(branches.at([x]))
    assert branches.followed
    assert branches.unreached() == [f"No input reached {each}." for each in said]


@pytest.mark.parametrize(("forward", "x", "said"), SAID)
def test_watching_changes_nothing(forward, x, said):
    kept, results = x.copy(), []
    branches = Branches(lambda x: results.append(forward(x)) or results[-1], (0,))
    branches.at([x])
    assert np.array_equal(np.asarray(results[0]), np.asarray(forward(x)))
    assert np.array_equal(x, kept)


@pytest.mark.parametrize("forward", [lambda x: float(np.sum(np.asarray(x) > 9)), lambda x: x + "a"])
def test_what_cannot_be_followed_is_known(forward):
    branches = Branches(forward, (0,))
    branches.note(branches.at([X]))
    assert not branches.followed
    assert branches.unreached() == []


def test_labels_are_not_watched():
    branches = Branches(lambda x, t: x * (t > 5), (0,))
    branches.note(branches.at([X, np.ones(5)]))
    assert branches.known == {}


class Elbow(Function):
    """Linear from `limit` on."""

    limit = 40.0

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return np.where(x > Elbow.limit, 2 * Elbow.limit * x - Elbow.limit**2, x**2)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * 2 * np.minimum(x, Elbow.limit)

    @staticmethod
    def make_inputs(rng, q=7, n=5):
        return (rng.normal(size=(q, n)),)


class Straight(Elbow):
    """Forgets the elbow."""

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * 2 * x


class Never(Elbow):
    """Draws what stays on one side, however it is scaled."""

    @staticmethod
    def make_inputs(rng, q=7, n=5):
        return (-rng.uniform(0.5, 2.0, size=(q, n)),)


@pytest.mark.parametrize("seed", range(5))
def test_draws_are_widened_until_each_branch_was_taken(seed):
    report = examine(Elbow, seed=seed)
    assert report.passed, report.text()
    assert report.unreached == ()
    assert any(label.startswith(("scaled", "shifted")) for label in report.trials)
    assert not examine(Straight, seed=seed).passed


def test_a_branch_out_of_the_author_s_bounds_is_said():
    report = examine(Never, seed=0)
    assert report.passed
    assert report.unreached == ("No input reached `x > Elbow.limit` in line 3 of forward.",)
    assert report.unreached[0] in report.text()


def test_a_forward_that_decides_nothing_is_watched_once(monkeypatch):
    runs = []
    real = Branches.at
    monkeypatch.setattr(Branches, "at", lambda self, inputs: runs.append(1) or real(self, inputs))

    class Square(Elbow):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

    examine(Square, seed=0)
    assert len(runs) == 1
