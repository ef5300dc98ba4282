"""A mistake at two or three rows of small whole numbers, so that it can be redone by hand.

What is wrong has been found by then, and its name as well. Here it is only looked for where it
can be seen best; if it does not show at small numbers, what is shown stays as it was.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.backward_call import BackwardCall, Started
from course_utils.checker.report import Example, Finding, Report
from course_utils.checker.trials import MakeInputs, Trial
from course_utils.measure.numerical import one_sided, quiet

if TYPE_CHECKING:
    from course_utils.checker.examine import BackwardExamination

ROWS = ((2, 3), (3, 2), (2, 2))  # sizes in turn; equal ones last, which hide a transpose
MOST = 24  # entries of an array that somebody may want to write down
ALL = 60  # entries of all of them

Rounding = Callable[[Array], Array]


def with_example(report: Report, examination: BackwardExamination, seed: int) -> Report:
    """Return a report with its seed, and where it failed with what can be redone by hand."""
    if report.passed:
        return replace(report, seed=seed)
    with quiet(), redirect_stderr(io.StringIO()):
        findings = _with_examples(report.findings, examination, seed)
    first = findings[0]
    failing = first.example.inputs if first.example else _failing(examination, first)
    return replace(report, seed=seed, findings=findings, failing=failing)


@dataclass
class _Shown:
    """A small trial, what the backward made of it, and the arrays by name."""

    trial: Trial
    call: BackwardCall
    arrays: Mapping[str, Array]


def _answered(examination: BackwardExamination, seed: int) -> Iterator[_Shown]:
    """Yield small trials with what the backward answers, the best to look at first."""
    rng = np.random.default_rng((seed, 1))
    begun: deque[Trial] = deque()

    def calls() -> Iterator[tuple[Started, Array]]:
        for trial in _plan(examination):
            started = _begin(examination, trial, rng)
            if started is not None:
                begun.append(trial)
                yield started, trial.upstream

    for call in examination.subject.finish_each(calls()):
        trial = begun.popleft()
        yield _Shown(trial, call, _named(examination, trial))


def _plan(examination: BackwardExamination) -> Iterator[Trial]:
    """Yield small trials: in whole numbers, and in tenths where those are out of bounds."""
    plan = examination.plan
    return small_trials(plan.make_inputs, plan.sizes, plan.least, _rounded)


def small_trials(
    make_inputs: MakeInputs,
    names: Iterable[str],
    least: Mapping[str, int],
    build: Callable[[MakeInputs, Rounding, np.random.Generator], tuple[Any, ...]],
) -> Iterator[Trial]:
    """Yield trials of few rows, which `build` draws with a rounding."""
    for rounding in (_whole, _tenths):
        for turn in ROWS:
            rows = cycle(turn)
            sizes = {name: max(next(rows), least.get(name, 1)) for name in names}
            yield Trial(
                "small", sizes, False, partial(build, partial(make_inputs, **sizes), rounding)
            )
            if not sizes:
                break


def _rounded(
    make_inputs: Callable[..., Any], rounding: Rounding, rng: np.random.Generator
) -> tuple[Any, ...]:
    return tuple(rounding(np.asarray(x, dtype=np.float64)) for x in make_inputs(rng))


def _whole(x: Array) -> Array:
    """Round to whole numbers other than zero, which keep their sign; labels stay what they are."""
    if (x == np.round(x)).all():
        return x
    rounded: Array = np.copysign(np.maximum(np.ceil(np.abs(2 * x)), 1.0), x)
    return rounded


def _tenths(x: Array) -> Array:
    rounded: Array = np.copysign(np.maximum(np.round(np.abs(x), 1), 0.1), x)
    return x if (x == np.round(x)).all() else rounded


def _begin(
    examination: BackwardExamination, trial: Trial, rng: np.random.Generator
) -> Started | None:
    """Draw a trial and run forward; None where it cannot be, or would be too long to read."""
    try:
        trial.inputs = trial.build(rng)
        started = examination.subject.start(trial.inputs)
        trial.output = np.asarray(started.output)
        entries = [np.size(x) for x in (*trial.inputs, trial.output)]
        if max(entries) > MOST or sum(entries) > ALL or not _is_smooth(examination, trial, rng):
            return None
    except Exception:  # such inputs were the checker's idea
        return None
    trial.upstream = np.asarray(rng.choice((-2.0, -1.0, 1.0, 2.0, 3.0), trial.output.shape))
    return started


def _is_smooth(examination: BackwardExamination, trial: Trial, rng: np.random.Generator) -> bool:
    """Tell whether there is one slope only, and no kink where several answers are right."""
    wrt = examination.subject.wrt
    directions = [
        rng.uniform(0.5, 1.5, np.shape(x)) if k in wrt else None for k, x in enumerate(trial.inputs)
    ]
    right, left = one_sided(examination.subject.forward, trial.inputs, directions, trial.output)
    return bool(np.isfinite(right).all() and np.allclose(right, left, rtol=1e-3, atol=1e-3))


def _named(examination: BackwardExamination, trial: Trial) -> dict[str, Array]:
    inputs = dict(zip(examination.subject.names, trial.inputs, strict=True))
    return {**inputs, "grad_output": trial.upstream}


def _with_examples(
    findings: tuple[Finding, ...], examination: BackwardExamination, seed: int
) -> tuple[Finding, ...]:
    """Return the findings, each with the first example in which it shows."""
    # Only what is said of one gradient can be shown in numbers.
    left = [f for f in findings if f.input in examination.inputs]
    found: dict[int, Finding] = {}
    for shown in _answered(examination, seed) if left else ():
        for finding in left:
            try:
                example = _example(finding, examination, shown)
            except Exception:  # measuring was the checker's idea as well
                continue
            if example is not None:
                found[id(finding)] = replace(finding, example=example)
        left = [f for f in left if id(f) not in found]
        if not left:
            break
    return tuple(found.get(id(f), f) for f in findings)


def _example(finding: Finding, examination: BackwardExamination, shown: _Shown) -> Example | None:
    """Return what a small trial shows of a finding; None if that is nothing."""
    trial, call = shown.trial, shown.call
    sizes = ", ".join(f"{name} = {size}" for name, size in trial.sizes.items())
    problem = call.problem
    wrt, names = examination.subject.wrt, examination.subject.names
    grads = call.rest if problem else dict(zip(wrt, call.grads or [], strict=True))
    k = names.index(finding.input) if finding.input in names else -1
    if k not in grads:
        return None
    received = grads[k]
    if received.size > MOST:
        return None
    if received.shape != trial.inputs[k].shape:
        expected = examination.yardstick.measure(trial, k)[0]
        return Example(sizes, shown.arrays, received, expected)
    comparison = examination.yardstick.compare(trial, k, received)
    if comparison is None or comparison.ok:
        return None
    return Example(sizes, shown.arrays, received, comparison.expected, comparison.wrong)


def _failing(examination: BackwardExamination, finding: Finding) -> Mapping[str, Array]:
    """Return the arrays of a trial in which a finding was seen."""
    names = examination.subject.names
    k = names.index(finding.input) if finding.input in names else -1
    trials = [
        *(trial for trial, problem in examination.problems if problem.code == finding.code),
        *(trial for trial, j, _ in examination.misshapen if j == k),
        *(f.trial for f in (examination.evidence[k].failures if k in examination.evidence else ())),
        *examination.changed.values(),
        *examination.tried,
    ]
    return _named(examination, trials[0]) if trials else {}
