"""What is examined: a function of this process or of another one, behind one interface."""

from __future__ import annotations

import contextvars
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class Raised:
    """The error in which a call ended."""

    error: BaseException


class Unreadable(Exception):
    """What was returned is not what is asked for: a code, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Candidate(ABC):
    """What is examined, wherever it is."""

    __name__: str

    @abstractmethod
    def call_each(self, calls: Iterable[Arguments]) -> Iterator[Any]:
        """Return an iterator over what each call returns, or a `Raised`, in order.

        When one is yielded, the arrays of that call are as it left them; what a later call does
        may change them. No call is made before an answer is wanted. Where a message takes long,
        all of them are then made at once, with the other calls that were asked for until then:
        who will have questions later does well to ask them early.
        """

    def call(self, *arguments: Any) -> Any:
        """Return what one call returns, or raise its error."""
        (outcome,) = self.call_each([arguments])
        return returned(outcome)

    def __call__(self, *arguments: Any) -> Any:
        """Be the function itself, where one is expected."""
        return self.call(*arguments)


def returned(outcome: Any) -> Any:
    """Return what a call came to, or raise its error."""
    if isinstance(outcome, Raised):
        raise outcome.error
    return outcome


class LocalCandidate(Candidate):
    """A function of this process."""

    def __init__(self, function: Callable[..., Any], name: str = "") -> None:
        self.function = function
        self.__name__ = name or getattr(function, "__name__", "")

    def call_each(self, calls: Iterable[Arguments]) -> Iterator[Any]:
        """Make each call when its answer is wanted."""
        return map(self._outcome, calls)

    def _outcome(self, arguments: Arguments) -> Any:
        filters = list(warnings.filters)
        try:
            # What it sets for NumPy's errors and for warnings ends with it.
            return contextvars.copy_context().run(self.function, *arguments)
        except (Exception, SystemExit) as error:
            return Raised(error)
        finally:
            if warnings.filters != filters:
                warnings.resetwarnings()
                warnings.filters[:] = filters  # type: ignore[index]


class Adapted(Candidate):
    """A candidate with its arguments, its result or both changed.

    Parameters
    ----------
    candidate : callable
    arguments : callable
        Returns the arguments for `candidate`, as a tuple.
    result : callable
        Returns what is examined, of what `candidate` returned.
    """

    def __init__(
        self,
        candidate: Callable[..., Any],
        arguments: Callable[..., Arguments] = lambda *given: given,
        result: Callable[[Any], Any] = lambda value: value,
    ) -> None:
        self.candidate = candidate_of(candidate)
        self.arguments = arguments
        self.result = result
        self.__name__ = self.candidate.__name__

    def call_each(self, calls: Iterable[Arguments]) -> Iterator[Any]:
        """Make the calls of the candidate itself."""
        made = self.candidate.call_each(self.arguments(*given) for given in calls)
        return map(self._read, made)

    def _read(self, outcome: Any) -> Any:
        if isinstance(outcome, Raised):
            return outcome
        try:
            return self.result(outcome)
        except Exception as error:  # what it returned cannot be read
            return Raised(error)


def candidate_of(function: Callable[..., Any]) -> Candidate:
    """Return what is examined as a candidate; a plain function is one of this process."""
    return function if isinstance(function, Candidate) else LocalCandidate(function)
