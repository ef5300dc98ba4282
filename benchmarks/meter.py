"""Run a command and count the processor time of everything it starts.

Three counts are kept. The kernel's for those that were waited for (wait4) loses a process
whose parent was killed; that of a control group loses nothing, but cannot be had
everywhere; samples of the process table lose what ends between two of them.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import control_group, processes


@dataclass
class Usage:
    """What one run used: seconds, and bytes."""

    code: int = 0
    wall: float = 0.0
    waited: float = 0.0
    sampled: float = 0.0
    group: float | None = None
    marks: list[float] = field(default_factory=list)
    """The processor time used when each line came that marks a submission."""
    peak_main: int = 0
    """The largest resident memory of the command itself."""
    peak_tree: int = 0
    """The largest memory of all its processes in the samples, what they share counted once."""
    output: str = ""

    @property
    def cpu(self) -> float:
        """The seconds to reckon with: the group's, or without one the larger of the others."""
        return max(self.waited, self.sampled) if self.group is None else self.group

    @property
    def lost(self) -> float:
        """The share that wait4 does not see; negative if it sees more than the second count."""
        second = self.sampled if self.group is None else self.group
        return 1.0 - self.waited / second if second else 0.0


class Sampler(threading.Thread):
    """Looks at the process table every now and then."""

    def __init__(self, root: int, usage: Usage, memory: bool) -> None:
        super().__init__(daemon=True)
        self.root, self.usage, self.memory = root, usage, memory
        self.done = threading.Event()
        self.seen: dict[tuple[int, int], float] = {}

    def run(self) -> None:
        """Sample until `done`."""
        while not self.done.wait(0.5 if self.memory else 0.2):
            found = processes.tree(self.root)
            for each in found:
                self.seen[each.pid, each.started] = each.own
            self.usage.peak_main = max(self.usage.peak_main, processes.status(self.root, "VmHWM"))
            if self.memory:
                self.usage.peak_tree = max(self.usage.peak_tree, processes.memory(found))
        self.usage.sampled = sum(self.seen.values())


def run(
    command: list[str],
    folder: Path,
    environment: Mapping[str, str],
    mark: str = "",
    *,
    memory: bool = False,
) -> Usage:
    """Run a command to its end.

    Parameters
    ----------
    command : list of str
    folder : Path
        Where it runs.
    environment : mapping
    mark : str
        A regular expression for the lines that mark the begin or end of a submission.
    memory : bool
        Whether the memory of the whole tree is sampled too.
    """
    group = control_group.make()
    usage = Usage()
    begun = time.perf_counter()
    try:
        child = subprocess.Popen(
            group.command(command) if group else command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert child.stdout is not None
        sampler = Sampler(child.pid, usage, memory)
        sampler.start()
        lines = []
        with child.stdout:
            for line in child.stdout:
                lines.append(line)
                if mark and re.search(mark, line):
                    usage.marks.append(group.cpu() if group else so_far(child.pid))
        _, status, rusage = os.wait4(child.pid, 0)
        child.returncode = usage.code = os.waitstatus_to_exitcode(status)
        usage.wall = time.perf_counter() - begun
        usage.waited = rusage.ru_utime + rusage.ru_stime
        sampler.done.set()
        sampler.join()
        if group and group.wait_until_empty():
            usage.group = group.cpu()
        usage.output = "".join(lines)
    finally:
        if group:
            group.remove()
    return usage


def so_far(root: int) -> float:
    """Return what a tree has used that is still running, with the ended ones it waited for."""
    return sum(each.own + each.children for each in processes.tree(root))
