"""A submission's functions, as the judge sees them: arrays go in, arrays come out."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from autograde.jail.inside.objects import Owned, limited
from autograde.jail.inside.values import Packer, Unpacker, WireError
from autograde.jail.inside.wire import Steps
from autograde.jail.outputs import MOST
from autograde.jail.worker import CALL, TIMEOUT, Ended, Infrastructure, Job
from autograde.judging import gaps
from autograde.judging.pending import Made, PendingCalls
from autograde.judging.raised import rebuilt
from autograde.judging.standing import Standing
from course_utils.checker.candidate import Arguments, Candidate, Raised, returned
from course_utils.checks.methods import trusted_now
from course_utils.exercises.registry import Exercise, registry
from course_utils.exercises.resting import other

DEEPEST = 16
"""How many calls may wait for what they have asked, one for the other."""

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
    called : str
        The exercise whose answer is being called, "" for none.
    reached : dict
        What each answer to an exercise reaches, as the job said when it was called first.
    times : dict
        How often each exercise was filled in so far, as the job says.
    standing : Standing
        What is known of the answers.
    aside : callable or None
        Examines the answer to an exercise that a cell uses; None where nothing is examined aside.
    stood_in : dict
        What was asked to stand in for others while an answer was called, by the answer.
    changed : collection of str
        The exercises in whose place other numbers than theirs are computed for now.
    depth : int
        How many requests wait while something is examined: none, or the cell that uses it.
    """

    def __init__(
        self,
        job: Job,
        seconds: float = CALL,
        until: float = math.inf,
        standing: Standing | None = None,
    ) -> None:
        self.job = job
        self.seconds = seconds
        self.until = until
        self.printed: list[str] = []
        self.sources: list[str] = []
        self.slots: dict[str, Any] = {}
        self.functions: list[Callable[..., Any]] = []
        self.objects = Owned()
        self.called = ""
        self.reached: dict[tuple[str, int], Any] = {}
        self.times: dict[str, int] = {}
        self.standing = Standing() if standing is None else standing
        self.aside: Callable[[Exercise], None] | None = None
        self.stood_in: dict[tuple[str, int], set[str]] = {}
        self.changed: Collection[str] = ()
        self.depth = 0

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
        self.called = ""
        try:
            reply = self.job.request(message, seconds, self._answer)
        except Halt as halt:
            raise halt.reason from None
        slots = reply.get("slots")
        if isinstance(slots, dict):  # which are told when they are others than before
            self.slots = slots
            times = slots.get("times")
            told = times.items() if isinstance(times, dict) else ()
            self.times = {name: n for name, n in told if name in registry and type(n) is int}
        return reply

    def faults(self) -> dict[str, tuple[int, str]]:
        """Return what is wrong with the answers in the job, for its own use."""
        return self.standing.faults(self.times)

    def proxy(self, target: str | int, name: str) -> Proxy:
        """Return what calls the job's function `target`."""
        return Proxy(self, {"function": target}, name)

    def made(self, what: Mapping[str, Any], calls: Sequence[Made]) -> Iterator[Any]:
        """Let the job make calls; return an iterator over what each came to.

        They are made at once, but when one is yielded its arrays are as that call left them. Where
        answers are large not all of them come, but always the first.
        """
        before = len(self.functions)
        is_first = self.job.depth == self.depth
        if is_first:
            self.objects = Owned()
            self.called = str(what.get("function"))
        heap = self.job.channel.heap
        used = heap.used.copy()
        packer = Packer(heap, self._number, self.objects.take_apart)
        packed = [
            {"args": packer.pack(args), **({"keywords": packer.pack(named)} if named else {})}
            for args, named in calls
        ]
        # What is ours is asked in between, for arrays as they are then: they cannot wait.
        apart = len(calls) > 1 and len(self.functions) == before and not self.objects.things
        message = {"op": "call", **what, "calls": packed, "apart": apart, **self._told(packer)}
        if self.depth:
            message["first"] = is_first
        if names := trusted_now():
            message["as_if_empty"] = list(names)
        name = str(what.get("function"))
        version = name, self.times.get(name, 0)
        if name in registry and version not in self.reached:
            message["reach"] = True
        if faults := {k: fault for k, fault in self.faults().items() if k != self.called}:
            message["faults"] = faults
        reply = self.request(message, len(calls))
        if "reached" in reply:
            self.reached[version] = reply["reached"]
        heap.used = used
        self._keep(reply.get("printed"))
        self._take(reply)
        return self._apart(len(calls)) if apart else self._together(reply, len(calls))

    def _together(self, reply: dict[str, Any], count: int) -> Iterator[Any]:
        answers = reply.get("answers")
        if not isinstance(answers, list) or len(answers) != count:
            self._refuse("not an answer to every call")
        return map(self._outcome, answers)

    def _apart(self, count: int) -> Iterator[Any]:
        steps = self.job.channel.steps
        if steps is None or not 0 < len(steps.left) <= count:
            self._refuse("not an answer to every call")
        steps.read = self._outcome
        return self._read(steps)

    def _read(self, steps: Steps) -> Iterator[Any]:
        try:
            yield from steps.each()
        except WireError as error:
            self._refuse(str(error))

    def _outcome(self, answer: Any) -> Any:
        if not isinstance(answer, dict):
            self._refuse("an answer of no known form")
        if "error" in answer:
            return Raised(rebuilt(answer["error"]))
        return self.read(answer.get("value"))

    def _refuse(self, why: str) -> NoReturn:
        self.job.close()
        raise Halt(Ended("killed", f"it sent what cannot be read: {why}"))

    def read(self, tree: Any) -> Any:
        """Return a value that the job sent; functions in it are proxies."""
        try:
            return self._unpacker().unpack(tree)
        except WireError as error:
            self._refuse(str(error))

    def _unpacker(self) -> Unpacker:
        def function(number: int) -> Proxy:
            return self.proxy(number, "function")

        return Unpacker(self.job.channel.heap, function, self.objects.build)

    def _told(self, packer: Packer) -> dict[str, Any]:
        """Return what the job has to know of our objects, as they are now."""
        state = self.objects.state(packer)  # which may have others in it
        return {"objects": self.objects.described, "state": state} if state else {}

    def _take(self, message: Mapping[str, Any]) -> None:
        """Let our objects hold what the job says."""
        try:
            self.objects.put(message.get("state"), self._unpacker())
        except (WireError, ValueError) as error:
            self._refuse(str(error))

    def _number(self, function: Callable[..., Any]) -> int:
        self.functions.append(function)
        return len(self.functions) - 1

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer what the job asks before it has answered itself."""
        self._take(question)
        unpacker = self._unpacker()
        args = unpacker.unpack(question.get("args"))
        keywords = unpacker.unpack(question.get("keywords"))
        if not isinstance(args, tuple) or not isinstance(keywords, dict):
            raise WireError("a question of no known form")
        packer = Packer(self.job.channel.heap, self._number, self.objects.take_apart)
        answer: dict[str, Any]
        try:
            with np.errstate(all="ignore"):
                answer = {"value": packer.pack(self._asked(question, args, keywords))}
        except WireError:
            raise
        except Exception as error:
            answer = {"error": {"kind": type(error).__name__, "said": str(error)[:1000]}}
        return {**answer, **self._told(packer)}

    def _asked(self, question: dict[str, Any], args: Any, keywords: Any) -> Any:
        if self.job.depth > DEEPEST:
            raise RecursionError("maximum recursion depth exceeded")
        kind, name = question["ask"], question.get("name")
        if kind == "value":
            number = question.get("function")
            if type(number) is not int or not 0 <= number < len(self.functions):
                raise WireError("a question about no function that was given")
            function = self.functions[number]
            if not isinstance(function, Proxy):  # it is this process that computes
                args, keywords = limited(args), limited(keywords)
            return function(*args, **keywords)
        if kind == "method":
            return self.objects.call(question.get("object"), name, args, keywords)
        if not isinstance(name, str) or name not in registry:
            raise WireError("a question about no exercise")
        if kind in ("stand-in", "computed"):
            changed = self._rested(name)
            if kind == "stand-in":
                return gaps.described(registry[name], changed=changed)
            result = self._computed(name, args, keywords)
            return other(result) if changed else result
        if kind == "fault":
            return self._fault(name, question.get("times"))
        raise WireError("a question of no known kind")

    def _fault(self, name: str, times: Any) -> str:
        """Say what is wrong with an answer that a cell uses; it is examined if it was not yet."""
        if type(times) is not int:
            raise WireError("a question about no answer")
        self.times[name] = times
        # Not while an answer is called: who asks then could have it forgotten which one it is.
        if (name, times) not in self.standing.found and self.aside and not self.called:
            objects, self.depth = self.objects, self.job.depth
            try:
                self.aside(registry[name])
            finally:
                self.objects, self.depth, self.called = objects, 0, ""
        return self.standing.found.get((name, times), "")

    def _rested(self, name: str) -> bool:
        """Keep in mind what asked for a stand-in; tell whether it is given other numbers."""
        if name in trusted_now():
            return False
        version = self.called, self.times.get(self.called, 0)
        self.stood_in.setdefault(version, set()).add(name)
        return name in self.changed

    def _computed(self, name: str, args: Any, keywords: Any) -> Any:
        """Let what does for an exercise be computed, in a jail that may know it."""
        if name == self.called:
            raise RuntimeError(f"{name} is examined here: nothing stands in for it meanwhile")
        if self.job.beside is None or self.job.beside.over:
            self.job.beside = self.job.owner.beside().job()
        known = Connection(self.job.beside, self.seconds, self.until)
        try:
            (outcome,) = known.made({"computed": name}, [(args, keywords)])
        except Halt as halt:
            known.job.close()  # also where it is the submission that has ended, and not this
            if self.job.over or isinstance(halt.reason, Infrastructure):
                raise
            raise RuntimeError(f"{name} is not filled in, and {halt.reason}") from None
        return returned(outcome)

    def _keep(self, items: Any) -> None:
        for item in items[:MOST] if isinstance(items, list) else []:
            text = item.get("text") if isinstance(item, dict) else None
            if isinstance(text, str) and sum(map(len, self.printed)) < 10_000:
                self.printed.append(text[:2000])


class Proxy(Candidate):
    """A function of the job's, which a test may call as well.

    Parameters
    ----------
    connection : Connection
    what : mapping
        What is called, as the job knows it.
    name : str
        What the notebook calls it.
    """

    def __init__(self, connection: Connection, what: Mapping[str, Any], name: str) -> None:
        self.connection = connection
        self.what = what
        self.__name__ = self.__qualname__ = name
        self.waiting: list[PendingCalls] = []

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Be the function itself."""
        (outcome,) = self._ask([(args, keywords)])
        return returned(outcome)

    def call_each(self, calls: Iterable[Arguments]) -> Iterator[Any]:
        """Make the calls with one message, or with a few: when the first answer is wanted."""
        return self._ask((arguments, {}) for arguments in calls)

    def _ask(self, calls: Iterable[Made]) -> Iterator[Any]:
        asked = PendingCalls(calls)
        self.waiting.append(asked)
        return self._answers(asked)

    def _answers(self, asked: PendingCalls) -> Iterator[Any]:
        yield from asked.read()
        while asked.calls:
            self._send(asked)
            yield from asked.read()

    def _send(self, asked: PendingCalls) -> None:
        """Send a message with calls, and with all that is waiting beside if there is room."""
        self.waiting = [other for other in self.waiting if other is not asked]
        pairs = [(asked, call) for call in itertools.islice(asked.calls, TOGETHER)]
        if len(pairs) == len(asked.calls):
            pairs += [(other, call) for other in self.waiting for call in other.calls]
            self.waiting = []
        outcomes = self.connection.made(self.what, [call for _, call in pairs])
        message = zip(outcomes, [each for each, _ in pairs], strict=False)
        for each, _ in pairs:
            each.message = message
