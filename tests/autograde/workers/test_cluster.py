"""A Dask cluster grades as one process does, whatever becomes of its parts."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import pytest

from autograde.base.errors import CANNOT_START, OK
from autograde.cli import main
from autograde.course.config import CHECKOUT
from autograde.workers import cluster
from tests.autograde.looking import counts

if not os.environ.get("CI"):
    pytest.importorskip("distributed")

NAME = "00_fixture"
FILE = f"{NAME}.ipynb"

# A client whose scheduler was killed may leave sockets and coroutines; that is Dask's own affair.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:::distributed"),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Dask:
    """A scheduler and workers, each a process."""

    def __init__(self, folder):
        self.folder = folder
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.processes = []
        self.scheduler = self.start("scheduler", "--port", self.address.rpartition(":")[2])
        self.workers = []

    def start(self, *command, checkout=CHECKOUT):
        with open(self.folder / f"{len(self.processes)}.log", "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *command, "--no-dashboard", "--host", "127.0.0.1"],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(checkout)},
            )
        self.processes.append(process)
        return process

    def worker(self, **more):
        """Start one more worker."""
        options = ["--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder)]
        self.workers.append(self.start("worker", self.address, *options, **more))

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def dask(tmp_path):
    """A scheduler, still without workers."""
    folder = tmp_path / "dask"
    folder.mkdir()
    running = Dask(folder)
    yield running
    running.close()


@pytest.fixture
def students(hand_in, solved, released, find):
    """Twelve submissions: their points."""
    part = copy.deepcopy(solved)
    find(part, "halves").source = "def halves(x):\n    return [x / 2, x]"
    expected = {}
    for number in range(12):
        nb, points = [(solved, 5), (released, 0), (part, 3)][number % 3]
        hand_in(f"s{number:02}", {FILE: nb})
        expected[f"s{number:02}"] = points
    return expected


@pytest.fixture
def grade(course, tmp_path, capsys, monkeypatch):
    """``grade(*options)``: the exit status, points and statuses by student, and what was said."""
    monkeypatch.setattr(cluster, "PATIENCE", 20.0)

    def run(*options):
        path = tmp_path / "report.json"
        path.unlink(missing_ok=True)
        status = main(["--root", str(course.root), "grade", NAME, "--json", str(path), *options])
        found = json.loads(path.read_text())["submissions"] if path.exists() else []
        return status, {each["student"]: each for each in found}, capsys.readouterr()

    return run


@contextlib.contextmanager
def when(condition, action):
    """Do something from another thread as soon as it is so."""
    over = threading.Event()

    def watch():
        while not over.is_set():
            if condition():
                action()
                return
            time.sleep(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def points(found):
    return {student: each["auto_score"] for student, each in found.items()}


def graded_folders(course):
    return list((course.root / "autograde" / "autograded").glob(f"*/{NAME}"))


def test_a_cluster_and_a_worker_that_is_killed(course, students, dask, grade, monkeypatch):
    monkeypatch.setattr("autograde.workers.run.SECONDS", 0.0)
    dask.worker()
    dask.worker()
    with when(lambda: len(graded_folders(course)) >= 2, lambda: dask.workers[0].kill()):
        status, found, said = grade("--scheduler", dask.address)
    assert dask.workers[0].poll() is not None, "it was killed"
    assert status == OK, said
    assert points(found) == students
    assert counts(course) == {"submissions": 12, "grades": 36}
    status, found, _ = grade("--workers", "1")
    assert {each["status"] for each in found.values()} == {"kept"}
    assert points(found) == students


@pytest.mark.thorough
def test_workers_that_come_late_and_a_scheduler_that_goes(
    course, students, dask, grade, monkeypatch
):
    monkeypatch.setattr("autograde.workers.run.SECONDS", 0.0)
    monkeypatch.setattr(cluster, "PATIENCE", 5.0)
    monkeypatch.setattr(cluster, "tell_waiting", lambda address: dask.worker())
    with when(lambda: len(graded_folders(course)) >= 2, dask.scheduler.kill):
        status, found, said = grade("--scheduler", dask.address)
    assert status == CANNOT_START
    assert f"autograde grade: the cluster at {dask.address} has gone" in said.err
    assert "what was graded is kept" in said.err
    kept = len(graded_folders(course))
    assert 2 <= kept < 12
    status, found, _ = grade("--workers", "1")
    assert status == OK
    assert points(found) == students
    assert sum(each["status"] == "kept" for each in found.values()) == kept
    assert counts(course) == {"submissions": 12, "grades": 36}


def test_nobody_at_the_address(students, grade, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    address = f"tcp://127.0.0.1:{free_port()}"
    status, _, said = grade("--scheduler", address)
    assert status == CANNOT_START
    assert f"autograde grade: no Dask scheduler answers at {address} (" in said.err


@pytest.mark.thorough
def test_a_worker_with_another_version(course, students, dask, grade, tmp_path):
    other = tmp_path / "other"
    for package in ("autograde", "course_utils"):
        shutil.copytree(
            CHECKOUT / package, other / package, ignore=shutil.ignore_patterns("filled_in", "*.pyc")
        )
    with open(other / "autograde" / "errors.py", "a", encoding="utf-8") as file:
        file.write("# newer\n")
    dask.worker(checkout=other)
    status, _, said = grade("--scheduler", dask.address)
    assert status == CANNOT_START
    assert f"autograde grade: a worker of {dask.address} cannot grade: {other} there" in said.err
    assert "holds another version of this course than the one that was started" in said.err
    assert not graded_folders(course)


def test_tls_without_certificates(students, grade):
    status, _, said = grade("--scheduler", f"tls://127.0.0.1:{free_port()}")
    assert status == CANNOT_START
    assert "no Dask scheduler answers at tls://" in said.err


def test_no_address(students, grade, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    status, _, said = grade("--scheduler", "what is this")
    assert status == CANNOT_START
    assert "no Dask scheduler answers at what is this (" in said.err
