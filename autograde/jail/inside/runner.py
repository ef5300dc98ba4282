"""One job inside the jail: run a notebook's cells, and call the functions that they defined.

From here on nothing is trusted. What this module says of itself is only true of honest
submissions; the judge takes all of it as data.
"""

from __future__ import annotations

import base64
import builtins
import contextlib
import io
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from course_utils.exercises.notices import silence
from course_utils.exercises.registry import as_if_empty, registry
from course_utils.measure.memo import copied

from . import asking
from . import shell as shells
from .objects import InPlace
from .outputs import Outputs, Stream
from .reach import reached
from .recorder import Recorder, state
from .values import Packer, Unpacker, WireError
from .wire import Channel

LARGEST_PRINT = 2000

LARGEST_STEPS = 8 * 2**20
"""Bytes after which no further call is made for one message."""

SIGN = 0.5
"""Seconds between calls after which the judge is told that they are getting on."""


class Runner:
    """Answers the judge's requests until it closes the connection."""

    def __init__(self, channel: Channel, shell: shells.Shell) -> None:
        self.channel = channel
        self.shell = shell
        self.functions: list[Any] = []
        self.recorder: Recorder | None = None
        self.told: dict[str, Any] = {}
        self.sent = 0
        self.depth = 0
        self.objects = InPlace(self.ask)
        asking.listen(self.ask)

    def serve(self) -> None:
        """Answer one request after the other."""
        while True:
            self._reply(self.channel.receive())

    def _reply(self, request: dict[str, Any]) -> None:
        reply = getattr(self, f"on_{request['op']}")(request)
        if reply is not None:
            self.channel.send(reply, amid=self.depth > 0)

    def ask(
        self, question: Mapping[str, Any], args: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        """Ask the judge, who may ask something in turn before the answer comes."""
        heap = self.channel.heap
        used, objects = heap.used.copy(), self.objects
        packer = Packer(heap, self._number, self.objects.take_apart)
        message = {**question, "args": packer.pack(args), "keywords": packer.pack(keywords)}
        self.channel.send({**message, "state": self.objects.state(packer)}, amid=True)
        self.depth += 1
        try:
            while "op" in (answer := self.channel.receive()):
                self._reply(answer)
        except WireError:
            os._exit(1)  # nobody could tell any more what is an answer to what
        finally:
            self.depth -= 1
        heap.used, self.objects = used, objects
        unpacker = Unpacker(heap, self._callback, self.objects.build)
        self._take(answer, unpacker)
        if "error" in answer:
            kind = getattr(builtins, answer["error"]["kind"], RuntimeError)
            raise kind(answer["error"]["said"])
        return unpacker.unpack(answer["value"])

    def _take(self, message: dict[str, Any], unpacker: Unpacker) -> None:
        """Know the judge's objects, and what they hold now."""
        self.objects.add(message.get("objects", []))
        self.objects.put(message.get("state", []), unpacker)

    def on_cell(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run a cell, or only what it defines."""
        definitions = bool(request.get("definitions"))
        asking.tell_faults(request.get("faults", {}))
        outputs, done = shells.run(self.shell, request["source"], definitions=definitions)
        reply: dict[str, Any] = {"outputs": outputs, "done": done}
        if self.recorder is not None:
            reply["watched"] = self.recorder.take()
        elif (slots := filled_slots()) != self.told:
            reply["slots"] = self.told = slots
        return reply

    def on_files(self, request: dict[str, Any]) -> dict[str, Any]:
        """Write the files that were handed in with the notebook, for ``open("data.csv")``."""
        for name, content in request["files"].items():
            path = Path(name)
            if not path.is_absolute() and ".." not in path.parts:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(base64.b64decode(content))
        return {}

    def on_watch(self, request: dict[str, Any]) -> dict[str, Any]:
        """From now on tell of each cell what it asked the exercises. Only for cells of ours."""
        self.recorder = Recorder()
        return {}

    def on_state(self, request: dict[str, Any]) -> dict[str, Any]:
        """Tell how this submission answers what another one was asked."""
        with silence(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            try:
                return {"state": state(request["filled"], request["calls"])}
            except Exception:  # an answer that fails where another does not
                return {"state": "other"}

    def on_names(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return what the notebook defines under some names."""
        packer = Packer(self.channel.heap, self._number)
        space = self.shell.user_ns
        return {"values": {n: packer.pack(space[n]) for n in request["names"] if n in space}}

    def on_call(self, request: dict[str, Any]) -> None:
        """Call a function, once for each list of arguments, and send what came of it."""
        function: Any
        inside: AbstractContextManager[None] = contextlib.nullcontext()
        asking.tell_faults(request.get("faults", {}))
        if "computed" in request:  # what does for an exercise that is not filled in
            function = registry[request["computed"]]
        elif isinstance(request["function"], str):
            slot = registry[request["function"]]
            function, inside = slot.implementation, slot.as_written()
        else:
            function = self.functions[request["function"]]
        if request.get("first", self.depth == 0):
            self.objects = InPlace(self.ask)
        self._take(request, Unpacker(self.channel.heap, self._callback, self.objects.build))
        printed = Outputs()
        printed.left["stream"] = LARGEST_PRINT
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = Stream("stdout", printed), Stream("stderr", printed)
        try:
            make = self._apart if request.get("apart") else self._together
            with asking.examined(), inside, as_if_empty(request.get("as_if_empty", [])):
                reply, blobs = make(function, request["calls"])
        finally:
            sys.stdout, sys.stderr = before
        packer = Packer(self.channel.heap, self._number, self.objects.take_apart)
        reply |= {"printed": printed.items, "state": self.objects.state(packer)}
        if request.get("reach"):
            reply["reached"] = reached(function)
        self.channel.send(reply, amid=self.depth > 0, before=blobs)

    def _together(self, function: Any, calls: list[Any]) -> tuple[dict[str, Any], list[bytes]]:
        """Make calls whose arrays are all sent at the end; so of several, each has its own."""
        keep = copied if len(calls) > 1 else None
        return {"answers": [self._one(function, call, keep) for call in self._signing(calls)]}, []

    def _apart(self, function: Any, calls: list[Any]) -> tuple[dict[str, Any], list[bytes]]:
        """Make calls, and keep of each what it had changed by its end.

        All of them, unless the answers become large: then the judge asks for the others again.
        """
        steps: list[dict[str, Any]] = []
        blobs: list[bytes] = []
        self.sent = 0
        heap = self.channel.heap
        heap.recent.clear()
        for call in self._signing(calls):
            step = self._one(function, call)
            step["arrays"], more = heap.changes(recent=True)
            steps.append(step)
            blobs += more
            self.sent += sum(map(len, more))
            if self.sent > LARGEST_STEPS:
                break
        return {"steps": steps}, blobs

    def _one(
        self, function: Any, call: dict[str, Any], keep: Callable[[Any], Any] | None = None
    ) -> dict[str, Any]:
        try:
            unpacker = Unpacker(self.channel.heap, self._callback, self.objects.build)
            args = unpacker.unpack(call["args"])
            keywords = unpacker.unpack(call["keywords"]) if "keywords" in call else {}
            value = function(*args, **keywords)
            packer = Packer(self.channel.heap, self._number, self.objects.take_apart)
            step = {"value": packer.pack(keep(value) if keep else value)}
            self.sent += packer.length
            return step
        except BaseException as error:
            return {"error": describe(error)}

    def _signing(self, calls: list[Any]) -> Iterator[Any]:
        """Go through calls; now and then tell the judge that they are getting on."""
        said = time.monotonic()
        for call in calls:
            if time.monotonic() - said > SIGN:
                self.channel.sign()
                said = time.monotonic()
            yield call

    def _number(self, function: Any) -> int:
        self.functions.append(function)
        return len(self.functions) - 1

    def _callback(self, number: int) -> Callable[..., Any]:
        """Return a function that asks the judge for its value."""
        return lambda *args, **keywords: self.ask(
            {"ask": "value", "function": number}, args, keywords
        )


def filled_slots() -> dict[str, Any]:
    """Tell which exercises are filled in, how often, and what was said of the others."""
    return {
        "times": {s.name: s.times_filled for s in registry.values() if s.times_filled},
        "filled": [s.name for s in registry.values() if s.implementation is not None],
        "stubs": {s.name: s.refused for s in registry.values() if s.stub_in_notebook},
    }


def describe(error: BaseException) -> dict[str, Any]:
    """Return an exception as text: its kind, what it says, and the line of the student's."""
    line, text = 0, ""
    with contextlib.suppress(Exception):
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename.startswith(("<ipython", "<cell", "/tmp/ipykernel")):
                line, text = frame.lineno or 0, frame.line or ""
    try:
        said = str(error)
    except Exception:  # a class's own text may do anything
        said = ""
    return {"kind": type(error).__name__[:100], "said": said[:2000], "line": line, "text": text}


def main(descriptor: int, shell: shells.Shell) -> None:
    """Serve on a descriptor; returns when the judge has gone."""
    Runner(Channel(descriptor, -1, patient=True), shell).serve()
