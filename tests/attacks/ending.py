"""Code that ends or hangs its process: it costs what it is part of, and nothing else."""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

from tests.attacks.rows import RIGHT, Row, right, sine

RAISES = "raise Endless()"

# fmt: off
ENDING: list[Row] = [
    right("leaving at once", "import os\nos._exit(0)", notes="was stopped: its code ended its own process"),
    right("leaving politely", "raise SystemExit"),
    right("quitting", "quit()"),
    sine("leaving at once in an answer", "import os\nos._exit(0)", verdicts="killed,passed,passed", notes="ended with 'killed'"),
    sine("leaving politely in an answer", "raise SystemExit(0)"),
    right("a crash", "import ctypes\nctypes.string_at(0)", notes="ended by signal 11"),
    sine("a crash in an answer", "import ctypes\nctypes.string_at(0)", verdicts="killed,passed,passed"),
    right("recursion", "import sys\nsys.setrecursionlimit(10**8)\nclass R:\n    def __repr__(self): return repr(self)\nrepr(R())", notes="was stopped"),
    sine("recursion in an answer", "return backward(ctx, grad_output)"),
    right("an abort", "import ctypes\nctypes.CDLL(None).abort()"),
    # Whether the alarm comes before or after an answer is chance, and the answers are right.
    right("an alarm later", "import signal\nsignal.signal(signal.SIGALRM, lambda *a: 1 / 0)\nsignal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)", points=None, verdicts="*"),
    right("closing everything", "import os\nos.closerange(3, 1000)", notes="was stopped"),
    right("an endless loop", "while True: pass", notes="it did not end within 3 seconds"),
    right("an endless loop that catches interrupts", "import signal\nfor number in range(1, 32):\n    try: signal.signal(number, signal.SIG_IGN)\n    except (OSError, ValueError): pass\nimport time\nwhile True:\n    try:\n        while True: time.sleep(9)\n    except BaseException: pass", notes="it did not end"),
    sine("an endless loop in an answer", "while True: pass", verdicts="timeout,passed,passed", notes="ended with 'timeout'"),
    sine("sleeping in an answer", "import time\ntime.sleep(100)", verdicts="timeout,passed,passed"),
    sine("waiting for input", "return input('why?')"),
    sine("an exception whose text never ends", "class Endless(Exception):\n    def __str__(self):\n        import time; time.sleep(99)\nraise Endless()", verdicts="timeout,passed,passed"),
    sine("an exception whose text raises", "class Bad(Exception):\n    def __str__(self): raise KeyboardInterrupt\nraise Bad()", verdicts="killed,passed,passed"),
    sine("a result whose text never ends", "class Endless:\n    def __repr__(self):\n        import time; time.sleep(99)\nreturn Endless()", verdicts="timeout,passed,passed"),
    sine("a list without an end", "class Endless(list):\n    def __iter__(self):\n        while True: yield 1.0\nreturn Endless()"),
    sine("a list in itself", "it = []\nit.append(it)\nreturn it"),
    sine("a lock that is never released", "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()", verdicts="timeout,passed,passed"),
    right("a thread that leaves later", "import os, threading, time\ndef later():\n    time.sleep(0.05)\n    os._exit(3)\nthreading.Thread(target=later).start()", points=None, verdicts="*"),
    right("a thread that never ends", "import threading\nthreading.Thread(target=lambda: exec('while True: pass')).start()"),
    Row("slow in all cells together", points=(0.0, 0.0, 0.0), answers=RIGHT, change=lambda nb, find: slow(nb), verdicts="timeout,timeout,timeout", notes="the notebook as a whole took too long"),
]
# fmt: on


def slow(nb: object) -> None:
    """Put cells in front that take all the time there is."""
    from nbformat.v4 import new_code_cell

    sleeps = [new_code_cell("import time\ntime.sleep(2.2)", id=f"slow{n}") for n in range(9)]
    nb.cells[2:2] = sleeps  # type: ignore[attr-defined]
