"""Arrays that tell which sides of a decision their entries are on.

A comparison, a maximum or a sort decides how a forward pass goes on, and each side has a
derivative of its own. A `Watched` array is an array like any other, so the forward pass runs as
always; what it decides on is written down. Tests for equality are not: next to no number passes.

What becomes a plain array or a Python number on the way (``np.asarray(x)``, ``float(x)``) is not
seen any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array

See = Callable[[str, dict[str, bool]], None]
"""Is told of a decision: which part of an operation it is, and which of its sides were taken."""

HELD, NOT_HELD = "", "the other side of "
UPPER, LOWER, BETWEEN = "the upper limit of ", "the lower limit of ", "what is between, in "
UP, DOWN = "a rising order in ", "a falling order in "

_COMPARED = {"greater", "greater_equal", "less", "less_equal"}
_EQUAL = {"equal", "not_equal"}
_SIGNED = {"absolute", "fabs", "sign", "signbit", "heaviside"}
_LARGER = {"maximum", "minimum", "fmax", "fmin"}
_ORDERED = {"max", "min", "amax", "amin", "argmax", "argmin", "ptp", "nanmax", "nanmin"} | (
    {"sort", "argsort", "partition", "argpartition", "median", "quantile", "percentile"}
)


class Watched(np.ndarray):
    """An array whose decisions are told to `see`."""

    see: See | None = None

    def __array_finalize__(self, obj: Any) -> None:
        self.see = getattr(obj, "see", None)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        see = _who_sees(inputs) or _who_sees(kwargs.get("out") or ())
        out = kwargs.get("out")
        given = _plain(inputs)
        result = getattr(ufunc, method)(*given, **_plain(kwargs))
        name = ufunc.__name__
        if see is not None:
            if method == "__call__":
                _tell(see, name, given, {}, result)
            elif name in _LARGER:
                _tell(see, "max", given, kwargs, result)
        if name in _EQUAL:
            return result
        return out[0] if out and ufunc.nout == 1 else _watched(result, see)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        see = _who_sees(args) or _who_sees(tuple(kwargs.values()))
        given, named = _plain(args), _plain(kwargs)
        result = func(*given, **named)
        # `where` decides nothing by a test that is not watched.
        if see is not None and (func is not np.where or isinstance(args[0], Watched)):
            _tell(see, func.__name__, given, named, result)
        return _watched(result, see)

    def __getitem__(self, index: Any) -> Any:
        return _watched(super().__getitem__(_plain(index)), self.see)

    def _ordering(name: str) -> Any:  # type: ignore[misc]
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            plain = self.view(np.ndarray)
            if self.see is not None:
                _tell(self.see, name, (plain,), kwargs, None)
            return _watched(getattr(plain, name)(*_plain(args), **_plain(kwargs)), self.see)

        return method

    # NumPy does these without asking the array.
    sort, argsort = _ordering("sort"), _ordering("argsort")
    partition, argpartition = _ordering("partition"), _ordering("argpartition")
    argmax, argmin = _ordering("argmax"), _ordering("argmin")


def watched(x: Array, see: See) -> Watched:
    """Return a copy of `x` that tells `see` what is decided by its entries."""
    return _watched(np.array(x), see)  # type: ignore[no-any-return]


def _watched(x: Any, see: See | None) -> Any:
    if isinstance(x, tuple):
        return tuple(_watched(each, see) for each in x)
    if not isinstance(x, np.ndarray | np.generic) or x.dtype.kind not in "fiub":
        return x
    found = np.asarray(x).view(Watched)
    found.see = see
    return found


def _plain(x: Any) -> Any:
    """Return what NumPy is given in place of watched arrays."""
    if isinstance(x, Watched):
        return x.view(np.ndarray)
    if type(x) in (list, tuple):
        return type(x)(map(_plain, x))
    return {key: _plain(value) for key, value in x.items()} if type(x) is dict else x


def _who_sees(given: Any) -> See | None:
    return next((x.see for x in _flat(given) if isinstance(x, Watched) and x.see), None)


def _flat(given: Any) -> Iterator[Any]:
    for x in given:
        if type(x) in (list, tuple):
            yield from _flat(x)
        else:
            yield x


def _tell(see: See, name: str, given: Any, named: dict[str, Any], result: Any) -> None:
    """Tell which sides were taken, if the operation is a decision."""
    if name in _COMPARED:
        see(name, {HELD: bool(np.any(result)), NOT_HELD: not np.all(result)})
    elif name == "where" and len(given) == 3:
        held = np.asarray(given[0])
        see(name, {HELD: bool(held.any()), NOT_HELD: not held.all()})
    elif name in _SIGNED:
        see(name, {"the positive side of ": _any(given[0] > 0), _NEGATIVE: _any(given[0] < 0)})
    elif name in _LARGER:
        first, second = given[:2]
        see(name, {_FIRST: _any(first > second), _SECOND: _any(first < second)})
    elif name == "clip":
        _tell_clip(see, given, named)
    elif name in _ORDERED or (name == "norm" and _by_size(given, named)):
        _tell_order(see, name, np.asarray(given[0]))


_NEGATIVE = "the negative side of "
_FIRST, _SECOND = "a larger first argument of ", "a larger second argument of "


def _any(held: Any) -> bool:
    return bool(np.any(held))


def _by_size(given: Any, named: dict[str, Any]) -> bool:
    """Tell whether a norm is made of absolute values."""
    order = named.get("ord", given[1] if len(given) > 1 else None)
    return order in (1, np.inf, -np.inf)


def _tell_clip(see: See, given: Any, named: dict[str, Any]) -> None:
    low, high = (
        given[place] if len(given) > place else named.get(old, named.get(new))
        for place, old, new in ((1, "a_min", "min"), (2, "a_max", "max"))
    )
    x = np.asarray(given[0])
    sides = {}
    between = np.ones(x.shape, dtype=bool)
    if low is not None:
        sides[LOWER] = _any(x < low)
        between = between & (x > low)
    if high is not None:
        sides[UPPER] = _any(x > high)
        between = between & (x < high)
    see("clip", {**sides, BETWEEN: _any(between)})


def _tell_order(see: See, name: str, x: Array) -> None:
    if x.size < 2:
        return
    if name == "norm":
        see(name, {"the positive side of ": _any(x > 0), _NEGATIVE: _any(x < 0)})
        return
    rises = np.diff(x.astype(np.float64).ravel())
    see(name, {UP: _any(rises > 0), DOWN: _any(rises < 0)})
