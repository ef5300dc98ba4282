"""Which entries of an input may be moved together, and still be told apart in the output.

Row r of X W + b depends on row r of X alone: all rows can be moved in one evaluation, and
each shows in its own row of the output. So a Jacobian of q rows costs what that of one row
costs; Curtis, Powell and Reid (1974) do so for any sparse Jacobian. What goes with what is
found by trying, and no formula is needed for it. It may be wrong elsewhere: whoever
measures by a `Layout` compares the result with the whole afterwards.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.measure.numerical import FIXED_SEED

Layout = tuple[int, ...]
"""For each axis of the input: the output's axis that it goes with, or `EACH`, or `ALIKE`."""

EACH = -1
"""Entries along this axis are moved one after the other."""
ALIKE = -2
"""All entries along this axis have one slope, as those of a sum: they are moved together."""

Move = Callable[[Any], Array]
"""Takes a direction of the input's shape, returns the derivative of the output along it."""

_CLOSE = 1e-8  # the slopes by real differences are exact to 9 digits or more


def evaluations(layout: Layout, shape: tuple[int, ...]) -> int:
    """Return how many evaluations it takes to measure by `layout`."""
    return math.prod(n for n, axis in zip(shape, layout, strict=True) if axis == EACH)


@functools.lru_cache(maxsize=1024)
def groups(layout: Layout, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Return the index of each group of entries that are moved together."""
    ways = [
        range(n) if axis == EACH else (slice(None),) for n, axis in zip(shape, layout, strict=True)
    ]
    return tuple(itertools.product(*ways))


@dataclass(frozen=True)
class _Contraction:
    """How a product over the output's axes becomes entries of the input."""

    rest: tuple[int, ...]
    order: tuple[int, ...] | None
    alike: tuple[int, ...]
    share: int


@functools.lru_cache(maxsize=1024)
def _contraction(layout: Layout, shape: tuple[int, ...], dimensions: int) -> _Contraction:
    pairs = [axis for axis in layout if axis >= 0]
    order = tuple(sorted(pairs).index(axis) for axis in pairs)
    together = [axis for axis in layout if axis != EACH]
    return _Contraction(
        rest=tuple(axis for axis in range(dimensions) if axis not in pairs),
        order=None if order == tuple(range(len(order))) else order,
        alike=tuple(k for k, axis in enumerate(together) if axis == ALIKE),
        share=math.prod(n for n, axis in zip(shape, layout, strict=True) if axis == ALIKE),
    )


def entry_by_entry(
    layout: Layout, upstream: Array, slopes: Sequence[Array], shape: tuple[int, ...]
) -> Array:
    """Contract what was measured with what arrives from above, one number for each entry.

    Parameters
    ----------
    layout : Layout
    upstream : ndarray
        Of the output's shape.
    slopes : sequence of ndarray
        The derivative along each of the `groups`, of the output's shape.
    shape : tuple of int
        The input's.

    Returns
    -------
    ndarray, of `shape`
    """
    how = _contraction(layout, shape, upstream.ndim)
    result = np.empty(shape)
    for index, slope in zip(groups(layout, shape), slopes, strict=True):
        part = upstream * slope
        if how.rest:
            part = np.add.reduce(part, axis=how.rest)
        if how.order is not None:
            part = part.transpose(how.order)
        if how.alike:
            part = np.expand_dims(part / how.share, how.alike)
        result[index] = part
    return result


def as_rows(
    layout: Layout, slopes: Sequence[Array], shape: tuple[int, ...], out: tuple[int, ...]
) -> Array:
    """Return the whole Jacobian, transposed, of what was measured group by group.

    Parameters
    ----------
    layout : Layout
        Without `ALIKE`, as `separated` finds them.
    slopes : sequence of ndarray
        The derivative along each of the `groups`, of the output's shape.
    shape, out : tuple of int
        The input's and the output's.

    Returns
    -------
    ndarray, shape (entries of the input, entries of the output)
    """
    rows = np.zeros(shape + out)
    met = _met(layout, out)
    for index, slope in zip(groups(layout, shape), slopes, strict=True):
        rows[index] = np.where(met, slope, 0.0)
    return rows.reshape(math.prod(shape), math.prod(out))


@functools.lru_cache(maxsize=1024)
def _met(layout: Layout, out: tuple[int, ...]) -> Array:
    """Return which entries of the output each entry of a group may show in."""
    pairs = [axis for axis in layout if axis >= 0]
    entries = np.indices([out[axis] for axis in pairs])
    places = np.indices(out, sparse=True)
    met = np.ones((*entries.shape[1:], *out), dtype=bool)
    for entry, axis in zip(entries, pairs, strict=True):
        met &= entry.reshape(entry.shape + (1,) * len(out)) == places[axis]
    return met


def along_all(
    layout: Layout, direction: Array, slopes: Sequence[Array], out: tuple[int, ...]
) -> Array:
    """Add up what was measured to the derivative along one direction, of the output's shape."""
    shape = direction.shape
    alike = tuple(k for k, axis in enumerate(layout) if axis == ALIKE)
    share = math.prod(shape[k] for k in alike)
    moved = np.add.reduce(direction, axis=alike, keepdims=True) / share if alike else direction
    pairs = [axis for axis in layout if axis >= 0]
    found = np.zeros(out)
    for index, slope in zip(groups(layout, shape), slopes, strict=True):
        here = (0 if axis == ALIKE else i for i, axis in zip(index, layout, strict=True))
        part = moved[tuple(here)]
        part = np.transpose(part, np.argsort(pairs)) if pairs else part
        sizes = [n if axis in pairs else 1 for axis, n in enumerate(out)]
        found += slope * np.reshape(part, sizes)
    return found


def learned(move: Move, shape: tuple[int, ...], out: tuple[int, ...]) -> Layout | None:
    """Find the layout that needs the fewest evaluations, by trying.

    Parameters
    ----------
    move : callable
        See `Move`. Best at a point where nothing is special.
    shape, out : tuple of int
        The input's and the output's.

    Returns
    -------
    Layout or None
        All of it `EACH` if nothing else explains what is measured; None if nothing moves, so
        that there is nothing to learn from.
    """
    direction = np.random.default_rng(FIXED_SEED).normal(size=shape)
    right = move(direction)
    size = float(np.abs(right).max(initial=0.0))
    if not 0.0 < size < np.inf:
        return None
    known: dict[tuple[bool, ...], list[Array]] = {}
    for layout in _candidates(shape, out, alike=True):
        apart = tuple(axis == EACH for axis in layout)
        if all(apart):
            break
        if apart not in known:
            known[apart] = [move(unit(index, shape)) for index in groups(layout, shape)]
        found = along_all(layout, direction, known[apart], out)
        if (np.abs(found - right) <= _CLOSE * size).all():
            return layout
    return (EACH,) * len(shape)


def unit(index: Any, shape: tuple[int, ...]) -> Array:
    """Return 1 at the entries of one group, 0 elsewhere."""
    direction = np.zeros(shape)
    direction[index] = 1.0
    return direction


def _candidates(shape: tuple[int, ...], out: tuple[int, ...], alike: bool) -> list[Layout]:
    """List the layouts that are possible by their sizes, those that need the least work first."""
    ways = []
    for n in shape:
        fitting = [axis for axis, size in enumerate(out) if size == n]
        ways.append([EACH] if n == 1 else [*fitting, *([ALIKE] if alike else []), EACH])
    every = [
        layout
        for layout in itertools.product(*ways)
        if len(set(layout) - {EACH, ALIKE}) == sum(axis >= 0 for axis in layout)
    ]
    # Of two that cost the same, the one that tells more entries apart: it holds more often.
    return sorted(every, key=lambda way: (evaluations(way, shape), way.count(ALIKE)))


def separated(forward: Callable[[Any], Any], x: Array, spread: float) -> Layout:
    """Find entries of `x` that no output has in common, by moving them a good way.

    No slope is taken, so kinks and jumps do no harm. All rows are moved, then every other
    one, every other two, and so on: any two rows are told apart once. What did not move must
    be as it was, and what moved as when all did, to the last digit. Then the other way: what
    is off on one side of a kink may be on on the other.

    Parameters
    ----------
    forward : callable
    x : ndarray
    spread : float
        How far entries are moved.

    Returns
    -------
    Layout
        Without `ALIKE`; all of it `EACH` if nothing can be moved together, or nothing moves.
    """
    rng = np.random.default_rng(FIXED_SEED)
    step = spread * rng.uniform(0.5, 1.5, x.shape) * rng.choice((-1.0, 1.0), x.shape)
    # Copied: a forward that only reshapes returns a view.
    before = np.array(forward(x))
    moves = [(moved, np.array(forward(moved))) for moved in (x + step, x - step)]
    if all(np.array_equal(before, after) for _, after in moves):
        return (EACH,) * x.ndim
    for layout in _candidates(x.shape, before.shape, alike=False):
        if evaluations(layout, x.shape) == x.size:
            break
        if all(
            np.array_equal(forward(np.where(here, moved, x)), np.where(there, after, before))
            for here, there in _halves(layout, x.shape, before.shape)
            for moved, after in moves
        ):
            return layout
    return (EACH,) * x.ndim


def _halves(
    layout: Layout, shape: tuple[int, ...], out: tuple[int, ...]
) -> Iterator[tuple[Array, Array]]:
    """Yield halves of what is moved together, and where they must show in the output."""
    pairs = [axis for axis in layout if axis >= 0]
    sizes = [out[axis] for axis in pairs]
    number = np.arange(math.prod(sizes)).reshape(sizes)
    here = number.reshape([n if axis >= 0 else 1 for n, axis in zip(shape, layout, strict=True)])
    there = np.transpose(number, np.argsort(pairs))
    there = there.reshape([n if axis in pairs else 1 for axis, n in enumerate(out)])
    for bit in range(max(1, (number.size - 1).bit_length())):
        yield here >> bit & 1 == 1, there >> bit & 1 == 1
