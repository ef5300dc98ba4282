"""Functions that were drawn at random, and what they were made of.

Whoever examines an answer in another process can send the numbers, and have the function there: its
values need not be asked for one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[[Any], Any]


def of_one_number(a: float, b: float, c: float, d: float) -> Function:
    """Return a smooth, curved function of one number, analytic as well."""
    return lambda x: a * np.exp(b * x) + c * np.sin(d * x + 1.0)


def of_several(inner: Any, outer: Any) -> Function:
    """Return a smooth, curved function from R^n to R^m."""

    def f(x: Any) -> Any:
        u = inner @ x
        return outer * np.exp(u) + np.sin(u + 1.0)

    return f


KINDS: dict[str, Callable[..., Function]] = {
    each.__name__: each for each in (of_one_number, of_several)
}


class Drawn:
    """A function by the name of its kind and by its numbers."""

    def __init__(self, kind: str, *numbers: Any) -> None:
        self.kind = kind
        self.numbers = numbers
        self._function = KINDS[kind](*numbers)

    def __call__(self, x: Any) -> Any:
        """Return the value at `x`."""
        return self._function(x)
