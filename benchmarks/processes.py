"""What /proc tells of a process and its descendants: processor time and memory."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True)
class Process:
    """One line of the process table."""

    pid: int
    parent: int
    started: int
    own: float
    """Seconds of its own."""
    children: float
    """Seconds of the children that it has waited for, and of theirs."""


def table() -> dict[int, Process]:
    """Return all processes of this machine by number."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text(errors="replace")
        except OSError:  # it has just ended
            continue
        # The name is in brackets and may hold anything; after it come plain fields.
        fields = text.rpartition(")")[2].split()
        pid = int(path.parent.name)
        own, children = (int(fields[k]) + int(fields[k + 1]) for k in (11, 13))
        found[pid] = Process(pid, int(fields[1]), int(fields[19]), own / TICK, children / TICK)
    return found


def tree(root: int) -> list[Process]:
    """Return a process and its descendants."""
    everything = table()
    children: dict[int, list[int]] = {}
    for each in everything.values():
        children.setdefault(each.parent, []).append(each.pid)
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        if pid in everything:
            found.append(everything[pid])
            todo += children.get(pid, [])
    return found


def status(pid: int, name: str, file: str = "status") -> int:
    """Return one of the bytes in /proc/PID/status, such as VmHWM; 0 if the process is gone."""
    try:
        text = Path(f"/proc/{pid}/{file}").read_text()
    except OSError:
        return 0
    match = re.search(rf"^{name}:\s*(\d+) kB", text, re.MULTILINE)
    return int(match[1]) * 1024 if match else 0


def memory(processes: list[Process]) -> int:
    """Return the bytes that processes hold together, what they share counted once."""
    return sum(status(each.pid, "Pss", "smaps_rollup") for each in processes)
