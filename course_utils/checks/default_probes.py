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
    first_big,
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
        return (*(_steady(point, rng) if level is SOFT else ()), *_apart(point, level))

    return probes


# ------------------------------------------------------------------ measuring

Slope = Callable[[Callable[..., Any], Sequence[Array], Sequence[Any]], Any]
"""Takes a forward, its inputs and a direction for one of them; the derivative of the output."""


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


def _drawn(cls: type[Function], rng: np.random.Generator) -> _Point:
    own = plain_forward(cls)

    def forward(*inputs: Any) -> Any:
        return own(Context(), *inputs)

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


def _central(forward: Callable[..., Any], inputs: Sequence[Array], directions: Any) -> Any:
    """Take central differences, with a step that suits the number."""
    here = next(np.vdot(x, d) for x, d in zip(inputs, directions, strict=True) if d is not None)
    h = 1e-6 * max(1.0, abs(here))
    return _difference(forward, inputs, directions, h)


def _fixed(forward: Callable[..., Any], inputs: Sequence[Array], directions: Any) -> Any:
    """Take central differences, with one step for all numbers."""
    return _difference(forward, inputs, directions, 1e-6)


def _difference(
    forward: Callable[..., Any], inputs: Sequence[Array], directions: Any, h: float
) -> Any:
    forth, back = (
        np.array(
            forward(
                *(x if d is None else x + t * d for x, d in zip(inputs, directions, strict=True))
            )
        )
        for t in (h, -h)
    )
    return (forth - back) / (2 * h)


def _extrapolated(forward: Callable[..., Any], inputs: Sequence[Array], directions: Any) -> Any:
    return jvp_by_differences(forward, inputs, directions)[0]


DIFFERENCES: dict[str, Slope] = {
    "central differences": _fixed,
    "central differences whose step suits the number": _central,
    "extrapolated differences": _extrapolated,
}


# ------------------------------------------------------------------ steadiness


def _steady(point: _Point, rng: np.random.Generator) -> tuple[Probe, ...]:
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
    for k in point.entries:
        gradient, size = point.measured(k)
        allowed = size * (UNFOLLOWED if rounded is None else STEADY)
        # As much less as the inputs are moved less.
        bent = float(np.abs(point.gradient(point.exact, far, k) - gradient).max()) * 2.0**-29
        noise = max(bent, 0.0 if rounded is None else rounded[k])
        missed = point.gradient(_fixed, near, k) - point.gradient(_fixed, point.inputs, k)
        if 4 * noise <= allowed and np.abs(missed).max() >= PLAINLY * allowed:
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


def _apart(point: _Point, level: Level) -> Iterator[Probe]:
    """Yield probes whose inputs are of very different sizes, until all differences are wrong."""
    if point.exact is not _complex:
        return
    digits = DIGITS if level is SOFT else level.tolerance
    ordinary = {k: point.measured(k) for k in point.entries}
    left = {(k, slope) for k in ordinary for slope in DIFFERENCES.values()}
    for exponents in _patterns(point, level):
        inputs = [np.asarray(np.ldexp(x, e)) for x, e in zip(point.inputs, exponents, strict=True)]
        results = {}
        for k in {k for k, _ in left}:
            gradient, size = ordinary[k]
            try:
                exponent, where = _shifted(point, inputs, k, gradient)
                told = {
                    (k, slope)
                    for slope in DIFFERENCES.values()
                    if (k, slope) in left
                    and where.any()
                    and _is_wrong(
                        np.ldexp(point.gradient(slope, inputs, k), -exponent)[where],
                        gradient[where],
                        PLAINLY * digits * size,
                    )
                }
            except Exception:  # a forward may not take such numbers
                continue
            if told:
                left -= told
                results[k] = point.result(k, gradient, exponent, where, digits * size)
        if results:
            yield point.probe(inputs, results)
        if not left:
            return


def _is_wrong(received: Array, expected: Array, allowed: float) -> bool:
    gap = np.abs(received - expected)
    return bool(np.max(gap, where=np.isfinite(gap), initial=0.0) > allowed)


def _patterns(point: _Point, level: Level) -> Iterator[list[Any]]:
    """Yield exponents for every input: what is measured becomes large, small, or both."""
    big, small = level.big, max(level.small, SMALLEST)
    apart = Level(big, small, level.tolerance)
    shapes = [x.shape if k in point.entries else () for k, x in enumerate(point.inputs)]
    for n in sorted({n for shape in shapes for n in shape if n > 1}):
        # Along every axis of this length: what meets there is of one size.
        yield [
            np.expand_dims(first_big(n, apart), tuple(range(1, len(s) - s.index(n))))
            if n in s
            else 0
            for s in shapes
        ]
    free = list(point.entries)
    for alone in free if len(free) > 1 else ():
        yield [0 if k not in free else small if k == alone else big for k in range(len(shapes))]
    for size in (small, big):
        yield [size if k in free else 0 for k in range(len(shapes))]


def _shifted(
    point: _Point, inputs: Sequence[Array], k: int, ordinary: Array
) -> tuple[Array, Array]:
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
