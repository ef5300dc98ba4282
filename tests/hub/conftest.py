"""A hub on this machine as docs/hub.md makes it: an instructor and two students, real users.

Needs root, for users and their passwords, and the environment that docs/hub/install.sh makes.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autograde.course.course import ROOT
from tests.browsing import chromium

__all__ = ["chromium"]

PLACE = Path(os.environ.get("BACKWARD_BY_HAND_HUB", "/opt/backward-by-hand"))
TEACHER, ANA, BO = "bbh-teacher", "bbh-ana", "bbh-bo"
TEACHERS, STUDENTS = "bbh-teachers", "bbh-students"
COURSE = ("autograde", "course_utils", "notebooks", "solutions", "nbgrader_config.py")


def why_not() -> str:
    """What this machine lacks; empty if nothing."""
    if sys.platform != "linux" or not hasattr(os, "getuid") or os.getuid() != 0:
        return "the hub's users are users of the system, and only root on Linux makes these"
    if not shutil.which("useradd"):
        return "this system has no useradd"
    if not (PLACE / "bin" / "jupyterhub").is_file():
        return f"there is no hub in {PLACE}: sh docs/hub/install.sh {PLACE}"
    return ""


@dataclass
class Hub:
    """The running hub."""

    address: str
    exchange: Path
    state: Path
    passwords: dict[str, str] = field(default_factory=dict)

    def home(self, user: str) -> Path:
        return Path("/home") / user

    @property
    def course(self) -> Path:
        """The instructor's."""
        return self.home(TEACHER) / "backward-by-hand"

    def as_user(self, user: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as this user, as in a terminal of the hub."""
        environment = {
            "HOME": str(self.home(user)),
            "PATH": f"{PLACE / 'bin'}:/usr/bin:/bin",
            "NBGRADER_EXCHANGE": str(self.exchange),
            "LANG": "C.UTF-8",
        }
        entry = pwd.getpwnam(user)
        return subprocess.run(
            command,
            user=user,
            group=entry.pw_gid,
            extra_groups=os.getgrouplist(user, entry.pw_gid),
            cwd=self.home(user),
            env=environment,
            capture_output=True,
            text=True,
        )


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """Return the hub, with users and a course; afterwards nothing is left of them."""
    if why := why_not():
        assert not (os.environ.get("CI") and os.getuid() == 0), f"CI must have the hub: {why}"
        pytest.skip(why)
    remove_users()
    folder = Path(tempfile.mkdtemp(prefix="bbh-hub-"))
    folder.chmod(0o755)
    try:
        hub = prepare(folder)
        with running(hub, folder):
            yield hub
    finally:
        remove_users()
        shutil.rmtree(folder)


def prepare(folder: Path) -> Hub:
    """Do what docs/hub.md says, in its order: groups, users, the exchange, the course."""
    hub = Hub("", folder / "exchange", folder / "state")
    for group in (TEACHERS, STUDENTS):
        run("groupadd", group)
    for user, group in ((TEACHER, TEACHERS), (ANA, STUDENTS), (BO, STUDENTS)):
        run("useradd", "--create-home", "--shell", "/bin/bash", "--groups", group, user)
        hub.home(user).chmod(0o700)
        hub.passwords[user] = secrets.token_urlsafe(12)
    lines = "".join(f"{user}:{password}\n" for user, password in hub.passwords.items())
    run("chpasswd", given=lines)

    run("install", "-d", "-m", "1777", str(hub.exchange))
    for path, mode in (("", "755"), ("inbound", "1733")):
        owned = ["install", "-d", "-o", TEACHER, "-m", mode]
        run(*owned, str(hub.exchange / "backward-by-hand" / path))
    run("install", "-d", "-m", "700", str(hub.state))

    hub.course.mkdir()
    leave_out = shutil.ignore_patterns(
        *("__pycache__", ".ipynb_checkpoints", "filled_in", "*.db", "secret", "*.csv"),
        *("submitted", "autograded", "feedback", "demo", "exchange"),
    )
    for name in COURSE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, hub.course / name, ignore=leave_out)
        else:
            shutil.copy(ROOT / name, hub.course)
    run("chown", "-R", f"{TEACHER}:", str(hub.course))
    hub.course.chmod(0o700)
    return hub


@contextlib.contextmanager
def running(hub: Hub, folder: Path) -> Iterator[None]:
    """Start the hub by the file in docs/hub, and stop it with all it started."""
    ports = [free_port() for _ in range(3)]
    hub.address = f"http://127.0.0.1:{ports[0]}"
    environment = {
        "PATH": f"{PLACE / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "HUB_STATE": str(hub.state),
        "HUB_URL": hub.address,
        "HUB_PORT": str(ports[1]),
        "HUB_PROXY_API": f"http://127.0.0.1:{ports[2]}",
        "HUB_INSTRUCTORS": TEACHERS,
        "HUB_STUDENTS": STUDENTS,
        "NBGRADER_EXCHANGE": str(hub.exchange),
    }
    # The file beside this test and not the copy that was installed with the environment.
    command = [PLACE / "bin" / "jupyterhub", "-f", ROOT / "docs" / "hub" / "jupyterhub_config.py"]
    log = folder / "hub.log"
    with open(log, "w") as output:
        process = subprocess.Popen(
            [str(each) for each in command],
            cwd=hub.state,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        for _ in range(300):
            assert process.poll() is None, log.read_text()[-3000:]
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{hub.address}/hub/health", timeout=5)
                break
            time.sleep(0.2)
        else:
            pytest.fail(f"the hub did not start:\n{log.read_text()[-3000:]}")
        yield
    finally:
        for user in hub.passwords:  # sooner than the hub would stop their servers
            end_processes(user)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if keep := os.environ.get("BACKWARD_BY_HAND_HUB_LOG"):
            shutil.copy(log, keep)


def remove_users() -> None:
    """End what our users still run, and remove them with their homes."""
    for user in (TEACHER, ANA, BO):
        if subprocess.run(["id", "-u", user], capture_output=True).returncode:
            continue
        for _ in range(50):
            if not end_processes(user):
                break
            time.sleep(0.1)
        run("userdel", "--remove", user, may_fail=True)
    for group in (TEACHERS, STUDENTS):
        run("groupdel", group, may_fail=True)


def end_processes(user: str) -> int:
    """Kill this user's processes one by one; how many there were."""
    uid = int(run("id", "-u", user))
    mine = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if path.stat().st_uid == uid:
                mine.append(int(path.name))
    for pid in mine:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(mine)


def run(*command: str, given: str = "", may_fail: bool = False) -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True)
    assert may_fail or not done.returncode, f"{command}: {done.stderr}"
    return done.stdout


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
