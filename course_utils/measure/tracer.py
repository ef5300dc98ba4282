"""A forward pass, taken apart into the NumPy operations that it is made of.

A number that comes out of a whole batch says nothing of which entry did what; the operations
that it is made of do. So the forward pass is run on arrays that write down what is done with
them. No slope of any operation is written down: that is measured.

Whatever cannot be followed raises `Untraceable`, or an error of NumPy's; nothing here promises
that what was followed is all that happened. Whoever relies on it compares with the whole.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from course_utils.autodiff.function import Array


class Untraceable(Exception):
    """The forward pass does something that is not followed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation, done.

    Attributes
    ----------
    name : str
        What it is called.
    function : callable
        What was called; steps that do the same have equal ones.
    arguments : list
        What it was given; at `places`, the arrays that traced values had.
    places : dict of int to int
        Of each traced argument: its position, and which value of the tape it was.
    keywords : dict
    value : ndarray
        What came out.
    entrywise : bool
        Whether entries meet only those that broadcasting lays over them.
    """

    name: str
    function: Callable[..., Any]
    arguments: list[Any]
    places: dict[int, int]
    keywords: dict[str, Any]
    value: Any
    entrywise: bool

    def again(self, arguments: Sequence[Any]) -> Any:
        """Do it with other arguments."""
        return np.asarray(self.function(*arguments, **self.keywords))


class Tape:
    """The steps of one forward pass, in order.

    Parameters
    ----------
    forward : callable
    inputs : sequence of ndarray
    decisions : bool
        Whether what comes out of comparisons and real parts is traced as well; if not it is plain,
        and may decide what the forward pass does.

    Attributes
    ----------
    inputs : list of ndarray
    steps : list of Step
        Each makes one value; the inputs are the first values.
    result : int
        Which value was returned.

    Raises
    ------
    Untraceable, or anything that the forward pass raises
    """

    def __init__(
        self, forward: Callable[..., Any], inputs: Sequence[Array], *, decisions: bool = False
    ) -> None:
        self.inputs = list(inputs)
        self.steps: list[Step] = []
        self.decisions = decisions
        result = forward(*(Traced(x, k, self) for k, x in enumerate(inputs)))
        if not isinstance(result, Traced):
            raise Untraceable
        self.result = result._place

    def value(self, place: int) -> Any:
        """Return the value of an input, or that a step came to."""
        first = len(self.inputs)
        return self.inputs[place] if place < first else self.steps[place - first].value

    def do(
        self,
        name: str,
        function: Callable[..., Any],
        given: Sequence[Any],
        keywords: dict[str, Any],
        *,
        entrywise: bool = False,
    ) -> Any:
        """Do an operation, and write it down if numbers come out that could move."""
        if not _PACKED.isdisjoint(map(type, given)):
            function, given = _opened(function, given)
        places = {k: a._place for k, a in enumerate(given) if type(a) is Traced}
        if not places or Traced in map(type, keywords.values()):
            raise Untraceable  # hidden in a list of lists, or given by name
        arguments = [a._value if type(a) is Traced else a for a in given]
        value = function(*arguments, **keywords)
        kind = getattr(getattr(value, "dtype", None), "kind", "")
        if kind == "f":
            value = np.asarray(value, dtype=np.float64)
        elif kind not in ("b", "i", "u"):
            raise Untraceable
        elif not self.decisions:
            return value
        self.steps.append(Step(name, function, arguments, places, keywords, value, entrywise))
        return Traced(value, len(self.inputs) + len(self.steps) - 1, self)


_FORMS = {np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.shape, np.ndim, np.size}
"""These take an array for its form, and not for its numbers."""

_METHODS = frozenset(
    ("sum", "mean", "prod", "max", "min", "cumsum", "dot", "copy", "round", "var", "std")
    + ("reshape", "ravel", "flatten", "transpose", "swapaxes", "squeeze", "repeat", "take")
    + ("astype", "clip", "argmax", "argmin", "any", "all", "diagonal", "trace", "cumprod")
)
"""Those that change nothing in place."""


class Traced(NDArrayOperatorsMixin):
    """An array inside a forward pass whose operations are written down.

    Stands where an array would. What is not defined here stops the forward pass.
    """

    __slots__ = ("_place", "_tape", "_value")

    def __init__(self, value: Array, place: int, tape: Tape) -> None:
        self._value, self._place, self._tape = value, place, tape

    shape = property(lambda self: self._value.shape)
    ndim = property(lambda self: self._value.ndim)
    size = property(lambda self: self._value.size)
    dtype = property(lambda self: self._value.dtype)
    T = property(lambda self: self._tape.do("T", np.transpose, [self], {}))

    @property
    def real(self) -> Any:
        """The array itself, without what a complex step puts into it."""
        return self._tape.do("real", np.real, [self], {}) if self._tape.decisions else self._value

    def __len__(self) -> int:
        return len(self._value)

    def _stop(self, *_: Any, **__: Any) -> NoReturn:
        raise Untraceable

    __bool__ = _stop  # whether a number is zero is a decision that a step might change
    __float__ = _stop
    __array__ = _stop  # or NumPy would go on with the numbers alone

    def __getitem__(self, index: Any) -> Any:
        return self._tape.do("getitem", operator.getitem, [self, index], {})

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        return lambda *args, **kwargs: self._tape.do(name, _Method(name), [self, *args], kwargs)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        # Y += b gives Y another value. Who else holds the array would see that: not followed.
        if ufunc.nout != 1 or (out is not None and out[0] is not inputs[0]):
            raise Untraceable
        if method != "__call__":
            name = f"{ufunc.__name__}.{method}"
            return self._tape.do(name, getattr(ufunc, method), inputs, kwargs)
        entrywise = ufunc.signature is None and not kwargs
        return self._tape.do(ufunc.__name__, ufunc, inputs, kwargs, entrywise=entrywise)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func is np.real:
            return self.real
        if func in _FORMS:
            return func(*[a._value if isinstance(a, Traced) else a for a in args], **kwargs)
        return self._tape.do(func.__name__, func, args, kwargs)


@dataclass(frozen=True)
class _Method:
    name: str

    def __call__(self, array: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(array, self.name)(*args, **kwargs)


_PACKED = {list, tuple}


@dataclass(frozen=True)
class _Nested:
    """A function of lists or tuples, such as `np.concatenate`, with their parts one by one."""

    function: Callable[..., Any]
    forms: tuple[tuple[type, int] | None, ...]

    def __call__(self, *parts: Any, **kwargs: Any) -> Any:
        left = iter(parts)
        return self.function(
            *(
                next(left) if form is None else form[0](next(left) for _ in range(form[1]))
                for form in self.forms
            ),
            **kwargs,
        )


def _opened(
    function: Callable[..., Any], given: Sequence[Any]
) -> tuple[Callable[..., Any], list[Any]]:
    """Return what takes the parts of lists and tuples that hold traced values, and all parts."""
    forms: list[tuple[type, int] | None] = []
    parts: list[Any] = []
    for each in given:
        if type(each) in _PACKED and Traced in map(type, each):
            forms.append((type(each), len(each)))
            parts += each
        else:
            forms.append(None)
            parts.append(each)
    if not any(forms):
        return function, parts
    return _Nested(function, tuple(forms)), parts
