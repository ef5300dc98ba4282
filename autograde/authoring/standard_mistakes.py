"""The mistakes that can be made in any exercise, made of what is measured on its forward pass.

An exercise that an instructor adds has no table of mistakes, and needs none to begin with: each of
these is tried on it. One that is taken for right tells that the inputs hide it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograde.base.errors import AutogradeError
from course_utils.autodiff.function import Context, Function
from course_utils.checker import Report, examine
from course_utils.checks.declarations import declaration_of
from course_utils.checks.derived_or_measured import told_apart
from course_utils.exercises.registry import Exercise

Results = tuple[Any, ...]
Measure = Callable[[Any], Results]
"""What the right results are for a ``grad_output``."""

SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Tried:
    """What the check says of one mistake."""

    name: str
    code: str
    """How it was called, the same for every seed or all names; "" if it was taken for right."""

    @property
    def refused(self) -> bool:
        """Whether it was refused for every seed."""
        return bool(self.code)


def _each(change: Callable[[Any], Any]) -> Callable[[Measure, Any], Results]:
    """Change every result by itself."""
    return lambda measure, upstream: tuple(
        change(np.asarray(each, dtype=np.float64)) for each in measure(upstream)
    )


def _only_the_first(result: Any) -> Any:
    kept = np.zeros_like(result)
    kept.flat[:1] = result.flat[:1]
    return kept


CHANGES: dict[str, Callable[[Measure, Any], Results]] = {
    "the wrong sign": _each(np.negative),
    "twice too much": _each(lambda result: 2.0 * result),
    "counted once for each row": _each(lambda result: result * (result.shape or (1,))[0]),
    "all but the first entry left out": _each(_only_the_first),
    "all zero": _each(np.zeros_like),
    "transposed": _each(lambda result: np.array(result.T)),
    "in the wrong order": lambda measure, upstream: measure(upstream)[::-1],
}

OF_A_BACKWARD: dict[str, Callable[[Measure, Any], Results]] = {
    "grad_output left out": lambda measure, upstream: measure(np.ones_like(upstream)),
    "grad_output handed on as it is": lambda measure, upstream: tuple(
        np.array(upstream) for _ in measure(upstream)
    ),
    "grad_output squared": lambda measure, upstream: measure(np.square(upstream)),
}


def tried_on(slot: Exercise) -> Iterator[Tried]:
    """Try each mistake that is one in this exercise, in a few checks each.

    Raises
    ------
    AutogradeError
        If the exercise cannot be checked at all; the text says why.
    """
    if declaration_of(slot).stand_in is None:
        raise AutogradeError(f"{slot.name} has no stand-in, so there is nothing to compare with")
    changes = CHANGES | (OF_A_BACKWARD if _is_function(slot) else {})
    differs = dict.fromkeys(changes, False)
    anything = False

    def looked_at(measure: Measure, upstream: Any) -> Results:
        nonlocal anything
        right = measure(upstream)
        anything = anything or any(np.any(each) for each in right)
        for name, change in changes.items():
            if not differs[name]:
                differs[name] = not _same(change(measure, upstream), right)
        return right

    report = _report(slot, looked_at, SEEDS[0])
    if not report.passed:
        raise AutogradeError(
            f"{slot.name}: what is measured on the forward pass is not taken for right:"
            f" {report.findings[0].message}"
        )
    if not anything:
        raise AutogradeError(f"{slot.name}: the right result is zero for all inputs that are drawn")
    for name, change in changes.items():
        if differs[name]:  # else it is none here: a symmetric gradient may be transposed
            reports = [_report(slot, change, seed) for seed in SEEDS]
            codes = dict.fromkeys(each.code for each in reports)
            passes = any(each.passed for each in reports)
            yield Tried(name, "" if passes else ", ".join(codes))


def measured_on(slot: Exercise) -> Iterator[Tried]:
    """Try to measure in each usual way what a `Function`'s backward should derive."""
    if not _is_function(slot):
        return
    told = [told_apart(slot, seed) for seed in SEEDS]
    for way in told[0]:
        caught = [name for name in slot.target.input_names() if all(name in t[way] for t in told)]
        missed = [name for name in slot.target.input_names() if name not in caught]
        if missed and caught:
            yield Tried(f"{way} of {', '.join(caught)}", "numerical")
            yield Tried(f"{way} of {', '.join(missed)}", "")
        else:
            yield Tried(way, "numerical" if caught else "")


def unreached_in(slot: Exercise) -> list[str]:
    """The branches of a forward that some check does not reach, a sentence each."""
    if not _is_function(slot):
        return []
    said: dict[str, None] = {}
    for examine_part in declaration_of(slot).parts.values():
        for seed in SEEDS:
            # All inputs are drawn before an answer is asked, so any answer will do.
            said |= dict.fromkeys(examine_part(lambda ctx, grad_output: None, seed).unreached)
    return list(said)


def _same(one: Results, other: Results) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def _is_function(slot: Exercise) -> bool:
    return isinstance(slot.target, type) and issubclass(slot.target, Function)


def _report(slot: Exercise, change: Callable[[Measure, Any], Results], seed: int) -> Report:
    """Check an answer that returns the changed results; for a `Function`, without its `parts`."""
    declaration = declaration_of(slot)
    measured = declaration.stand_in
    assert measured is not None
    if not _is_function(slot):

        def answer(*inputs: Any) -> Any:
            return _as_returned(change(lambda upstream: _tuple(measured(*inputs)), None))

        reports: list[Report] = [look(answer, seed) for look in declaration.parts.values()]
        return next((each for each in reports if not each.passed), reports[0])

    def backward(ctx: Context, grad_output: Any) -> Any:
        results = change(lambda upstream: _tuple(measured(ctx, upstream)), grad_output)
        return _as_returned(results)

    try:
        changed = type(slot.target.__name__, (slot.target,), {"backward": staticmethod(backward)})
        return examine(changed, seed=seed)
    except Exception as error:  # the forward and make_inputs are the instructor's
        raise AutogradeError(f"{slot.name} cannot be checked: {error}") from error


def _tuple(results: Any) -> Results:
    return tuple(results) if isinstance(results, tuple | list) else (results,)


def _as_returned(results: Results) -> Any:
    return results if len(results) > 1 else results[0]
