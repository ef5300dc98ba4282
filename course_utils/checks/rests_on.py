"""A stand-in is not an answer: what rests on an exercise that is not filled in has no points yet.

An answer may use what its exercise is declared to build on, filled in or not. Anything else that
is not filled in, or not right, is computed numerically; where that decides what the answer
returns, nothing was derived.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection

from course_utils.checker import Finding, Report
from course_utils.checks.declarations import declaration_of
from course_utils.exercises.notices import notice
from course_utils.exercises.registry import Exercise, Implementation, registry
from course_utils.exercises.resting import watched
from course_utils.exercises.saved_work import is_of_this_session

Again = Callable[[Collection[str]], Report]
"""Examines an answer once more, with other numbers from the exercises of these names."""

BLANK = "is not filled in"


def undeclared(slot: Exercise, used: Collection[str]) -> list[str]:
    """Return the exercises that an answer may not rest on, of those that it has used."""
    if declaration_of(slot).may_measure:
        return []
    return sorted(set(used) - built_on(slot) - {slot.name})


@functools.cache
def built_on(slot: Exercise) -> frozenset[str]:
    """Return what an exercise builds on, and what that builds on."""
    first = declaration_of(slot).builds_on
    return frozenset(first).union(*(built_on(registry[name]) for name in first))


def reviewed(
    slot: Exercise, report: Report, gaps: Collection[str], again: Again, fault: Callable[[str], str]
) -> Report:
    """Return the report, with a finding for what is right and rests on something computed.

    Parameters
    ----------
    gaps : collection of str
        The exercises in whose place something was computed.
    fault : callable
        Says of one why, "" where it is not filled in.
    """
    names = undeclared(slot, gaps)
    if not names or not is_right(report):
        return report
    on = " and on ".join(f"{name} ({registry[name].where})" for name in names)
    faults = dict.fromkeys(fault(name) or BLANK for name in names)
    which = f"which {' or '.join(faults)}: no points until it is"
    if len(names) > 1:
        which = f"of which each {' or '.join(faults)}: no points until they are"
    text = f"right, but it rests on {on}, {which}."
    inputs = resting(report, again(names))
    if not inputs:
        return report
    whole = len(inputs) == max(1, len(report.inputs)) or not isinstance(slot.target, type)
    more = [Finding("not-filled-in", f"grad_{name} is {text}", name) for name in inputs]
    if whole:
        more = [Finding("not-filled-in", f"{slot.name} is {text}")]
    return dataclasses.replace(report, passed=False, findings=(*report.findings, *more))


def is_right(report: Report) -> bool:
    """Tell whether an answer is right, or a part of it."""
    return report.passed or any(report.by_input().values())


def resting(report: Report, changed: Report) -> list[str | None]:
    """Return the inputs that are right, and are not where something else has changed.

    None stands for an answer that is not judged by its inputs.
    """
    if changed.passed:
        return []
    before, after = report.by_input(), changed.by_input()
    if not before:
        return [None] if report.passed else []
    return [name for name, right in before.items() if right and not after.get(name)]


def reviewed_here(
    slot: Exercise,
    report: Report,
    used: Collection[str],
    examine: Callable[[Implementation], Report],
) -> Report:
    """Return the report on an answer of this session, after a look at what it has used."""

    def again(names: Collection[str]) -> Report:
        return examine(with_others(slot.implementation, names))

    others = [registry[name] for name in undeclared(slot, used)]
    faults = {each.name: each.fault() for each in others}
    gaps = [each.name for each in others if each.implementation is None or faults[each.name]]
    report = reviewed(slot, report, gaps, again, faults.__getitem__)
    elsewhere = [
        each
        for each in others
        if each.name not in gaps and each.notebook != slot.notebook and not is_of_this_session(each)
    ]
    if elsewhere and is_right(report) and resting(report, again([e.name for e in elsewhere])):
        names = " and ".join(f"{each.name} ({each.where})" for each in elsewhere)
        notice(
            f"{slot.name} rests on your {names}. What is graded is this notebook alone: put that "
            "cell into it as well, above this one."
        )
    return report


def with_others(candidate: Implementation | None, names: Collection[str]) -> Implementation:
    """Return an answer that is given other numbers by some exercises."""
    assert candidate is not None

    @functools.wraps(candidate)
    def changed(*args: object, **keywords: object) -> object:
        with watched(names):
            return candidate(*args, **keywords)

    return changed
