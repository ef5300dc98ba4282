"""Calls that were asked for, and their answers until somebody reads them."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from course_utils.checker.candidate import Arguments
from course_utils.measure.memo import copied

Made = tuple[Arguments, Mapping[str, Any]]
"""What a call is given by place, and by name."""


class PendingCalls:
    """Calls that somebody asked for.

    Attributes
    ----------
    calls : deque of Made
        Those whose answers have not been read.
    answers : deque
        What was read before it was wanted: nothing that further calls change.
    message : iterator of (outcome, PendingCalls)
        Where further answers come from, and those to others that the message asks for.
    """

    def __init__(self, calls: Iterable[Made]) -> None:
        self._calls = calls
        self.answers: deque[Any] = deque()
        self.message: Iterator[tuple[Any, PendingCalls]] = iter(())

    @functools.cached_property
    def calls(self) -> deque[Made]:
        """Drawn when a message goes, and not before."""
        return deque(self._calls)

    def read(self) -> Iterator[Any]:
        """Yield the answers that there are."""
        while self.answers:
            yield self.answers.popleft()
        for outcome, other in self.message:
            other.calls.popleft()
            if other is self:
                yield outcome
            else:
                other.answers.append(copied(outcome))
