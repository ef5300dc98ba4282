"""The way back through a forward pass, each of its operations measured on its own.

Each operation mixes few entries, and is measured by few evaluations: see
`course_utils.measure.sparsity`. How entries meet in it is learned when it is met for the first
time.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.measure.numerical import COMPLEX_STEP, FIXED_SEED
from course_utils.measure.sparsity import (
    EACH,
    Layout,
    entry_by_entry,
    evaluations,
    groups,
    learned,
)
from course_utils.measure.tracer import Step, Tape, Untraceable

Layouts = dict[int, Layout]
"""How each traced argument of a step is measured, by its position."""


class Pullback:
    """Measures the steps of a tape.

    Raises
    ------
    Untraceable, or anything that an operation raises for other numbers
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        found = [_aligned(step) if step.entrywise else _known(step) for step in tape.steps]
        self.keys = [key for key, _ in found]
        self.layouts = [layouts for _, layouts in found]

    def work(self) -> int:
        """Return how many operations it takes to measure all of them."""
        return sum(
            evaluations(layout, step.arguments[position].shape)
            for step, layouts in zip(self.tape.steps, self.layouts, strict=True)
            for position, layout in layouts.items()
        )

    def gradients(self, upstream: Array) -> list[tuple[Array, Array]]:
        """Measure the operations, the last one first, each with what arrives at it.

        Returns
        -------
        list of (ndarray, ndarray)
            For each input its gradient, and for each entry of it the size of what was added up.
        """
        arrived: dict[int, Array] = {self.tape.result: upstream.copy()}
        sizes = {self.tape.result: np.abs(upstream)}
        first = len(self.tape.inputs)
        for number in range(len(self.tape.steps) - 1, -1, -1):
            above = arrived.pop(first + number, None)
            if above is None:
                continue
            step = self.tape.steps[number]
            for position, place in step.places.items():
                layout = self.layouts[number][position]
                slopes = _slopes(step, position, layout, above.shape)
                shape = step.arguments[position].shape
                part = entry_by_entry(layout, above, slopes, shape)
                arrived[place] = np.add(arrived[place], part) if place in arrived else part
                if place < first:
                    below = [np.abs(slope) for slope in slopes]
                    part = entry_by_entry(layout, np.abs(above), below, shape)
                    sizes[place] = np.add(sizes[place], part) if place in sizes else part
        return [
            (arrived[k], sizes[k]) if k in arrived else (np.zeros(x.shape), np.zeros(x.shape))
            for k, x in enumerate(self.tape.inputs)
        ]

    def forget(self) -> None:
        """Forget the layouts that were used: they did not hold here."""
        for key in self.keys:
            _layouts.pop(key, None)


def _slopes(step: Step, position: int, layout: Layout, shape: Any) -> list[Array]:
    """Measure one operation along each group of entries of one argument, by complex steps."""
    given = list(step.arguments)
    given[position] = x = np.array(given[position], dtype=np.complex128)
    moved = x.imag
    found = []
    for index in groups(layout, x.shape):
        moved[index] = COMPLEX_STEP
        out = step.again(given)
        if out.dtype.kind != "c" or out.shape != shape:
            raise Untraceable
        found.append(out.imag / COMPLEX_STEP)
        moved[index] = 0.0
    return found


def _aligned(step: Step) -> tuple[None, Layouts]:
    """Return how an operation on entries sees its arguments; that need not be remembered."""
    out = step.value.shape
    return None, {k: _broadcast(step.arguments[k].shape, out) for k in step.places}


@functools.lru_cache(maxsize=1024)
def _broadcast(shape: tuple[int, ...], out: tuple[int, ...]) -> Layout:
    """Return which axes of the output an argument goes with: the last ones are aligned."""
    more = len(out) - len(shape)
    return tuple(k + more if n > 1 else EACH for k, n in enumerate(shape))


_layouts: dict[Any, Layouts] = {}
_MOST = 2000  # of remembered operations; whoever has more shapes than that learns them anew


def _known(step: Step) -> tuple[Any, Layouts]:
    """Return the layouts of an operation, learned when it is met for the first time."""
    arguments = step.arguments
    traits = tuple(map(_trait, arguments))
    key = step.function, traits, repr(step.keywords), tuple(step.places)
    layouts = _layouts.get(key)
    if layouts is not None:
        return key, layouts
    found = {k: _learned(step, k) for k in step.places}
    layouts = {k: layout or (EACH,) * arguments[k].ndim for k, layout in found.items()}
    if None not in found.values():
        if len(_layouts) >= _MOST:
            _layouts.clear()
        _layouts[key] = layouts
    return key, layouts


def _trait(argument: Any) -> Any:
    """Return what of an argument decides how entries meet."""
    if isinstance(argument, np.ndarray):
        return argument.shape, argument.dtype.char
    return repr(argument)


def _learned(step: Step, position: int) -> Layout | None:
    """Learn a layout beside the point itself, where zeros or equal numbers may hide something."""
    rng = np.random.default_rng(FIXED_SEED)
    given = [_shaken(a, rng) for a in step.arguments]
    x, out = given[position], step.value.shape

    def move(direction: Array) -> Array:
        given[position] = x + 1j * COMPLEX_STEP * direction
        moved = step.again(given)
        if moved.dtype.kind != "c" or moved.shape != out:
            raise Untraceable
        return np.asarray(moved.imag / COMPLEX_STEP)

    return learned(move, x.shape, out)


def _shaken(argument: Any, rng: np.random.Generator) -> Any:
    if not (isinstance(argument, np.ndarray) and argument.dtype.kind == "f"):
        return argument
    size = float(np.abs(argument).max(initial=0.0))
    spread = 0.1 * size if math.isfinite(size) and size > 0 else 1.0
    return argument + spread * rng.normal(size=argument.shape)
