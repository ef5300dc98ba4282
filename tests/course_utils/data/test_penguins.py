"""The penguins are all there, in the units that are stated, and split as stated."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

import numpy as np
import pytest

from course_utils.data.penguins import INPUTS, OUTPUTS, load_penguins

DATA = files("course_utils") / "data"


def test_the_file_is_the_one_that_is_described():
    said = re.search(r"SHA-256 `([0-9a-f]{64})`", (DATA / "PENGUINS.md").read_text("utf-8"))
    assert said
    assert hashlib.sha256((DATA / "penguins.csv").read_bytes()).hexdigest() == said[1]


def test_the_shapes_and_the_split():
    found = load_penguins()
    assert [x.shape for x in found] == [(249, 3), (249, 2), (84, 3), (84, 2)]
    assert len(INPUTS) == 3
    assert len(OUTPUTS) == 2
    assert all(np.isfinite(x).all() for x in found)
    # The first rows of the file, the fourth of which is incomplete.
    assert found.X_test[0] == pytest.approx([3.91, 1.87, 1.0])
    assert found.Y_test[0] == pytest.approx([3.75, 18.1])
    assert found.X_train[0] == pytest.approx([3.95, 1.74, 0.0])
    assert found.Y_test[1] == pytest.approx([3.65, 19.0])


def test_the_numbers_are_those_of_penguins():
    X, Y = load_penguins()[:2]
    assert 3 < X[:, 0].min() < X[:, 0].max() < 6.5
    assert 1.2 < X[:, 1].min() < X[:, 1].max() < 2.3
    assert set(X[:, 2]) == {0.0, 1.0}
    assert 2.5 < Y[:, 0].min() < Y[:, 0].max() < 6.5
    assert 17 < Y[:, 1].min() < Y[:, 1].max() < 24
