"""Each layer of the jail by itself, with the others off: a second one hides a hole in the first."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from autograde.jail import jail
from autograde.jail.inside import landlock
from autograde.jail.worker import Jail
from tests.autograde.jails import a_jail

__all__ = ["a_jail"]

CHECKOUT = Path(__file__).resolve().parents[3]


def python(source: str, *before: str, **how) -> str:
    """Run a program behind a command; what it prints."""
    done = subprocess.run(
        [*before, sys.executable, "-c", source],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        check=False,
        **how,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ---- limits -----------------------------------------------------------------------------

LIMITS = [
    # (limits, what is tried, what comes of it)
    ({"files": 40}, "[open('/dev/null') for _ in range(50)]", "OSError 24"),
    ({"files": 40}, "[open('/dev/null') for _ in range(20)]", "done"),
    ({"memory": 2**30}, "bytearray(2**31)", "MemoryError"),
    ({"memory": 2**30}, "bytearray(2**28)", "done"),
    ({"file": 2**20}, "open('large', 'wb').write(bytes(2**21))", "OSError 27"),
    ({"file": 2**20}, "open('large', 'wb').write(bytes(2**19))", "done"),
    ({"cpu": 1}, "late(); exec('while True: pass')", "SIGXCPU"),
    ({}, "bytearray(2**32)", "MemoryError"),
    ({}, "[open('/dev/null') for _ in range(200)]", "OSError 24"),
    ({}, "open('large', 'wb').write(bytes(2**27))", "OSError 27"),
    ({}, "setrlimit('RLIMIT_CORE', (1, 1))", "ValueError"),
    ({}, "setrlimit('RLIMIT_NOFILE', (129, 129))", "ValueError"),
    ({}, "setrlimit('RLIMIT_AS', (2**40, 2**40))", "ValueError"),
]

TRY = """
import os, resource, signal, sys
from autograde.base import budget
from autograde.jail.inside import limits

def late():
    def said(*_):
        print("SIGXCPU", flush=True)
        os._exit(0)
    signal.signal(signal.SIGXCPU, said)

def setrlimit(name, to):
    resource.setrlimit(getattr(resource, name), to)

limits.shut({{**budget.JOB, "cpu": 60, **{limits}}})
if os.getuid() == 0:
    os.setgid({nobody}); os.setuid({nobody})  # root may raise what is a limit for all others
try:
    {what}
    print("done")
except OSError as error:
    print("OSError", error.errno)
except Exception as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize(("limits", "what", "expected"), LIMITS)
def test_a_limit_bites(tmp_path, limits, what, expected):
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    source = TRY.format(limits=limits, what=what, nobody=jail.NOBODY)
    assert python(source, cwd=tmp_path) == expected


# ---- Landlock, alone --------------------------------------------------------------------

OUTSIDE = [
    # (what is tried outside of the folder, whether it is possible)
    ("open(out + '/kept').read()", True),
    ("os.listdir(out)", True),
    ("open(out + '/kept', 'a')", False),
    ("open(out + '/kept', 'r+')", False),
    ("os.truncate(out + '/kept', 0)", False),
    ("open(out + '/new', 'w')", False),
    ("os.mkdir(out + '/folder')", False),
    ("os.unlink(out + '/kept')", False),
    ("os.rmdir(out + '/empty')", False),
    ("os.rename(out + '/kept', out + '/other')", False),
    ("os.rename(out + '/kept', inside + '/taken')", False),
    ("os.rename(inside + '/mine', out + '/mine')", False),
    ("os.link(out + '/kept', inside + '/linked')", False),
    ("os.symlink('/', out + '/link')", False),
    ("os.mkfifo(out + '/pipe')", False),
    ("open(inside + '/new', 'w').write('x')", True),
    ("os.truncate(inside + '/mine', 0)", True),
    ("os.mkdir(inside + '/folder')", True),
    ("subprocess.run([inside + '/program'], check=True)", False),
    ("subprocess.run(['/bin/true'], check=True)", False),
    ("open('/dev/null', 'w').write('x')", True),
]

SHUT_IN = """
import os, subprocess
from pathlib import Path
from autograde.jail.inside import landlock

inside, out = {inside!r}, {out!r}
assert landlock.install(Path(inside))
for what in {all!r}:
    try:
        eval(what)
        print(True)
    except PermissionError:
        print(False)
    except OSError as error:
        print(error.errno == 18 and False)  # EXDEV: another folder is as far as another disk
"""


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
def test_landlock_alone_keeps_a_process_in_its_folder(tmp_path):
    inside, out = tmp_path / "inside", tmp_path / "out"
    (out / "empty").mkdir(parents=True)
    inside.mkdir()
    (out / "kept").write_text("kept")
    (inside / "mine").write_text("mine")
    (inside / "program").write_text("#!/bin/sh\n")
    (inside / "program").chmod(0o755)
    tried = [what for what, _ in OUTSIDE]
    said = python(SHUT_IN.format(inside=str(inside), out=str(out), all=tried)).splitlines()
    possible = [line == "True" for line in said]
    assert dict(zip(tried, possible, strict=True)) == dict(OUTSIDE)
    assert sorted(os.listdir(out)) == ["empty", "kept"]
    assert (out / "kept").read_text() == "kept"


# ---- bubblewrap, alone ------------------------------------------------------------------


@pytest.fixture
def bwrap():
    """Bubblewrap, where it works; in CI it must."""
    why = jail.missing()
    if why and not os.environ.get("CI"):
        pytest.skip(f"no jail on this machine: {why}")


def test_there_is_no_network(bwrap):
    """No filter of calls is there: a socket can be made, and reaches nobody."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        reach = f"""
import socket
made = socket.socket()
made.settimeout(5)
try:
    made.connect(("127.0.0.1", {port}))
    print("reached")
except OSError as error:
    print("nobody")
print(*(name for _, name in socket.if_nameindex()))
"""
        assert python(reach).splitlines()[0] == "reached"  # outside
        assert python(reach, *jail.isolation(), "--ro-bind", "/", "/").splitlines() == [
            "nobody",
            "lo",
        ]


def test_nothing_but_two_folders_can_be_written_to(bwrap):
    """Neither the filter nor Landlock is there, and the program keeps the user that it has."""
    command = jail.command(2, None, figures=False, whole=False)
    before = command[: command.index(jail.python())]
    walk = f"""
import os
found = []
for folder, below, _ in os.walk("/"):
    below[:] = [each for each in below if (folder, each) != ("/", "proc")]
    try:
        with open(os.path.join(folder, "written"), "w"):
            found.append(folder)
    except OSError:
        pass
    if not folder.startswith({jail.LIB!r}) and folder.count("/") > 2:
        below.clear()
print(*sorted(found))
"""
    assert python(walk, *before).split() == [jail.HOME, jail.WORK]


def test_the_machine_is_not_to_be_seen(bwrap):
    command = jail.command(2, None, figures=False, whole=False)
    before = command[: command.index(jail.python())]
    see = f"""
import os
print(os.path.exists({str(CHECKOUT / "solutions")!r}), os.path.exists("/root/.ssh"),
      os.path.exists("/etc/passwd"), os.path.exists("/proc/1"), len(os.listdir("/jail/home")))
"""
    assert python(see, *before) == "False False False False 0"


# ---- all but Landlock -------------------------------------------------------------------

PLACES = ["/", "/jail", "/jail/lib", "/jail/lib/inside", "/usr", "/etc", "/dev", "/tmp"]


@pytest.mark.parametrize("there", [True, False])
def test_the_whole_holds_without_landlock(bwrap, monkeypatch, tmp_path, there):
    """As on a kernel that has none; and with it, so that the test sees what it changes."""
    inside = tmp_path / "inside"
    shutil.copytree(Path(landlock.__file__).parent, inside)
    text = (inside / "landlock.py").read_text(encoding="utf-8")
    changed = text.replace("def version() -> int:", "def version() -> int:\n    return 0", 1)
    assert changed != text
    if not there:
        (inside / "landlock.py").write_text(changed, encoding="utf-8")
    real = jail.command

    def command(*arguments, **how):
        own = str(Path(jail.__file__).parent / "inside")
        return [str(inside) if each == own else each for each in real(*arguments, **how)]

    monkeypatch.setattr(jail, "command", command)
    source = f"""
import os, socket
said = []
for place in {PLACES!r}:
    try:
        open(place + "/written", "w")
        said.append(place)
    except OSError:
        pass
for what in (lambda: socket.socket(), lambda: os.fork(), lambda: os.execv("/bin/true", ["true"])):
    try:
        what()
        said.append("a call")
    except OSError:
        pass
open("mine", "w").write("x")
said, os.listdir(".")
"""
    with Jail() as running, running.job() as job:
        reply = job.request({"op": "cell", "source": source}, 60)
    assert reply["outputs"][0]["data"]["text/plain"] == "([], ['mine'])"
