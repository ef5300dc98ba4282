"""A stand-in measures what entry by entry would be measured, with fewer evaluations."""

import numpy as np
import pytest

from course_utils import Function, Linear, vjp
from course_utils.autodiff.function import Context
from course_utils.chapters.ch08_capstone.exercises import SoftmaxCrossEntropy
from course_utils.exercises.registry import exercise, registry
from course_utils.measure import fast_vjp as stand_in
from course_utils.measure import pullback
from course_utils.measure import sparsity as structure
from course_utils.measure.fast_vjp import fast_vjp
from course_utils.measure.numerical import numerical_vjp


class Counted:
    """A forward that counts how often it is run."""

    def __init__(self, forward):
        self.forward, self.calls = forward, 0

    def __call__(self, *inputs):
        self.calls += 1
        return self.forward(*inputs)


def drawn(shapes, seed=1):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def measured(forward, inputs, seed=2):
    """The gradients both ways, and how often each of them ran the forward."""
    upstream = np.random.default_rng(seed).normal(size=np.shape(forward(*inputs)))
    long, short = Counted(forward), Counted(forward)
    right = numerical_vjp(long, inputs, upstream)
    found = fast_vjp(short, inputs, upstream)
    return right, found, long.calls, short.calls


def agree(found, right, rtol=1e-12):
    for grad, expected in zip(found, right, strict=True):
        assert grad.shape == expected.shape
        assert grad.dtype == np.float64
        size = np.abs(expected).max(initial=0.0)
        np.testing.assert_allclose(grad, expected, rtol=rtol, atol=rtol * size)


def in_place(X, W, b):
    Y = X @ W + b
    Y **= 2
    Y += X[:, :3]
    return Y


def masked(X):
    return np.where(np.real(X) > 0, X, 0.1 * X)


def network(X, V, a, W, b, Y):
    hidden = np.tanh(X @ V + a)
    return np.sum((np.tanh(hidden @ W + b) @ W + b - Y) ** 2) / len(Y)


def decided(X):
    return np.exp(-X) if X.mean() > 0 else np.sin(X)


def cross_entropy(Z, T):
    return SoftmaxCrossEntropy.forward(Context(), Z, T)


NETWORK = [(9, 3), (3, 4), (1, 4), (4, 4), (1, 4), (9, 4)]

# (what it is, forward, shapes of the inputs); taken apart into operations.
APART = [
    ("linear", lambda X, W, b: X @ W + b, [(30, 5), (5, 3), (1, 3)]),
    ("linear, square", lambda X, W, b: X @ W + b, [(6, 6), (6, 6), (1, 6)]),
    ("linear, transposed", lambda X, W: W.T @ X.T, [(20, 5), (5, 3)]),
    ("linear, in place", in_place, [(30, 5), (5, 3), (1, 3)]),
    ("mean squared error", lambda P, Y: np.sum((P - Y) ** 2) / len(Y), [(20, 3), (20, 3)]),
    ("the same by a method", lambda P, Y: ((P - Y) ** 2).sum() / P.shape[0], [(20, 3), (20, 3)]),
    ("a mean", lambda P, Y: np.mean((P - Y) ** 2), [(20, 3), (20, 3)]),
    ("a weighted sum", lambda P: np.sum(P * np.arange(60.0).reshape(20, 3)), [(20, 3)]),
    ("one number twice", lambda x: np.sum(x * x * x), [(40,)]),
    ("entrywise", np.tanh, [(8, 5)]),
    ("three axes", lambda X, v: np.sin(X) * v, [(4, 5, 3), (5, 1)]),
    ("a sum over one axis", lambda X: np.sum(X**2, axis=1), [(20, 3)]),
    ("sums that are kept", lambda X: X / np.sum(np.exp(X), axis=1, keepdims=True), [(20, 3)]),
    ("a product of columns", lambda X: np.prod(X, axis=0), [(10, 6)]),
    ("a bias for each row", lambda X, b: X + b, [(20, 3), (20, 1)]),
    ("a bias that is one number", lambda X, b: X * b, [(20, 3), ()]),
    ("a mask", masked, [(20, 3)]),
    ("a decision", decided, [(20, 3)]),
    (
        "a column of ones",
        lambda X, W: np.sum(np.hstack([X, np.ones((20, 1))]) @ W),
        [(20, 3), (4, 2)],
    ),
    ("stacked", lambda X, Y: np.sum(np.stack((X, Y), axis=1) ** 3), [(20, 3), (20, 3)]),
    ("rows taken", lambda X: np.sum(X[::2] * X[1::2]), [(20, 3)]),
    ("one row after the other", lambda X: sum(np.sum(row**2) for row in X), [(20, 3)]),
    ("softmax cross-entropy", cross_entropy, [(20, 4), (20, 4)]),
    ("a shared layer", network, NETWORK),
    ("nothing done", lambda X: X, [(20, 3)]),
    ("an input left out", lambda X, Y: 3 * X, [(20, 3), (20, 3)]),
]


@pytest.mark.parametrize(("forward", "shapes"), [r[1:] for r in APART], ids=[r[0] for r in APART])
def test_what_is_taken_apart(forward, shapes):
    right, found, long, short = measured(forward, drawn(shapes))
    agree(found, right)
    assert short <= 5  # is a complex step to be trusted, what is done, and is it right
    assert short < long / 4


def loops(X):
    Y = np.zeros(X.shape)
    for index in np.ndindex(X.shape):
        Y[index] = np.sin(float(X[index]))
    return Y


def only_real(X, W):
    if np.iscomplexobj(X) or np.iscomplexobj(W):
        raise TypeError("real numbers only")
    return np.tanh(X @ W)


# (what it is, forward, shapes of the inputs); no complex step is to be trusted, or to be followed.
TOGETHER = [
    ("absolute values", np.abs, [(10, 6)]),
    ("absolute values, turned", lambda X: np.abs(X).T, [(8, 8)]),
    ("the larger of parts", lambda X: np.maximum(X.real, 0.1 * X.real), [(10, 6)]),
    ("cast in loops", loops, [(6, 5)]),
    ("a norm of each row", lambda X: np.linalg.norm(X, axis=1), [(20, 3)]),
    ("a variance of each column", lambda X: np.var(X, axis=0), [(4, 20)]),
    ("a product of layers", lambda X, W: np.abs(X @ W), [(30, 4), (4, 3)]),
    ("real numbers only", only_real, [(30, 4), (4, 3)]),
    ("kinks where it is measured", lambda X: np.abs(np.round(X)), [(10, 6)]),
    ("no NumPy operation", lambda X: np.array([[v**3 for v in row] for row in X]), [(10, 6)]),
]


@pytest.mark.parametrize(
    ("forward", "shapes"), [r[1:] for r in TOGETHER], ids=[r[0] for r in TOGETHER]
)
def test_what_is_moved_together(forward, shapes):
    right, found, long, short = measured(forward, drawn(shapes))
    agree(found, right)
    assert short < long / 2


# (what it is, forward, shapes of the inputs); every entry may have to do with every output.
ONE_BY_ONE = [
    ("a distance", np.linalg.norm, [(30,)]),
    ("a largest absolute value", lambda X: np.max(np.abs(X)), [(10, 3)]),
    ("sorted absolute values", lambda x: np.sort(np.abs(x)) * np.arange(30), [(30,)]),
    ("running sums", lambda x: np.cumsum(np.abs(x)), [(30,)]),
    ("a neighbour", lambda x: np.abs(x) + np.roll(np.abs(x), 1), [(30,)]),
    ("a far neighbour", lambda x: np.abs(x) + 1e-6 * np.abs(x[::-1]), [(30,)]),
    ("the mean taken out", lambda X: np.abs(X - X.mean(axis=0)), [(6, 5)]),
    ("few entries", lambda x: np.sin(x) * x[0], [(5,)]),
]


@pytest.mark.parametrize(
    ("forward", "shapes"), [r[1:] for r in ONE_BY_ONE], ids=[r[0] for r in ONE_BY_ONE]
)
def test_what_is_measured_entry_by_entry(forward, shapes):
    right, found, long, short = measured(forward, drawn(shapes))
    agree(found, right)
    assert short >= sum(np.prod(shape) for shape in shapes)
    assert short <= long + 40


# (what it is, forward, the inputs); numbers at which something is special.
SPECIAL = [
    ("weights of zero", lambda X, W: X @ W, [drawn([(20, 3)])[0], np.zeros((3, 4))]),
    ("equal rows", lambda X, W: X @ W, [np.ones((20, 3)), np.ones((3, 4))]),
    ("at the target", lambda P, Y: np.sum((P - Y) ** 2), [np.ones((20, 3)), np.ones((20, 3))]),
    ("zeros", lambda X: np.sum(X**3), [np.zeros((20, 3))]),
    ("at every kink", lambda X: np.maximum(X, 0 * X), [np.zeros((20, 3))]),
    ("at some kinks", np.abs, [np.where(np.eye(6), 0.0, drawn([(6, 6)])[0])]),
    ("next to a kink", np.abs, [np.where(np.eye(6), 1e-4, drawn([(6, 6)])[0])]),
    ("no rows", lambda X, W: X @ W, [np.zeros((0, 30)), drawn([(30, 2)])[0]]),
    ("nothing at all", lambda X: np.sum(X), [np.zeros((0, 30))]),
    ("very large beside very small", lambda X, W: np.tanh(X @ W), [
        np.ldexp(drawn([(20, 2)])[0], [60, -200]), np.ldexp(drawn([(2, 3)])[0], [[-60], [190]])]),
    ("small numbers, squared", lambda P, Y: np.sum((P - Y) ** 2), [
        1e-150 * x for x in drawn([(20, 3), (20, 3)])]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("forward", "inputs"), [r[1:] for r in SPECIAL], ids=[r[0] for r in SPECIAL]
)
def test_where_something_is_special(forward, inputs):
    for seed in range(3):
        right, found, _, _ = measured(forward, inputs, seed)
        agree(found, right)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("forward", [np.tanh, np.abs, lambda X: np.sum(X**2)])
def test_numbers_that_are_none_give_what_they_give_entry_by_entry(forward, bad):
    X = drawn([(10, 4)])[0]
    X[2, 1] = bad
    right, found, _, _ = measured(forward, [X])
    for grad, expected in zip(found, right, strict=True):
        there = np.isfinite(expected)
        np.testing.assert_allclose(grad[there], expected[there], rtol=1e-9)


def test_a_gradient_in_which_all_cancels_is_no_reason_for_the_long_way():
    """At the lowest point of a cost there is nothing but rounding."""
    X, W = drawn([(20, 3), (3, 9)])
    forward = Counted(lambda X, W: np.sum(X @ W))
    _, grad_W = fast_vjp(forward, [np.concatenate([X, -X]), W], 1.0)
    assert np.abs(grad_W).max() < 1e-14
    assert forward.calls <= 5


def test_small_entries_are_exact_beside_large_ones():
    X, W = drawn([(20, 2), (2, 3)])
    scale = np.array([2.0**60, 2.0**-200])
    upstream = drawn([(20, 3)], seed=5)[0]
    plain = fast_vjp(lambda X, W: X @ W, [X, W], upstream)
    mixed = fast_vjp(lambda X, W: X @ W, [X * scale, W * scale[:, None]], upstream)
    np.testing.assert_array_equal(mixed[0], plain[0] * scale)
    np.testing.assert_array_equal(mixed[1], plain[1] * scale[:, None])


def test_what_was_learned_at_special_numbers_does_no_harm_later():
    """Descent begins at weights of zero, where nothing tells how X and Y meet."""
    forward = lambda X, W: np.abs(X @ W) if np.all(W == 0) else X @ W  # noqa: E731
    X, W = drawn([(20, 3), (3, 4)])
    for weights in (np.zeros((3, 4)), np.ones((3, 4)), W, np.eye(3, 4), W):
        right, found, _, _ = measured(forward, [X, weights])
        agree(found, right)


def test_a_layout_that_depends_on_the_numbers():
    def sorts(x):
        return np.sort(x) * np.arange(1, x.size + 1)

    for seed in range(5):
        right, found, _, _ = measured(sorts, drawn([(30,)], seed))
        agree(found, right)


def gives_itself_away(X):
    """Another function, for what is no array."""
    return X**2 if isinstance(X, np.ndarray) else X**3


def loses_a_part(X):
    hidden = [X**2]
    return np.sum(np.asarray(hidden[0])) if isinstance(X, np.ndarray) else np.sum(X) * 1.0


def never_the_same():
    state = {"calls": 0}

    def forward(X):
        state["calls"] += 1
        return np.sum(X) * (1 + state["calls"] % 7)

    return forward


# (what it is, forward): what is followed is not what the forward does.
DECEIVING = [
    ("another function for what is no array", gives_itself_away),
    ("a part is lost", loses_a_part),
    ("a part is thrown away", lambda X: np.sum(X * (X if isinstance(X, np.ndarray) else X.real))),
]


@pytest.mark.parametrize("forward", [r[1] for r in DECEIVING], ids=[r[0] for r in DECEIVING])
def test_what_deceives_is_found_out(forward):
    right, found, _, short = measured(forward, drawn([(10, 4)]))
    agree(found, right)
    assert short > 6


def test_a_forward_that_is_never_the_same_comes_to_an_end():
    (grad,) = fast_vjp(never_the_same(), drawn([(10, 4)]), 1.0)
    assert grad.shape == (10, 4)


LINEAR = (lambda X, W, b: X @ W + b, [(30, 5), (5, 3), (1, 3)])
LOSS = (lambda P, Y: np.sum((P - Y) ** 2), [(20, 3), (20, 3)])


@pytest.mark.parametrize(("forward", "shapes"), [LINEAR, LOSS], ids=["linear", "loss"])
@pytest.mark.parametrize("entry", [0, -1])
@pytest.mark.parametrize("change", [1e-6, 1.0, np.nan])
def test_one_wrong_entry_is_seen(monkeypatch, forward, shapes, entry, change):
    def slightly_wrong(layout, upstream, slopes, shape):
        result = structure.entry_by_entry(layout, upstream, slopes, shape)
        if shape == shapes[0]:
            result.flat[entry] *= 1 + change
        return result

    monkeypatch.setattr(pullback, "entry_by_entry", slightly_wrong)
    right, found, _, short = measured(forward, drawn(shapes))
    agree(found, right)
    assert short > 6


@pytest.mark.parametrize(("forward", "shapes"), [LINEAR, LOSS], ids=["linear", "loss"])
def test_a_wrong_layout_is_seen_and_forgotten(monkeypatch, forward, shapes):
    monkeypatch.setattr(pullback, "_layouts", {})
    inputs = drawn(shapes)
    measured(forward, inputs)
    remembered = dict(pullback._layouts)
    assert remembered
    for key, layouts in remembered.items():
        wrong = {k: (structure.ALIKE,) * len(layout) for k, layout in layouts.items()}
        if layouts != wrong:
            pullback._layouts[key] = wrong
    changed = pullback._layouts != remembered
    right, found, _, short = measured(forward, inputs)
    agree(found, right)
    assert (short > 6) == changed
    right, found, _, short = measured(forward, inputs)
    agree(found, right)
    assert short <= 5
    assert pullback._layouts == remembered


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(pullback, "_layouts", {})
    monkeypatch.setattr(pullback, "_MOST", 5)
    for n in range(30, 50):
        fast_vjp(np.sum, drawn([(n,)]), 1.0)
        assert len(pullback._layouts) <= 5


def test_neither_inputs_nor_upstream_are_changed():
    inputs, upstream = drawn([(30, 5), (5, 3), (1, 3)]), drawn([(30, 3)])[0]
    before = [x.copy() for x in (*inputs, upstream)]
    for forward in (LINEAR[0], lambda X, W, b: np.abs(X @ W + b)):
        fast_vjp(forward, inputs, upstream)
    for x, old in zip((*inputs, upstream), before, strict=True):
        assert x.tobytes() == old.tobytes()


def test_an_instructors_function_has_a_stand_in_of_its_own(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    class Hinge(Function):
        @staticmethod
        def forward(ctx, scores, labels):
            ctx.q = len(scores)
            ctx.save_for_backward(scores, labels)
            return np.sum(np.maximum(1.0 - scores * labels, 0.0)) / ctx.q

        @staticmethod
        def backward(ctx, grad_output):
            raise NotImplementedError

    exercise("of their own", "1")(Hinge)
    try:
        scores, labels = drawn([(40, 1)])[0], np.where(np.arange(40) % 2, 1.0, -1.0)[:, None]
        _, pullback = vjp(Hinge, scores, labels)
        off = 1.0 - scores * labels <= 0
        np.testing.assert_allclose(pullback(1.0)[0], np.where(off, 0.0, -labels / 40), rtol=1e-9)
    finally:
        del registry["Hinge.backward"]


def test_the_gradients_may_be_written_into(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    registry["Linear.backward"].empty()
    _, pullback = vjp(Linear, *drawn([(30, 5), (5, 3), (1, 3)]))
    first, again = pullback(np.ones((30, 3))), pullback(np.ones((30, 3)))
    for grad in first:
        grad += 1.0
    agree(pullback(np.ones((30, 3))), again)


def test_a_forward_that_does_nothing_shares_no_storage():
    upstream = drawn([(20, 3)])[0]
    (grad,) = fast_vjp(lambda X: X, drawn([(20, 3)]), upstream)
    assert not np.shares_memory(grad, upstream)


def test_few_entries_are_not_worth_it():
    assert stand_in.FEW >= 8
    forward = Counted(lambda W, b: np.sum((W + b) ** 2))
    fast_vjp(forward, drawn([(3, 2), (1, 2)]), 1.0)
    assert forward.calls == 3 + 8
