"""The ways from an input to the output, and with what factor each of them was counted.

Where an input takes part more than once, its gradient is a sum: one term for each way through the
steps of the forward pass. A term that is left out, counted twice, or has the wrong sign shows as
its factor: 0, 2 or -1 in place of 1.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.evidence import GradientEvidence
from course_utils.checker.hypotheses.replay import Replay, Replayed, moved, replayed
from course_utils.checker.report import Finding
from course_utils.measure.tracer import Step

MOST = 8
_SPARE = 4  # more equations than there are unknown factors

Way = tuple[tuple[int, int], ...]
"""The values on it, by their places, and which argument of their step each goes on from."""


def ways_through(replay: Replay, k: int) -> list[Way] | None:
    """List the ways from input `k` to the output; None if there are more than `MOST`."""
    found: dict[int, list[Way]] = {k: [((k, -1),)]}
    for number, step in enumerate(replay.tape.steps):
        if number in replay.constant or np.asarray(step.value).dtype.kind != "f":
            continue
        here = [
            (*way, (replay.first + number, at))
            for at, place in step.places.items()
            for way in found.get(place, ())
            # x * x is one way: its slope is 2 x.
            if not _is_square(step) or at == 0
        ]
        if len(here) > MOST:
            return None
        if here:
            found[replay.first + number] = here
    return found.get(replay.tape.result)


def _is_square(step: Step) -> bool:
    return step.name == "multiply" and len(step.places) == 2 > len(set(step.places.values()))


def _pushed(replay: Replay, k: int, direction: Array, ways: list[Way]) -> list[Any]:
    """Return how the output moves along each of the ways alone."""
    known: dict[Way, Any] = {((k, -1),): direction}

    def along(way: Way) -> Any:
        if way not in known:
            (place, at), before = way[-1], along(way[:-1])
            step = replay.tape.steps[place - replay.first]
            moves = dict.fromkeys(step.places if _is_square(step) else (at,), before)
            known[way] = None if before is None else moved(step, moves)
        return known[way]

    return [along(way) for way in ways]


@dataclass(frozen=True)
class _Terms:
    """What each way contributes along some directions, and what was received."""

    columns: Array
    received: Array
    size: float

    def fits(self, factors: Array) -> bool:
        gap = np.abs(self.columns @ factors - self.received)
        scale = np.maximum(self.size, np.abs(self.received))
        return bool(np.all(gap <= 1e-6 * scale))

    def counts(self, number: int) -> bool:
        """Tell whether a way contributes anything."""
        largest = np.max(np.abs(self.columns), initial=0.0)
        return bool(np.max(np.abs(self.columns[:, number])) > 1e-9 * largest)


def _terms(trial: Replayed, ways: list[Way]) -> _Terms:
    trial.add_directions(len(ways) + _SPARE)
    columns = [
        [trial.contracted(out) for out in _pushed(trial.replay, trial.k, direction, ways)]
        for direction in trial.directions
    ]
    return _Terms(np.nan_to_num(np.array(columns)), np.array(trial.received), trial.size)


def left_out(evidence: GradientEvidence) -> Finding | None:
    """Report ways to the output that are left out, or counted with another factor."""
    trials = replayed(evidence)
    ways = ways_through(trials[0].replay, evidence.k) if trials else None
    if ways is None or len(ways) < 2:
        return None
    if any(ways_through(trial.replay, evidence.k) != ways for trial in trials):
        return None
    terms = [_terms(trial, ways) for trial in trials]
    # A way that contributes nothing, as by the mean of what has the mean 0, is no mistake.
    counting = [n for n in range(len(ways)) if any(t.counts(n) for t in terms)]
    named = _Map(evidence, trials[0].replay, ways, counting)
    for count in range(1, len(counting)):
        for gone in itertools.combinations(counting, count):
            factors = np.ones(len(ways))
            factors[list(gone)] = 0.0
            if all(t.fits(factors) for t in terms):
                return named.missing(set(gone))
    factors_of = _other_factors(terms, counting)
    return named.weighted(factors_of) if factors_of else None


def _other_factors(terms: list[_Terms], counting: list[int]) -> dict[int, float]:
    """Return one or two factors that are neither 0 nor 1, the same in every trial."""
    first = terms[0]
    if len(first.received) < len(counting) + _SPARE:
        return {}
    for count in (1, 2):
        for chosen in map(list, itertools.combinations(counting, count)):
            columns = first.columns[:, chosen]
            if np.linalg.cond(columns) > 1e6:
                continue
            rest = first.received - first.columns.sum(axis=1) + columns.sum(axis=1)
            factors = np.ones(first.columns.shape[1])
            factors[chosen] = np.round(np.linalg.lstsq(columns, rest, rcond=None)[0], 4)
            if all(t.fits(factors) for t in terms):
                return {n: float(factors[n]) for n in chosen}
    return {}


@dataclass(frozen=True)
class _Map:
    """Says of ways which they are; `counting` are those that contribute something."""

    evidence: GradientEvidence
    replay: Replay
    ways: list[Way]
    counting: list[int]

    def missing(self, gone: set[int]) -> Finding:
        """Say what the ways that are left out have in common: values that count as constants."""
        name, label = self.evidence.name, self.evidence.label
        constants = self._constants(gone)
        several = f"{name} reaches the output in more than one way"
        if not constants:
            return Finding(
                "missing-term", f"{several}, and {self._named(gone)} left out of {label}."
            )
        alone = len(constants) == 1
        return Finding(
            "missing-term",
            f"{label} is what it would be with {' and '.join(constants)} taken as "
            f"{'a constant' if alone else 'constants'}. {several}, through "
            f"{'that' if alone else 'those'} as well.",
        )

    def weighted(self, factors: dict[int, float]) -> Finding:
        """Say with which factors some ways are counted."""
        said = [
            f"{self._named({way})} " + _counted(factor)
            for way, factor in factors.items()
            if factor != 1
        ]
        return Finding(
            "missing-term" if 0 in factors.values() else "wrong-local",
            f"{self.evidence.name} reaches the output in more than one way, and in "
            f"{self.evidence.label} {' and '.join(said)}.",
        )

    def _constants(self, gone: set[int]) -> list[str]:
        """Return one or two values that just the ways that are left out go through."""
        through: dict[int, set[int]] = {}
        for number in self.counting:
            for place, _ in self.ways[number][1:-1]:
                through.setdefault(place, set()).add(number)
        inside = {place: on for place, on in through.items() if on <= gone}
        for count in (1, 2):
            for places in itertools.combinations(sorted(inside, reverse=True), count):
                if set().union(*(inside[place] for place in places)) == gone:
                    return [f"the result of {self.replay.named(p)}" for p in sorted(places)]
        return []

    def _named(self, chosen: set[int]) -> str:
        """Return what to call a few of the ways: by where they part from the others."""
        if len(chosen) > 1:
            return f"{len(chosen)} of the {len(self.counting)} ways are"
        (number,) = chosen
        others = {value for n in self.counting if n != number for value in self.ways[n]}
        own = [value for value in self.ways[number] if value not in others]
        place, _ = own[0] if own else self.ways[number][1]
        return f"the one through {self.replay.named(place)} is"


def _counted(factor: float) -> str:
    if factor in (0, -1):
        return "counted with the other sign" if factor else "left out"
    return f"counted {factor:g} times"
