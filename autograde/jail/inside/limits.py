"""What one job may use: memory, processor time, files, and no way back."""

from __future__ import annotations

import ctypes
import functools
import os
import resource
from collections.abc import Mapping

PR_SET_NO_NEW_PRIVS = 38
PR_SET_DUMPABLE = 4
PR_SET_PDEATHSIG = 1
SIGKILL = 9

_NAMES = {
    "memory": resource.RLIMIT_AS,
    "cpu": resource.RLIMIT_CPU,
    "file": resource.RLIMIT_FSIZE,
    "files": resource.RLIMIT_NOFILE,
    "threads": resource.RLIMIT_NPROC,
}


@functools.cache
def libc() -> ctypes.CDLL:
    """The C library, opened once and not by every job."""
    return ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int) -> None:
    """Call prctl(2).

    Raises
    ------
    OSError
    """
    if libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def shut(limits: Mapping[str, int]) -> None:
    """Set the limits of this process, all of them; they can only become smaller afterwards."""
    for name, which in _NAMES.items():
        # Past the soft limit of time there is a signal that says so; past the hard one none.
        more = 5 if name == "cpu" else 0
        most = resource.getrlimit(which)[1]  # the machine's own limit may be lower
        soft, hard = limits[name], limits[name] + more
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(which, (soft, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def protect() -> None:
    """Let no other process of this user look into this one or change it; gain no rights."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_DUMPABLE, 0)
