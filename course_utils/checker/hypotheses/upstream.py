"""What became of grad_output: ignored, or used in another way than entry by entry.

These ask the backward itself, with other upstream gradients at the same inputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.checker.evidence import Failure, GradientEvidence, same
from course_utils.checker.report import Finding
from course_utils.checker.trials import Trial, random_upstream


def ignored(evidence: GradientEvidence) -> Finding | None:
    """Report a gradient that does not depend on grad_output."""
    if evidence.right_in:
        return None

    def unchanged(f: Failure) -> bool:
        other = random_upstream(evidence.rng, f.trial.upstream.shape)
        again = evidence.ask(f.trial, g=other)
        if again is None or not same(again, f.received):
            return False
        slope = evidence.projection(f).slope()
        change, before = np.vdot(other - f.trial.upstream, slope), np.vdot(f.trial.upstream, slope)
        return bool(abs(change) > 1e-3 * abs(before))

    if all(unchanged(f) for f in evidence.few()):
        return Finding(
            "no-upstream",
            f"{evidence.label} does not depend on grad_output: the gradient that arrives from "
            "the loss is not used.",
        )
    return None


def not_linear(evidence: GradientEvidence) -> Finding | None:
    """Report a gradient that is not linear in grad_output, as every right one is."""

    def bends(f: Failure) -> bool:
        g = f.trial.upstream
        other = random_upstream(evidence.rng, g.shape)
        first, second = evidence.ask(f.trial, g=other), evidence.ask(f.trial, g=g - 2 * other)
        if first is None or second is None:
            return False
        if not same(second + 2 * first, f.received, 1e-4):
            return True
        # A size or a square may pass that by the luck of the signs, but not this.
        opposite = evidence.ask(f.trial, g=-g)
        return opposite is not None and not same(opposite, -f.received, 1e-4)

    if all(bends(f) for f in evidence.few()):
        return Finding(
            "upstream-misused",
            f"{evidence.label} does not grow in proportion to grad_output: it must be used "
            "once, as it is, not squared and without its sign or size being taken.",
        )
    return None


def total_only(evidence: GradientEvidence) -> Finding | None:
    """Report a gradient that uses only the sum or the mean of grad_output."""

    def unchanged(f: Failure) -> bool:
        g = f.trial.upstream
        if g.size < 2:
            return False
        shift = evidence.rng.normal(size=g.shape)
        again = evidence.ask(f.trial, g=g + shift - np.mean(shift))
        return again is not None and same(again, f.received)

    if all(unchanged(f) for f in evidence.few()):
        return Finding(
            "upstream-misused",
            f"{evidence.label} uses only the sum (or the mean) of grad_output; each entry of "
            "grad_output belongs to one entry of the output.",
        )
    return None


def one_entry(evidence: GradientEvidence) -> Finding | None:
    """Report a gradient that uses a single entry of grad_output."""

    def unchanged(f: Failure, entry: int) -> bool:
        g = f.trial.upstream
        if g.size < 2:
            return False
        alone = np.zeros(g.shape)
        alone.flat[entry] = g.flat[entry]
        again = evidence.ask(f.trial, g=alone)
        return again is not None and same(again, f.received)

    for entry in (0, -1):
        if all(unchanged(f, entry) for f in evidence.few()):
            which = "first" if entry == 0 else "last"
            return Finding(
                "upstream-misused",
                f"{evidence.label} uses only the {which} entry of grad_output.",
            )
    return None


def one_row_for_all(evidence: GradientEvidence) -> Finding | None:
    """Report that one row of grad_output, or the sum of the rows, stands in for every row.

    The right gradient of such an upstream is known along a direction already, so this
    costs no further evaluation.
    """
    first = evidence.failures[0].trial.upstream
    if first.ndim < 2:
        return None
    for row, which in ((slice(0, 1), "first"), (slice(-1, None), "last")):

        def repeated(t: Trial, row: slice = row) -> tuple[None, Any]:
            return None, np.broadcast_to(t.upstream[row], t.upstream.shape)

        if evidence.every_projection(repeated):
            return Finding(
                "one-sample",
                f"{evidence.label} uses the {which} row of grad_output for every row.",
            )
    for axis in range(first.ndim):
        if all(f.trial.upstream.shape[axis] < 2 for f in evidence.failures):
            continue
        for reduce in (np.sum, np.mean):

            def claim(t: Trial, axis: int = axis, reduce: Any = reduce) -> tuple[None, Any]:
                total = reduce(t.upstream, axis=axis, keepdims=True)
                return None, np.broadcast_to(total, t.upstream.shape)

            if evidence.every_projection(claim):
                return Finding(
                    "wrong-axis",
                    f"{evidence.label} uses grad_output summed or averaged along axis {axis}, "
                    "where each entry belongs to one entry of the output.",
                )
    return None
