"""Steps of the forward pass that are treated wrongly, and whether that explains a gradient."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from course_utils.checker.evidence import GradientEvidence
from course_utils.checker.hypotheses.replay import Moves, Replay, Treatment, moved, replayed
from course_utils.checker.report import Finding
from course_utils.measure.tracer import Step

MOST = 300
"""Of the changes that are tried; each takes at most one forward pass, most of them less."""

PRODUCTS = ("multiply", "matmul", "einsum", "dot", "divide", "tensordot")


@dataclass(frozen=True)
class Change:
    """Steps treated wrongly, and what that is called.

    Attributes
    ----------
    code : str
    told : str
        What is wrong, about ``{label}``.
    treated : mapping
        The steps by their numbers, with what each makes of the moves of its arguments.
    """

    code: str
    told: str
    treated: Mapping[int, Treatment]


def first_change(
    evidence: GradientEvidence, listed: Callable[[Replay, int], Iterator[Change]]
) -> Finding | None:
    """Report the first of the changes that explains every failing trial."""
    trials = replayed(evidence)
    if not trials:
        return None
    # A tape of another trial may have other steps, where the forward pass decides by sizes.
    steps = [[step.name for step in trial.replay.tape.steps] for trial in trials]
    if any(names != steps[0] for names in steps):
        return None

    @functools.cache
    def known(number: int) -> Mapping[str, Mapping[int, Treatment]]:
        # Where sizes are equal more values fit in a place: a change has another number there.
        return {c.told: c.treated for c in listed(trials[number].replay, evidence.k)}

    for change in itertools.islice(listed(trials[0].replay, evidence.k), MOST):
        if trials[0].is_explained_by(change.treated) and all(
            change.told in known(n) and trials[n].is_explained_by(known(n)[change.told])
            for n in range(1, len(trials))
        ):
            told = change.told.format(label=evidence.label, name=evidence.name)
            return Finding(change.code, told)
    return None


def with_another(at: int, j: int, value: Any) -> Treatment:
    """Move argument `at` with another value in the place of argument `j`."""

    def treat(step: Step, moves: Moves, found: list[Any]) -> Any:
        rest = moved(step, {i: move for i, move in moves.items() if i != at})
        given = [value if i == j else x for i, x in enumerate(step.arguments)]
        other = Step(
            step.name, step.function, given, step.places, step.keywords, step.value, step.entrywise
        )
        own = moved(other, {at: moves[at]}) if at in moves else None
        return own if rest is None else rest if own is None else rest + own

    return treat
