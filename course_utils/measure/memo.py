"""Remember what was measured: one exercise is compared with the same again for each of its parts.

What a function returns is taken to depend on its arguments alone. Arrays are compared by their
contents, and whoever gets a remembered array gets a copy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

MOST = 1024
"""Results that are remembered; what is more belongs to another exercise."""

_known: dict[Any, Any] = {}

Measure = TypeVar("Measure", bound=Callable[..., Any])


def remembering(measure: Measure) -> Measure:
    """Decorate a function whose last results are to be remembered."""

    @functools.wraps(measure)
    def call(*given: Any) -> Any:
        return remembered(measure, *given)

    return call  # type: ignore[return-value]


def remembered(measure: Callable[..., Any], *given: Any) -> Any:
    """Return ``measure(*given)``, from memory if it was asked before."""
    try:
        what = measure, _key(given)
        known = what in _known
    except TypeError:  # something that cannot be compared, such as a list
        return measure(*given)
    if not known:
        found = measure(*given)
        if len(_known) >= MOST:
            _known.clear()
        _known[what] = found
    return copied(_known[what])


def _key(x: Any) -> Any:
    if isinstance(x, tuple):
        return tuple(map(_key, x))
    if not isinstance(x, np.ndarray):
        return type(x), x
    if type(x) is not np.ndarray or x.dtype.kind not in "fciub":
        raise TypeError("an array of other things than numbers")
    return x.shape, x.dtype.str, x.tobytes()


def copied(x: Any) -> Any:
    """Return `x` with copies of its arrays, those in tuples and lists as well."""
    if type(x) is tuple or type(x) is list:
        return type(x)(map(copied, x))
    if isinstance(x, tuple) and hasattr(x, "_make"):  # a named tuple
        return x._make(map(copied, x))
    return x.copy() if isinstance(x, np.ndarray) else x
