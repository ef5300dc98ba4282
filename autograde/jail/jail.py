"""Bubblewrap: the command that starts a process with nothing around it but what it needs.

No network, no files of this machine but the programs and libraries, nothing that can be
written but one small folder in memory, process numbers of its own, and no rights. No
answer, no gradebook, no saved work and no submission is to be seen in it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from itertools import count
from pathlib import Path

from autograde.base.errors import AutogradeError
from autograde.base.one_thread import ONE_THREAD
from autograde.course.config import CHECKOUT
from autograde.jail import view
from course_utils import own

LIB = "/jail/lib"
WORK = "/jail/work"
HOME = "/jail/home"
FONTS = "/jail/fonts"
WORK_SIZE = 256 * 2**20

NOBODY = 65534
FIRST_USER, JAILS = 0x7000_0000, 32
"""User ids of nobody, for jails that root starts: so many for each process, by its number."""

_started = count()

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
FILES = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime")

HOW_TO_GET_IT = """\
Student code is only run inside a jail, and there is none here: {why}.

  Debian, Ubuntu   sudo apt install bubblewrap
  Fedora           sudo dnf install bubblewrap
  Ubuntu 24.04 and newer let a program make a jail only if AppArmor allows it: if
                   `bwrap --ro-bind / / --unshare-user true` says "Permission denied", put
                       abi <abi/4.0>,
                       include <tunables/global>
                       profile bwrap /usr/bin/bwrap flags=(unconfined) {{ userns, }}
                   into /etc/apparmor.d/bwrap and run  sudo systemctl reload apparmor
  macOS            grade in a Linux virtual machine or in a container that may make user
                   namespaces
  Windows          grade in WSL2: wsl --install, then as on Ubuntu

`--unsafe` grades without a jail: the students' code then runs with your rights, and can
read, change and send whatever you can."""


class NoJail(AutogradeError):
    """There can be no jail on this machine."""


@cache
def require() -> None:
    """Find out, once, whether a jail can be made here.

    Raises
    ------
    NoJail
        With what to do about it.
    """
    why = missing()
    if why:
        raise NoJail(HOW_TO_GET_IT.format(why=why))


def missing() -> str:
    """Why there can be no jail here; empty if there can."""
    if sys.platform != "linux":
        return f"bubblewrap needs Linux, and this is {sys.platform}"
    if shutil.which("bwrap") is None:
        return "the program bwrap (bubblewrap) is not installed"
    tried = subprocess.run(
        [*isolation(), "--ro-bind", "/", "/", "true"], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        said = tried.stderr.strip().splitlines() or [f"exit status {tried.returncode}"]
        return f"bwrap does not work ({said[-1]})"
    return ""


def isolation() -> list[str]:
    """The part of the command that shuts the doors."""
    command = ["bwrap", "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net"]
    command += ["--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "jail"]
    if os.getuid() == 0:
        # Root needs no user namespace; the process inside becomes nobody before it does a thing.
        command += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user"]
    return command


def command(control: int, fonts: Path | None, *, figures: bool, whole: bool) -> list[str]:
    """The command for a fork server that is controlled through a descriptor.

    Where `whole`, the jail has all of `course_utils`, and no submission may run in it.
    """
    line = isolation()
    # Bubblewrap shuts the folders on the way to a mount to all but their owner.
    folders = python_folders()
    package = mounts(whole=whole)
    ways = {
        str(parent)
        for place in (f"{LIB}/inside", "/etc/x", *package, *folders)
        for parent in Path(place).parents
    }
    for place in sorted(ways - {"/", "/usr"}):
        line += ["--perms", "0755", "--dir", place]
    for place in SYSTEM:
        path = Path(place)
        if path.is_symlink():
            line += ["--symlink", os.readlink(path), place]
        elif path.is_dir():
            line += ["--ro-bind", place, place]
    for place in FILES:
        line += ["--ro-bind-try", place, place]
    for place in folders:
        line += ["--ro-bind", place, place]
    line += ["--dev", "/dev", "--remount-ro", "/dev"]
    for inside, here in package.items():
        line += ["--ro-bind", here, inside]
    if whole and (CHECKOUT / "course_utils" / "filled_in").is_dir():
        line += ["--tmpfs", f"{LIB}/course_utils/filled_in"]  # of whoever grades
    line += ["--ro-bind", str(Path(__file__).parent / "inside"), f"{LIB}/inside"]
    line += ["--perms", "0777", "--tmpfs", HOME]
    line += ["--perms", "0777", "--size", str(WORK_SIZE), "--tmpfs", WORK]
    if fonts is not None:
        line += ["--ro-bind", str(fonts), FONTS]
    line += ["--remount-ro", "/", "--chdir", WORK, "--clearenv"]
    for name, value in environment().items():
        line += ["--setenv", name, value]
    user = own_user() if os.getuid() == 0 else -1
    line += [python(), "-P", "-m", "inside.forkserver"]
    return [*line, str(control), WORK, str(user), str(figures), str(whole)]


def own_user() -> int:
    """A user id for one jail, where root starts it.

    How many threads there may be is counted for a user: those of one jail are not to be missing in
    another. For others than root, Linux since 5.14 counts each jail by itself, which is a user
    namespace of its own.
    """
    user = FIRST_USER + os.getpid() * JAILS + next(_started) % JAILS
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    known = [(int(first), int(length)) for first, _, length in map(str.split, lines)]
    return user if any(0 <= user - first < length for first, length in known) else NOBODY


def python() -> str:
    """The path of Python that is there inside, where no link leads to its folder."""
    path = Path(sys.executable)
    return str(path.parent.resolve() / path.name)


def mounts(*, whole: bool) -> dict[str, str]:
    """Where in the jail there is what of the package."""
    if whole:
        return {f"{LIB}/course_utils": str(CHECKOUT / "course_utils")}
    found = {f"{LIB}/{name}": str(CHECKOUT / name) for name in view.files()}
    # That an exercise of an instructor's own is declared is asked there; how, is not told.
    folder = CHECKOUT / "course_utils" / "own"
    for path in {*folder.glob("[!_]*.py")}.difference(own.written(folder)):
        found[f"{LIB}/course_utils/own/{path.name}"] = os.devnull
    return found


def environment() -> dict[str, str]:
    """The environment variables of the jail: none of this process's."""
    return {
        "HOME": HOME,
        "TMPDIR": WORK,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": LIB,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONHASHSEED": "0",
        "NBGRADER_EXECUTION": "autograde",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{HOME}/matplotlib",
        "IPYTHONDIR": f"{HOME}/ipython",
        **ONE_THREAD,
        **{
            name: os.environ[name]
            for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
            if name in os.environ
        },
    }


def python_folders() -> list[str]:
    """The folders of this Python and of its libraries that are not below /usr."""
    wanted = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent.parent]
    found: list[Path] = []
    for path in wanted:
        path = path.resolve()
        inside = [*found, Path("/usr")]
        if not any(path == other or other in path.parents for other in inside):
            found.append(path)
    checkout = CHECKOUT.resolve()
    for path in found:
        if path == checkout or path in checkout.parents:
            raise NoJail(
                f"Python's own folder, {path}, holds this course as well, so a jail with one would"
                " hold the other, answers and all: make an environment of its own"
                " (python3 course.py setup)"
            )
    refuse_lost_links(Path(python()), [*found, *map(Path, SYSTEM)])
    return [str(path) for path in found]


def refuse_lost_links(path: Path, shown: list[Path]) -> None:
    """See that each folder on the way to Python, by whatever links, is there in the jail."""
    while True:
        for place in (Path(os.path.normpath(each)) for each in path.parents):
            if not any(
                a == b or a in b.parents for s in shown for a, b in ((s, place), (place, s))
            ):
                raise NoJail(
                    f"{sys.executable} leads to Python by way of {place}, which is not in the jail:"
                    " make an environment of its own (python3 course.py setup)"
                )
        if not path.is_symlink():
            return
        path = path.parent / os.readlink(path)
