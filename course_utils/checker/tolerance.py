"""Is this gradient right? The measured one, how exact it is, and the tolerance.

The tolerance of an entry is relative to |g|ᵀ|J|, the sum of the sizes of what was
added up for it, so a right entry that nearly cancels does not fail. It leaves room
for code that computes in float32 inside, and for nothing coarser.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.trials import Trial
from course_utils.measure import numerical

RELATIVE = 1e-6  # of |g|ᵀ|J|: about eight float32 roundings
FLOOR = 3e-7  # of the largest |g|ᵀ|J| of the array: float32 intermediates near saturation
EXACT = 1e-9  # what float64 code reaches


@dataclass
class Comparison:
    """One array in one trial, entry by entry.

    Attributes
    ----------
    received, expected, scale : ndarray
        The learner's, the measured one, and the size of what was added up: |g|ᵀ|J| for a gradient.
    wrong : ndarray of bool
        The entries that are wrong.
    confirmed : bool
        Whether real differences confirm the measured gradient there.
    """

    received: Array
    expected: Array
    scale: Array
    wrong: Any
    confirmed: bool = False

    @property
    def ok(self) -> bool:
        """Whether no entry is wrong."""
        return not self.wrong.any()


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
        self.analytic = True
        self.typical: dict[int, float] = {}
        self.rng = rng

    def look_at(self, trial: Trial) -> None:
        """Find out once whether complex steps can be trusted."""
        self.analytic = numerical.is_analytic(self.forward, trial.inputs, self.wrt, self.rng)
        self.first = trial

    def draw(self, shape: tuple[int, ...]) -> Any:
        """Draw a random direction."""
        return self.rng.standard_normal(shape)

    def agrees(self, trial: Trial, grads: list[tuple[int, Array]]) -> bool:
        """Compare along one random direction: enough to pass float64 code, never to fail any.

        A wrong entry changes the sum unless the random numbers conspire.
        """
        directions: list[Any] = [None] * len(trial.inputs)
        total = size = 0.0
        for k, grad in grads:
            direction = np.asarray(self.rng.standard_normal(grad.shape))
            directions[k] = direction
            total += float(np.vdot(grad, direction))
            size += (float(np.vdot(grad, grad)) * grad.size) ** 0.5
        slope = numerical.derivative(self.forward, trial.inputs, directions, self.analytic)
        return self.is_exact(total, float(np.vdot(trial.upstream, slope)), size)

    def is_exact(self, received: float, measured: float, size: float) -> bool:
        """Tell whether two numbers agree as well as float64 and the measuring allow."""
        exact = EXACT * (1e-3 if self.analytic else 1.0)
        return abs(received - measured) <= exact * (size + abs(measured))

    def measure(
        self, trial: Trial, k: int, inputs: tuple[Any, ...] | None = None, g: Array | None = None
    ) -> tuple[Array, Array]:
        """Return gᵀJ and |g|ᵀ|J|, with J the Jacobian with respect to input `k`."""
        inputs = trial.inputs if inputs is None else inputs
        g = trial.upstream if g is None else g
        J = numerical.jacobian_transposed(self.forward, inputs, k, self.analytic)
        shape = inputs[k].shape
        return (J @ g.ravel()).reshape(shape), (np.abs(J) @ np.abs(g.ravel())).reshape(shape)

    def compare(self, trial: Trial, k: int, received: Array) -> Comparison | None:
        """Compare entry by entry; None where the forward has no derivative here."""
        expected, scale = self.measure(trial, k)
        if not np.all(np.isfinite(expected)):
            return None
        largest = float(np.max(scale, initial=0.0))
        if trial is self.first:
            self.typical[k] = largest
        usual = self.usual(k)
        gap = np.abs(received - expected)
        # Inputs this large are the checker's own idea: only what breaks there is wrong.
        made_up = trial.kind == "large" and not trial.own
        tolerance = (1e-3 if made_up else RELATIVE) * scale + FLOOR * max(largest, usual)
        wrong = ~(gap <= tolerance)
        if np.any(wrong) and not self.analytic:
            wrong = self._look_closer(trial, k, received, expected, scale, wrong)
        if not np.any(wrong):
            wrong = self._too_exact_to_be_rounding(received, expected, gap, max(largest, usual))
        comparison = Comparison(received, expected, scale, wrong)
        if not comparison.ok and not self._is_smooth(trial, k, comparison):
            self._forgive_kinks(trial, k, comparison)
        if not comparison.ok:
            self._cross_check(trial, k, comparison)
        return comparison

    def _look_closer(
        self, trial: Trial, k: int, received: Array, expected: Array, scale: Array, wrong: Any
    ) -> Any:
        """Measure the wrong entries again with smaller steps; a kink may be near."""
        entries = [int(j) for j in np.flatnonzero(wrong)]
        J = numerical.jacobian_transposed(
            self.forward, trial.inputs, k, False, entries, numerical.FINE_LEVELS
        )
        expected.flat[entries] = J @ trial.upstream.ravel()
        scale.flat[entries] = np.abs(J) @ np.abs(trial.upstream.ravel())
        largest = float(np.max(scale, initial=0.0))
        gap = np.abs(received - expected)
        return ~(gap <= RELATIVE * scale + FLOOR * max(largest, self.usual(k)))

    def usual(self, k: int) -> float:
        """Return the largest |g|ᵀ|J| at the first, generic inputs."""
        if k not in self.typical:
            self.typical[k] = float(np.max(self.measure(self.first, k)[1], initial=0.0))
        return self.typical[k]

    def _too_exact_to_be_rounding(
        self, received: Array, expected: Array, gap: Array, largest: float
    ) -> Any:
        """Catch small errors that rounding does not make.

        Rounding scatters. The same relative error everywhere is a wrong constant, and
        an error in a few entries beside exact ones is a mistake in those entries.
        """
        none = np.zeros(gap.shape, dtype=bool)
        if gap.size < 4 or not self.analytic:
            return none
        # Entries that are nearly zero are exact in any arithmetic, and tell nothing.
        telling = np.abs(expected) > 1e-2 * largest
        off = telling & (gap > EXACT * largest)
        if int(np.sum(telling)) < 4 or not np.any(off):
            return none
        exact = np.median(gap[telling]) <= 1e-13 * largest
        if exact and np.sum(off) <= 0.5 * np.sum(telling):
            return off & (gap > 1e-8 * largest)
        ratio = received[telling] / expected[telling] - 1
        if abs(np.mean(ratio)) > 2.5e-7 and np.std(ratio) < 1e-3 * abs(np.mean(ratio)):
            return telling
        return none

    def _is_smooth(self, trial: Trial, k: int, comparison: Comparison) -> bool:
        """Tell whether two real evaluations confirm the measured gradient as it is.

        Then there is no kink among the wrong entries, and no doubt about the complex step.
        """
        if not self.analytic:
            return False
        direction = np.where(
            comparison.wrong, self.rng.uniform(0.5, 1.5, comparison.wrong.shape), 0.0
        )
        step = 1e-6 * max(1.0, float(np.max(np.abs(trial.inputs[k]), initial=0.0)))
        forth, back = list(trial.inputs), list(trial.inputs)
        forth[k], back[k] = forth[k] + step * direction, back[k] - step * direction
        rise = np.asarray(self.forward(*forth)) - np.asarray(self.forward(*back))
        real = float(np.vdot(trial.upstream, rise)) / (2 * step)
        size = float(np.vdot(comparison.scale, direction))
        comparison.confirmed = (
            abs(real - float(np.vdot(comparison.expected, direction))) <= 1e-4 * size
        )
        return comparison.confirmed

    def _forgive_kinks(self, trial: Trial, k: int, comparison: Comparison) -> None:
        """Accept anything between the one-sided derivatives."""
        directions: list[Any] = [None] * len(trial.inputs)
        for j in np.flatnonzero(comparison.wrong)[:64]:
            received = comparison.received.flat[j]
            if not np.isfinite(received):
                continue
            unit = np.zeros(trial.inputs[k].shape)
            unit.flat[j] = 1.0
            directions[k] = unit
            right, left = numerical.one_sided(self.forward, trial.inputs, directions)
            right, left = trial.upstream * right, trial.upstream * left
            size = float(np.sum(np.maximum(np.abs(right), np.abs(left))))
            room = (1e-4 if self.analytic else 1e-5) * size
            at_kink = bool(np.max(np.abs(right - left), initial=0.0) > 1e-3 * size)
            # Near a kink, wide real differences step over it; these do not.
            low, high = np.minimum(right, left).sum(), np.maximum(right, left).sum()
            if at_kink and not trial.own:
                # Inputs the checker made up may sit on several kinks at once, one to each
                # side. Each may be taken or not.
                sides = np.array([right.sum(), left.sum()])
                low, high = (
                    min(low, np.minimum(sides, 0).sum()),
                    max(high, np.maximum(sides, 0).sum()),
                )
            if (at_kink or not self.analytic) and low - room <= received <= high + room:
                comparison.wrong.flat[j] = False

    def _cross_check(self, trial: Trial, k: int, comparison: Comparison) -> None:
        """Never fail a gradient on a complex step that real differences do not confirm."""
        if not self.analytic or comparison.confirmed:
            return
        directions: list[Any] = [None] * len(trial.inputs)
        direction = np.where(comparison.wrong, 1.0, 0.0) * self.rng.uniform(
            0.5, 1.5, size=comparison.wrong.shape
        )
        directions[k] = direction
        by_complex = float(np.sum(comparison.expected * direction))
        size = float(np.sum(comparison.scale * direction))
        # A forward that turns quickly, as sin does at large inputs, needs a small step.
        refuted = False
        for step in (1e-3, 1e-5, 1e-7):
            by_real, error = numerical.jvp_by_differences(
                self.forward, trial.inputs, directions, step=step
            )
            real = float(np.sum(trial.upstream * by_real))
            slack = 10 * float(np.sum(np.abs(trial.upstream) * error))
            if not slack <= 1e-2 * size:
                continue  # too rough to tell
            if abs(real - by_complex) <= 1e-4 * size + slack:
                return
            refuted = True
        if not refuted:
            return
        self.analytic = False
        again = self.compare(trial, k, comparison.received)
        comparison.wrong = again.wrong if again is not None else np.zeros_like(comparison.wrong)
        if again is not None:
            comparison.expected, comparison.scale = again.expected, again.scale
