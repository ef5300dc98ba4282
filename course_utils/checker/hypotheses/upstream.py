"""What became of grad_output: ignored, or used in another way than entry by entry.

These ask the backward itself, with other upstream gradients at the same inputs.
"""

from __future__ import annotations

import numpy as np

from course_utils.checker.evidence import Evidence, Failure, same
from course_utils.checker.report import Finding
from course_utils.checker.trials import random_upstream


def ignored(evidence: Evidence) -> Finding | None:
    """Report a gradient that does not depend on grad_output."""
    if evidence.right_in:
        return None

    def unchanged(f: Failure) -> bool:
        other = random_upstream(evidence.rng, f.trial.upstream.shape)
        again = evidence.ask(f.trial, g=other)
        if again is None or not same(again, f.received):
            return False
        slope = evidence.probe(f).slope()
        change, before = np.vdot(other - f.trial.upstream, slope), np.vdot(f.trial.upstream, slope)
        return bool(abs(change) > 1e-3 * abs(before))

    if all(unchanged(f) for f in evidence.few()):
        return Finding(
            "no-upstream",
            f"{evidence.label} does not depend on grad_output: the gradient that arrives from "
            "the loss is not used.",
        )
    return None


def not_linear(evidence: Evidence) -> Finding | None:
    """Report a gradient that is not linear in grad_output, as every right one is."""

    def bends(f: Failure) -> bool:
        g = f.trial.upstream
        other = random_upstream(evidence.rng, g.shape)
        first, second = evidence.ask(f.trial, g=other), evidence.ask(f.trial, g=g - 2 * other)
        if first is None or second is None:
            return False
        return not same(second + 2 * first, f.received, 1e-4)

    if all(bends(f) for f in evidence.few()):
        return Finding(
            "upstream-misused",
            f"{evidence.label} does not grow in proportion to grad_output: it must be used "
            "once, as it is, not squared and without its sign or size being taken.",
        )
    return None


def total_only(evidence: Evidence) -> Finding | None:
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


def one_entry(evidence: Evidence) -> Finding | None:
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
