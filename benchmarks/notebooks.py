"""Every notebook beside nbgrader as it comes: ``python -m benchmarks.grading --all``.

Small classes of each, graded by both in one run. A figure belongs to its notebook: how long a
submission takes depends on what its exercises ask and what its cells draw.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograde.base.tables import table
from benchmarks import classes, graders, scaling, scores

SECONDS = 70.0
"""For one notebook. What is slow gets a smaller class, of no fewer than `LEAST`."""

STOCK = 2
"""Submissions for nbgrader: each costs it the same."""

FEW = 6
"""Submissions of the smaller class: past those that are run whole before anything is shared."""

LEAST, MOST = 10, 80

CLASS = 200
"""The size of class for which the start of a run is shared out."""

MODES = {"scores": False, "feedback": True}
"""Whether the outputs of all cells are wanted."""


@dataclass
class Notebook:
    """What was measured of one notebook: this course's runs as a smaller and a larger class."""

    name: str
    stock: graders.Run
    ours: dict[str, tuple[graders.Run, graders.Run]] = field(default_factory=dict)

    def differences(self) -> list[str]:
        """Return a sentence for every score that is not nbgrader's."""
        return [
            f"{self.name}, {mode}: {line}"
            for mode, (_, large) in self.ours.items()
            for line in scores.differences(self.stock.scores, large.scores)
        ]

    def one_more(self, mode: str) -> float:
        """Return the processor time of one more submission."""
        return scaling.between(*self.ours[mode])

    def each(self, mode: str) -> float:
        """Return the processor time of each submission of a class of `CLASS`."""
        small, _ = self.ours[mode]
        start = max(small.usage.cpu - small.size * self.one_more(mode), 0.0)
        return self.one_more(mode) + start / CLASS


def measure(root: Path, name: str, seed: int) -> Notebook:
    """Grade classes of one notebook."""
    until = time.monotonic() + SECONDS
    with tempfile.TemporaryDirectory(prefix="grading-benchmark-") as folder:
        bench = graders.Bench(Path(folder), classes.assignment(root, name), root)
        group = list(classes.make(bench.given, MOST, seed))
        bench.prepare()
        found = Notebook(name, graders.stock(bench, group[:STOCK]))
        for left, (mode, outputs) in zip((2, 1), MODES.items(), strict=True):
            ends = time.monotonic() + (until - time.monotonic()) / left
            small = graders.ours(bench, group[:FEW], outputs=outputs)
            room = int(FEW * (ends - time.monotonic()) / small.usage.wall)
            size = min(MOST, max(LEAST, room))
            found.ours[mode] = small, graders.ours(bench, group[:size], outputs=outputs)
    return found


def measure_all(root: Path, seed: int, say: Callable[[str], None]) -> list[Notebook]:
    """Grade classes of every notebook that there is, in order."""
    found = []
    for name in names(root):
        say(f"{name}: nbgrader and this course")
        found.append(measure(root, name, seed))
    return found


def names(root: Path) -> list[str]:
    """Return the assignments of a course."""
    return sorted(path.parent.name for path in (root / "solutions").glob("*/*.ipynb"))


def as_json(found: Sequence[Notebook], seed: int) -> dict[str, Any]:
    """Return what ``--json`` prints; every ratio is nbgrader's cost by this course's."""
    notebooks = {each.name: of_one(each) for each in found}
    differences = [line for each in found for line in each.differences()]
    ratios = {mode: [each[mode]["cpu_ratio"] for each in notebooks.values()] for mode in MODES}
    return {
        "seed": seed,
        "class_size": CLASS,
        "notebooks": notebooks,
        **{
            mode: {"median": statistics.median(each), "slowest": min(each)}
            for mode, each in ratios.items()
        },
        "scores_equal": not differences,
        "differences": differences,
    }


def of_one(found: Notebook) -> dict[str, Any]:
    """Return the ratios of one notebook, and the seconds from which they are made."""
    told: dict[str, Any] = {}
    for mode, (small, large) in found.ours.items():
        told[mode] = {
            "cpu_ratio": found.stock.at(CLASS) / found.each(mode),
            "cpu_ratio_marginal": found.stock.marginal / found.one_more(mode),
            "scores_compared": scores.cells(found.stock.scores, large.scores),
            "submissions": [small.size, large.size],
            "cpu": [small.usage.cpu, large.usage.cpu],
        }
    return told | {
        "scores_equal": not found.differences(),
        "stock": {
            "submissions": found.stock.size,
            "cpu": found.stock.usage.cpu,
            "marginal": found.stock.marginal,
        },
    }


NOTES = """\
How many times as much processor time nbgrader as it comes uses for one submission to a notebook,
in a class of {size}; in brackets without the start of a run. nbgrader graded {stock} submissions to
each, this course classes of {few} and more: from both, start and slope are known."""


def show(told: dict[str, Any]) -> None:
    """Print the table, one notebook a line, and the scores that differ."""
    rows = [
        [
            name,
            *(
                f"{each[mode]['cpu_ratio']:.1f} ({each[mode]['cpu_ratio_marginal']:.1f})"
                for mode in MODES
            ),
            "yes" if each["scores_equal"] else "no",
        ]
        for name, each in told["notebooks"].items()
    ]
    rows += [
        [which, *(f"{told[mode][which]:.1f}" for mode in MODES), ""]
        for which in ("median", "slowest")
    ]
    print(table(["nbgrader's processor time by this one's", *MODES, "scores equal"], rows))
    print("\n" + NOTES.format(size=CLASS, stock=STOCK, few=FEW))
    for line in told["differences"]:
        print(f"DIFFERENT SCORE, {line}")
