"""A forward pass, taken apart into the NumPy operations that it is made of.

A number that comes out of a whole batch says nothing of which entry did what: moving each
entry takes one evaluation for each. The operations that it is made of do say it: each one
mixes few entries, and is measured by few evaluations, by `course_utils.measure.sparsity`.
No slope of any operation is written down.

Whatever cannot be followed raises `Lost`, or an error of NumPy's; nothing here promises
that what was followed is all that happened. See `course_utils.measure.fast_vjp`, which asks.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from course_utils.autodiff.function import Array
from course_utils.measure.numerical import COMPLEX_STEP
from course_utils.measure.sparsity import (
    EACH,
    Layout,
    entry_by_entry,
    evaluations,
    groups,
    learned,
)


class Lost(Exception):
    """The forward pass does something that is not followed."""


_FORMS = {np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.shape, np.ndim, np.size}
"""These take an array for its form, and not for its numbers."""

_METHODS = frozenset(
    ("sum", "mean", "prod", "max", "min", "cumsum", "dot", "copy", "round", "var", "std")
    + ("reshape", "ravel", "flatten", "transpose", "swapaxes", "squeeze", "repeat", "take")
)


@dataclass(frozen=True)
class Operation:
    """One operation, done.

    Attributes
    ----------
    call : callable
        Does it again, given all of its arguments.
    arguments : list
        What it was given; at `places`, the arrays that followed values had.
    places : dict of int to int
        Of each followed argument: its position, and which value it was.
    layouts : dict of int to Layout
        How each followed argument is measured.
    key : hashable or None
        Under what the layouts are remembered; None if they need not be.
    """

    call: Callable[..., Any]
    arguments: list[Any]
    places: dict[int, int]
    layouts: dict[int, Layout]
    key: Any


class Followed(NDArrayOperatorsMixin):
    """An array inside a forward pass whose operations are written down.

    Stands where an array would. What is not defined here stops the forward pass; what comes
    out of a comparison is a decision, and plain.
    """

    def __init__(self, value: Array, place: int, record: Record) -> None:
        self._value, self._place, self._record = value, place, record

    shape = property(lambda self: self._value.shape)
    ndim = property(lambda self: self._value.ndim)
    size = property(lambda self: self._value.size)
    dtype = property(lambda self: self._value.dtype)
    real = property(lambda self: self._value)
    T = property(lambda self: self._record.done(np.transpose, [self], {}))

    def __len__(self) -> int:
        return len(self._value)

    def __bool__(self) -> NoReturn:
        # Whether a number is zero is a decision that a step might change.
        raise Lost

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        # Or NumPy would go on with the numbers alone.
        raise Lost

    def __getitem__(self, index: Any) -> Any:
        return self._record.done(_item, [self, index], {})

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)

        def method(*args: Any, **kwargs: Any) -> Any:
            return self._record.done(_Method(name), [self, *args], kwargs)

        return method

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        # Y += b gives Y another value. Who else holds the array would see that: not followed.
        if ufunc.nout != 1 or (out is not None and out[0] is not inputs[0]):
            raise Lost
        call = ufunc if method == "__call__" else getattr(ufunc, method)
        entrywise = call is ufunc and ufunc.signature is None and not kwargs
        return self._record.done(call, list(inputs), kwargs, entrywise)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func is np.real:
            return self._value
        if func in _FORMS:
            return func(*[a._value if isinstance(a, Followed) else a for a in args], **kwargs)
        if args and isinstance(args[0], list | tuple):
            return self._record.done(_Joined(func, len(args[0])), [*args[0], *args[1:]], kwargs)
        return self._record.done(func, list(args), kwargs)


@dataclass(frozen=True)
class _Method:
    name: str

    def __call__(self, array: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(array, self.name)(*args, **kwargs)


@dataclass(frozen=True)
class _Joined:
    """A function of a list, such as `np.concatenate`, with the list's arrays one by one."""

    function: Callable[..., Any]
    number: int

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(list(args[: self.number]), *args[self.number :], **kwargs)


def _item(array: Any, index: Any) -> Any:
    return array[index]


class Record:
    """What happens in one forward pass, in order.

    Attributes
    ----------
    operations : list of Operation
        Each makes one value; the inputs come before.
    """

    def __init__(self, inputs: Sequence[Array]) -> None:
        self.inputs = [Followed(x, k, self) for k, x in enumerate(inputs)]
        self.operations: list[Operation] = []

    def done(
        self, call: Any, args: list[Any], kwargs: dict[str, Any], entrywise: bool = False
    ) -> Any:
        """Do an operation, and write it down if numbers come out that could move."""
        places = {k: a._place for k, a in enumerate(args) if isinstance(a, Followed)}
        if not places or any(isinstance(value, Followed) for value in kwargs.values()):
            raise Lost  # hidden in a list of lists, or given by name
        args = [a._value if isinstance(a, Followed) else a for a in args]
        result = call(*args, **kwargs)
        kind = getattr(getattr(result, "dtype", None), "kind", "")
        if kind in ("b", "i", "u"):
            return result
        if kind != "f":
            raise Lost
        result = np.asarray(result, dtype=np.float64)
        if kwargs:
            call = functools.partial(call, **kwargs)
        key = None
        if entrywise:
            layouts = {k: _aligned(args[k].shape, result.shape) for k in places}
        else:
            key, layouts = _known(call, args, places, kwargs, result.shape)
        self.operations.append(Operation(call, args, places, layouts, key))
        return Followed(result, len(self.inputs) + len(self.operations) - 1, self)

    def work(self) -> int:
        """Return how many operations it takes to measure all of them."""
        return sum(
            evaluations(layout, done.arguments[k].shape)
            for done in self.operations
            for k, layout in done.layouts.items()
        )

    def gradients(self, result: Followed, upstream: Array) -> list[tuple[Array, Array]]:
        """Measure the operations, the last one first, each with what arrives at it.

        Returns
        -------
        list of (ndarray, ndarray)
            For each input its gradient, and for each entry of it the size of what was added up.
        """
        arrived: dict[int, Array] = {result._place: upstream.copy()}
        sizes = {result._place: np.abs(upstream)}
        first = len(self.inputs)
        for number in range(len(self.operations) - 1, -1, -1):
            above = arrived.pop(first + number, None)
            if above is None:
                continue
            done = self.operations[number]
            for position, place in done.places.items():
                slopes = _slopes(done, position, above.shape)
                shape, layout = done.arguments[position].shape, done.layouts[position]
                part = entry_by_entry(layout, above, slopes, shape)
                arrived[place] = np.add(arrived[place], part) if place in arrived else part
                if place < first:
                    below = [np.abs(slope) for slope in slopes]
                    part = entry_by_entry(layout, np.abs(above), below, shape)
                    sizes[place] = np.add(sizes[place], part) if place in sizes else part
        return [
            (arrived[k], sizes[k]) if k in arrived else (np.zeros(x.shape), np.zeros(x.shape))
            for k, x in enumerate(self.inputs)
        ]

    def forget(self) -> None:
        """Forget the layouts that were used: they did not hold here."""
        for done in self.operations:
            _layouts.pop(done.key, None)


def follow(forward: Callable[..., Any], inputs: Sequence[Array]) -> tuple[Record, Followed]:
    """Run `forward`, and write down what it does with `inputs`.

    Raises
    ------
    Lost, or anything that the forward pass raises
    """
    record = Record(inputs)
    result = forward(*record.inputs)
    if not isinstance(result, Followed):
        raise Lost
    return record, result


def _slopes(done: Operation, position: int, shape: Any) -> list[Array]:
    """Measure one operation along each group of entries of one argument, by complex steps."""
    given = list(done.arguments)
    given[position] = x = np.array(given[position], dtype=np.complex128)
    step = x.imag
    found = []
    for index in groups(done.layouts[position], x.shape):
        step[index] = COMPLEX_STEP
        out = np.asarray(done.call(*given))
        if out.dtype.kind != "c" or out.shape != shape:
            raise Lost
        found.append(out.imag / COMPLEX_STEP)
        step[index] = 0.0
    return found


# ------------------------------------------------------------------ layouts


@functools.lru_cache(maxsize=1024)
def _aligned(shape: tuple[int, ...], out: tuple[int, ...]) -> Layout:
    """Return how an operation on entries sees one argument: broadcasting aligns the last axes."""
    more = len(out) - len(shape)
    return tuple(k + more if n > 1 else EACH for k, n in enumerate(shape))


_layouts: dict[Any, dict[int, Layout]] = {}
_MOST = 2000  # of remembered operations; whoever has more shapes than that learns them anew


def _known(
    call: Any, args: list[Any], places: dict[int, int], kwargs: dict[str, Any], out: Any
) -> tuple[Any, dict[int, Layout]]:
    """Return the layouts of an operation, learned when it is met for the first time."""
    # A partial function is equal to none but itself.
    function = call.func if kwargs else call
    key = (function, tuple(map(_trait, args)), repr(kwargs), tuple(places))
    layouts = _layouts.get(key)
    if layouts is not None:
        return key, layouts
    found = {k: _learned(call, args, k, out) for k in places}
    layouts = {k: layout or (EACH,) * args[k].ndim for k, layout in found.items()}
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


def _learned(call: Any, args: list[Any], position: int, out: tuple[int, ...]) -> Layout | None:
    """Learn a layout beside the point itself, where zeros or equal numbers may hide something."""
    rng = np.random.default_rng(20240229)
    given = [_shaken(a, rng) for a in args]
    x = given[position]

    def move(direction: Array) -> Array:
        given[position] = x + 1j * COMPLEX_STEP * direction
        moved = np.asarray(call(*given))
        if moved.dtype.kind != "c" or moved.shape != out:
            raise Lost
        return np.asarray(moved.imag / COMPLEX_STEP)

    return learned(move, x.shape, out)


def _shaken(argument: Any, rng: np.random.Generator) -> Any:
    if not (isinstance(argument, np.ndarray) and argument.dtype.kind == "f"):
        return argument
    size = float(np.abs(argument).max(initial=0.0))
    spread = 0.1 * size if math.isfinite(size) and size > 0 else 1.0
    return argument + spread * rng.normal(size=argument.shape)
