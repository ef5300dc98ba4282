"""How much processor time a job has used, seen from outside of the jail.

The kernel counts it, all threads together, and a job can start no process. So nothing that runs in
the job has a say in it, and a busy machine does not make it more.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from autograde.jail.worker import Job

DEPTH = 3
"""Bubblewrap, the first process in the jail, the server; a job is the server's child."""


def process_of(job: Job) -> int | None:
    """Return the number, outside of the jail, of the one job there is; None if it is not alone."""
    if job.owner.process is None:
        return None
    found = [job.owner.process.pid]
    for _ in range(DEPTH):
        found = [child for pid in found for child in children(pid)]
    return found[0] if len(found) == 1 else None


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found: list[int] = []
    with contextlib.suppress(OSError):  # it may just end
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def seconds_of(pid: int) -> float:
    """Return the processor time of a process.

    Raises
    ------
    OSError
        If it has ended.
    """
    return time.clock_gettime(~pid << 3 | 2)  # what clock_getcpuclockid(3) returns
