"""How many forward passes a verdict takes: of a slow forward that is all that counts."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any


class Counted:
    """An operation of a case file that counts how often its forward is run."""

    def __init__(self, op: Any) -> None:
        self._op = op
        self._count = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._op, name)

    def forward(self, *inputs: Any) -> Any:
        """Run the forward, once more."""
        self._count += 1
        return self._op.forward(*inputs)

    def taken(self) -> int:
        """Return how often it was run since this was asked last."""
        count, self._count = self._count, 0
        return count


def as_text(counts: Mapping[str, Sequence[int]], base: str) -> str:
    """Write in a line how many each method takes, and how that compares with `base`."""
    usual = statistics.median(counts[base]) or 1
    each = (
        f"{name} {statistics.median(taken):g} (x {statistics.median(taken) / usual:.2f}, "
        f"at most {max(taken)})"
        for name, taken in counts.items()
        if taken
    )
    return f"Forwards a verdict, in the median: {', '.join(each)}."
