"""Several processes on this computer."""

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from traitlets.config import Config

from autograde.engine.inside.limits import PR_SET_PDEATHSIG, prctl
from autograde.pipeline import Outcome, grade_here, prepare
from autograde.released import Released
from autograde.submission import Submission
from autograde.workers.base import TRIES, give_up

AHEAD = 2
"""How many submissions a process has been given: one in work, one to go on with at once."""


@dataclass
class Begun:
    """A submission that was given to a process."""

    place: int
    submission: Submission
    tries: int = 1


class Processes:
    """So many processes; if one is killed, another takes its place and its work.

    Each is an executor of its own: a pool in which one process dies gives all its work up.
    """

    def __init__(self, count: int, released: Released, config: Config) -> None:
        self.settings = released, config
        self.executors = [self._executor() for _ in range(count)]
        self.idle = True

    def grade(self, submissions: Iterator[Submission]) -> Iterator[Outcome]:
        """Grade all of them, in the order in which they are ready."""
        begun: dict[Future[Outcome], Begun] = {}
        self.idle = False
        for _ in range(AHEAD):
            for place in range(len(self.executors)):
                self._next(submissions, place, begun)
        while begun:
            ready, _ = wait(begun, return_when=FIRST_COMPLETED)
            for future in ready:
                each = begun.pop(future, None)
                if each is None:  # it was begun anew when its process died
                    continue
                try:
                    outcome = future.result()
                except BrokenProcessPool:
                    for given_up in self._replace(each, begun):
                        self._next(submissions, each.place, begun)
                        yield given_up
                    continue
                self._next(submissions, each.place, begun)
                yield outcome
        self.idle = True

    def close(self) -> None:
        """End every process, whatever it is doing."""
        for executor in self.executors:
            if self.idle:
                executor.shutdown()
            else:
                end(executor)

    def _next(
        self, submissions: Iterator[Submission], place: int, begun: dict[Future[Outcome], Begun]
    ) -> None:
        submission = next(submissions, None)
        if submission is not None:
            self._begin(Begun(place, submission), begun)

    def _begin(self, each: Begun, begun: dict[Future[Outcome], Begun]) -> None:
        try:
            future = self.executors[each.place].submit(grade_here, each.submission)
        except BrokenProcessPool:  # it died while nobody was waiting for it
            self.executors[each.place] = self._executor()
            future = self.executors[each.place].submit(grade_here, each.submission)
        only_the_process_writes(self.executors[each.place])
        begun[future] = each

    def _replace(self, dead: Begun, begun: dict[Future[Outcome], Begun]) -> Iterator[Outcome]:
        """Put a new process in the place of one that died, and give it the same work.

        Only the submission that was in work counts a try; the one that was waiting does not.
        """
        lost = [dead, *(begun.pop(f) for f, e in list(begun.items()) if e.place == dead.place)]
        end(self.executors[dead.place])
        self.executors[dead.place] = self._executor()
        for position, each in enumerate(lost):
            each.tries += position == 0
            if each.tries > TRIES:
                yield give_up(each.submission, "the process that graded it died")
            else:
                self._begin(each, begun)

    def _executor(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=begin,
            initargs=self.settings,
        )


def begin(released: Released, config: Config) -> None:
    """Become a process that grades: it ends with the one that started it, and not before."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        parent = multiprocessing.parent_process()
        if parent is not None and os.getppid() != parent.pid:  # it had ended before that
            os._exit(1)
    prepare(released, config)


def only_the_process_writes(executor: ProcessPoolExecutor) -> None:
    """Shut this process's own end of the pipe through which results come.

    Otherwise a process that is killed while it writes leaves half a result, and the executor
    waits for the other half for ever.
    """
    with contextlib.suppress(AttributeError, OSError):
        executor._result_queue._writer.close()  # type: ignore[attr-defined]


def end(executor: ProcessPoolExecutor) -> None:
    """End an executor's process without waiting for its work."""
    processes = list((executor._processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        with contextlib.suppress(OSError, ValueError):
            process.terminate()


def usable_processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
