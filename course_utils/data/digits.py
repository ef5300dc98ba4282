"""Handwritten digits, 8×8 pixels: what the last notebook trains on.

Origin and licence are in ``data/DIGITS.md``.
"""

from __future__ import annotations

import gzip
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_utils.autodiff.function import Array

TEST_EVERY = 5


class Digits(NamedTuple):
    """Images and labels for training, and others for the test.

    Attributes
    ----------
    X_train, X_test : ndarray, shapes (1437, 64) and (360, 64)
        One image in each row, 8 rows of 8 pixels, from 0 (paper) to 1 (ink).
    labels_train, labels_test : ndarray of int, shapes (1437,) and (360,)
        The digits, 0 to 9.
    """

    X_train: Array
    labels_train: NDArray[np.int64]
    X_test: Array
    labels_test: NDArray[np.int64]


def load_digits() -> Digits:
    """Return the digits, split into training and test, always in the same way.

    Returns
    -------
    Digits

    Notes
    -----
    Rows 0, 5, 10, … of the file are the test. The same people wrote the digits of
    both parts, so the test says nothing about other people's handwriting.
    """
    packed = (files("course_utils.data") / "digits.csv.gz").read_bytes()
    table = np.loadtxt(gzip.decompress(packed).decode("ascii").splitlines(), delimiter=",")
    X, labels = table[:, :-1] / 16, table[:, -1].astype(np.int64)
    test = np.arange(len(X)) % TEST_EVERY == 0
    return Digits(X[~test], labels[~test], X[test], labels[test])
