"""How the cost of one submission changes with the size of the class, and with the workers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks import graders
from benchmarks.classes import Submission

MIB = 2**20


@dataclass
class Scaling:
    """What was measured, as it is printed."""

    sizes: list[dict[str, Any]] = field(default_factory=list)
    workers: dict[str, Any] | str = (
        "Classes of several sizes and workers are measured without --quick."
    )


def over_sizes(
    bench: graders.Bench,
    submissions: Sequence[Submission],
    sizes: Sequence[int],
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Grade classes of several sizes for scores alone; costs beside those of the smallest."""
    rows: list[dict[str, Any]] = []
    runs: list[graders.Run] = []
    for size in sizes:
        say(f"this course, scores alone: {size} submissions")
        run = graders.ours(bench, submissions[:size], outputs=False, memory=True)
        runs.append(run)
        rows.append(
            {
                "submissions": size,
                "cpu_per_submission_ratio": run.at(size) / runs[0].at(sizes[0]),
                "peak_main_mib": run.usage.peak_main / MIB,
                "peak_tree_mib": run.usage.peak_tree / MIB,
                "cpu_per_submission": run.at(size),
                "marginal_since_smaller": since(runs),
                "wall": run.usage.wall,
                "lost": run.usage.lost,
            }
        )
    return rows


def since(runs: Sequence[graders.Run]) -> float | None:
    """Return the cost of one more submission between the last two sizes."""
    if len(runs) < 2:
        return None
    return between(runs[-2], runs[-1])


def between(small: graders.Run, large: graders.Run) -> float:
    """Return the cost of one more submission, from two whole runs."""
    return (large.usage.cpu - small.usage.cpu) / (large.size - small.size)


def has_option(name: str) -> bool:
    """Tell whether ``grade`` has an option."""
    told = subprocess.run(
        [sys.executable, "-m", "autograde", "grade", "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    return name in told.stdout


def over_workers(
    bench: graders.Bench, submissions: Sequence[Submission], say: Callable[[str], None]
) -> dict[str, Any] | str:
    """Compare two workers with one; a sentence where there is no choice."""
    if not has_option("--workers"):
        return "Workers are not compared: grade has no --workers."
    walls: dict[int, list[float]] = {1: [], 2: []}
    cpus: dict[int, list[float]] = {1: [], 2: []}
    for workers in (1, 2, 2, 1):  # in turns, so that both meet a busy machine
        say(f"this course, scores alone: {len(submissions)} submissions, {workers} worker(s)")
        run = graders.ours(bench, submissions, outputs=False, options=["--workers", str(workers)])
        walls[workers].append(run.usage.wall)
        cpus[workers].append(run.usage.cpu)
    return {
        "submissions": len(submissions),
        "wall_ratio": min(walls[2]) / min(walls[1]),
        "cpu_ratio": min(cpus[2]) / min(cpus[1]),
        "wall": walls,
        "cpu": cpus,
    }
