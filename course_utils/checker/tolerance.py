"""Is this gradient right? The measured one, how exact it is, and the tolerance.

The tolerance of an entry is relative to |g|ᵀ|J|, the sum of the sizes of what was
added up for it, so a right entry that nearly cancels does not fail. It leaves room
for code that computes in float32 inside, for what the key itself may be off by, and for nothing
coarser.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.domain import has_left
from course_utils.checker.key import Key, Slopes, balanced
from course_utils.checker.kinks import TIED, Kinks
from course_utils.checker.trials import Trial
from course_utils.measure import numerical

RELATIVE = 1e-6  # of |g|ᵀ|J|: about eight float32 roundings
FLOOR = 3e-7  # of the largest |g|ᵀ|J| of the array: float32 intermediates near saturation
EXACT = 1e-12  # what float64 code reaches, and a complex step
ROUGHLY = 1e-9  # a little more than that
BY_DIFFERENCES = 1e-9  # what real differences reach
KNOWN = 1e-3  # of |g|ᵀ|J|: an entry that may be off by more was not measured
STEEPEST = 1e3  # times the largest |g|ᵀ|J|: more is no kink
FAR = 1e-3  # the tolerance at inputs so large that only what breaks there is wrong
APART = 1e3  # gradients whose sizes differ by more are not looked at together


@dataclass
class Comparison:
    """One array in one trial, entry by entry.

    Attributes
    ----------
    received, expected, scale : ndarray
        The learner's, the measured one, and the size of what was added up: |g|ᵀ|J| for a gradient.
    wrong : ndarray of bool
        The entries that are wrong.
    known : ndarray of bool
        The entries that were measured, and so compared.
    """

    received: Array
    expected: Array
    scale: Array
    wrong: Any
    known: Any = True

    @property
    def ok(self) -> bool:
        """Whether no entry is wrong."""
        return not self.wrong.any()

    @property
    def entries(self) -> int:
        """How many entries were compared."""
        return int(np.broadcast_to(self.known, self.expected.shape).sum())


def compared(received: Array, expected: Array) -> Comparison:
    """Compare a result with one that is trusted, and that nothing was added up for."""
    sizes = np.abs(expected)
    right = np.abs(received - expected) <= RELATIVE * sizes + FLOOR * sizes.max(initial=0.0)
    return Comparison(received, expected, sizes, ~right)


class Yardstick:
    """Measures the forward of one check; a backward is held against it."""

    def __init__(
        self, forward: Callable[..., Any], wrt: tuple[int, ...], rng: np.random.Generator
    ) -> None:
        self.forward = forward
        self.wrt = wrt
        self.rng = rng
        self.key = Key(forward)
        self.kinks = Kinks(self.key, wrt, rng)
        self.first: Trial
        self._typical: dict[int, float] = {}
        self._slopes: dict[tuple[Trial, int], Slopes] = {}

    @property
    def analytic(self) -> bool:
        """Whether complex steps were confirmed wherever slopes were measured so far."""
        return all(slopes.exact for slopes in self._slopes.values())

    def look_at(self, trial: Trial) -> None:
        """Take the first trial as what is usual."""
        self.first = trial
        self.key.look_at(trial.inputs, trial.output, self.rng)

    def draw(self, shape: tuple[int, ...]) -> Any:
        """Draw a random direction."""
        return self.rng.standard_normal(shape)

    def along(self, trial: Trial, k: int, direction: Array) -> Array:
        """Measure how the output of a trial moves when input `k` moves along a direction."""
        directions: list[Any] = [None] * len(trial.inputs)
        directions[k] = direction
        return self.key.along(trial.inputs, directions, trial.output)[0]

    def agrees(self, trial: Trial, grads: list[tuple[int, Array]]) -> bool:
        """Compare along random directions: enough to pass float64 code, never to fail any.

        A direction is the longer in an entry the smaller the gradient is there, so that a wrong
        entry changes the sum unless the random numbers conspire.
        """
        answers = [_Answer(k, grad, np.abs(grad), _size(trial.inputs[k])) for k, grad in grads]
        if not all(np.isfinite(answer.most) for answer in answers):
            return False
        return all(self._agree(trial, together) for together in _grouped(answers))

    def _agree(self, trial: Trial, answers: list[_Answer]) -> bool:
        directions: list[Any] = [None] * len(trial.inputs)
        total = size = 0.0
        for answer in answers:
            # As long as the input is large: then all of them reach as far.
            direction = balanced(answer.sizes, self.rng) * answer.unit
            directions[answer.k] = direction
            total += float(np.vdot(answer.grad, direction))
            size += float(np.vdot(answer.sizes, np.abs(direction)))
        slope, error = self.key.along(trial.inputs, directions, trial.output, far=1.0)
        measured = float(np.vdot(trial.upstream, slope))
        off = float(np.vdot(np.abs(trial.upstream), error)) if error.any() else 0.0
        exact = BY_DIFFERENCES if off else EXACT
        return abs(total - measured) <= exact * (size + abs(measured)) + min(off, RELATIVE * size)

    def slopes(self, trial: Trial, k: int) -> Slopes:
        """Return the Jacobian with respect to input `k`, measured once."""
        if (trial, k) not in self._slopes:
            self._slopes[trial, k] = self.key.slopes(trial.inputs, k, trial.output)
        return self._slopes[trial, k]

    def measure(
        self, trial: Trial, k: int, inputs: tuple[Any, ...] | None = None, g: Array | None = None
    ) -> tuple[Array, Array]:
        """Return gᵀJ and |g|ᵀ|J|, with J the Jacobian with respect to input `k`."""
        g = trial.upstream if g is None else g
        if inputs is None:
            gradient, scale, _ = self.slopes(trial, k).times(g)
        else:
            J = numerical.jacobian_transposed(self.forward, inputs, k, self.analytic)
            gradient, scale = J @ g.ravel(), np.abs(J) @ np.abs(g.ravel())
        shape = trial.inputs[k].shape if inputs is None else inputs[k].shape
        return gradient.reshape(shape), scale.reshape(shape)

    def compare(self, trial: Trial, k: int, received: Array) -> Comparison | None:
        """Compare entry by entry; None where nothing can be said of a backward here."""
        if trial.kind == "zeros" and self.kinks.allow(trial, k, received):
            return Comparison(received, received, np.abs(received), np.zeros(received.shape, bool))
        comparison = self._compared(trial, k, received)
        if 2 * comparison.entries < received.size:
            return None  # the few may be so by chance
        if comparison.ok:
            return comparison
        bends = self.key.bends(trial.inputs, k, trial.output, self.slopes(trial, k).rows)
        if bends or trial.kind in TIED:
            self._allow_kinks(trial, k, comparison, bends)
        return None if not comparison.ok and self._is_out(trial) else comparison

    def _allow_kinks(self, trial: Trial, k: int, comparison: Comparison, bends: bool) -> None:
        """Take back what is wrong where other answers are right as well."""
        received = comparison.received
        most = STEEPEST * float(np.max(comparison.scale, initial=0.0)) if trial.own else np.inf
        if self.kinks.allow(trial, k, received, comparison.wrong, most):
            comparison.wrong = np.zeros(received.shape, dtype=bool)
        elif bends:
            allowed = self.kinks.single(trial, k, received, comparison.wrong)
            # What may be so each on its own, and not together, is wrong.
            if (comparison.wrong & ~allowed).any():
                comparison.wrong &= ~allowed

    def _compared(self, trial: Trial, k: int, received: Array) -> Comparison:
        slopes = self.slopes(trial, k)
        shape = received.shape
        expected, scale, error = (x.reshape(shape) for x in slopes.times(trial.upstream))
        largest = float(np.max(scale, initial=0.0))
        if trial is self.first:
            self._typical[k] = largest
        if trial.kind != "generic":  # where all is saturated, rounding is as it is elsewhere
            largest = max(largest, self.usual(k))
        # What the output comes to: a slope may be zero everywhere.
        reach = float(np.abs(trial.upstream * trial.output).sum()) / _size(trial.inputs[k])
        floor = max(1e-3 * FLOOR, 10 * self.key.rounding) * max(largest, reach)
        known = np.isfinite(expected) & (error <= KNOWN * scale + floor)
        gap = np.abs(received - expected)
        # Inputs this large are the checker's own idea: only what breaks there is wrong.
        relative = FAR if trial.kind == "large" and not trial.own else RELATIVE
        wrong = known & ~(gap <= relative * scale + FLOOR * largest + 3 * error)
        if not wrong.any() and slopes.exact:
            wrong = self._too_exact_to_be_rounding(received, expected, gap, largest)
        return Comparison(received, expected, scale, wrong, known)

    def _is_out(self, trial: Trial) -> bool:
        """Tell whether made-up inputs are where the backward need not be right."""
        if self.key.is_coarse and trial.kind in (*TIED, "large"):
            return True  # between a kink and rough rounding nothing can be told apart
        if trial.own or trial.kind == "small":
            return False
        return has_left(self.forward, trial.inputs, self.first.inputs)

    def usual(self, k: int) -> float:
        """Return the largest |g|ᵀ|J| at the first, generic inputs."""
        if k not in self._typical:
            self._typical[k] = float(np.max(self.measure(self.first, k)[1], initial=0.0))
        return self._typical[k]

    def _too_exact_to_be_rounding(
        self, received: Array, expected: Array, gap: Array, largest: float
    ) -> Any:
        """Catch small errors that rounding does not make.

        Rounding scatters. The same relative error everywhere is a wrong constant, and
        an error in a few entries beside exact ones is a mistake in those entries.
        """
        none = np.zeros(gap.shape, dtype=bool)
        if gap.size < 4:
            return none
        # Entries that are nearly zero are exact in any arithmetic, and tell nothing.
        telling = np.abs(expected) > 1e-2 * largest
        off = telling & (gap > ROUGHLY * largest)
        if int(np.sum(telling)) < 4 or not np.any(off):
            return none
        exact = np.median(gap[telling]) <= 1e-13 * largest
        if exact and np.sum(off) <= 0.5 * np.sum(telling):
            return off & (gap > 1e-8 * largest)
        ratio = received[telling] / expected[telling] - 1
        if abs(np.mean(ratio)) > 2.5e-7 and np.std(ratio) < 1e-3 * abs(np.mean(ratio)):
            return telling
        return none


def _size(x: Array) -> float:
    return float(np.abs(x).max(initial=0.0)) or 1.0


class _Answer:
    """A gradient with the sizes of its entries, and how large its input is."""

    def __init__(self, k: int, grad: Array, sizes: Array, unit: float) -> None:
        self.k, self.grad, self.sizes, self.unit = k, grad, sizes, unit
        self.most = float(sizes.max(initial=0.0))  # nan if one is


def _grouped(answers: list[_Answer]) -> list[list[_Answer]]:
    """Keep apart what is so much smaller that it would not show beside the others."""
    largest = max(answer.most * answer.unit for answer in answers)
    together = [a for a in answers if APART * a.most * a.unit > largest]
    apart = [[a] for a in answers if all(a is not other for other in together)]
    return [together, *apart] if together else apart
