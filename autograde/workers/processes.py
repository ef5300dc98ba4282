"""Several processes on this computer."""

import contextlib
import multiprocessing
import os
import queue
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from traitlets.config import Config

from autograde.grading.pipeline import Outcome, Pipeline
from autograde.grading.preprocessors.examine import stop_shared_jail
from autograde.jail.inside.limits import PR_SET_PDEATHSIG, prctl
from autograde.notebooks.released import Released
from autograde.notebooks.submission import Submission
from autograde.workers.base import TRIES, Tell, give_up, tell_nobody

AHEAD = 2
"""How many submissions a process has been given: one in work, one to go on with at once."""

PARTING = 5.0
"""Seconds in which a process must be gone that was ended."""

# A fork has imported everything already, which takes longer than to grade a class of twenty. It
# is safe as long as the process that it is made from has one thread, as the command has.
if sys.platform == "linux":
    CONTEXT = multiprocessing.get_context("fork")
else:
    CONTEXT = multiprocessing.get_context("spawn")


@dataclass
class Begun:
    """A submission that was given to a process."""

    submission: Submission
    tries: int = 1


class Worker:
    """One process that grades, the pipe to it, and what it has been given and not yet returned."""

    def __init__(self, released: Released, config: Config, processor: int | None) -> None:
        self.pipe, theirs = CONTEXT.Pipe()
        self.given: deque[Begun] = deque()
        with theirs:  # open there only: its end is the end of the pipe
            self.process = CONTEXT.Process(
                target=work, args=(theirs, self.pipe, released, config, processor), daemon=True
            )
            self.process.start()

    def begin(self, each: Begun) -> None:
        """Give it a submission; if it has died, that is seen when its results are read."""
        self.given.append(each)
        with contextlib.suppress(OSError):
            self.pipe.send(each.submission)

    def leave(self) -> None:
        """Let it end by itself, when it has nothing left to do."""
        with contextlib.suppress(OSError):
            self.pipe.send(None)
        self.process.join(PARTING)
        self.end()

    def end(self) -> None:
        """End it, whatever it is doing."""
        self.process.terminate()
        self.process.join(PARTING)
        if self.process.is_alive():  # it was stopped, say
            self.process.kill()
            self.process.join()
        self.pipe.close()


class Processes:
    """So many processes; if one is killed, another takes its place and its work."""

    def __init__(
        self, count: int, released: Released, config: Config, tell: Tell = tell_nobody
    ) -> None:
        self.settings = released, config
        self.tell = tell
        self.processors = processors(count)
        self.workers = [Worker(*self.settings, each) for each in self.processors]
        self.idle = True

    def grade(self, submissions: Iterator[Submission]) -> Iterator[Outcome]:
        """Grade all of them, in the order in which they are ready."""
        self.idle = False
        for _ in range(AHEAD):
            for worker in self.workers:
                begin_next(worker, submissions)
        while busy := [each.pipe for each in self.workers if each.given]:
            # Each has been given one more, which waits.
            self.tell([each.given[0].submission.student for each in self.workers if each.given])
            ready = wait(busy)
            for place, worker in enumerate(self.workers):
                if worker.pipe not in ready:
                    continue
                try:
                    outcome = worker.pipe.recv()
                except (EOFError, OSError):
                    for given_up in self._replace(place):
                        begin_next(self.workers[place], submissions)
                        yield given_up
                    continue
                worker.given.popleft()
                begin_next(worker, submissions)
                if isinstance(outcome, Exception):
                    raise outcome
                yield outcome
        self.idle = True

    def close(self) -> None:
        """End every process, whatever it is doing."""
        for worker in self.workers:
            if self.idle:
                worker.leave()
            else:
                worker.end()

    def _replace(self, place: int) -> Iterator[Outcome]:
        """Put a new process in the place of one that died, and give it the same work.

        Only the submission that was in work counts a try; the one that was waiting does not.
        """
        dead = self.workers[place]
        dead.end()
        self.workers[place] = Worker(*self.settings, self.processors[place])
        for position, each in enumerate(dead.given):
            each.tries += position == 0
            if each.tries > TRIES:
                yield give_up(each.submission, "the process that graded it died")
            else:
                self.workers[place].begin(each)


def begin_next(worker: Worker, submissions: Iterator[Submission]) -> None:
    """Give a process the next submission, if there is one."""
    submission = next(submissions, None)
    if submission is not None:
        worker.begin(Begun(submission))


def work(
    pipe: Connection,
    theirs: Connection,
    released: Released,
    config: Config,
    processor: int | None,
) -> None:
    """Be a process that grades: it ends with the one that started it, and not before."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        parent = multiprocessing.parent_process()
        if parent is not None and os.getppid() != parent.pid:  # it had ended before that
            os._exit(1)
        if processor is not None:
            with contextlib.suppress(OSError):  # it was taken away meanwhile
                os.sched_setaffinity(0, {processor})
    theirs.close()
    stop_shared_jail()  # of a fork only its own end of the connection: the jail is another's
    waiting: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
    threading.Thread(target=read, args=(pipe, waiting), daemon=True).start()
    pipeline = None
    while (submission := waiting.get()) is not None:
        try:
            pipeline = pipeline or Pipeline(released, config)
            answer: Outcome | Exception = pipeline.grade(submission)
        except Exception as error:  # nothing can be graded here; whoever asked is to say so
            error.add_note(traceback.format_exc())
            answer = error
        pipe.send(answer)
    stop_shared_jail()


def read(pipe: Connection, waiting: queue.SimpleQueue[Submission | None]) -> None:
    """Take what comes at once: neither side may wait for the other to read while it writes."""
    submission: Submission | None = None
    while True:
        try:
            submission = pipe.recv()
        except (EOFError, OSError):
            submission = None
        waiting.put(submission)
        if submission is None:
            return


def processors(count: int) -> Sequence[int | None]:
    """A processor for each process, if each can have its own and none is left over.

    A process and its jail take turns, and the system moves them about as if they did not: that
    costs a tenth. With processors to spare it knows better which of them share one core.
    """
    if sys.platform == "linux":
        mine = sorted(os.sched_getaffinity(0))
        if count == len(mine):
            return mine
    return [None] * count


def usable_processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
