"""How 8.1 and 8.2 are examined: softmax and the cross-entropy, at large logits too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch08_capstone.checks.measured import softmax as measured_softmax
from course_utils.chapters.ch08_capstone.exercises import SoftmaxCrossEntropy, log_sum_exp
from course_utils.checks.declarations import declare
from course_utils.checks.extreme_inputs import Inputs, Level, Scaled
from course_utils.checks.plain_functions import Confusion

declare(
    "softmax",
    reference=measured_softmax,
    make_inputs=lambda rng, q=7, p=3: (2 * rng.normal(size=(q, p)),),
    confusions=[
        Confusion(
            "axis",
            "The columns add up to 1; here a sample is a row, and each row must.",
            lambda Z: measured_softmax(Z.T).T,
        ),
        Confusion(
            "axis",
            "All entries together add up to 1; each row must.",
            lambda Z: measured_softmax(Z.reshape(1, -1)).reshape(Z.shape),
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
