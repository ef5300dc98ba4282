"""How 8.1 and 8.2 are examined: softmax and the cross-entropy, at large logits too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch08_capstone.checks.measured import softmax as measured_softmax
from course_utils.chapters.ch08_capstone.exercises import SoftmaxCrossEntropy, log_sum_exp
from course_utils.checker import Report
from course_utils.checker.candidate import Adapted
from course_utils.checks.declarations import compared, declare, examiner_of
from course_utils.checks.extreme_inputs import Inputs, Level, Scaled
from course_utils.checks.methods import numbers
from course_utils.checks.mixups import naming
from course_utils.checks.plain_functions import Confusion, with_finding
from course_utils.exercises.registry import Implementation

SOFTMAX_CONFUSIONS = [
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
    Confusion(
        "clipped",
        "Right up to a limit at which the logits are cut off: beyond it logits that differ count "
        "as equal.",
        lambda Z: measured_softmax(np.clip(Z, -100, 100)),
    ),
    Confusion(
        "missing-term",
        "The largest entry of each row is 1: the exponentials are not divided by their sum.",
        lambda Z: (P := measured_softmax(Z)) / P.max(axis=1, keepdims=True),
    ),
    Confusion(
        "sign",
        "The smallest logit has the largest probability: there is a minus in the exponent.",
        lambda Z: measured_softmax(-Z),
    ),
    Confusion(
        "wrong-local",
        "The largest entry is 1 and the others are 0. The smaller logits have a share as well.",
        lambda Z: (Z.max(axis=1, keepdims=True) == Z).astype(np.float64),
    ),
    Confusion(
        "wrong-local",
        "The base of the powers is 2, where e belongs.",
        lambda Z: measured_softmax(Z * np.log(2.0)),
    ),
    Confusion(
        "wrong-local",
        "Each entry is the sigmoid of its logit, on its own. The entries of a row share one sum.",
        lambda Z: measured_softmax(np.stack([Z.ravel(), np.zeros(Z.size)], axis=1))[:, 0].reshape(
            Z.shape
        ),
    ),
]
"""Of all that is large in it, nothing is said that would not be true of small logits."""


def _examine_softmax(candidate: Implementation, seed: int | None = None) -> Report:
    """Say of a result that is no number what became of the exponentials."""
    report = compared(
        measured_softmax,
        lambda rng, q=7, p=3: (2 * rng.normal(size=(q, p)),),
        adapt=lambda answer: Adapted(answer, result=numbers),
        confusions=SOFTMAX_CONFUSIONS,
        special=(
            ("logits near 1000", lambda rng: (1000 + rng.normal(size=(4, 3)),)),
            ("logits near -1000", lambda rng: (-1000 + rng.normal(size=(4, 3)),)),
            (
                "rows of very different size",
                lambda rng: (np.array([[-2e4], [0.0], [2e4]]) + rng.normal(size=(3, 4)),),
            ),
            ("one logit far above the others", lambda rng: (_one_above(rng),)),
            ("one logit far below the others", lambda rng: (-_one_above(rng),)),
        ),
        result_name="P",
    )(candidate, seed)
    if report.code not in ("overflow", "nan"):
        return report
    message = (
        "P becomes nan or inf for logits that are large or far apart: an exponential overflows, or "
        "all those of a row become 0. A number may be taken from all logits of a row without a "
        "change of P: which one leaves exponents that none of this happens to?"
    )
    return with_finding(report, "overflow", message, "P")


def _one_above(rng: np.random.Generator) -> Array:
    Z = rng.normal(size=(4, 3))
    Z[np.arange(4), rng.integers(3, size=4)] += 4000.0
    return Z


declare(
    "softmax",
    parts={"": _examine_softmax},
    stand_in=measured_softmax,
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


def _any_targets(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw targets that are no single ones, and add up to anything."""
    Z, T = SoftmaxCrossEntropy.make_inputs(rng)
    return Z, rng.uniform(0.1, 0.9, size=T.shape)


SPECIAL = (
    ("logits near 1000", _near(1000.0)),
    ("logits near -1000", _near(-1000.0)),
    ("targets that are no single ones", _any_targets),
)


def _errors(of: Callable[[Array, Array], Array]) -> Callable[[Array, Array, Array], Array]:
    """Return a gradient made of the probabilities and the targets, divided by the rows."""
    return lambda G, Z, T: G * of(measured_softmax(Z), T) / len(Z)


def _instead(of: Callable[[Array], Array]) -> Callable[[Array, Array, Array], Array]:
    """Return the gradient where something of the logits stands in place of the probabilities."""
    return lambda G, Z, T: G * (of(Z) - T) / len(Z)


_MIXUPS = {
    "Z": [
        Confusion(
            "wrong-local",
            "This is the slope of one probability with respect to its own logit. The loss goes "
            "back through its logarithm, and through the other logits of the row.",
            _errors(lambda P, T: P * (1 - P)),
        ),
        Confusion(
            "wrong-input",
            "1 is taken from every probability of a row, and not from that of the target alone.",
            _errors(lambda P, T: P - 1),
        ),
        Confusion(
            "missing-term",
            "Only the entry of the target is filled. The other logits of a row move C as well.",
            _errors(lambda P, T: (P - 1) * T),
        ),
        Confusion(
            "missing-term",
            "The targets are left out: these are the probabilities.",
            _errors(lambda P, T: P),
        ),
        Confusion(
            "missing-term",
            "The probabilities are left out: this is what the targets alone make of it.",
            _errors(lambda P, T: -T),
        ),
        Confusion(
            "missing-local",
            "This is the gradient with respect to the probabilities. It has to go back through the "
            "softmax as well.",
            _errors(lambda P, T: -T / P),
        ),
        Confusion(
            "missing-local",
            "Each entry goes back by itself, through the slope P(1 - P). The logits of a row share "
            "their sum: each of them moves all probabilities of its row.",
            _errors(lambda P, T: -T * (1 - P)),
        ),
        Confusion(
            "missing-local",
            "The difference is multiplied by P(1 - P) once more. It has gone through the softmax "
            "already.",
            _errors(lambda P, T: (P - T) * P * (1 - P)),
        ),
        Confusion(
            "missing-local",
            "The logits themselves stand where probabilities belong: softmax is left out.",
            _instead(lambda Z: Z),
        ),
        Confusion(
            "logarithm",
            "The logarithms of the probabilities stand where the probabilities belong.",
            _instead(lambda Z: Z - log_sum_exp(Z)),
        ),
        *(
            Confusion(
                confusion.code,
                f"What stands in place of the probabilities: {confusion.message}",
                _instead(confusion.reference),
            )
            for confusion in SOFTMAX_CONFUSIONS
            if confusion.code != "clipped"  # which is right at the logits that are drawn
        ),
    ],
    "T": [
        Confusion(
            "logarithm",
            "This would be the gradient of -(1/q) Σ T log P, which is another function of T where "
            "a row of T does not add up to 1. Differentiate what forward computes.",
            lambda G, Z, T: -G * (Z - log_sum_exp(Z)) / len(Z),
        ),
        Confusion(
            "wrong-input",
            "The probabilities stand where the logits belong.",
            lambda G, Z, T: -G * measured_softmax(Z) / len(Z),
        ),
        Confusion(
            "wrong-input",
            "This is the negative of the gradient with respect to Z.",
            _errors(lambda P, T: T - P),
        ),
        Confusion(
            "missing-term",
            "Only the entry of the target is filled. C moves with every entry of T.",
            lambda G, Z, T: -G * Z * T / len(Z),
        ),
    ],
}

_OF_ANY_TARGETS = {
    "Z": [
        Confusion(
            "hardcoded",
            "Every row of T is taken for a single 1, at its largest entry. T may hold anything: it "
            "is in C as it is.",
            _errors(lambda P, T: P - np.eye(P.shape[1])[T.argmax(axis=1)]),
        ),
        Confusion(
            "hardcoded",
            "Only entries of T that are exactly 1 count. T may hold anything: it is in C as it is.",
            _errors(lambda P, T: P),
        ),
        Confusion(
            "hardcoded",
            "The probabilities are multiplied by the sum of their row of T, which C has not.",
            _errors(lambda P, T: P * T.sum(axis=1, keepdims=True) - T),
        ),
    ]
}

_examined = naming(
    SoftmaxCrossEntropy,
    examiner_of(SoftmaxCrossEntropy, SPECIAL),
    _OF_ANY_TARGETS,
    make_inputs=_any_targets,
)

declare(
    SoftmaxCrossEntropy,
    # Who leaves the targets out does so where they are single ones, too.
    parts={"": naming(SoftmaxCrossEntropy, _examined, _MIXUPS)},
    extreme=_decided,
    builds_on=("softmax",),
)
