"""A plain function's mistake at few small whole numbers, as `by_hand` shows a backward's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.by_hand import ALL, MOST, Rounding, small_trials
from course_utils.checker.candidate import Arguments
from course_utils.checker.report import Example, Finding
from course_utils.checker.tolerance import compared
from course_utils.checker.trials import MakeInputs, Trial, sizes_of

if TYPE_CHECKING:
    from course_utils.checker.examine_function import FunctionExamination

NEAR = 1e-7  # as far away, what a smooth function returns is hardly different


def with_small_numbers(finding: Finding, examination: FunctionExamination) -> Finding:
    """Return a finding on numbers or on a shape with the first small trial in which it shows."""
    if finding.input != examination.label or not {"received", "shapes"} & finding.details.keys():
        return finding
    for trial, expected in _trials(examination):
        (calls,) = examination.called.at([trial.arguments])
        received = examination.received(trial, calls)
        if isinstance(received, Finding):
            continue
        sizes = ", ".join(f"{name} = {size}" for name, size in trial.sizes.items())
        inputs = examination.by_name(trial.arguments)
        if received.shape != expected.shape:
            if received.size <= MOST and "shapes" in finding.details:
                return replace(finding, example=Example(sizes, inputs, received, expected))
            continue
        comparison = compared(received, expected)
        if not comparison.ok and "received" in finding.details:
            example = Example(sizes, inputs, received, expected, comparison.wrong)
            return replace(finding, example=example)
    return finding


def _trials(examination: FunctionExamination) -> Iterator[tuple[Trial, Array]]:
    """Yield small trials that can be written down, with what is expected there."""
    make_inputs = examination.called.make_inputs
    rng = np.random.default_rng(0)
    for trial in small_trials(make_inputs, sizes_of(make_inputs, None), {}, _whole_arguments):
        try:
            trial.arguments = tuple(trial.build(rng))
            arrays = [np.asarray(x) for x in trial.arguments if not isinstance(x, str)]
            if any(x.dtype.kind not in "fiub" for x in arrays):  # a function, for one
                return
            expected = np.array(examination.reference(*trial.arguments), dtype=np.float64)
            entries = [x.size for x in (*arrays, expected)]
            fits = max(entries) <= MOST and sum(entries) <= ALL
            if not fits or not _is_steady(examination, trial.arguments, expected, rng):
                continue
        except Exception:  # such inputs were the checker's idea
            continue
        yield trial, expected


def _whole_arguments(
    make_inputs: MakeInputs, rounding: Rounding, rng: np.random.Generator
) -> Arguments:
    """Draw arguments, of which the arrays of any numbers are rounded."""
    return tuple(rounding(x) if _is_free(x) else x for x in make_inputs(rng))


def _is_free(x: Any) -> bool:
    """Tell whether an argument may be rounded: no rows that add up alike, as shares do."""
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f" or not x.ndim:
        return False
    sums = [np.sum(x, axis=axis) for axis in range(x.ndim)]
    alike = any(s.size > 1 and np.allclose(s, s.flat[0]) for s in sums)
    return not alike and not (x.ndim == 1 and np.isclose(np.sum(x), 1.0))


def _is_steady(
    examination: FunctionExamination,
    arguments: Arguments,
    expected: Array,
    rng: np.random.Generator,
) -> bool:
    """Tell whether hardly anything changes close by, as it does where two numbers are tied."""
    away = [
        rng.uniform(0.5, 1.5, x.shape) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else 0
        for x in arguments
    ]
    for side in (NEAR, -NEAR):
        moved = [
            x + side * d if isinstance(d, np.ndarray) else x
            for x, d in zip(arguments, away, strict=True)
        ]
        near = np.asarray(examination.reference(*moved), dtype=np.float64)
        if not (near.shape == expected.shape and np.allclose(near, expected, 1e-4, 1e-4)):
            return False
    return bool(np.isfinite(expected).all())
