"""Which entries of grad_output count for which entries of the gradient.

Both the right gradient and the learner's are linear in grad_output. Written as
tables with a row for each entry of the input and a column for each entry of the
output, they can be laid over each other.
"""

from __future__ import annotations

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.evidence import Failure, GradientEvidence
from course_utils.checker.report import Finding

_MOST = 60  # entries of the output that are looked at: one call of the backward each
_LARGEST = 400  # entries of the input: one forward pass each


def _tables(evidence: GradientEvidence, f: Failure) -> tuple[Array, Array] | None:
    g = f.trial.upstream
    if g.size < 2 or f.expected.size > _LARGEST:
        return None
    columns = np.arange(g.size)
    if g.size > _MOST:
        columns = np.sort(evidence.rng.choice(g.size, _MOST, replace=False))
    received = np.empty((f.expected.size, len(columns)))
    for column, entry in enumerate(columns):
        unit = np.zeros(g.shape)
        unit.flat[entry] = 1.0
        answer = evidence.ask(f.trial, g=unit)
        if answer is None:
            return None
        received[:, column] = answer.ravel()
    return received, evidence.yardstick.slopes(f.trial, evidence.k).rows[:, columns]


def lost(evidence: GradientEvidence) -> Finding | None:
    """Report that some contributions are right and the others are missing."""
    generic = [f for f in evidence.failures if f.trial.kind in ("generic", "other sizes")][:2]
    found = [tables for f in generic if (tables := _tables(evidence, f)) is not None]
    for received, right in found:
        size = float(np.max(np.abs(right)))
        kept = np.abs(received) > 1e-9 * size
        present = np.abs(right) > 1e-9 * size
        agree = np.abs(received - right) <= 1e-6 * size
        missing = present & ~kept
        if not (np.all(agree[kept]) and np.any(kept) and np.any(missing)):
            return None
        # Entries that get nothing at all were not filled, which is another mistake.
        if not np.any(np.any(kept, axis=1) & np.any(missing, axis=1)):
            return None
    if not found:
        return None
    return Finding(
        "missing-term",
        f"Some contributions to {evidence.label} are missing and the others are right: an entry "
        f"of {evidence.name} reaches several entries of the output, and not all of them are added "
        "up. Is something overwritten that should be accumulated?",
    )
