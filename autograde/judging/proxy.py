"""A submission's functions, as the judge sees them: arrays go in, arrays come out."""

from __future__ import annotations

import builtins
import itertools
import linecache
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from autograde.jail.inside.contexts import take_apart
from autograde.jail.inside.wire import Packer, Unpacker, WireError
from autograde.jail.worker import CALL, TIMEOUT, Ended, Infrastructure, Job
from course_utils.checker import codes
from course_utils.checker.candidate import Later, Raised
from course_utils.checks.plain_functions import Notes
from course_utils.measure.memo import copied

TOGETHER = 200
"""How many calls are made at once."""


class Halt(BaseException):
    """The job is over, so that the test cannot go on. No test and no checker catches it."""

    def __init__(self, reason: Ended | Infrastructure) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Connection:
    """What the proxies of one job share.

    Parameters
    ----------
    job : Job
    seconds : float
        Until a call must have returned.
    until : float
        When, by `time.monotonic`, everything must have.

    Attributes
    ----------
    printed : list of str
        What the functions printed since it was last emptied.
    sources : list of str
        The cells that the job has run.
    slots : dict
        What the job said last of its exercises, which are filled in and which are stubs.
    shared : bool
        Whether the last calls returned arrays that share memory.
    """

    def __init__(self, job: Job, seconds: float = CALL, until: float = math.inf) -> None:
        self.job = job
        self.seconds = seconds
        self.until = until
        self.printed: list[str] = []
        self.sources: list[str] = []
        self.slots: dict[str, Any] = {}
        self.functions: list[Callable[..., Any]] = []
        self.shared = False

    def request(self, message: Mapping[str, Any], times: int = 1) -> dict[str, Any]:
        """Ask the job, for so many calls at once.

        Raises
        ------
        Halt
            If there will be no answer.
        """
        try:
            # A check makes many calls, which together may not take many times as long as one.
            left = self.until - time.monotonic()
            if left <= 0:
                self.job.close()
                raise Ended(TIMEOUT, "the notebook as a whole took too long")
            each = min(self.seconds, left)
            return self.job.request(message, each, self._answer, min(each * times, left))
        except (Ended, Infrastructure) as reason:
            raise Halt(reason) from None

    def run(self, message: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Let the job run a cell.

        Raises
        ------
        Ended, Infrastructure
        """
        reply = self.job.request(message, seconds)
        slots = reply.get("slots")
        if isinstance(slots, dict):  # which are told when they are others than before
            self.slots = slots
        return reply

    def proxy(self, target: str | int, name: str) -> Callable[..., Any]:
        """Return a function that calls the job's function `target`."""
        what = {"function": target}
        later: list[Later] = []

        def call(*args: Any, **keywords: Any) -> Any:
            return self._call(what, args, keywords)

        def take_along(last: bool) -> list[Later]:
            """What is to be asked as well, with the last message of a check's calls."""
            found = later.copy() if last else []
            del later[: len(found)]
            return found

        def calls(given: Sequence[tuple[Any, ...]]) -> list[Any]:
            found: list[Any] = []
            for start in range(0, len(given), TOGETHER):
                some = given[start : start + TOGETHER]
                more = take_along(start + TOGETHER >= len(given))
                made = [*some, *(args for other in more for args in other.calls)]
                values = self._calls(what, [(args, {}) for args in made])
                if self.shared:  # its own storage: what each call put into it is wanted
                    values = up_to_an_error(map(copied, each(made[: len(values)])))
                found += values[: len(some)]
                rest = iter(values[len(some) :])
                for other in more:
                    other.take(rest)
                if isinstance(found[-1], Raised):
                    break
            return found

        def each(given: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
            left = list(given)
            while left:
                answered = 0
                more = take_along(len(left) <= TOGETHER)
                for value in self._each(what, left[:TOGETHER], more):
                    answered += 1
                    yield value
                del left[:answered]

        call.__name__ = call.__qualname__ = name
        call.at_once = call, calls  # type: ignore[attr-defined]
        call.each = call, each  # type: ignore[attr-defined]
        call.later = later  # type: ignore[attr-defined]
        return call

    def elsewhere(self, slot: str, part: str) -> Callable[..., tuple[Any, Notes]]:
        """Return a function that lets the job make a run for one part of an exercise."""

        def call(*args: Any) -> tuple[Any, Notes]:
            value = self._call({"function": slot, "part": part}, args, {})
            if not isinstance(value, tuple) or len(value) != 2 or not isinstance(value[1], list):
                raise TypeError("the run of an exercise was tampered with")
            notes = [
                (str(note[0])[:40], str(note[1])[:1000])
                for note in value[1][:20]
                if isinstance(note, tuple | list) and len(note) == 2
            ]
            if not all(codes.find(code) for code, _ in notes):
                raise TypeError("the run of an exercise was tampered with")
            return value[0], notes

        return call

    def _call(self, what: dict[str, Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Call a function once; return what it returns, or raise its error."""
        (value,) = self._calls(what, [(args, keywords)])
        if isinstance(value, Raised):
            raise value.error
        return value

    def _calls(
        self, what: dict[str, Any], calls: Sequence[tuple[tuple[Any, ...], dict[str, Any]]]
    ) -> list[Any]:
        """Call a function several times; return what each call returned, up to the first error."""
        packer = Packer(self.job.channel.heap, self._number, take_apart)
        packed = [
            {"args": packer.pack(args), **({"keywords": packer.pack(named)} if named else {})}
            for args, named in calls
        ]
        reply = self.request({"op": "call", **what, "calls": packed}, times=len(calls))
        self._keep(reply.get("printed"))
        self.shared = "shared" in reply
        values = reply.get("values")
        failed = "error" in reply
        if not isinstance(values, list) or not (
            len(values) == len(calls) or (failed and len(values) < len(calls))
        ):
            self._refuse("not an answer to every call")
        found = [self.read(value) for value in values]
        if failed and len(found) < len(calls):
            found.append(Raised(rebuilt(reply["error"])))
        return found

    def _each(
        self, what: dict[str, Any], given: Sequence[tuple[Any, ...]], more: Sequence[Later] = ()
    ) -> Iterator[Any]:
        """Call a function several times; yield what each call returned, or its error.

        They are made at once, but when one is yielded its arrays are as that call left them. The
        first are, at least: where answers are large, the others have to be asked for again. What
        is asked as well is read when all have been yielded.
        """
        before = len(self.functions)
        packer = Packer(self.job.channel.heap, self._number, take_apart)
        made = [*given, *(args for other in more for args in other.calls)]
        packed = [{"args": packer.pack(args)} for args in made]
        if len(self.functions) > before:  # which are asked in between, for arrays as they are then
            for args in given:
                yield self._calls(what, [(args, {})])[0]
            return
        reply = self.request({"op": "call", **what, "calls": packed, "apart": True}, len(made))
        self._keep(reply.get("printed"))
        steps = self.job.channel.steps
        if steps is None or not 0 < len(steps.left) <= len(made):
            self._refuse("not an answer to every call")
        steps.read = self._step
        try:
            found = steps.each()
            yield from itertools.islice(found, len(given))
            for other in more:
                other.take(found)
            steps.finish()
        except WireError as error:
            self._refuse(str(error))

    def _step(self, step: dict[str, Any]) -> Any:
        if "error" in step:
            return Raised(rebuilt(step["error"]))
        return self.read(step.get("value"))

    def _refuse(self, why: str) -> NoReturn:
        self.job.close()
        raise Halt(Ended("killed", f"it sent what cannot be read: {why}"))

    def read(self, tree: Any) -> Any:
        """Return a value that the job sent; functions in it are proxies."""
        try:
            return Unpacker(
                self.job.channel.heap, lambda number: self.proxy(number, "function")
            ).unpack(tree)
        except WireError as error:
            self._refuse(str(error))

    def _number(self, function: Callable[..., Any]) -> int:
        self.functions.append(function)
        return len(self.functions) - 1

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Compute a value of one of the judge's functions that the job was given."""
        number = question["ask"]
        if type(number) is not int or not 0 <= number < len(self.functions):
            raise WireError("a question about no function that was given")
        unpacker = Unpacker(self.job.channel.heap)
        args = unpacker.unpack(question.get("args"))
        keywords = unpacker.unpack(question.get("keywords"))
        if not isinstance(args, tuple) or not isinstance(keywords, dict):
            raise WireError("a question of no known form")
        packer = Packer(self.job.channel.heap)
        try:
            with np.errstate(all="ignore"):
                return {"value": packer.pack(self.functions[number](*args, **keywords))}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"[:1000]}

    def _keep(self, items: Any) -> None:
        for item in items if isinstance(items, list) else []:
            text = item.get("text") if isinstance(item, dict) else None
            if isinstance(text, str) and sum(map(len, self.printed)) < 10_000:
                self.printed.append(text[:2000])


def up_to_an_error(values: Iterator[Any]) -> list[Any]:
    """Return what calls returned, up to the first that failed."""
    found: list[Any] = []
    for value in values:
        found.append(value)
        if isinstance(value, Raised):
            break
    return found


_numbers = itertools.count()
_KINDS = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception)
}


def rebuilt(said: Any) -> BaseException:
    """Return an exception like the one that the job told of, raised on the student's line."""
    said = said if isinstance(said, dict) else {}
    name, text = str(said.get("kind"))[:100], str(said.get("said"))[:2000]
    line = said.get("line")
    error: BaseException
    if name == "SystemExit":
        error = SystemExit(text)
    else:
        kind = _KINDS.get(name) or type(name, (Exception,), {"__module__": "builtins"})
        try:
            error = kind(text)
        except TypeError:  # a few take more than a text
            error = type(name, (Exception,), {"__module__": "builtins"})(text)
    if type(line) is not int or not 0 < line < 100_000:
        return error
    filename = f"<answer {next(_numbers) % 64}>"
    shown = str(said.get("text"))[:500].splitlines() or [""]
    linecache.cache[filename] = (1, None, [""] * (line - 1) + [shown[0]], filename)
    try:
        exec(compile("\n" * (line - 1) + "raise error", filename, "exec"), {"error": error})
    except BaseException as raised:
        raised.__traceback__ = raised.__traceback__.tb_next if raised.__traceback__ else None
        return raised
    return error
