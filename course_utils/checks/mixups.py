"""Mix-ups that a `Function` invites: what its backward returns then, and what is said of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Function
from course_utils.checker import Finding, Report
from course_utils.checker.backward_call import Subject
from course_utils.checker.evidence import same
from course_utils.checker.trials import random_upstream
from course_utils.checks.declarations import Examiner
from course_utils.checks.plain_functions import Confusion
from course_utils.exercises.registry import Implementation, with_backward
from course_utils.measure.numerical import FIXED_SEED, quiet

DRAWS = 3
"""In all of which an answer must agree with a mix-up."""

Draw = Callable[[np.random.Generator], tuple[Any, ...]]

Mixups = Mapping[str, Sequence[Confusion]]
"""By the name of an input: ``reference(grad_output, *inputs)`` is the gradient gone wrong."""


def naming(
    cls: type[Function], examine: Examiner, mixups: Mixups, make_inputs: Draw | None = None
) -> Examiner:
    """Return `examine`, which names a mix-up where a backward of `cls` returns what it makes.

    It is asked at the inputs of ``cls.make_inputs``, or of another `make_inputs`.
    """

    def examine_and_name(candidate: Implementation, seed: int | None = None) -> Report:
        report = examine(candidate, seed)
        if report.passed or not any(f.input in mixups for f in report.findings):
            return report
        asked = _asked(cls, candidate, make_inputs or cls.make_inputs)
        found = [_named(finding, cls, asked, mixups) for finding in report.findings]
        return dataclasses.replace(report, findings=tuple(found))

    return examine_and_name


Asked = list[tuple[Array, tuple[Any, ...], tuple[Any, ...]]]
"""Upstream gradients and inputs, and what was returned for each."""


def _asked(cls: type[Function], candidate: Implementation, make_inputs: Draw) -> Asked:
    rng, names = np.random.default_rng(FIXED_SEED), cls.input_names()
    subject = Subject(with_backward(cls, candidate), tuple(range(len(names))), tuple(names))
    asked: Asked = []
    with quiet():
        for _ in range(DRAWS):
            inputs = tuple(np.asarray(x, dtype=np.float64) for x in make_inputs(rng))
            started = subject.start(inputs)
            upstream = random_upstream(rng, np.shape(started.output))
            asked.append((upstream, inputs, subject.finish(started, upstream).raw))
    return asked


def _named(finding: Finding, cls: type[Function], asked: Asked, mixups: Mixups) -> Finding:
    name = finding.input
    if name is None or name not in mixups:
        return finding
    position = list(cls.input_names()).index(name)

    def is_made_by(confusion: Confusion) -> bool:
        return all(
            len(raw) > position
            and same(_numbers(raw[position]), confusion.reference(upstream, *inputs))
            for upstream, inputs, raw in asked
        )

    with quiet():
        confusion = next((each for each in mixups[name] if is_made_by(each)), None)
    if confusion is None:
        return finding
    return dataclasses.replace(finding, code=confusion.code, message=confusion.message)


def _numbers(returned: Any) -> Array:
    try:
        return np.asarray(returned, dtype=np.float64)
    except (TypeError, ValueError):
        return np.empty(0)
