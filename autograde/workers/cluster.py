"""The workers of a Dask cluster that runs already."""

import contextlib
import hashlib
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from traitlets.config import Config

from autograde.base.errors import AutogradeError
from autograde.course.config import CHECKOUT
from autograde.grading.pipeline import Outcome, Pipeline
from autograde.notebooks.released import Released
from autograde.notebooks.submission import Submission
from autograde.workers.base import TRIES, give_up

AHEAD = 2
"""How many submissions there are on the way for each thread of the cluster."""

PATIENCE = 30.0
"""Seconds without a connection to the scheduler after which the run is stopped."""

Settings = tuple[str, str, Released, Config]
"""Of one run: a name of its own, the version of the code, the assignment, and the course's."""


class Cluster:
    """All workers of a Dask scheduler; more may join, and some may leave, while it grades.

    Parameters
    ----------
    address : str
        Such as ``tcp://host:8786`` or ``tls://host:8786``; certificates are Dask's own settings.

    Raises
    ------
    AutogradeError
        If Dask is not installed, or nobody answers.
    """

    def __init__(self, address: str, released: Released, config: Config) -> None:
        try:
            import distributed
        except ImportError:
            raise AutogradeError(
                "--scheduler needs Dask: python -m pip install distributed (on the workers too)"
            ) from None
        self.distributed: Any = distributed
        try:
            self.client: Any = self.distributed.Client(
                address, timeout=PATIENCE, set_as_default=False
            )
        except (OSError, TypeError, ValueError) as error:  # a TypeError is TLS without certificates
            raise AutogradeError(f"no Dask scheduler answers at {address} ({error})") from None
        self.address = address
        # Not scattered: that needs a worker at once, and is lost with the worker that holds it.
        self.settings = self.client.submit(
            the_same,
            (uuid.uuid4().hex, fingerprint(), released, config),
            key=f"settings-{uuid.uuid4().hex}",
        )

    def grade(self, submissions: Iterator[Submission]) -> Iterator[Outcome]:
        """Grade all of them, in the order in which they are ready.

        Raises
        ------
        AutogradeError
            If the cluster goes away, or its workers cannot grade.
        """
        begun: dict[Any, tuple[Submission, int]] = {}
        more = True
        while True:
            while more and len(begun) < AHEAD * max(self._threads(), 1):
                submission = next(submissions, None)
                more = submission is not None
                if submission is not None:
                    begun[self._begin(submission)] = submission, 1
            if not begun:
                return
            for future in self._ready(list(begun)):
                submission, tries = begun.pop(future)
                try:
                    yield future.result(timeout=PATIENCE)
                except AutogradeError as error:
                    raise AutogradeError(
                        f"a worker of {self.address} cannot grade: {error}"
                    ) from None
                except Exception as error:  # a killed worker, a lost connection, a cancelled task
                    self._connected()
                    if tries >= TRIES:
                        yield give_up(submission, f"its worker failed ({type(error).__name__})")
                    else:
                        begun[self._begin(submission)] = submission, tries + 1

    def close(self) -> None:
        """Leave the cluster; it goes on."""
        self.client.close(timeout=2)

    def _begin(self, submission: Submission) -> Any:
        # The key says nothing about the student: a cluster's dashboard is read by many.
        return self.client.submit(
            grade_there, self.settings, submission, key=f"grade-{uuid.uuid4().hex}", retries=0
        )

    def _ready(self, futures: list[Any]) -> list[Any]:
        """Wait until something is done; a cluster without workers is waited for as well."""
        alone = time.monotonic()
        while True:
            with (
                self.client.as_current(),
                # All of them are cancelled when the connection is lost.
                contextlib.suppress(TimeoutError, OSError, self.distributed.CancelledError),
            ):
                self.distributed.wait(futures, timeout=2, return_when="FIRST_COMPLETED")
            done = [each for each in futures if each.status != "pending"]
            if done:
                return done
            self._connected()
            if self._threads():
                alone = time.monotonic()
            elif time.monotonic() - alone > PATIENCE:
                tell_waiting(self.address)
                alone = time.monotonic()

    def _connected(self) -> None:
        """Make sure that the scheduler is there."""
        until = time.monotonic() + PATIENCE
        while self.client.status != "running":
            if self.client.status == "closed" or time.monotonic() > until:
                raise AutogradeError(
                    f"the cluster at {self.address} has gone; what was graded is kept, and the"
                    " same command goes on where this one stopped"
                )
            time.sleep(0.2)

    def _threads(self) -> int:
        """How many there are now; none are known while the connection is lost."""
        try:
            workers = self.client.scheduler_info(n_workers=-1)["workers"]
        except (OSError, TimeoutError):
            return 0
        return sum(each["nthreads"] for each in workers.values())


def tell_waiting(address: str) -> None:
    """Say why nothing happens."""
    print(
        f"no worker is at {address}, and one is waited for; a worker that has not got this course"
        " in its PYTHONPATH ends at its first submission",
        file=sys.stderr,
        flush=True,
    )


def the_same(settings: Settings) -> Settings:
    """Hold the settings on a worker; the scheduler has them made anew if it is lost."""
    return settings


_pipelines: dict[str, Pipeline] = {}
_one_at_a_time = threading.Lock()


def grade_there(settings: Settings, submission: Submission) -> Outcome:
    """Grade one submission on a worker, which keeps what it needs for the next one."""
    run, version, released, config = settings
    if version != fingerprint():
        raise AutogradeError(
            f"{CHECKOUT} there holds another version of this course than the one that was started"
        )
    with _one_at_a_time:  # a worker may have threads, and there is one standard output
        if run not in _pipelines:
            _pipelines.clear()
            _pipelines[run] = Pipeline(released, config)
        return _pipelines[run].grade(submission)


@cache
def fingerprint() -> str:
    """What tells one version of the grading code from another."""
    digest = hashlib.sha256()
    for package in ("autograde", "course_utils"):
        for path in sorted((CHECKOUT / package).rglob("*.py")):
            if "filled_in" not in path.parts:
                digest.update(Path(path).relative_to(CHECKOUT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
