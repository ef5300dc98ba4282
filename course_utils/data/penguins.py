"""Penguins and their measures: what notebook 06 fits a linear model to.

Origin and licence are in ``data/PENGUINS.md``.
"""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from course_utils.autodiff.function import Array

INPUTS = ("bill length (cm)", "bill depth (cm)", "male")
OUTPUTS = ("body mass (kg)", "flipper length (cm)")
TEST_EVERY = 4


class Penguins(NamedTuple):
    """Measures for training, and of other penguins for the test.

    Attributes
    ----------
    X_train, X_test : ndarray, shapes (249, 3) and (84, 3)
        Length and depth of the bill in cm, and 1 for a male, 0 for a female.
    Y_train, Y_test : ndarray, shapes (249, 2) and (84, 2)
        Body mass in kg, and length of the flipper in cm.
    """

    X_train: Array
    Y_train: Array
    X_test: Array
    Y_test: Array


def load_penguins() -> Penguins:
    """Return the penguins, split into training and test, always in the same way.

    Returns
    -------
    Penguins

    Notes
    -----
    Rows with a missing value are left out; of the others rows 0, 4, 8, … are the test.
    """
    text = (files("course_utils.data") / "penguins.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if "NA" not in row.values()]
    X = np.array(
        [
            (
                float(row["bill_length_mm"]) / 10,
                float(row["bill_depth_mm"]) / 10,
                float(row["sex"] == "male"),
            )
            for row in rows
        ]
    )
    Y = np.array(
        [(float(row["body_mass_g"]) / 1000, float(row["flipper_length_mm"]) / 10) for row in rows]
    )
    test = np.arange(len(rows)) % TEST_EVERY == 0
    return Penguins(X[~test], Y[~test], X[test], Y[test])
