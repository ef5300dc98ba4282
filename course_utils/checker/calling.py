"""Calling what is examined, which may be in another process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def many(candidate: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Return what a candidate returns for each tuple of arguments, up to the first error.

    Where the candidate is in another process, all calls go there at once.
    """
    owner, at_once = getattr(candidate, "many", (None, None))
    if owner is candidate and at_once is not None:
        return list(at_once(calls))
    return [candidate(*each) for each in calls]
