"""Two commands at once, and one that is ended half way; each a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
WAITING = "Another course.py is setting up; waiting.\n"


def course(clone, *arguments, **variables):
    command = [sys.executable, str(clone / "course.py"), *arguments]
    out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, env={**os.environ, **variables}, **out)


def said(process, status=0) -> str:
    text, _ = process.communicate(timeout=60)
    assert process.returncode == status, text
    return text


@contextlib.contextmanager
def half_way(clone, command, what):
    """Start a command; yield it where it waits, and what the program that waits is told by."""
    with socket.create_server(("localhost", 0)) as server:
        server.settimeout(60)
        first = course(clone, command, WAIT_IN=what, PORT=str(server.getsockname()[1]))
        try:
            with server.accept()[0] as connection:
                yield first, connection
        finally:
            first.kill()
            first.communicate()


BASE, ADDED, LITE = "vu/requirements.lock", "docs/requirements.lock", "lite/requirements.lock"
AGAIN = "The last set-up was not finished: setting up"
ENDED = {  # what is half made: (the commands before, the command, where, the signal, the reason)
    "venv": ([], "setup", ".venv", signal.SIGKILL, f"{AGAIN} .venv."),
    "pip, ended": ([], "setup", BASE, signal.SIGTERM, f"{AGAIN} .venv."),
    "pip, killed": ([], "setup", BASE, signal.SIGKILL, f"{AGAIN} .venv."),
    "the course, Ctrl-C": ([], "setup", "déjà vu", signal.SIGINT, f"{AGAIN} .venv."),
    "the course, closed": ([], "setup", "déjà vu", signal.SIGHUP, f"{AGAIN} .venv."),
    "what is added": (["setup"], "site", ADDED, signal.SIGKILL, "What was added to .venv does not"),
    "the second": ([], "site", ".venv-lite", signal.SIGTERM, f"{AGAIN} .venv-lite, which"),
    "the second's pip": ([], "site", LITE, signal.SIGKILL, f"{AGAIN} .venv-lite, which"),
}


@pytest.mark.parametrize(
    ("before", "command", "what", "number", "reason"), ENDED.values(), ids=ENDED
)
def test_one_is_ended_and_the_next_makes_it_again(clone, before, command, what, number, reason):
    for each in before:
        said(course(clone, each))
    with half_way(clone, command, what) as (first, connection):
        second = course(clone, command)
        assert second.stdout.readline() == WAITING
        first.send_signal(number)
        assert first.wait(60) in (-number, 128 + number)
        connection.settimeout(60)
        assert connection.recv(1) == b""  # also the program of a program of the first is gone
    assert reason in said(second)
    assert said(course(clone, command)).startswith("Ready" if command == "setup" else "built")


def test_the_second_waits_and_finds_it_made(clone):
    with half_way(clone, "setup", "déjà vu") as (first, connection):
        second = course(clone, "setup")
        assert second.stdout.readline() == WAITING
        connection.close()
        assert said(first).endswith(f"Ready: {clone / '.venv' / 'bin' / 'python'}\n")
        assert said(second).startswith("Ready")


def test_the_next_waits_for_a_program_that_outlives_the_first(clone):
    with half_way(clone, "setup", BASE) as (first, _):
        (program,) = psutil.Process(first.pid).children()
        program.suspend()
        while program.status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)
        first.kill()
        first.wait()
        second = course(clone, "setup")
        assert second.stdout.readline() == WAITING
        program.resume()
        assert AGAIN in said(second)


def test_nobody_waits_for_what_is_added(clone):
    said(course(clone, "setup"))
    with half_way(clone, "site", ADDED):
        assert said(course(clone, "setup")).startswith("Ready")


# ---- the program that a command becomes -------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_program(clone, number):
    code = "import os, time; print(os.getpid(), os.getcwd(), flush=True); time.sleep(60)"
    process = course(clone, "--here", "run", sys.executable, "-c", code)
    assert process.stdout.readline() == f"{process.pid} {clone}\n"
    process.send_signal(number)
    said(process, -number)


@pytest.mark.parametrize(("code", "status"), [("pass", 0), ("raise SystemExit(7)", 7)])
def test_the_exit_status_is_passed_on(clone, code, status):
    said(course(clone, "--here", "run", sys.executable, "-c", code), status)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs Linux's /proc")
def test_a_program_is_ended_by_a_pipe_that_nobody_reads(clone):
    line = said(course(clone, "--here", "run", "grep", "SigIgn", "/proc/self/status"))
    assert not int(line.split()[1], 16) & 1 << signal.SIGPIPE - 1
