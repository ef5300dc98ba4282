"""Which entries may be moved together: found by trying, and no more than is there."""

import numpy as np
import pytest

from course_utils.measure.numerical import jacobian, jvp
from course_utils.measure.sparsity import (
    ALIKE,
    EACH,
    along_all,
    as_rows,
    entry_by_entry,
    evaluations,
    groups,
    learned,
    separated,
    unit,
)

A = np.random.default_rng(3).normal(size=(4, 3))
B = np.random.default_rng(4).normal(size=(3, 4))
STACK = np.random.default_rng(5).normal(size=(5, 4, 3))

# (what it is, the function, x's shape, the layout)
LEARNED = [
    ("entries", np.sin, (4, 3), (0, 1)),
    ("entries, square", np.sin, (4, 4), (0, 1)),
    ("one number", np.sin, (), ()),
    ("turned", np.transpose, (4, 3), (1, 0)),
    ("turned, square", np.transpose, (4, 4), (1, 0)),
    ("turned twice", lambda x: np.transpose(x, (2, 0, 1)), (2, 3, 4), (1, 2, 0)),
    ("rows", lambda x: x @ B, (5, 3), (0, EACH)),
    ("rows, square", lambda x: x @ A[:3], (3, 3), (0, EACH)),
    ("columns", lambda x: A @ x, (3, 5), (EACH, 1)),
    ("columns, into rows", lambda x: (A @ x).T, (3, 5), (EACH, 0)),
    ("a batch of matrices", lambda x: STACK @ x, (5, 3, 2), (0, EACH, 2)),
    ("one matrix for a batch", lambda x: STACK @ x, (3, 2), (EACH, 2)),
    ("a sum", np.sum, (4, 3), (ALIKE, ALIKE)),
    ("sums of rows", lambda x: np.sum(x, axis=1), (4, 3), (0, ALIKE)),
    ("means of columns", lambda x: np.mean(x, axis=0, keepdims=True), (4, 3), (ALIKE, 1)),
    ("a weighted sum of rows", lambda x: B[:, 0] @ x.T, (4, 3), (0, EACH)),
    ("a bias", lambda x: STACK + x, (1, 3), (EACH, 2)),
    ("products of rows", lambda x: np.prod(x, axis=1), (4, 3), (0, EACH)),
    ("running sums", np.cumsum, (5,), (EACH,)),
    ("turned around", lambda x: x[::-1], (5,), (EACH,)),
    ("everything with everything", lambda x: np.tanh(A.T @ A @ x @ B @ A), (3, 3), (EACH, EACH)),
]
IDS = [row[0] for row in LEARNED]


def at(shape):
    return np.random.default_rng(7).normal(size=shape)


@pytest.mark.parametrize(("f", "shape", "layout"), [row[1:] for row in LEARNED], ids=IDS)
def test_the_layout_with_the_fewest_evaluations_is_learned(f, shape, layout):
    x = at(shape)
    assert learned(lambda d: jvp(f, (x,), (d,)), shape, np.shape(f(x))) == layout


@pytest.mark.parametrize(("f", "shape", "layout"), [row[1:] for row in LEARNED], ids=IDS)
def test_what_is_measured_together_is_put_where_it_belongs(f, shape, layout):
    x = at(shape)
    out = np.shape(f(x))
    slopes = [jvp(f, (x,), (unit(index, shape),)) for index in groups(layout, shape)]
    assert len(slopes) == evaluations(layout, shape)
    J, upstream = jacobian(f, x), np.random.default_rng(8).normal(size=out)
    contracted = np.tensordot(upstream, J, axes=len(out))
    np.testing.assert_allclose(entry_by_entry(layout, upstream, slopes, shape), contracted)
    direction = np.random.default_rng(9).normal(size=shape)
    right = np.tensordot(J, direction, axes=len(shape))
    np.testing.assert_allclose(along_all(layout, direction, slopes, out), right)


@pytest.mark.parametrize(("f", "shape", "layout"), [row[1:] for row in LEARNED], ids=IDS)
def test_what_is_seen_to_be_separate(f, shape, layout):
    """Without slopes: a sum is not told from any other function of all its entries."""
    apart = tuple(EACH if axis == ALIKE else axis for axis in layout)
    assert separated(f, at(shape), 0.01) == apart


# (what it is, the function, x's shape); each has something that reaches across.
CONNECTED = [
    ("the last row in the first", lambda x: x + np.eye(8)[:, :1] * x[-1], (8, 3)),
    ("a neighbour", lambda x: x + np.roll(x, 1, axis=0), (8, 3)),
    ("a mean", lambda x: x - x.mean(axis=0), (8, 3)),
    ("a little", lambda x: x + 1e-12 * x[::-1], (8, 3)),
    ("a kink", lambda x: np.maximum(x, x[::-1]), (8, 3)),
]


@pytest.mark.parametrize(("f", "shape"), [row[1:3] for row in LEARNED], ids=IDS)
def test_the_whole_is_put_together_of_what_is_separate(f, shape):
    x = at(shape)
    layout = separated(f, x, 1e-2)
    slopes = [jvp(f, (x,), (unit(index, shape),)) for index in groups(layout, shape)]
    rows = as_rows(layout, slopes, shape, np.shape(f(x)))
    right = jacobian(f, x).reshape(-1, x.size).T
    assert np.allclose(rows, right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("f", "shape"), [r[1:] for r in CONNECTED], ids=[r[0] for r in CONNECTED])
def test_rows_that_are_connected_are_not_moved_together(f, shape):
    assert 0 not in separated(f, at(shape), 0.01)


@pytest.mark.parametrize(
    ("first", "second"), [(i, j) for i in range(6) for j in range(6) if i != j]
)
def test_no_pair_of_entries_escapes(first, second):
    def f(x):
        y = np.abs(x)
        y[second] += 1e-3 * np.abs(x[first])
        return y

    assert separated(f, at((6,)), 0.01) == (EACH,)


@pytest.mark.parametrize("nothing", [lambda x: 0 * x, lambda x: x * np.inf, lambda x: x * np.nan])
def test_where_nothing_moves_nothing_is_learned(nothing):
    assert learned(nothing, (4, 3), (4, 3)) is None


def test_what_is_off_here_and_on_close_by_is_connected():
    """One row switches the others on; at the point itself nothing comes out at all."""
    x = at((8, 1))
    x[0] = -1e-3
    for f in (lambda x: np.maximum(x, 0) * np.maximum(x[0], 0), lambda x: 0 * x):
        assert not f(x).any()
        assert separated(f, x, 0.01) == (EACH, EACH)
