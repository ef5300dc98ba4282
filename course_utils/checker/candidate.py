"""Calling what is examined, which may be in another process: there, many times at once."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Call = tuple[Any, ...]


@dataclass(frozen=True)
class Raised:
    """The error in which a call ended."""

    error: BaseException


def at_once(candidate: Callable[..., Any]) -> Callable[[Sequence[Call]], list[Any]] | None:
    """Return what makes many calls of `candidate` at once, if it is elsewhere.

    That returns what each call returned, up to the first that failed: a `Raised`.
    """
    # With the function itself: whoever wraps it with functools copies its attributes as well.
    owner, calls = getattr(candidate, "at_once", (None, None))
    return calls if owner is candidate else None


def many(candidate: Callable[..., Any], calls: Sequence[Call]) -> list[Any]:
    """Return what a candidate returns for each tuple of arguments, or raise its first error."""
    there = at_once(candidate)
    if there is None:
        return [candidate(*each) for each in calls]
    values = there(calls)
    if values and isinstance(values[-1], Raised):
        raise values[-1].error
    return values


def adapted(
    candidate: Callable[..., Any],
    arguments: Callable[..., Call] = lambda *given: given,
    result: Callable[[Any], Any] = lambda value: value,
) -> Callable[..., Any]:
    """Return `candidate` with its arguments, its result or both changed.

    Parameters
    ----------
    arguments : callable
        Returns the arguments for `candidate`, as a tuple.
    result : callable
        Returns what is examined, of what `candidate` returned.
    """

    @functools.wraps(candidate)
    def call(*given: Any) -> Any:
        return result(candidate(*arguments(*given)))

    there = at_once(candidate)
    if there is not None:

        def calls(given: Sequence[Call]) -> list[Any]:
            values: list[Any] = []
            for value in there([arguments(*each) for each in given]):
                try:
                    values.append(value if isinstance(value, Raised) else result(value))
                except Exception as error:  # what it returned cannot be read
                    values.append(Raised(error))
                if isinstance(values[-1], Raised):
                    break
            return values

        call.at_once = call, calls  # type: ignore[attr-defined]
    return call


def is_elsewhere(candidate: Callable[..., Any]) -> bool:
    """Tell whether a candidate is in another process."""
    return getattr(candidate, "each", (None,))[0] is candidate


def each(candidate: Callable[..., Any], calls: Sequence[Call]) -> Iterator[Any]:
    """Yield what a candidate returns for each tuple of arguments, or a `Raised`.

    Elsewhere all calls are made at once; either way, the arrays of a call are as it left them when
    what it returned is yielded.
    """
    if is_elsewhere(candidate):
        yield from candidate.each[1](calls)  # type: ignore[attr-defined]
        return
    for given in calls:
        try:
            yield candidate(*given)
        except (Exception, SystemExit) as error:
            yield Raised(error)


class Later:
    """Calls whose answers are wanted later: elsewhere they are made together with the next ones.

    Parameters
    ----------
    candidate : callable
    calls : sequence of tuple
    read : sequence of callable
        Of each call, what is kept of what it returned, or of a `Raised`: nothing that further
        calls change.
    """

    def __init__(
        self,
        candidate: Callable[..., Any],
        calls: Sequence[Call],
        read: Sequence[Callable[[Any], Any]],
    ) -> None:
        self.candidate = candidate
        self.calls = calls
        self.read = read
        self.there: list[Any] | None = None
        self.waiting: list[Later] = []
        if calls and is_elsewhere(candidate):
            self.waiting = candidate.later  # type: ignore[attr-defined]
            self.waiting.append(self)

    def take(self, answers: Iterable[Any]) -> None:
        """Take one's own from the answers to a message that made these calls, if they are there."""
        own = itertools.islice(answers, len(self.calls))
        found = [read(each) for read, each in zip(self.read, own, strict=False)]
        if len(found) == len(self.calls):
            self.there = found

    def answers(self) -> list[Any]:
        """Return what was read of each call, which is made now unless it has been."""
        if self in self.waiting:
            self.waiting.remove(self)
        if self.there is None:
            self.take(each(self.candidate, self.calls))
        assert self.there is not None
        return self.there
