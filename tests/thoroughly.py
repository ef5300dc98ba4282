"""Rows of a table that ``--thorough`` alone runs: the same thing once more, and it takes long."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def rows(table: Iterable[Any], now: Collection[Any]) -> list[Any]:
    """Return `table` for ``parametrize``; what is not in `now` is left to ``--thorough``."""
    every = list(table)
    assert (missing := [each for each in now if each not in every]) == [], missing
    return [
        each if each in now else pytest.param(each, marks=pytest.mark.thorough) for each in every
    ]
