"""The digits are all there, scaled, and split as stated."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

import numpy as np

from course_utils.data.digits import load_digits


def test_shapes_range_and_classes():
    digits = load_digits()
    assert digits.X_train.shape == (1437, 64)
    assert digits.X_test.shape == (360, 64)
    for X, labels in ((digits.X_train, digits.labels_train), (digits.X_test, digits.labels_test)):
        assert len(X) == len(labels)
        assert (X.min(), X.max()) == (0, 1)
        # No digit is rare, so that an accuracy means something.
        assert np.bincount(labels, minlength=10).min() >= len(labels) * 0.07


def test_the_split_is_always_the_same_and_no_image_is_in_both():
    once, again = load_digits(), load_digits()
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
    train = {row.tobytes() for row in once.X_train}
    assert not [i for i, row in enumerate(once.X_test) if row.tobytes() in train]


def test_the_file_is_the_one_whose_origin_is_stated():
    data = files("course_utils") / "data"
    stated = re.search(r"SHA-256 `([0-9a-f]{64})`", (data / "DIGITS.md").read_text("utf-8"))
    assert stated
    assert hashlib.sha256((data / "digits.csv.gz").read_bytes()).hexdigest() == stated[1]
