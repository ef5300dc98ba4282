"""A hub on this machine as docs/hub.md makes it, with real users.

Needs root, for users and their passwords, and the environment that docs/hub/install.sh makes.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from autograde.course.course import ROOT

PLACE = Path(os.environ.get("BACKWARD_BY_HAND_HUB", "/opt/backward-by-hand"))
COURSE = "bbh-course"
TEACHER, SECOND, ASSISTANT = "bbh-teacher", "bbh-second", "bbh-assistant"
ANA, BO, CY = "bbh-ana", "bbh-bo", "bbh-cy"
TEACHERS, ASSISTANTS, STUDENTS = "bbh-teachers", "bbh-assistants", "bbh-students"
USERS = [  # (name, how the system knows its group); the first can only be used by the next two
    (COURSE, []),
    (TEACHER, ["--gid", TEACHERS]),
    (SECOND, ["--groups", TEACHERS]),
    (ASSISTANT, ["--groups", ASSISTANTS]),
    (ANA, ["--groups", STUDENTS]),
    (BO, ["--groups", STUDENTS]),
    (CY, ["--groups", STUDENTS]),
]
FILES = ("autograde", "course_utils", "notebooks", "solutions", "nbgrader_config.py")


def why_not() -> str:
    """What this machine lacks; empty if nothing."""
    if sys.platform != "linux" or not hasattr(os, "getuid") or os.getuid() != 0:
        return "the hub's users are users of the system, and only root on Linux makes these"
    for program in ("useradd", "nginx", "openssl"):
        if not shutil.which(program):
            return f"this system has no {program}"
    if not (PLACE / "bin" / "jupyterhub").is_file():
        return f"there is no hub in {PLACE}: sh docs/hub/install.sh {PLACE}"
    return ""


@dataclass
class Hub:
    """The running hub, in a folder of its own."""

    folder: Path
    passwords: dict[str, str]
    scheme: str = "https"
    port: int = 0
    ports: list[int] = field(default_factory=list)
    """The proxy's, the hub's and the proxy's for the hub."""

    @property
    def exchange(self) -> Path:
        return self.folder / "exchange"

    @property
    def state(self) -> Path:
        return self.folder / self.scheme / "state"

    @property
    def runtime(self) -> Path:
        return self.folder / self.scheme / "run"

    @property
    def repository(self) -> Path:
        """What the students' link leads to."""
        return self.folder / "backward.git"

    @property
    def address(self) -> str:
        """The hub's own."""
        if self.scheme == "http":
            return f"http://127.0.0.1:{self.port}"
        return f"https://hub.test:{self.port}"

    def server(self, user: str) -> str:
        """The address of a user's server, without a slash at its end."""
        origin = self.address
        if self.scheme == "https":
            origin = f"https://{user}.hub.test:{self.port}"
        return f"{origin}/user/{user}"

    def home(self, user: str) -> Path:
        return Path("/home") / user

    @property
    def course(self) -> Path:
        """The instructors'."""
        return self.home(COURSE) / "backward-by-hand"

    def rights(self, user: str) -> dict[str, Any]:
        """What `subprocess` needs to run something as this user, as in a terminal of the hub."""
        entry = pwd.getpwnam(user)
        return {
            "user": user,
            "group": entry.pw_gid,
            "extra_groups": os.getgrouplist(user, entry.pw_gid),
            "umask": 0o077,
            "cwd": self.home(user),
            "env": {
                "HOME": str(self.home(user)),
                "PATH": f"{PLACE / 'bin'}:/usr/bin:/bin",
                "NBGRADER_EXCHANGE": str(self.exchange),
                "LANG": "C.UTF-8",
            },
        }

    def as_user(self, user: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as this user."""
        return subprocess.run(command, **self.rights(user), capture_output=True, text=True)


def prepare(folder: Path) -> Hub:
    """Do what docs/hub.md says, in its order: groups, users, the exchange, the course."""
    folder.chmod(0o755)
    hub = Hub(folder, {user: secrets.token_urlsafe(12) for user, _ in USERS[1:]})
    for group in (TEACHERS, ASSISTANTS, STUDENTS):
        run("groupadd", group)
    for user, groups in USERS:
        run("useradd", "--create-home", "--shell", "/bin/bash", *groups, user)
        hub.home(user).chmod(0o700)
    lines = "".join(f"{user}:{password}\n" for user, password in hub.passwords.items())
    run("chpasswd", given=lines)

    ours = hub.exchange / "backward-by-hand"
    owned = ["install", "-d", "-o", COURSE, "-g", COURSE, "-m"]
    run("install", "-d", "-m", "1777", str(hub.exchange))
    run(*owned, "755", str(ours))
    run(*owned, "3733", str(ours / "inbound"))

    hub.course.mkdir()
    leave_out = shutil.ignore_patterns(
        *("__pycache__", ".ipynb_checkpoints", "filled_in", "*.db", "secret", "*.csv"),
        *("submitted", "autograded", "feedback", "demo", "exchange"),
    )
    for name in FILES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, hub.course / name, ignore=leave_out)
        else:
            shutil.copy(ROOT / name, hub.course)
    run("chown", "-R", f"{COURSE}:", str(hub.course))
    hub.course.chmod(0o700)
    return hub


@contextlib.contextmanager
def running(machine: Hub, one_origin: bool = False) -> Iterator[Hub]:
    """Start a hub by the file in docs/hub, and stop it with all it started."""
    *ports, secure, plain = free_ports(5)
    scheme, port = ("http", ports[0]) if one_origin else ("https", secure)
    hub = replace(machine, scheme=scheme, port=port, ports=ports)
    run("install", "-d", "-m", "700", str(hub.state))
    # The file beside this test and not the copy that was installed with the environment.
    command = [PLACE / "bin" / "jupyterhub", "-f", ROOT / "docs" / "hub" / "jupyterhub_config.py"]
    log = hub.state / "hub.log"
    with contextlib.ExitStack() as stack:
        if not one_origin:
            stack.enter_context(web_server(hub, plain))
        with open(log, "w") as output:
            process = subprocess.Popen(
                [str(each) for each in command],
                cwd=hub.state,
                env=environment(hub),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(f"http://127.0.0.1:{hub.ports[0]}/hub/health", process, log)
            yield hub
        finally:
            for user, _ in USERS:  # sooner than the hub would stop their servers
                end_processes(user, hub.runtime)
            end(process)
            if keep := os.environ.get("BACKWARD_BY_HAND_HUB_LOG"):
                shutil.copy(log, f"{keep}-{hub.scheme}")


def environment(hub: Hub) -> dict[str, str]:
    """What differs from docs/hub.md, so that it can run beside another."""
    names = {"HUB_HOST": hub.address} if hub.scheme == "https" else {"HUB_ONE_ORIGIN": "yes"}
    return {
        "PATH": f"{PLACE / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        **names,
        "HUB_STATE": str(hub.state),
        "HUB_RUNTIME": str(hub.runtime),
        "HUB_URL": f"http://127.0.0.1:{hub.ports[0]}",
        "HUB_PORT": str(hub.ports[1]),
        "HUB_PROXY_API": f"http://127.0.0.1:{hub.ports[2]}",
        "HUB_COURSE": COURSE,
        "HUB_INSTRUCTORS": TEACHERS,
        "HUB_ASSISTANTS": ASSISTANTS,
        "HUB_STUDENTS": STUDENTS,
        "HUB_REPOSITORY": f"file://{hub.repository}",
        "NBGRADER_EXCHANGE": str(hub.exchange),
    }


@contextlib.contextmanager
def web_server(hub: Hub, plain: int) -> Iterator[None]:
    """Serve the hub with a certificate, by the file in docs/hub with the names put in."""
    folder = hub.folder / "nginx"
    folder.mkdir(mode=0o700)
    names = "subjectAltName=DNS:hub.test,DNS:*.hub.test"
    run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=hub.test", "-addext", names),
        *("-keyout", str(folder / "key"), "-out", str(folder / "certificate")),
    )
    site = (ROOT / "docs" / "hub" / "nginx.conf").read_text()
    for pattern, ours in (
        (r"listen 443 ssl", f"listen 127.0.0.1:{hub.port} ssl"),
        (r"listen 80;", f"listen 127.0.0.1:{plain};"),
        (r"hub\.uni\.example( \*)", r"hub.test\1"),
        (r"\*\.hub\.uni\.example", "*.hub.test"),
        (r"/etc/ssl/private/hub\.uni\.example\.key", str(folder / "key")),
        (r"/etc/ssl/hub\.uni\.example\.pem", str(folder / "certificate")),
        (r"127\.0\.0\.1:800;", f"127.0.0.1:{hub.ports[0]};"),
    ):
        site, count = re.subn(pattern, ours, site)
        assert count, pattern
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; client_body_temp_path {folder}/body;\n"
        f"proxy_temp_path {folder}/proxy;\n{site}\n}}\n"
    )
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf")], start_new_session=True)
    try:
        yield
    finally:
        end(process)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()[-3000:]
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=5)
            return
        time.sleep(0.2)
    pytest.fail(f"the hub did not start:\n{log.read_text()[-3000:]}")


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(30)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def remove_users() -> None:
    """End what our users still run, and remove them with their homes."""
    for user, _ in USERS:
        if subprocess.run(["id", "-u", user], capture_output=True).returncode:
            continue
        for _ in range(50):
            if not end_processes(user):
                break
            time.sleep(0.1)
        run("userdel", "--remove", user, may_fail=True)
    for group in (TEACHERS, ASSISTANTS, STUDENTS):
        run("groupdel", group, may_fail=True)


def processes(user: str, runtime: Path | None = None) -> list[int]:
    """The numbers of this user's processes; of one hub, if its folder is given."""
    uid = pwd.getpwnam(user).pw_uid
    mine = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            given = (path / "environ").read_bytes() if runtime else b""
            if path.stat().st_uid == uid and os.fsencode(runtime or "") in given:
                mine.append(int(path.name))
    return mine


def end_processes(user: str, runtime: Path | None = None) -> int:
    """Kill them one by one; how many there were."""
    mine = processes(user, runtime)
    for pid in mine:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(mine)


def run(*command: str, given: str = "", may_fail: bool = False) -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True)
    assert may_fail or not done.returncode, f"{command}: {done.stderr}"
    return done.stdout


def free_ports(count: int) -> list[int]:
    """Some that only root can open, as in docs/hub.md."""
    found: list[int] = []
    for port in secrets.SystemRandom().sample(range(300, 1000), 100):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            found.append(port)
    assert len(found) >= count, "no port below 1024 is free"
    return found[:count]
