"""What is remembered is what was measured, and nobody can change it."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.measure.memo import MOST, remembering


@pytest.fixture
def measure():
    """A function that remembers, with the list of what it was really asked."""
    asked = []

    @remembering
    def pair(*given):
        asked.append(given)
        return np.asarray(given[0]) * 2.0, len(asked)

    pair.asked = asked
    return pair


# fmt: off
ASKED = [  # (first, then, how often it was measured)
    ("the same numbers", (np.ones(3), 1), (np.ones(3), 1), 1),
    ("another number", (np.ones(3), 1), (np.ones(3), 2), 2),
    ("another shape", (np.ones((3, 1)),), (np.ones(3),), 2),
    ("another type", (np.ones(3),), (np.ones(3, np.float32),), 2),
    ("whole or not", (np.ones(3), 1), (np.ones(3), 1.0), 2),
    ("a list", ([1.0],), ([1.0],), 2),
    ("objects", (np.array([1, 2], object),), (np.array([1, 2], object),), 2),
    ("arrays in a tuple", ((1.0, 2.0), (np.ones(2),)), ((1.0, 2.0), (np.ones(2),)), 1),
]
# fmt: on


@pytest.mark.parametrize(("first", "then", "count"), [pytest.param(*c[1:], id=c[0]) for c in ASKED])
def test_only_the_same_is_remembered(measure, first, then, count):
    measure(*first)
    found, _ = measure(*then)
    assert len(measure.asked) == count
    np.testing.assert_array_equal(found, np.asarray(then[0]) * 2.0)


def test_what_is_done_with_a_result_changes_no_later_one(measure):
    x = np.ones(2)
    for _ in range(3):
        result, _ = measure(x)
        assert result.tolist() == [2.0, 2.0]
        result += 1
    x += 1
    assert measure(x)[0].tolist() == [4.0, 4.0]
    assert len(measure.asked) == 2


def test_it_does_not_grow(measure):
    for k in range(2 * MOST + 1):
        measure(k)
    measure(2 * MOST)
    assert len(measure.asked) == 2 * MOST + 1
