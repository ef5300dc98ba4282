"""How the exercises that are plain functions are examined.

`examine_named` is the checker's general form with two additions: mix-ups that an
exercise invites have names of their own, and an exercise can ask for more digits
than the usual tolerance.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.checker import Finding, Report
from course_utils.checker.candidate import candidate_of, returned
from course_utils.checker.examine_function import CalledTwice, FunctionExamination
from course_utils.checker.mixed_arguments import Confusion
from course_utils.checker.trials import Special
from course_utils.measure.memo import copied

__all__ = ["Confusion", "examine_named", "with_finding"]


def examine_named(
    candidate: Callable[..., Any],
    reference: Callable[..., Any],
    make_inputs: Callable[..., tuple[Any, ...]],
    *,
    confusions: Sequence[Confusion] = (),
    digits: int | None = None,
    special: Special = (),
    result_name: str = "result",
    seed: int | None = None,
) -> Report:
    """Examine a plain function, and name the mix-up where it is one of `confusions`.

    Parameters
    ----------
    candidate, reference, make_inputs, special, result_name, seed
        As for `examine_function`.
    confusions : sequence of Confusion
        Tried in order when the candidate fails, before what can be mixed up anywhere; the
        first whose reference it agrees with in every trial is reported.
    digits : int, optional
        Correct digits wanted, where more than the usual tolerance is the point.
    """
    if seed is None:
        seed = int(np.random.default_rng().integers(2**32))
    called = CalledTwice(candidate, make_inputs, special, seed)
    report = FunctionExamination(called, reference, result_name, confusions).report()
    if not report.passed or digits is None:
        return report
    return _demand(report, candidate, reference, make_inputs, digits, seed)


def with_finding(
    report: Report, code: str, message: str, result_name: str, *, with_numbers: bool = True
) -> Report:
    """Return `report` as failed, saying `message`, with or without its numbers."""
    first = report.findings[0] if report.findings and with_numbers else Finding(code, message)
    finding = dataclasses.replace(first, code=code, message=message, input=result_name)
    return dataclasses.replace(report, passed=False, findings=(finding,))


# ------------------------------------------------------------------ more digits


def _demand(
    report: Report,
    candidate: Callable[..., Any],
    reference: Callable[..., Any],
    make_inputs: Callable[..., tuple[Any, ...]],
    digits: int,
    seed: int | None,
) -> Report:
    """Fail a `report` that passed where the candidate has fewer correct digits."""
    rng = np.random.default_rng(seed)
    errors = []
    drawn = [make_inputs(rng) for _ in range(20)]
    outcomes = candidate_of(candidate).call_each(map(copied, drawn))
    for inputs, outcome in zip(drawn, outcomes, strict=True):
        expected = np.asarray(reference(*inputs), dtype=np.float64)
        received = np.asarray(returned(outcome), dtype=np.float64)
        scale = max(float(np.max(np.abs(expected))), 1e-3)
        errors.append(float(np.max(np.abs(received - expected))) / scale)
    worst = float(np.max(errors))  # a NaN among them stays one, and is below nothing
    if worst <= 10.0**-digits:
        return report
    worst = min(worst, 1.0) if np.isfinite(worst) else 1.0
    message = (
        f"Right to about {max(0, int(-np.log10(worst)))} digits, and this way can reach "
        f"{digits} or more: what is left looks like a difference of two close numbers."
    )
    return with_finding(report, "small-error", message, "result")
