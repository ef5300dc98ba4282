"""The first process in the jail: loads the libraries once, then makes one process for each job.

It never runs a student's code itself, and holds nothing that a student may not see.
The judge asks for a job with one line of JSON and one descriptor, a connection of the
job's own; it is told in one line when the job's process has ended, and why.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import platform
import select
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from . import copy_on_write, landlock, limits, seccomp

FONTS = Path("/jail/fonts")
"""Matplotlib's list of fonts, made outside the jail."""


FIRST_FIGURE = """
import matplotlib.pyplot as plt
plt.plot([0, 1])
plt.title("$x_1$ and text")
plt.show()
"""


FIRST_ERROR = "1 / 0"
"""The first error loads what colours it."""

NOT_LOADED = ("__main__", "filled_in", "own")  # the last loads its files by itself

BETWEEN_COLLECTIONS = 20_000
"""New objects. Python's own number, 700, is reached by every few calls of a function."""


class Server:
    """Makes and ends jobs.

    Parameters
    ----------
    control : socket
        Where the judge's lines come from.
    work : Path
        The one folder in which a job may write.
    """

    def __init__(self, control: socket.socket, work: Path, shell: Any) -> None:
        self.control = control
        self.work = work
        self.shell = shell
        self.jobs: dict[int, int] = {}
        self.wake, self.wakes = os.pipe()
        for end in (self.wake, self.wakes):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self.wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def serve(self) -> None:
        """Do as the judge says, until it closes the connection."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wake, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == self.wake:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self.wake, 4096)
                    self._collect()
                    continue
                data, given, _, _ = socket.recv_fds(self.control, 65536, 8)
                if not data:
                    self._end()
                    return
                for line in data.splitlines():
                    self._do(json.loads(line), given)

    def _end(self) -> None:
        """End every job, and wait for it."""
        for pid in self.jobs:
            os.kill(pid, signal.SIGKILL)
        while self.jobs:
            pid, _ = os.waitpid(-1, 0)
            self.jobs.pop(pid, None)

    def _do(self, request: dict[str, Any], given: list[int]) -> None:
        if request["op"] == "start":
            self._start(request, given.pop(0))
        elif request["op"] == "kill":
            for pid, job in self.jobs.items():
                if job == request["job"]:
                    os.kill(pid, signal.SIGKILL)

    def _start(self, request: dict[str, Any], descriptor: int) -> None:
        if not self.jobs:
            empty(self.work)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self._become(request, descriptor)
                status = 0
            finally:
                os._exit(status)
        os.close(descriptor)
        self.jobs[pid] = request["job"]

    def _become(self, request: dict[str, Any], descriptor: int) -> None:
        """Turn this fresh process into a job: first shut every door, then run."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # Only what is the server's: matplotlib keeps the files of fonts open, and closes them
        # when it likes, whatever has their numbers by then.
        for number in (self.control.detach(), self.wake, self.wakes):
            os.close(number)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        os.chdir(self.work)
        limits.shut(request["limits"])
        seccomp.install()
        from . import runner

        runner.main(descriptor, self.shell)

    def _collect(self) -> None:
        """Tell the judge which jobs have ended, and what processor time each has used."""
        while self.jobs:
            pid, status, used = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            job, seconds = self.jobs.pop(pid, None), used.ru_utime + used.ru_stime
            said = {"job": job, "code": os.waitstatus_to_exitcode(status), "seconds": seconds}
            self.control.sendall(json.dumps(said).encode() + b"\n")


def empty(folder: Path) -> None:
    """Remove all that is in a folder; a server that cannot makes way for a new one."""
    # What a job shut, or nested too deeply, must not stay for the jobs to come.
    with contextlib.suppress(OSError, RecursionError):
        open_to_owner(folder)
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                for place, _, _ in os.walk(open_to_owner(path)):
                    for inner in os.scandir(place):
                        if inner.is_dir(follow_symlinks=False):
                            open_to_owner(Path(inner.path))
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    if list(folder.iterdir()):
        sys.exit("the work folder cannot be emptied")


def open_to_owner(folder: Path) -> Path:
    """Let the owner of a folder look into it and remove what is there."""
    if folder.stat().st_uid == os.getuid():
        folder.chmod(0o700)
    return folder


def preload(*, figures: bool, whole: bool) -> Any:
    """Import what notebooks use, so that no job has to, and return the shell."""
    if FONTS.is_dir():
        shutil.copytree(FONTS, os.environ["MPLCONFIGDIR"])
    if not whole:
        from . import asking

        sys.modules["course_utils.checks"] = asking
    import course_utils

    for module in pkgutil.walk_packages(course_utils.__path__, "course_utils."):
        if module.name.split(".")[1] not in NOT_LOADED:
            importlib.import_module(module.name)
    from . import shell as shells
    from . import warm_up

    shell = shells.make()
    if figures:
        # The first figure finds the fonts and sets up the display; later ones are quick.
        outputs, done = shells.run(shell, FIRST_FIGURE)
        if not done or not any("image/png" in each.get("data", {}) for each in outputs):
            sys.exit(f"the first figure failed: {outputs}")
    shells.run(shell, FIRST_ERROR)
    warm_up.rehearse(shell)
    shell.reset(new_session=True)  # type: ignore[no-untyped-call]
    if figures:
        forget_fonts()
    seccomp.program(platform.machine())
    return shell


def forget_fonts() -> None:
    """Let go of the fonts that were read.

    In every new process matplotlib does, which touches more memory than all else that a job begins
    with; here it is done once.
    """
    from matplotlib import font_manager

    if hasattr(font_manager, "_get_font"):
        font_manager._get_font.cache_clear()


def main() -> None:
    """Run the server.

    Arguments are the control descriptor, the folder, a user id or -1, whether there will be
    figures, and whether all of `course_utils` is here: "True" or "False".
    """
    descriptor, folder, user = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    if user >= 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    if os.getuid() == 0:
        sys.exit("a job must not run as root")
    limits.protect()
    control = socket.socket(fileno=descriptor)
    shell = preload(figures=sys.argv[4] == "True", whole=sys.argv[5] == "True")
    server = Server(control, folder, shell)
    # Jobs inherit it, as they do what `protect` did; from here on the server empties the one
    # folder and writes nothing else.
    landlock.install(folder)
    gc.collect()
    copy_on_write.fill()
    gc.freeze()
    gc.set_threshold(BETWEEN_COLLECTIONS)
    control.sendall(b'{"ready": true}\n')
    server.serve()


if __name__ == "__main__":
    main()
