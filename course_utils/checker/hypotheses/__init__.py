"""The hypotheses, in the order in which they are tried: the simple ones first.

Each looks at the evidence on one array and returns a `Finding` if it explains
the numbers in every failing trial, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from course_utils.checker.evidence import Evidence, GradientEvidence
from course_utils.checker.hypotheses import (
    contributions,
    layout,
    local,
    products,
    ratios,
    samples,
    scaling,
    steps,
    upstream,
    ways,
)
from course_utils.checker.report import Finding
from course_utils.checker.waiting import tick

Of = TypeVar("Of", bound=Evidence)

OF_GRADIENTS: tuple[Callable[[GradientEvidence], Finding | None], ...] = (
    upstream.unsteady,
    scaling.not_finite,
    scaling.zero,
    scaling.factor,
    scaling.small_error,
    layout.transposed,
    layout.reshaped,
    layout.moved,
    local.clipped,
    samples.remembered,
    upstream.ignored,
    local.stray_term,
    upstream.beside,
    upstream.not_linear,
    steps.entry_by_entry,
    local.unfilled,
    samples.one_sample,
    upstream.total_only,
    upstream.one_row_for_all,
    layout.averaged,
    upstream.one_entry,
    local.elementwise,
    layout.factors_exchanged,
    layout.untransposed_matrix,
    layout.not_transposed_slopes,
    upstream.own_entries_only,
    layout.reshaped_matrix,
    ways.left_out,
    steps.one_step,
    local.as_if_zero,
    local.as_if_one,
    local.another_input,
    local.missing_term,
    ratios.scaled_by_a_value,
    layout.flipped,
    samples.first_row_for_all,
    samples.samples_mixed,
    samples.inputs_mixed,
    samples.samples_crossed,
    products.other_value,
    contributions.lost,
    layout.only_square_wrong,
    ratios.scaled_by_itself,
    local.some_entries,
    samples.only_batch_of_one,
    local.wrong_gradient,
)

OF_RESULTS: tuple[Callable[[Evidence], Finding | None], ...] = (
    scaling.not_finite,
    scaling.zero,
    scaling.always_the_same,
    scaling.factor,
    scaling.small_error,
    layout.transposed,
    layout.reshaped,
    layout.moved,
    local.unfilled,
    layout.averaged,
    local.some_entries,
    local.wrong_result,
)


def diagnose(evidence: Of, hypotheses: Sequence[Callable[[Of], Finding | None]]) -> Finding:
    """Return what the first hypothesis says that explains the evidence; the last always does."""
    *tested, last = hypotheses
    for hypothesis in tested:
        tick()
        finding = _asked(hypothesis, evidence)
        if finding is not None:
            return finding
    said = last(evidence)
    assert said is not None
    return said


def _asked(hypothesis: Callable[[Of], Finding | None], evidence: Of) -> Finding | None:
    """Return what a hypothesis says; nothing if it cannot be tested.

    It may ask the author's forward at inputs that were mixed, which nobody said it must take.
    """
    try:
        return hypothesis(evidence)
    except Exception:
        return None
