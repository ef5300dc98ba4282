"""Run a module as `python -m` does, for as long as the parent lives.

Its standard input is a pipe that the parent holds. The system closes it however the parent ends,
by SIGKILL too, and then this process ends, on POSIX with all that it has started.
"""

import os
import runpy
import signal
import sys
import threading


def _end_with_the_parent() -> None:
    os.read(0, 1)
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


threading.Thread(target=_end_with_the_parent, daemon=True).start()
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
