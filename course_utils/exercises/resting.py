"""What an answer under examination is given by other exercises, and how that is changed.

Whether an answer rests on that cannot be seen from what it returns. So it is examined once more
with other numbers in their place: what is right then too is the answer's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_watching: list[tuple[set[str], Collection[str]]] = []
"""Of each examination that is under way, the innermost last: what was used, what is changed."""

_trusted: list[str] = []


@contextmanager
def watched(changed: Collection[str] = ()) -> Iterator[set[str]]:
    """Give the names of the exercises that are used inside; the results of some are changed."""
    used: set[str] = set()
    _watching.append((used, changed))
    try:
        yield used
    finally:
        _watching.pop()


@contextmanager
def trusting(names: Collection[str]) -> Iterator[None]:
    """Let everybody use some exercises inside, unseen."""
    _trusted.extend(names)
    try:
        yield
    finally:
        del _trusted[len(_trusted) - len(names) :]


def passed_on(name: str, result: Any) -> Any:
    """Return what an exercise gives to whoever uses it."""
    if not _watching or name in _trusted:
        return result
    used, changed = _watching[-1]
    used.add(name)
    return other(result) if name in changed else result


def other(result: Any) -> Any:
    """Return other numbers of the same kind."""
    if isinstance(result, tuple | list):
        return type(result)(map(other, result))
    if isinstance(result, np.ndarray | np.generic) and result.dtype.kind in "iufc":
        return np.multiply(result, 2) + 1
    is_number = isinstance(result, int | float | complex) and not isinstance(result, bool)
    return result * 2 + 1 if is_number else result
