"""Softmax, the accuracy and the counts, measured on the logarithm of a sum of exponentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch08_capstone.exercises import log_sum_exp
from course_utils.measure.numerical import derivative

SHARP = 2.0**40
"""Differences of logits are multiplied by it: the largest one then makes up the whole sum."""


def _slopes(of_rows: Callable[[Any], Any], Z: Array) -> Array:
    """Measure, for each row on its own, the slope of `of_rows` along each entry."""
    slopes = np.empty(Z.shape)
    for j, direction in enumerate(np.eye(Z.shape[1])):
        along = np.broadcast_to(direction, Z.shape)
        slopes[:, j] = derivative(of_rows, (Z,), (along,), analytic=True)[:, 0]
    return slopes


def softmax(Z: Array) -> Array:
    """Measure the slopes of each row's `log_sum_exp`."""
    return _slopes(log_sum_exp, Z)


def _soft_largest(Z: Any) -> Any:
    """Return the largest logit of each row as a smooth function of all of them, nearly."""
    return log_sum_exp(SHARP * Z) / SHARP


def accuracy(Z: Array, labels: Any) -> float:
    """Measure by how much the largest logits move when those at the labels do.

    Where logits differ by less than about 1e-10, each of them counts for a part of the largest.
    """
    at_labels = np.eye(Z.shape[1])[labels]
    return float(np.mean(derivative(_soft_largest, (Z,), (at_labels,), analytic=True)))


def confusion_matrix(Z: Array, labels: Any) -> Array:
    """Measure by how much the largest logits of each label's rows move with each logit."""
    counts: Array = np.eye(Z.shape[1])[labels].T @ _slopes(_soft_largest, Z)
    return counts
