"""How 8.3 and 8.6 are examined: the accuracy, and the confusion matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.chapters.ch08_capstone.checks import measured
from course_utils.checker import Report
from course_utils.checker.candidate import Adapted
from course_utils.checks.declarations import Examiner, compared, declare
from course_utils.checks.plain_functions import Confusion, with_finding

TINY = 2.0**-60
"""Logits of this size are as good as any other to compare; nothing smooth tells them apart."""


def _logits_and_labels(rng: np.random.Generator, q: int = 23, p: int = 4) -> tuple[Any, ...]:
    """Draw logits whose largest entry is the label in about half of the rows."""
    Z, labels = rng.normal(size=(q, p)), rng.integers(p, size=q)
    Z[np.arange(q), labels] += 1.0
    return Z, labels


def _examiner(
    reference: Callable[..., Any], confusions: Sequence[Confusion], result_name: str
) -> Examiner:
    """Compare with what is measured, and once more with all logits made very small.

    The result must be the same. What is measured is not, nor is anything with a tolerance.
    """

    def examine(candidate: Callable[..., Any], seed: int | None = None) -> Report:
        report = compared(
            reference, _logits_and_labels, confusions=confusions, result_name=result_name
        )(candidate, seed)
        if not report.passed:
            return report
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
                    "This is the part that is wrong.",
                    lambda Z, labels: 1 - measured.accuracy(Z, labels),
                ),
                Confusion(
                    "smallest",
                    "The smallest logit is compared with the label, and not the largest.",
                    lambda Z, labels: measured.accuracy(-Z, labels),
                ),
            ],
            "accuracy",
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
            ],
            "counts",
        )
    },
    stand_in=measured.confusion_matrix,
    meanwhile=_MEASURED,
    no_extreme="it counts; what measures it instead is wrong at very small logits",
)
