"""What a cell can and cannot do in the jail."""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

import contextlib
import time

import pytest

from autograde.jail import jail
from autograde.jail.worker import (
    KILLED,
    TIMEOUT,
    Ended,
    Infrastructure,
    Jail,
)


def text(outputs):
    return "".join(
        out.get("text", "") or out.get("data", {}).get("text/plain", "") for out in outputs
    )


def test_a_cell_prints_returns_shows_and_fails_as_in_a_notebook(run):
    outputs, done = run("import sys\nprint('a')\nsys.stderr.write('b')\n40 + 2")
    assert done
    assert [out["output_type"] for out in outputs] == ["stream", "stream", "execute_result"]
    assert outputs[2]["data"]["text/plain"] == "42"
    outputs, done = run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    assert done
    assert outputs[0]["data"]["image/png"].startswith("iVBOR")
    outputs, done = run("1 / 0")
    assert not done
    assert outputs[0]["ename"] == "ZeroDivisionError"
    outputs, done = run("from IPython.display import HTML, display\ndisplay(HTML('<b>'))\n%time 1")
    assert done
    assert set(outputs[0]["data"]) == {"text/plain"}


def test_jobs_know_nothing_of_each_other(a_jail):
    with a_jail.job() as first:
        first.request(
            {
                "op": "cell",
                "source": "x = 1\nopen('left', 'w').write('x')\nimport numpy\nnumpy.x = 1",
            }
        )
    with a_jail.job() as second:
        said = second.request(
            {
                "op": "cell",
                "source": "import numpy, os\n'x' in dir(), hasattr(numpy, 'x'), os.listdir('.')",
            }
        )
        assert said["outputs"][0]["data"]["text/plain"] == "(False, False, [])"


LEFT = {
    "a shut folder": "import os\nos.makedirs('a/b')\nopen('a/b/x', 'w').close()\nos.chmod('a/b', 0)\nos.chmod('a', 0)",
    "a deep folder": "import os\nfor _ in range(3000):\n    os.mkdir('a' * 9)\n    os.chdir('a' * 9)",
    "no right to the folder": "import os\ntry: os.chmod('.', 0)\nexcept OSError: pass",
}


@pytest.mark.parametrize("source", LEFT.values(), ids=LEFT.keys())
def test_nothing_is_left_for_the_next_job(source):
    with Jail() as jail:
        with jail.job() as first:
            assert first.request({"op": "cell", "source": source}, 20)["done"]
        said = []
        for _ in range(2):  # a jail that cannot be cleaned is started anew
            with contextlib.suppress(Infrastructure), jail.job() as second:
                listed = "import os\nopen('y', 'w').close()\nos.listdir('.')"
                said.append(text(second.request({"op": "cell", "source": listed}, 20)["outputs"]))
        assert said[-1] == "['y']"


# fmt: off
CLOSED = [
    ("a program", "import subprocess; subprocess.run(['true'])", "PermissionError"),
    ("a fork", "import os; os.fork()", "PermissionError"),
    ("another process", "import multiprocessing as m; p = m.get_context('spawn').Process(target=print); p.start()", "PermissionError"),
    ("the network", "import socket; socket.create_connection(('127.0.0.1', 80))", "PermissionError"),
    ("a name", "import socket; socket.getaddrinfo('localhost', 80)", "gaierror"),
    ("a signal to the server", "import os; os.kill(os.getppid(), 9)", "PermissionError"),
    ("a signal to all", "import os; os.kill(-1, 9)", "PermissionError"),
    ("the server's limits", "import os, resource as r; r.prlimit(os.getppid(), r.RLIMIT_CPU, (50, 50))", "PermissionError"),
    ("the server's priority", "import os; os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0))", "PermissionError"),
    ("a signal by way of a pipe", "import fcntl, os; fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, os.getppid())", "PermissionError"),
    ("another signal by way of a pipe", "import fcntl, os; fcntl.fcntl(os.pipe()[0], 10, 9)", "PermissionError"),
    ("memory that is not counted", "import os; os.memfd_create('x')", "PermissionError"),
    ("very many threads", "import threading as t, time; t.stack_size(32768)\nwhile True: t.Thread(target=time.sleep, args=(9,), daemon=True).start()", "RuntimeError"),
    ("a queue of reads", "import ctypes; c = ctypes.c_ulong(0); assert ctypes.CDLL(None).syscall(206 if __import__('platform').machine() == 'x86_64' else 0, 1, ctypes.byref(c)) == 0", "AssertionError"),
    ("a debugger", "import ctypes, os; c = ctypes.CDLL(None, use_errno=True); assert c.ptrace(16, os.getppid(), 0, 0) == 0", "AssertionError"),
    ("another user", "import os; os.setuid(0)", "PermissionError"),
    ("a file outside", "open('/jail/home/x', 'w')", "PermissionError"),
    ("the package", "import course_utils; open(course_utils.__file__, 'a')", "OSError"),
    ("the library", "import numpy; open(numpy.__file__, 'a')", "OSError"),
    ("the system", "open('/etc/passwd')", "FileNotFoundError"),
    ("processes", "open('/proc/self/status')", "FileNotFoundError"),
    ("shared memory", "open('/dev/shm/x', 'w')", "OSError"),
    ("a large file", "open('x', 'wb').write(bytes(10**8))", "OSError"),
    ("more memory", "x = bytearray(10**11)", "MemoryError"),
    ("a larger limit", "import resource as r; r.setrlimit(r.RLIMIT_CPU, (r.RLIM_INFINITY,) * 2)", "ValueError"),
    ("a mount", "import ctypes; assert ctypes.CDLL(None).mount(b'x', b'/jail/work', b'tmpfs', 0, 0) == 0", "AssertionError"),
    ("a user namespace", "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0", "AssertionError"),
    ("the solutions", "import os; assert any('solutions' in d for _, d, _ in os.walk('/'))", "AssertionError"),
    ("the course", "import os; assert any({'autograde', 'course_utils'} <= set(d) for _, d, _ in os.walk('/'))", "AssertionError"),
    ("saved answers", "import os, course_utils; assert os.listdir(os.path.join(os.path.dirname(course_utils.__file__), 'filled_in'))", "Error"),
    ("the grading engine", "import autograde", "ModuleNotFoundError"),
]
# fmt: on


@pytest.mark.parametrize(("source", "error"), [pytest.param(s, e, id=n) for n, s, e in CLOSED])
def test_a_door_that_is_shut(run, source, error):
    outputs, done = run(source)
    assert not done, text(outputs)
    names = [out["ename"] for out in outputs if out["output_type"] == "error"]
    assert any(error in name for name in names) or (
        error == "OSError" and "PermissionError" in names
    )


def test_the_environment_is_empty(run):
    outputs, _ = run("import os\n' '.join(sorted(os.environ))")
    allowed = {*jail.environment(), "PWD", "COLUMNS", "LINES", "LC_CTYPE"}
    names = set(text(outputs).strip("'").split())
    assert {name for name in names if not name.startswith(("JPY", "PY", "MPL", "KMP"))} <= allowed
    outputs, _ = run("import os\nos.getuid()")
    assert text(outputs) != "0"


# fmt: off
ENDS = [
    ("an endless loop", "while True: pass", TIMEOUT),
    ("a loop that catches everything", "while True:\n    try:\n        while True: pass\n    except BaseException: pass", TIMEOUT),
    ("a signal that is ignored", "import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\ntime.sleep(1000)", TIMEOUT),
    ("leaving at once", "import os; os._exit(0)", KILLED),
    ("a crash", "import ctypes; ctypes.string_at(0)", KILLED),
    ("closing the connection", "import os; os.closerange(3, 1000)", KILLED),
    ("another answer", "import gc\nfrom inside.wire import Channel\nc = [o for o in gc.get_objects() if isinstance(o, Channel)][0]\nimport os; os.set_blocking(c.descriptor, True); os.write(c.descriptor, b'x' * 1000)", KILLED),
]
# fmt: on


@pytest.mark.parametrize(("source", "verdict"), [pytest.param(s, v, id=n) for n, s, v in ENDS])
def test_a_job_that_ends_is_told_apart(a_jail, source, verdict):
    with a_jail.job() as job, pytest.raises(Ended) as ended:
        job.request({"op": "cell", "source": source}, 1.5)
    assert ended.value.verdict == verdict
    with a_jail.job() as job:
        assert job.request({"op": "cell", "source": "1"})["done"]


def test_processor_time_is_limited(a_jail):
    with a_jail.job({"cpu": 1}) as job, pytest.raises(Ended) as ended:
        job.request({"op": "cell", "source": "while True: pass"}, 60)
    assert ended.value.verdict == TIMEOUT


def test_threads_end_with_their_job(a_jail):
    source = "import threading\nfor _ in range(20): threading.Thread(target=lambda: exec('while True: pass'), daemon=True).start()"
    with a_jail.job() as job:
        assert job.request({"op": "cell", "source": source}, 60)["done"]
    assert job.over


def test_a_jail_that_dies_is_started_again(a_jail):
    with Jail() as own:
        job = own.job()
        assert own.process is not None
        own.process.kill()
        with pytest.raises(Infrastructure):
            job.request({"op": "cell", "source": "import time; time.sleep(20)"}, 30)
        deadline = time.monotonic() + 10
        while own.alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        with own.job() as again:
            assert again.request({"op": "cell", "source": "1"})["done"]


def test_without_bubblewrap_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    jail.require.cache_clear()
    try:
        with pytest.raises(jail.NoJail, match=r"(?s)bwrap.*apt install bubblewrap.*--unsafe"):
            jail.require()
    finally:
        jail.require.cache_clear()


def test_a_python_that_lies_around_the_course_is_refused(monkeypatch):
    monkeypatch.setattr("sys.prefix", str(jail.CHECKOUT.parent))
    with pytest.raises(jail.NoJail, match="holds this course as well"):
        jail.python_folders()
