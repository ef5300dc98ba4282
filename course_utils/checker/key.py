"""The answer key: slopes of a forward pass, each measured in two ways that know nothing of another.

A complex step has no rounding to fear, and is silently wrong through `abs`, a cast, a branch or a
domain's edge. Real differences are rough, and say how rough. A complex step is used at the very
inputs, and for the very entries of the output, at which real differences confirm it; elsewhere the
real ones decide, and where they are too rough nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.measure import numerical
from course_utils.measure.sparsity import (
    EACH,
    Layout,
    as_rows,
    evaluations,
    groups,
    separated,
    unit,
)

STEPS = (1e-4, 1e-6, 1e-8, 1e-2)
"""Of an input's size: the first is below most kinks."""
COARSE_STEPS = (4.0, 1.0, 1e-1, 1e-2, 1e-3)
"""Where the forward pass rounds so roughly that short steps drown in it."""
ROUGHER = 4  # than the least move that changes half of the output
GOOD = 1e-7  # of a slope: what is known so well needs no other step
FEW = 24  # entries are measured one by one as fast as in any other way
APART = 1e-2  # of an input's size: how far entries are moved to see what they have in common
SHORT = 1e-7  # of an input's size: the step that is made to both sides of a kink
BEND = 1e-5  # of a slope: less is none, also where one of many entries is at a kink

_LEVELS = 2
_SPREAD = 1e4  # how much longer a direction is in one entry than in another


@dataclass
class Slopes:
    """A Jacobian with respect to one input, transposed, and how far each entry may be off.

    Attributes
    ----------
    rows : ndarray, shape (entries of the input, entries of the output)
    error : ndarray
        Of that shape; inf where nothing is known, 0 where a complex step was confirmed.
    """

    rows: Array
    error: Array

    @property
    def exact(self) -> bool:
        """Whether all was measured by complex steps."""
        return not self.error.any()

    def times(self, upstream: Array) -> tuple[Array, Array, Array]:
        """Return gᵀJ, |g|ᵀ|J| and how far the first may be off, for the upstream g."""
        g = upstream.ravel()
        # What is not asked for need not be known.
        rows, error = (np.where(g == 0, 0.0, each) for each in (self.rows, self.error))
        return rows @ g, np.abs(rows) @ np.abs(g), error @ np.abs(g)


class Key:
    """Measures the slopes of one forward pass."""

    def __init__(self, forward: Callable[..., Any]) -> None:
        self.forward = forward
        self.rounding = numerical.ROUNDING
        self._rng = np.random.default_rng(numerical.FIXED_SEED)

    def look_at(self, inputs: tuple[Array, ...], output: Array, rng: np.random.Generator) -> None:
        """Find out how roughly the forward pass rounds: numbers moved by less leave it as it is."""
        told = output != 0
        for size in (1e-12, 1e-10, 1e-8, 3e-8, 1e-7, 3e-7, 1e-6, 1e-5, 1e-4):
            moved = (x * (1 + size * rng.uniform(0.5, 1.5, x.shape)) for x in inputs)
            again = np.asarray(self.forward(*moved))
            if again.shape != output.shape or not told.any():
                return
            if (again == output)[told].mean() < 0.5:
                if size > 1e-12:
                    self.rounding = max(self.rounding, ROUGHER * size)
                return

    @property
    def is_coarse(self) -> bool:
        """Whether the forward pass rounds more roughly than float64 does."""
        return self.rounding > numerical.ROUNDING

    def along(
        self,
        inputs: Sequence[Any],
        directions: Sequence[Any],
        output: Array,
        far: float | None = None,
    ) -> tuple[Array, Array]:
        """Return the slope of each entry of the output along `directions`, and its error.

        `far` is how far they reach, if that is known.
        """
        slope = numerical.complex_slope(self.forward, inputs, directions)
        if slope is None or slope.shape != output.shape:
            return self.by_differences(inputs, directions, output, twice=True)
        sure = numerical.confirmed(self.forward, inputs, directions, slope, output, far)
        if sure.all():
            return slope, np.zeros(slope.shape)
        real, error = self.by_differences(inputs, directions, output, twice=True)
        return self._decided(slope, sure, real, error)

    def _decided(self, slope: Array, sure: Any, real: Array, error: Array) -> tuple[Array, Array]:
        """Take the complex slope where the real one agrees, the real one where it is sure."""
        with np.errstate(invalid="ignore"):
            agree = sure | (np.abs(slope - real) <= 1e-6 * np.abs(slope) + 3 * error)
        # So rough a measurement agrees with anything.
        agree &= sure | (error <= 1e-2 * np.abs(slope)) | ((slope == 0) & (real == 0))
        return np.where(agree, slope, real), np.where(agree, 0.0, error)

    def by_differences(
        self, inputs: Sequence[Any], directions: Sequence[Any], output: Array, *, twice: bool
    ) -> tuple[Array, Array]:
        """Return real differences, extrapolated, of the step that tells most in each entry.

        `twice` asks for a second step that says the same: one may be right by chance.
        """
        far = numerical.reach(inputs, directions)
        found: list[Array] = []
        errors: list[Array] = []
        best, error = np.zeros(output.shape), np.full(output.shape, np.inf)
        for step in COARSE_STEPS if self.is_coarse else STEPS:
            slope, off = numerical.jvp_by_differences(
                self.forward, inputs, directions, step, _LEVELS, far
            )
            if slope.shape != output.shape:
                return best, error
            off = off + self.rounding * np.abs(output) / (step * far / 4 ** (_LEVELS - 1))
            found.append(slope)
            errors.append(np.where(np.isfinite(slope) & np.isfinite(off), off, np.inf))
            best, error = _least_off(found, errors)
            if twice or self.is_coarse:
                gaps = np.sort([np.abs(best - other) for other in found], axis=0)
                error = np.maximum(error, gaps[1] if len(gaps) > 1 else np.inf)
            good = max(GOOD, ROUGHER * self.rounding)
            if (error <= good * np.maximum(np.abs(best), 1e-3 * np.abs(output) / far)).all():
                break
        return best, error

    def slopes(self, inputs: tuple[Array, ...], k: int, output: Array) -> Slopes:
        """Measure with respect to every entry of input `k`, the doubtful ones in both ways."""
        layout = self._layout(inputs, k)
        rows = self._by_complex_steps(inputs, k, output, layout)
        if rows is not None and self._all_confirmed(rows, inputs, k, output):
            return Slopes(rows, np.zeros(rows.shape))
        one_by_one = (EACH,) * inputs[k].ndim
        for twice, way in ((False, layout), (True, layout), (True, one_by_one)):
            real = self._by_real_steps(rows, inputs, k, output, way, twice=twice)
            if self._all_confirmed(real.rows, inputs, k, output) or (twice and way == one_by_one):
                break
        return real

    def _layout(self, inputs: tuple[Array, ...], k: int) -> Layout:
        """Return which entries of input `k` are measured at once: no output has two in common."""
        x = inputs[k]
        one_by_one = (EACH,) * x.ndim
        if x.size <= FEW:
            return one_by_one
        try:
            spread = APART * (float(np.abs(x).max()) or 1.0)
            return separated(lambda x: self.forward(*inputs[:k], x, *inputs[k + 1 :]), x, spread)
        # Numbers that are further off may be none that this forward takes.
        except Exception:
            return one_by_one

    def _by_real_steps(
        self,
        rows: Array | None,
        inputs: tuple[Array, ...],
        k: int,
        output: Array,
        layout: Layout,
        *,
        twice: bool,
    ) -> Slopes:
        """Measure one group of entries after the other, and keep of `rows` what that confirms."""
        found, errors = [], []
        directions: list[Any] = [None] * len(inputs)
        for index in groups(layout, inputs[k].shape):
            directions[k] = unit(index, inputs[k].shape)
            real, error = self.by_differences(inputs, directions, output, twice=twice)
            found.append(real)
            errors.append(error)
        shape = inputs[k].shape
        real, error = (as_rows(layout, each, shape, output.shape) for each in (found, errors))
        if rows is not None:
            real, error = self._decided(rows, np.zeros(rows.shape, bool), real, error)
        return Slopes(real, error)

    def _by_complex_steps(
        self, inputs: tuple[Array, ...], k: int, output: Array, layout: Layout
    ) -> Array | None:
        shape = inputs[k].shape
        directions = [np.ones(x.shape) if j == k else None for j, x in enumerate(inputs)]
        if numerical.complex_slope(self.forward, inputs, directions) is None:
            return None
        try:
            if evaluations(layout, shape) == inputs[k].size:
                rows = numerical.jacobian_transposed(self.forward, inputs, k, True)
            else:
                slopes = []
                for index in groups(layout, shape):
                    directions[k] = unit(index, shape)
                    slope = numerical.jvp(self.forward, inputs, directions)
                    if slope is None:
                        return None
                    slopes.append(slope)
                rows = as_rows(layout, slopes, shape, output.shape)
        except Exception:  # a branch that no other complex step has reached
            return None
        right = rows.shape == (inputs[k].size, output.size) and np.isfinite(rows).all()
        return rows if right else None

    def _all_confirmed(self, rows: Array, inputs: tuple[Array, ...], k: int, output: Array) -> bool:
        """Tell whether real differences confirm all rows, along one direction through them.

        It is the longer in an entry the less the entry matters: all have the same say.
        """
        if not rows.size:
            return True
        directions: list[Any] = [None] * len(inputs)
        directions[k] = balanced(np.abs(rows).sum(axis=1).reshape(inputs[k].shape), self._rng)
        slope = (directions[k].ravel() @ rows).reshape(output.shape)
        return bool(numerical.confirmed(self.forward, inputs, directions, slope, output).all())

    def bends(self, inputs: tuple[Array, ...], k: int, output: Array, rows: Array) -> bool:
        """Tell whether the slopes to both sides differ in any entry, along one such direction.

        `rows` are the measured ones. Where none differs, no entry of input `k` is at a kink.
        """
        directions: list[Any] = [None] * len(inputs)
        directions[k] = balanced(np.abs(rows).sum(axis=1).reshape(inputs[k].shape), self._rng)
        h = SHORT * numerical.reach(inputs, directions)
        moved = list(inputs)
        moved[k] = inputs[k] + h * directions[k]
        up = np.asarray(self.forward(*moved)) - output
        moved[k] = inputs[k] - h * directions[k]
        down = output - np.asarray(self.forward(*moved))
        room = BEND * np.maximum(np.abs(up), np.abs(down)) + 4 * self.rounding * np.abs(output)
        # What is no number is not even.
        return not bool((np.abs(up - down) <= room).all())


def balanced(sizes: Array, rng: np.random.Generator) -> Array:
    """Return a direction that is the longer in an entry the smaller its size is, signs at random.

    It is about as long as 1 where it is longest. A gradient that is held against the slope along
    it cannot hide a small entry beside a large.
    """
    signs = rng.uniform(-1.0, 1.0, sizes.shape)
    signs = signs + np.copysign(0.5, signs)  # no entry near zero
    largest = float(sizes.max(initial=0.0))
    if not 0 < largest < np.inf:
        return np.asarray(signs)
    least = max(float(sizes.min()), largest / _SPREAD)
    return np.asarray(signs * (least / np.maximum(sizes, least)))


def _least_off(found: list[Array], errors: list[Array]) -> tuple[Array, Array]:
    """Return for each entry the slope that is off by the least, and by how much."""
    which = np.argmin(errors, axis=0)[None]
    best, error = (np.take_along_axis(np.array(each), which, 0)[0] for each in (found, errors))
    return np.where(np.isfinite(error), best, 0.0), error
