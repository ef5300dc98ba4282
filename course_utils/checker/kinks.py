"""What a gradient may be at a kink: anything between the slopes around it.

Where a forward pass has no derivative, as at ReLU's zero, a tie of a maximum or a norm of zeros,
every valid subgradient is right: one of the gradients nearby, or what lies between them. So the
answer is looked at along a few directions, and has to lie between the slopes that are measured
along them: on both sides, and at points close by, where ties are broken in several ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.key import Key
from course_utils.checker.trials import Trial
from course_utils.measure import numerical

NEARBY = 1e-6  # of an input's size: where ties are broken, and all else is as good as the same
STEP = 1e-2  # of that
ROOM = 1e-4  # of the slope's size
KINK = 1e-3  # of it: less is no kink
TIED = ("zeros", "special")
"""Kinds of trials with ties, of which the slopes to both sides need not tell."""
TIES = 20  # ways in which ties are broken at random, until one is as the answer has it
ONE_BY_ONE = 24  # entries that are looked at on their own


class Kinks:
    """Looks for kinks of one forward pass."""

    def __init__(self, key: Key, wrt: tuple[int, ...], rng: np.random.Generator) -> None:
        self.key = key
        self.wrt = wrt
        self.rng = rng

    def allow(
        self, trial: Trial, k: int, received: Array, among: Any = True, most: float = np.inf
    ) -> bool:
        """Tell whether the entries `among` are part of a subgradient, at a point that has many.

        What is steeper than `most`, for an entry, is a jump or noise and no kink.
        """
        among = np.broadcast_to(among, received.shape)
        if self.key.is_coarse or not np.isfinite(received[among]).all():
            return False
        is_kink = False
        # At random first: what moves together breaks no tie.
        for signs in ((-1.0, 1.0), (1.0,), (-1.0, 1.0)):
            size = self.rng.uniform(0.5, 1.5, received.shape)
            direction = np.where(among, size * self.rng.choice(signs, received.shape), 0.0)
            steepest = most * float(np.abs(direction).sum())
            kink, inside = self._between(trial, k, received, direction, most=steepest)
            is_kink |= kink
            if not (inside and is_kink):
                return False
        return True

    def single(self, trial: Trial, k: int, received: Array, wrong: Any) -> Any:
        """Return which of the `wrong` entries may be so, each looked at on its own."""
        allowed = np.zeros(received.shape, dtype=bool)
        for j in np.flatnonzero(wrong & np.isfinite(received))[:ONE_BY_ONE]:
            unit = np.zeros(received.shape)
            unit.flat[j] = 1.0
            allowed.flat[j] = all(self._between(trial, k, received, unit, near=False))
        return allowed

    def _between(
        self,
        trial: Trial,
        k: int,
        received: Array,
        direction: Array,
        *,
        near: bool = True,
        most: float = np.inf,
    ) -> tuple[bool, bool]:
        """Tell whether there is a kink along a direction, and whether `received` may be so."""
        g = trial.upstream
        claimed = float(np.vdot(received, direction))
        slopes: list[Array] = []
        low = high = np.zeros(g.shape)
        kink = inside = False
        directions = [direction if j == k else None for j in range(len(trial.inputs))]
        h = NEARBY * STEP * numerical.reach(trial.inputs, directions)
        noise = 8 * self.key.rounding * np.abs(g * trial.output) / h
        for slope in self._slopes(trial, k, directions, h, near):
            if slope.shape != g.shape or not np.isfinite(slope).all():
                return False, False
            slopes.append(g * slope)
            if len(slopes) == 1:
                continue
            low, high = np.min(slopes, axis=0), np.max(slopes, axis=0)
            size = float(np.maximum(np.abs(low), np.abs(high)).sum())
            if size > most:
                return False, False
            bent = high - low > KINK * np.maximum(np.abs(low), np.abs(high)) + noise
            kink = bool((high - low)[bent].sum() > KINK * size)
            if len(slopes) == 2 and not kink and trial.kind not in TIED:
                return False, False
            if not trial.own:
                # One number may meet several kinks, one to each side; each may be taken or not.
                sides = np.array([slopes[0], slopes[1]])
                low = np.where(bent, np.minimum(low, np.minimum(sides, 0).sum(axis=0)), low)
                high = np.where(bent, np.maximum(high, np.maximum(sides, 0).sum(axis=0)), high)
            room = ROOM * size
            inside = bool(low.sum() - room <= claimed <= high.sum() + room)
            if inside:
                break
        return kink, inside

    def _slopes(
        self, trial: Trial, k: int, directions: list[Any], h: float, near: bool
    ) -> Iterator[Array]:
        """Yield the slopes to both sides, and at points close by."""
        yield from numerical.one_sided(self.key.forward, trial.inputs, directions, trial.output)
        if not near:
            return
        direction = directions[k]
        for inputs in self._broken_ties(trial, k, direction):
            forth, back = list(inputs), list(inputs)
            forth[k], back[k] = forth[k] + h * direction, back[k] - h * direction
            rise = np.asarray(self.key.forward(*forth)) - np.asarray(self.key.forward(*back))
            yield rise / (2 * h)

    def _broken_ties(self, trial: Trial, k: int, direction: Array) -> Iterator[list[Array]]:
        """Yield points close by: in the order of the entries, along the direction, at random."""
        ramps = [np.linspace(0.5, 1.0, x.size).reshape(x.shape) for x in trial.inputs]
        along = [direction if j == k else 0.0 * x for j, x in enumerate(trial.inputs)]
        ways: list[Any] = [ramps, [-x for x in ramps], along, [-x for x in along]]
        ways += [[self.rng.uniform(-1, 1, x.shape) for x in trial.inputs] for _ in range(TIES)]
        for way in ways:
            yield [
                x + NEARBY * (float(np.abs(x).max(initial=0.0)) or 1.0) * d if j in self.wrt else x
                for j, (x, d) in enumerate(zip(trial.inputs, way, strict=True))
            ]
