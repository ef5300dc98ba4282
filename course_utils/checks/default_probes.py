"""Probes for a `Function` of which nothing is declared: found by trying, at every check.

Two things tell a finite difference from a formula:

- *Steadiness.* When the inputs move in their last digits, so does what a formula gives. A
  difference f(x + h) - f(x) throws its last digits anew, and divides them by h.
- *Sizes apart.* Inputs are multiplied by powers of two, in such ways that every gradient that is
  measured there is only multiplied by one as well. There a formula has the digits that it has at
  ordinary inputs; a difference loses them, as in `extreme_inputs`.

Only what is certain is used: where complex steps of two sizes agree, and where our own
differences are plainly wrong.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.checks.extreme_inputs import (
    HARD,
    ORDINARY,
    SOFT,
    Level,
    Probe,
    Probing,
    Result,
)
from course_utils.exercises.registry import plain_forward
from course_utils.measure.numerical import FINE_LEVELS, is_analytic, jvp, jvp_by_differences
from course_utils.measure.pullback import Pullback
from course_utils.measure.tracer import Tape

ENTRIES = 6
"""So many entries of each input are measured: a forward may take long."""

STEADY = 5e-13
"""How far a result may move, beside its size, where the inputs move in their last digits."""
UNFOLLOWED = 1e-11
"""The same where the forward cannot be followed, so that how a formula rounds is not known."""

DIGITS = 1e-6
"""How exact a result must be where sizes are apart: as exact as the checker wants it to be."""

SMALLEST = -60
"""A power of two whose cube is far from the smallest number there is."""

PLAINLY = 3
"""So many times what is allowed, and our own difference is plainly wrong."""


def default_probing(cls: type[Function]) -> Probing:
    """Return what looks for probes of a backward of `cls`; it may find none."""

    def probes(part: str, level: Level, rng: np.random.Generator) -> tuple[Probe, ...]:
        if level is HARD:  # what is too small for a complex step may be so for a formula
            return ()
        point = _drawn(cls, rng)
        if level is ORDINARY:
            return (point.probe(point.inputs, {}),)
        measured = {k: point.measured(k) for k in point.entries}
        ordinary = {k: found for k, found in measured.items() if found[1] > 0}
        steady: tuple[Probe, ...] = ()
        if level is SOFT:
            with contextlib.suppress(Exception):  # a forward may take no numbers but its own
                steady = _steady(point, ordinary, rng)
        return (*steady, *_apart(point, ordinary, level))

    return probes


# ------------------------------------------------------------------ measuring

Slope = Callable[[Callable[..., Any], Sequence[Array], Sequence[Any]], Any]
"""Takes a forward, its inputs and a direction for one of them; the derivative of the output."""


Measured = dict[int, tuple[Array, float]]
"""By the position of an input: its gradient at the point, and the size of its terms."""


@dataclass(frozen=True)
class _Point:
    """Ordinary inputs, and the entries of some of them that are measured."""

    names: tuple[str, ...]
    forward: Callable[..., Any]
    inputs: tuple[Array, ...]
    upstream: Array
    entries: dict[int, Any]
    exact: Slope

    def slopes(self, slope: Slope, inputs: Sequence[Array], k: int) -> Array:
        """Return a row of the output's derivatives for each measured entry of one input."""
        rows = []
        directions: list[Any] = [None] * len(inputs)
        for j in self.entries[k]:
            directions[k] = np.zeros(inputs[k].shape)
            directions[k].flat[j] = 1.0
            rows.append(np.ravel(slope(self.forward, inputs, directions)))
        return np.array(rows)

    def gradient(self, slope: Slope, inputs: Sequence[Array], k: int) -> Array:
        """Return the gradient with respect to each measured entry of one input."""
        found: Array = self.slopes(slope, inputs, k) @ self.upstream.ravel()
        return found

    def measured(self, k: int) -> tuple[Array, float]:
        """Return the gradient with respect to one input at the point, and its terms' size."""
        rows = self.slopes(self.exact, self.inputs, k)
        sizes = np.abs(rows) @ np.abs(self.upstream.ravel())
        return rows @ self.upstream.ravel(), float(np.max(sizes))

    def probe(
        self, inputs: Sequence[Array], results: dict[int, Result], moved: bool = False
    ) -> Probe:
        """Return a probe that asks for all inputs' gradients, and compares those in `results`."""
        rest = [Result(np.zeros(x.shape), where=False) for x in inputs]
        named = {name: results.get(k, rest[k]) for k, name in enumerate(self.names)}
        return Probe(tuple(inputs), named, self.upstream, moved)

    def result(self, k: int, expected: Any, exponent: Any, where: Any, allowed: float) -> Result:
        """Return what the measured entries of one input must be."""
        shape, entries = self.inputs[k].shape, self.entries[k]
        arrays = np.zeros(shape), np.zeros(shape, dtype=int), np.zeros(shape, dtype=bool)
        for array, values in zip(arrays, (expected, exponent, where), strict=True):
            array.flat[entries] = values
        return Result(*arrays, allowed)


def _bare(cls: type[Function]) -> Callable[..., Any]:
    """Return a forward without its context."""
    forward = plain_forward(cls)
    return lambda *inputs: forward(Context(), *inputs)


def _drawn(cls: type[Function], rng: np.random.Generator) -> _Point:
    forward = _bare(cls)
    inputs = tuple(np.asarray(x, dtype=np.float64) for x in cls.make_inputs(rng))
    shape = np.shape(forward(*inputs))
    upstream = np.asarray(rng.uniform(0.5, 2.0, shape) * rng.choice((-1.0, 1.0), shape))
    # Whole numbers are labels or counts: not to be moved, if there is anything else.
    free = [k for k, x in enumerate(inputs) if np.any(x != np.round(x))] or range(len(inputs))
    entries = {k: rng.permutation(inputs[k].size)[:ENTRIES] for k in free}
    exact = _complex if is_analytic(forward, inputs, free) else _fine
    return _Point(cls.input_names(), forward, inputs, upstream, entries, exact)


def _complex(
    forward: Callable[..., Any], inputs: Sequence[Array], directions: Any, length: float = 1.0
) -> Any:
    found = jvp(forward, inputs, [None if d is None else length * d for d in directions])
    # What a number has no part in stays real.
    return np.zeros(np.shape(forward(*inputs))) if found is None else found / length


def _shorter(forward: Callable[..., Any], inputs: Sequence[Array], directions: Any) -> Any:
    """Take a shorter complex step."""
    return _complex(forward, inputs, directions, 2.0**-30)


def _fine(forward: Callable[..., Any], inputs: Sequence[Array], directions: Any) -> Any:
    return jvp_by_differences(forward, inputs, directions, levels=FINE_LEVELS)[0]


def _extrapolated(forward: Callable[..., Any], inputs: Sequence[Array], directions: Any) -> Any:
    return jvp_by_differences(forward, inputs, directions)[0]


def _differences(begin: float, end: float, *, scaled: bool) -> Slope:
    """Return what takes differences over a step; a scaled one is no shorter than for 1."""

    def slope(forward: Callable[..., Any], inputs: Sequence[Array], directions: Any) -> Any:
        here = next(np.vdot(x, d) for x, d in zip(inputs, directions, strict=True) if d is not None)
        size = max(1.0, abs(here)) if scaled else 1.0
        low, high = (
            np.array(forward(*(x if d is None else x + t * size * d for x, d in pairs)))
            for t in (begin, end)
            for pairs in [zip(inputs, directions, strict=True)]
        )
        return (high - low) / ((end - begin) * size)

    return slope


DIFFERENCES: dict[str, Slope] = {
    "forward differences": _differences(0.0, 1e-8, scaled=False),
    "central differences": _differences(-1e-6, 1e-6, scaled=False),
    "central differences, scaled": _differences(-1e-6, 1e-6, scaled=True),
    "extrapolated differences": _extrapolated,
}
"""Ways in which a learner may measure."""


def measured_so(cls: type[Function], probe: Probe, slope: Slope) -> dict[str, Array]:
    """Measure, as a learner would, the gradients with respect to all inputs of a probe."""
    names, inputs = cls.input_names(), probe.inputs
    everything = {k: np.arange(x.size) for k, x in enumerate(inputs)}
    point = _Point(names, _bare(cls), inputs, probe.upstream, everything, slope)
    return {
        name: point.gradient(slope, inputs, k).reshape(inputs[k].shape)
        for k, name in enumerate(names)
    }


# ------------------------------------------------------------------ steadiness


def _steady(point: _Point, ordinary: Measured, rng: np.random.Generator) -> tuple[Probe, ...]:
    """Return a probe at ordinary inputs, and two whose inputs differ in their last digits."""

    def beside(most: float) -> tuple[Array, ...]:
        """Move all that is measured by a few quarters of `most` times itself."""
        return tuple(
            np.asarray(x * (1 + most * rng.integers(1, 5, x.shape) / 4))
            if k in point.entries
            else x
            for k, x in enumerate(point.inputs)
        )

    near, other, far = beside(2.0**-49), beside(2.0**-49), beside(2.0**-20)
    rounded = _rounded(point, near)
    results = {}
    for k, (gradient, size) in ordinary.items():
        allowed = size * (UNFOLLOWED if rounded is None else STEADY)
        # As much less as the inputs are moved less.
        bent = np.abs(point.gradient(point.exact, far, k) - gradient).max() * 2.0**-29
        noise = bent + (0.0 if rounded is None else rounded[k])
        usual = DIFFERENCES["central differences"]
        missed = point.gradient(usual, near, k) - point.gradient(usual, point.inputs, k)
        if 4 * noise <= allowed and _largest(missed) >= PLAINLY * allowed:
            results[k] = point.result(k, 0.0, 0, True, allowed)
    if not results:
        return ()
    return (
        point.probe(point.inputs, {}),
        *(point.probe(inputs, results, moved=True) for inputs in (near, other)),
    )


def _rounded(point: _Point, inputs: Sequence[Array]) -> dict[int, float] | None:
    """Return by how much a backward moves that is made of the forward's operations."""

    def gradients(at: Sequence[Array]) -> dict[int, Array]:
        def forward(*moving: Any) -> Any:
            given: list[Any] = list(at)
            for k, x in zip(point.entries, moving, strict=True):
                given[k] = x
            return point.forward(*given)

        tape = Tape(forward, [at[k] for k in point.entries])
        found = Pullback(tape).gradients(point.upstream)
        return {k: gradient for k, (gradient, _) in zip(point.entries, found, strict=True)}

    try:
        here, there = gradients(point.inputs), gradients(inputs)
    except Exception:  # a forward that cannot be followed says so in many ways
        return None
    return {k: float(np.abs(there[k] - here[k]).max()) for k in here}


# ------------------------------------------------------------------ sizes apart


def _apart(point: _Point, ordinary: Measured, level: Level) -> Iterator[Probe]:
    """Yield probes whose inputs are of very different sizes, until all differences are wrong."""
    if point.exact is not _complex:
        return
    digits = DIGITS if level is SOFT else level.tolerance
    right = {k: list(DIFFERENCES.values()) for k in ordinary}
    for exponents, shrink in _patterns(point, level):
        inputs = [np.asarray(np.ldexp(x, e)) for x, e in zip(point.inputs, exponents, strict=True)]
        results = {}
        for k in [k for k, ways in right.items() if ways]:
            gradient, size = ordinary[k]
            with contextlib.suppress(Exception):  # a forward may not take such numbers
                exponent, where = _shifted(point, inputs, k, gradient)
                if shrink:  # what grows is divided by it: a formula may guard against that
                    where &= exponent <= 0
                gaps = [
                    np.ldexp(point.gradient(way, inputs, k), -exponent)[where] - gradient[where]
                    for way in (right[k] if where.any() else ())
                ]
                told = [_largest(gap) >= PLAINLY * digits * size for gap in gaps]
                if any(told):
                    right[k] = [way for way, it in zip(right[k], told, strict=True) if not it]
                    results[k] = point.result(k, gradient, exponent, where, digits * size)
        if results:
            yield point.probe(inputs, results)
        if not any(right.values()):
            return


def _largest(gaps: Array) -> float:
    return float(np.max(np.abs(gaps), where=np.isfinite(gaps), initial=0.0))


def _patterns(point: _Point, level: Level) -> Iterator[tuple[list[Any], bool]]:
    """Yield exponents for every input, of which a part becomes larger than the rest.

    The rest is as it was at first, and then the part is, and the rest shrinks.
    """
    free = list(point.entries)
    shapes = [x.shape if k in free else () for k, x in enumerate(point.inputs)]
    for big, small in ((level.big, 0), (0, max(level.small, SMALLEST))):
        shrink = small < 0
        for n in sorted({n for shape in shapes for n in shape if n > 1}):
            # Along every axis of this length: what meets there is of one size.
            first = np.where(np.arange(n) == 0, big, small)
            yield [_along(first, s, s.index(n)) if n in s else 0 for s in shapes], shrink
        if len(free) > 1:
            for alone in free:
                sizes = {k: small if k == alone else big for k in free}
                yield [sizes.get(k, 0) for k in range(len(shapes))], shrink
        yield [big + small if k in free else 0 for k in range(len(shapes))], shrink


def _along(values: Array, shape: tuple[int, ...], axis: int) -> Array:
    return values.reshape(-1, *[1] * (len(shape) - 1 - axis))


def _shifted(point: _Point, inputs: Sequence[Array], k: int, ordinary: Array) -> tuple[Any, Any]:
    """Return by which power of two each entry's gradient is multiplied, and where it is by one."""
    there = point.gradient(_complex, inputs, k)
    both = (ordinary != 0) & np.isfinite(there) & (there != 0)
    ratio = np.divide(there, ordinary, out=np.ones(ordinary.shape), where=both)
    exponent = np.round(np.log2(np.abs(ratio))).astype(int)
    expected = np.ldexp(ordinary, exponent)
    where = both | ((ordinary == 0) & (there == 0))
    where &= np.abs(there - expected) <= 1e-9 * np.abs(expected)
    if where.any():
        again = point.gradient(_shorter, inputs, k)
        where &= np.abs(again - there) <= 1e-12 * np.abs(there)
    return exponent, where
