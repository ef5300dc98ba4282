"""What catches the mistakes of notebook 08."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch08_capstone.exercises import (
    SoftmaxCrossEntropy,
    _counted_hits,
    _counted_pairs,
    _cut,
    _epoch_measured,
    _examine_fooling,
    _logits,
    _logits_and_labels,
    _minibatches_part,
    _parts_of_epoch,
    _slopes_of_log_sum_exp,
    log_sum_exp,
)
from course_utils.checks.declarations import declare
from course_utils.checks.extreme_inputs import Inputs, Level, Scaled
from course_utils.checks.plain_functions import Confusion


def _near(size: float) -> Callable[[np.random.Generator], tuple[Array, ...]]:
    """Draw large logits, where a naive softmax is no number."""

    def build(rng: np.random.Generator) -> tuple[Array, ...]:
        Z, T = SoftmaxCrossEntropy.make_inputs(rng)
        return Z + size, T

    return build


def _decided(inputs: Inputs, level: Level) -> Scaled:
    """Logits so far apart that all probabilities but one are tiny: these are compared."""
    Z, T = inputs
    small = max(level.small, -1000)  # it is measured there: room for the digits of our own step
    return (Z - small * np.log(2.0) * T, T), (0, 0), (small, 0), (T == 0, True)


declare(
    SoftmaxCrossEntropy,
    special=(("logits near 1000", _near(1000.0)), ("logits near -1000", _near(-1000.0))),
    extreme=_decided,
)

declare(
    "softmax",
    reference=_slopes_of_log_sum_exp,
    make_inputs=_logits,
    confusions=[
        Confusion(
            "axis",
            "The columns add up to 1; here a sample is a row, and each row must.",
            lambda Z: _slopes_of_log_sum_exp(Z.T).T,
        ),
        Confusion(
            "axis",
            "All entries together add up to 1; each row must.",
            lambda Z: _slopes_of_log_sum_exp(Z.reshape(1, -1)).reshape(Z.shape),
        ),
        Confusion(
            "logarithm",
            "This is the logarithm of the probabilities.",
            lambda Z: Z - log_sum_exp(Z),
        ),
    ],
    special=(
        ("logits near 1000", lambda rng: (1000 + rng.normal(size=(4, 3)),)),
        ("logits near -1000", lambda rng: (-1000 + rng.normal(size=(4, 3)),)),
        (
            "rows of very different size",
            lambda rng: (np.array([[-2000.0], [0.0], [2000.0]]) + rng.normal(size=(3, 4)),),
        ),
    ),
    result_name="P",
    no_extreme="it is a forward pass, and no difference gives it",
)
declare(
    "accuracy",
    reference=_counted_hits,
    make_inputs=_logits_and_labels,
    confusions=[
        Confusion(
            "inverted",
            "This is the part that is wrong.",
            lambda Z, labels: 1 - _counted_hits(Z, labels),
        ),
        Confusion(
            "smallest",
            "The smallest logit is compared with the label, and not the largest.",
            lambda Z, labels: _counted_hits(-Z, labels),
        ),
    ],
    result_name="accuracy",
    stand_in=lambda Z, labels: float(_counted_hits(Z, labels)),
    no_extreme="no derivative is asked for",
)
declare(
    "confusion_matrix",
    reference=_counted_pairs,
    make_inputs=_logits_and_labels,
    confusions=[
        Confusion(
            "transpose",
            "Rows and columns are exchanged: the label is the row, what it was taken for "
            "the column.",
            lambda Z, labels: _counted_pairs(Z, labels).T,
        ),
        Confusion(
            "counted-once",
            "Every pair that occurs is counted once, however often it does.",
            lambda Z, labels: np.minimum(_counted_pairs(Z, labels), 1),
        ),
    ],
    result_name="counts",
    no_extreme="no derivative is asked for",
)
declare(
    "minibatches",
    parts={"": _minibatches_part},
    stand_in=_cut,
    no_extreme="no derivative is asked for",
)
declare(
    "train_epoch",
    parts=_parts_of_epoch(),
    stand_in=_epoch_measured,
    no_extreme="it only calls what computes the gradients",
)
declare(
    "fool_the_weak_check",
    parts={"": _examine_fooling},
    no_extreme="a wrong backward is asked for",
    may_measure=True,
)
