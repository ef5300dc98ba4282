"""The judge's side of a jail: start it, start jobs in it, ask them, end them.

A job is asked one thing at a time, with a deadline; past it the job is ended. Whatever a
job answers is data, checked by `autograde.jail.inside.values` before it is looked at.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import IO, Any

from autograde.base.budget import JOB, PROCESSOR, Budget
from autograde.base.errors import AutogradeError
from autograde.jail import jail
from autograde.jail.fonts import fonts
from autograde.jail.inside.values import WireError
from autograde.jail.inside.wire import Channel, Gone, Late

START = 180.0
"""Seconds that a jail may take to start: a busy machine must not count as a broken one."""

CELL = 120.0
CALL = 30.0
"""Seconds for one cell, and for one call of a function."""

GRACE = 20.0
PARTING = 2.0
"""Seconds in which a job must be gone that was ended, and one that closed its connection."""

MOST_ASKED = 1_000_000
"""How often a job may ask for a value of one of the judge's functions, in one request."""

PASSED, WRONG, ERROR, TIMEOUT, MEMORY, KILLED, INFRASTRUCTURE = (
    "passed",
    "wrong",
    "error",
    "timeout",
    "out of memory",
    "killed",
    "infrastructure",
)


class Infrastructure(AutogradeError):
    """Something of ours broke, and nothing can be said about the submission."""


class Ended(Exception):
    """A job is over before it answered.

    Attributes
    ----------
    verdict : str
        ``TIMEOUT``, ``MEMORY`` or ``KILLED``.
    """

    def __init__(self, verdict: str, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict


class Jail:
    """A fork server in a jail.

    Parameters
    ----------
    limits : mapping, optional
        What one job may use, in the place of `JOB`.
    figures : bool
        Whether matplotlib is loaded for all jobs. Without it whoever draws has to wait.
    whole : bool
        Whether all of `course_utils` is in it. Then no submission may run in it.

    Attributes
    ----------
    budget : Budget or None
        What is left to the submission whose jobs these are; None for what is the course's own.

    Examples
    --------
    ``with Jail() as jail, jail.job() as job: job.request({"op": "cell", "source": "1 + 1"})``
    """

    def __init__(
        self,
        limits: Mapping[str, int] | None = None,
        *,
        figures: bool = True,
        whole: bool = False,
    ) -> None:
        self.limits = {**JOB, **(limits or {})}
        self.budget: Budget | None = None
        self.figures = figures
        self.whole = whole
        self._beside: Jail | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None
        self.count = 0
        self.ended: dict[int, int] = {}
        self.rest = b""
        self.log: IO[bytes] | None = None

    def __enter__(self) -> Jail:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it is ready.

        Raises
        ------
        NoJail
            If there can be no jail on this machine.
        Infrastructure
            If the server does not start.
        """
        jail.require()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  (it lives as long as the server)
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                jail.command(theirs.fileno(), fonts(), figures=self.figures, whole=self.whole),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=self.log,
                env={"PATH": os.environ.get("PATH", os.defpath)},
            )
        self.control = ours
        try:
            ready = self._line(time.monotonic() + START)
        except (Gone, Late) as error:
            said = self.said()
            self.stop()
            raise Infrastructure(f"the jail did not start: {said}") from error
        if ready != {"ready": True}:
            raise Infrastructure("the jail did not start as it should")

    def stop(self) -> None:
        """End the server and everything in the jail, and the jail beside it."""
        if self._beside is not None:
            self._beside.stop()
        if self.control is not None:
            self.control.close()
            self.control = None
        if self.process is not None:
            # It ends by itself when the connection is closed, and then its processor time counts.
            try:
                self.process.wait(PARTING)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        if self.log is not None:
            self.log.close()
            self.log = None
        self.ended.clear()
        self.rest = b""

    def beside(self) -> Jail:
        """Return the jail that computes what a submission may not see, from the same budget."""
        if self._beside is None:
            self._beside = Jail(figures=False, whole=True)
        self._beside.budget = self.budget
        return self._beside

    def alive(self) -> bool:
        """Whether the server runs."""
        return self.process is not None and self.process.poll() is None

    def said(self) -> str:
        """The last line that the server printed, which is never a student's."""
        if self.log is None:
            return "it was not running"
        self.log.seek(0)
        lines = self.log.read()[-4000:].decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def job(self, limits: Mapping[str, int] | None = None) -> Job:
        """Start a fresh process for one submission; the server is started if it is not there.

        Raises
        ------
        Ended
            If no processor time is left to the submission.
        Infrastructure
        """
        left = PROCESSOR if self.budget is None else self.budget.processor
        if left <= 0:
            raise Ended(TIMEOUT, "the submission used up its processor time")
        if not self.alive():
            self.stop()
            self.start()
        assert self.control is not None
        self.count += 1
        ours, theirs = socket.socketpair()
        own = {"cpu": math.ceil(left), **self.limits, **(limits or {})}
        request = {"op": "start", "job": self.count, "limits": own}
        try:
            with theirs:
                line = json.dumps(request).encode() + b"\n"
                socket.send_fds(self.control, [line], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise Infrastructure(f"the jail is gone ({error})") from error
        return Job(self, self.count, Channel(ours.detach(), 1, allow=self._receive))

    def _receive(self, size: int) -> None:
        """Let so many bytes come from a job."""
        if self.budget is not None:
            self.budget.received -= size
            if self.budget.received < 0:
                raise WireError("more bytes than one submission may send")

    def kill(self, job: int) -> None:
        """Ask the server to end a job."""
        if self.control is not None:
            with contextlib.suppress(OSError):
                self.control.sendall(json.dumps({"op": "kill", "job": job}).encode() + b"\n")

    def exit_code(self, job: int, seconds: float) -> int:
        """Wait until a job has ended; its exit code, negative for a signal.

        Raises
        ------
        Late
            If it has not ended by then.
        Infrastructure
            If the server has gone.
        """
        deadline = time.monotonic() + seconds
        while job not in self.ended:
            try:
                line = self._line(deadline)
            except Gone as error:
                said = self.said()
                self.stop()
                raise Infrastructure(f"the jail is gone ({said})") from error
            self.ended[line["job"]] = line["code"]
            if self.budget is not None:  # one submission at a time, and its jobs end with it
                self.budget.processor -= line["seconds"]
        return self.ended.pop(job)

    def _line(self, deadline: float) -> Any:
        """The next line that the server sends."""
        assert self.control is not None
        while b"\n" not in self.rest:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.control], [], [], max(left, 0))
            if not ready:
                raise Late
            try:
                data = self.control.recv(65536)
            except OSError as error:
                raise Gone from error
            if not data:
                raise Gone
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)


class Job:
    """One process in the jail, with a submission's code in it.

    Attributes
    ----------
    channel : Channel
    beside : Job or None
        A job in the jail beside this one's, which ends with it.
    """

    def __init__(self, owner: Jail, number: int, channel: Channel) -> None:
        self.owner = owner
        self.number = number
        self.channel = channel
        self.beside: Job | None = None
        self.over = False
        self.depth = 0
        self.keep = False

    def __enter__(self) -> Job:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the job, whatever it is doing."""
        if not self.over:
            with contextlib.suppress(Infrastructure):
                self._end()

    def request(
        self,
        message: Mapping[str, Any],
        seconds: float = CALL,
        answer: Callable[[dict[str, Any]], Mapping[str, Any]] | None = None,
        total: float | None = None,
    ) -> dict[str, Any]:
        """Send a request and return the reply.

        Parameters
        ----------
        message : mapping
        seconds : float
            Until the reply must be there, or a sign that the job is getting on.
        answer : callable, optional
            What to reply when the job asks something itself.
        total : float, optional
            Until the reply must be there, whatever the signs; `seconds` if left out.

        Raises
        ------
        Ended
            If the job ended, or had to be ended.
        Infrastructure
        """
        if self.over:
            raise Infrastructure("the job is over")
        end = time.monotonic() + (seconds if total is None else total)
        deadline = min(time.monotonic() + seconds, end)
        self.depth += 1
        kept, several = self.keep, len(message.get("calls", ())) > 1
        try:
            self.channel.send(message, deadline, amid=self.depth > 1, keep=self.keep)
            self.keep = self.keep or several
            for _ in range(MOST_ASKED):
                reply = self.channel.receive(deadline)
                if "alive" in reply:
                    deadline = min(time.monotonic() + seconds, end)
                    continue
                if "ask" not in reply:
                    return reply
                if answer is None:
                    raise WireError("a question where none may be asked")
                used = self.channel.heap.used.copy()
                self.channel.send(answer(reply), deadline, amid=True, keep=self.keep)
                self.channel.heap.used = used
            raise Late
        except Late:
            self._end()
            raise Ended(TIMEOUT, f"it did not end within {round(seconds, 1):g} seconds") from None
        except WireError as error:
            self._end()
            raise Ended(KILLED, f"it sent what cannot be read: {error}") from error
        except Gone:
            raise self._gone(self._end(by_itself=True)) from None
        finally:
            self.depth -= 1
            self.keep = kept

    def _gone(self, code: int) -> Ended:
        """Say why a job ended by itself."""
        if code == -24:
            return Ended(TIMEOUT, "it used up its processor time")
        if code == -9:
            return Ended(MEMORY, "it was ended by the system, most likely for its use of memory")
        if code < 0:
            return Ended(KILLED, f"its process was ended by signal {-code}")
        return Ended(KILLED, f"its code ended its own process (exit status {code})")

    def _end(self, *, by_itself: bool = False) -> int:
        """End the job for good, unless it is just ending by itself; its exit code."""
        self.over = True
        self.channel.close()
        if self.beside is not None:
            self.beside.close()
        if by_itself:
            with contextlib.suppress(Late):
                return self.owner.exit_code(self.number, PARTING)
        self.owner.kill(self.number)
        try:
            return self.owner.exit_code(self.number, GRACE)
        except Late as error:
            self.owner.stop()
            raise Infrastructure("a process in the jail does not end") from error
