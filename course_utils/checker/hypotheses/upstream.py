"""What became of grad_output: ignored, or used in another way than entry by entry.

These ask the backward itself, with other upstream gradients at the same inputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.evidence import Failure, GradientEvidence, Projection, same
from course_utils.checker.report import Finding
from course_utils.checker.trials import Trial, random_upstream


def unsteady(evidence: GradientEvidence) -> Finding | None:
    """Report a gradient that is another one each time: then no other explanation means much."""
    for f in evidence.few(1):
        again = [evidence.ask(f.trial) for _ in range(2)]
        if not all(
            np.allclose(a, f.received, 1e-12, 0.0, equal_nan=True) for a in again if a is not None
        ):
            return Finding(
                "nondeterministic",
                f"{evidence.label} is another one when backward is called again with the same "
                "numbers: there is chance in it, memory that was never filled (np.empty), or "
                "something that is kept from call to call.",
            )
    return None


def ignored(evidence: GradientEvidence) -> Finding | None:
    """Report a gradient that does not depend on grad_output."""
    if evidence.right_in or not any(np.any(f.received) for f in evidence.failures):
        return None

    def unchanged(f: Failure) -> bool:
        slope, g = evidence.projection(f).slope(), f.trial.upstream
        for _ in range(3):
            other = random_upstream(evidence.rng, g.shape)
            again = evidence.ask(f.trial, g=other)
            if again is None or not same(again, f.received):
                return False
            # By the luck of the draw the right one may hardly change either.
            if abs(np.vdot(other - g, slope)) > 1e-3 * abs(np.vdot(g, slope)):
                return True
        return False

    if all(unchanged(f) for f in evidence.few()):
        return Finding(
            "no-upstream",
            f"{evidence.label} does not depend on grad_output: the gradient that arrives from "
            "the loss is not used.",
        )
    return None


def _matters(evidence: GradientEvidence, f: Failure, change: Array) -> bool:
    """Tell whether a change of grad_output would change the right gradient, and any what came."""
    slope = evidence.projection(f).slope()
    right = abs(float(np.vdot(f.trial.upstream, slope)))
    if not abs(float(np.vdot(change, slope))) > 1e-3 * right:
        return False
    again = evidence.ask(f.trial, g=2 * f.trial.upstream)
    return again is not None and not same(again, f.received)


def beside(evidence: GradientEvidence) -> Finding | None:
    """Report a part that is not multiplied by grad_output: added to it, or outside brackets."""
    added = []
    for f in evidence.few():
        g = f.trial.upstream
        rest = evidence.ask(f.trial, g=np.zeros(g.shape))
        opposite = evidence.ask(f.trial, g=-g)
        if rest is None or opposite is None or same(rest, f.received):
            return None
        size = float(np.max(np.abs(f.received), initial=0.0))
        if not float(np.max(np.abs(rest), initial=0.0)) > 1e-6 * size:
            return None
        if not same(opposite - rest, rest - f.received, 1e-4):
            return None
        added.append(same(f.received - rest, g))
    if not added:
        return None
    if all(added):
        text = "grad_output is added in it, where it should be multiplied by the derivative."
    else:
        text = (
            "a part of it is not multiplied by grad_output. Is a bracket missing, or is "
            "grad_output added?"
        )
    return Finding(
        "upstream-misused",
        f"{evidence.label} is not zero for a grad_output of zeros, as it should be: {text}",
    )


def not_linear(evidence: GradientEvidence) -> Finding | None:
    """Report a gradient that is not linear in grad_output, as every right one is."""

    def bends(f: Failure) -> bool:
        g = f.trial.upstream
        other = random_upstream(evidence.rng, g.shape)
        first, second = evidence.ask(f.trial, g=other), evidence.ask(f.trial, g=g - 2 * other)
        if first is None or second is None or same(first, f.received):
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
        shift -= np.mean(shift)
        again = evidence.ask(f.trial, g=g + shift)
        return again is not None and same(again, f.received) and _matters(evidence, f, shift)

    if all(unchanged(f) for f in evidence.few()):
        return Finding(
            "upstream-misused",
            f"{evidence.label} uses only the sum (or the mean) of grad_output; each entry of "
            "grad_output belongs to one entry of the output.",
        )
    return None


def own_entries_only(evidence: GradientEvidence) -> Finding | None:
    """Report grad_output taken entry by entry where a product with the Jacobian belongs."""

    def is_own(projection: Projection) -> bool:
        g, direction = projection.trial.upstream, projection.direction
        # By the input's indices; where grad_output has more entries, it is the first ones.
        own = g[tuple(slice(n) for n in direction.shape)] if g.ndim == direction.ndim else g
        if own.shape != direction.shape or own.size < 2:
            return False
        return projection.is_received(float(np.sum(projection.along(evidence.k, own * direction))))

    if all(is_own(projection) for projection in evidence.projections()):
        return Finding(
            "upstream-misused",
            f"{evidence.label} takes each entry of grad_output once, times the sum of all slopes: "
            f"each entry of {evidence.name} reaches several outputs, and the slope of each of them "
            "belongs to its own entry of grad_output.",
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
        return again is not None and same(again, f.received) and _matters(evidence, f, g - alone)

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
