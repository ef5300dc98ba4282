"""How 8.3 and 8.6 are examined: the accuracy, and the confusion matrix."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.chapters.ch08_capstone.checks import measured
from course_utils.checker import Report
from course_utils.checker.candidate import Adapted
from course_utils.checks.declarations import Examiner, compared, declare
from course_utils.checks.methods import number, numbers
from course_utils.checks.plain_functions import Confusion, with_finding
from course_utils.measure.numerical import quiet

TINY = 2.0**-60
"""Logits of this size are as good as any other to compare; nothing smooth tells them apart."""


def _logits_and_labels(rng: np.random.Generator, q: int = 23, p: int = 4) -> tuple[Any, ...]:
    """Draw logits whose largest entry is the label in about half of the rows."""
    Z, labels = rng.normal(size=(q, p)), rng.integers(p, size=q)
    Z[np.arange(q), labels] += 1.0
    return Z, labels


def _examiner(
    reference: Callable[..., Any],
    confusions: Sequence[Confusion],
    result_name: str,
    read: Callable[[Any], Any],
) -> Examiner:
    """Compare with what is measured, and once more with all logits made very small.

    The result must be the same. What is measured is not, nor is anything with a tolerance. `read`
    makes of what is returned what is compared.
    """

    def examine(answer: Callable[..., Any], seed: int | None = None) -> Report:
        candidate = Adapted(answer, result=read)
        report = compared(
            reference, _logits_and_labels, confusions=confusions, result_name=result_name
        )(candidate, seed)
        if not report.passed:
            return _always_of_one_shape(report, candidate, seed) or report
        made_small = Adapted(candidate, lambda Z, labels: (TINY * Z, labels))
        again = compared(reference, _logits_and_labels, result_name=result_name)(made_small, seed)
        if again.passed:
            return report
        message = (
            "Right at ordinary logits, and wrong at very small ones. Which of them is the largest "
            "does not depend on their size: compare them as they are, without a tolerance."
        )
        return with_finding(again, "wrong-local", message, result_name)

    return examine


def _always_of_one_shape(report: Report, candidate: Adapted, seed: int | None) -> Report | None:
    """Tell whether the number of classes is typed in."""
    if report.code not in ("shape", "crash"):
        return None
    rng, shapes = np.random.default_rng(seed), set()
    for p in (3, 4, 5):
        with quiet(), contextlib.suppress(Exception):
            shapes.add(np.shape(candidate(*_logits_and_labels(rng, p=p))))
    if len(shapes) != 1 or shapes in ({()}, {(23,)}):
        return None
    message = (
        f"The result has the shape {shapes.pop()}, however many classes there are: a number stands "
        "where the number of columns of Z belongs."
    )
    return with_finding(report, "hardcoded", message, str(report.findings[0].input or "result"))


def _of_rows(keep: slice) -> Callable[..., Any]:
    return lambda Z, labels: measured.confusion_matrix(Z[keep], labels[keep])


def _shares(axis: int) -> Callable[..., Any]:
    """Return the counts divided by their sums along an axis, as far as there are any."""

    def shares(Z: Any, labels: Any) -> Any:
        counts = measured.confusion_matrix(Z, labels)
        return counts / np.maximum(1.0, counts.sum(axis=axis, keepdims=True))

    return shares


def _made_of(change: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return what becomes of the counts."""
    return lambda Z, labels: change(measured.confusion_matrix(Z, labels))


_MEASURED = (
    "measured for now, by how much the largest logits move, which takes longer, and is right where "
    "no two logits of a row are within 1e-10"
)

declare(
    "accuracy",
    parts={
        "": _examiner(
            measured.accuracy,
            [
                Confusion(
                    "inverted",
                    "You returned the fraction that is wrong; return the fraction that is right.",
                    lambda Z, labels: 1 - measured.accuracy(Z, labels),
                ),
                Confusion(
                    "smallest",
                    "You compare the label with the smallest logit, not the largest.",
                    lambda Z, labels: measured.accuracy(-Z, labels),
                ),
                Confusion(
                    "dtype-int",
                    "Everything after the decimal point is dropped: only a whole number is left.",
                    lambda Z, labels: np.floor(measured.accuracy(Z, labels) + 1e-9),
                ),
                Confusion(
                    "wrong-local",
                    "This is the mean probability of the labels. Whether the largest logit is at "
                    "the label is asked, and not how much larger it is.",
                    lambda Z, labels: np.mean(measured.softmax(Z)[np.arange(len(Z)), labels]),
                ),
                Confusion(
                    "missing-term",
                    "The last row is left out.",
                    lambda Z, labels: (
                        len(Z[:-1]) / len(Z) * measured.accuracy(Z[:-1], labels[:-1])
                        if len(Z) > 1
                        else 0.0
                    ),
                ),
            ],
            "accuracy",
            number,
        )
    },
    stand_in=measured.accuracy,
    meanwhile=_MEASURED,
    no_extreme="it counts; what measures it instead is wrong at very small logits",
)
declare(
    "confusion_matrix",
    parts={
        "": _examiner(
            measured.confusion_matrix,
            [
                Confusion(
                    "transpose",
                    "Rows and columns are exchanged: the label is the row, what it was taken for "
                    "the column.",
                    lambda Z, labels: measured.confusion_matrix(Z, labels).T,
                ),
                Confusion(
                    "counted-once",
                    "Every pair that occurs is counted once, however often it does.",
                    lambda Z, labels: np.minimum(measured.confusion_matrix(Z, labels), 1),
                ),
                Confusion(
                    "smallest",
                    "The smallest logit is taken for the guess, and not the largest.",
                    lambda Z, labels: measured.confusion_matrix(-Z, labels),
                ),
                Confusion(
                    "missing-term",
                    "Only what was taken for what it is, is counted: the mistakes are missing.",
                    _made_of(lambda counts: np.diag(np.diag(counts))),
                ),
                Confusion(
                    "missing-term",
                    "Only the mistakes are counted: what was taken for what it is, is missing.",
                    _made_of(lambda counts: counts - np.diag(np.diag(counts))),
                ),
                Confusion(
                    "counted-twice",
                    "Every pair is counted both ways: label and guess, and guess and label.",
                    _made_of(lambda counts: counts + counts.T),
                ),
                Confusion(
                    "alias",
                    "All rows are the same, the sum of what they should be: is it one row, "
                    "repeated?",
                    _made_of(lambda counts: np.broadcast_to(counts.sum(axis=0), counts.shape)),
                ),
                Confusion(
                    "wrong-local",
                    "Every row is divided by its sum. Return counts.",
                    _shares(1),
                ),
                Confusion(
                    "wrong-local",
                    "Every column is divided by its sum. Return counts.",
                    _shares(0),
                ),
                Confusion(
                    "missing-term", "The last sample is left out.", _of_rows(slice(None, -1))
                ),
                Confusion(
                    "missing-term", "The first sample is left out.", _of_rows(slice(1, None))
                ),
            ],
            "counts",
            numbers,
        )
    },
    stand_in=measured.confusion_matrix,
    meanwhile=_MEASURED,
    no_extreme="it counts; what measures it instead is wrong at very small logits",
)
