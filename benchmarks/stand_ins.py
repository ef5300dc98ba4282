"""Stand-ins beside what they stand in for: ``python -m benchmarks.stand_ins``.

What is not filled in is measured on the forward pass. Compared are the course's way, which
moves many entries at once, and moving one entry after the other: for single backward calls,
and for notebooks 06 and 07, as handed out and with their answers while those of the
notebooks before are missing. Each pair is measured in turns, in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from autograde.base.tables import table
from autograde.course.course import ROOT
from autograde.notebooks.notebook import read
from benchmarks import meter
from benchmarks.arguments import positive
from course_utils.autodiff.function import Array, Context, Function
from course_utils.chapters.ch05_matrix_form.exercises import MSE, Linear
from course_utils.chapters.ch07_networks.activations import Tanh
from course_utils.chapters.ch08_capstone.exercises import SoftmaxCrossEntropy
from course_utils.exercises.registry import plain_forward
from course_utils.measure.fast_vjp import fast_vjp
from course_utils.measure.numerical import numerical_vjp

ONE_BY_ONE = "from course_utils.measure import fast_vjp\nfast_vjp.FEW = float('inf')"
"""Makes every stand-in move one entry after the other."""

Forward = Callable[..., Any]


@dataclass(frozen=True)
class Call:
    """One backward: of a forward, at inputs of these shapes."""

    name: str
    forward: Forward
    shapes: tuple[tuple[int, ...], ...]

    @property
    def entries(self) -> int:
        """The entries of all inputs together."""
        return sum(int(np.prod(shape)) for shape in self.shapes)


def _of(function: type[Function]) -> Forward:
    forward = plain_forward(function)
    return lambda *inputs: forward(Context(), *inputs)


def _absolute(X: Any, W: Any) -> Any:
    return np.abs(X @ W)


def _distance(x: Any) -> Any:
    return np.linalg.norm(x)


CALLS = (
    Call("Linear, 06's penguins", _of(Linear), ((266, 3), (3, 2), (1, 2))),
    Call("MSE, 06's penguins", _of(MSE), ((266, 2), (266, 2))),
    Call("Linear, 07's moons", _of(Linear), ((120, 2), (2, 8), (1, 8))),
    Call("MSE, 07's moons", _of(MSE), ((120, 1), (120, 1))),
    Call("Tanh, 07's moons", _of(Tanh), ((120, 8),)),
    Call("Linear, 08's digits", _of(Linear), ((32, 64), (64, 32), (1, 32))),
    Call("cross-entropy, 08's digits", _of(SoftmaxCrossEntropy), ((32, 10), (32, 10))),
    Call("Linear, the checker's size", _of(Linear), ((7, 5), (5, 3), (1, 3))),
    Call("no complex step: |X W|", _absolute, ((40, 5), (5, 3))),
    Call("nothing to be gained: a norm", _distance, ((40,),)),
)


@dataclass(frozen=True)
class Compared:
    """The seconds of the old way, of the new one, and of what needs no stand-in, if measured."""

    name: str
    old: float
    new: float
    filled_in: float | None = None
    apart: float = 0.0

    @property
    def ratio(self) -> float:
        """How many times as long the old way takes."""
        return self.old / self.new


def compare_call(call: Call, rounds: int) -> Compared:
    """Measure one backward both ways, in turns; the medians count."""
    rng = np.random.default_rng(0)
    inputs = [np.asarray(rng.normal(size=shape)) for shape in call.shapes]
    upstream = np.asarray(rng.normal(size=np.shape(call.forward(*inputs))))

    def seconds(way: Callable[..., Any]) -> float:
        begun = time.perf_counter()
        way(call.forward, inputs, upstream)
        return time.perf_counter() - begun

    apart = _apart(*(way(call.forward, inputs, upstream) for way in (numerical_vjp, fast_vjp)))
    old, new = [], []
    for _ in range(rounds):
        old.append(seconds(numerical_vjp))
        new.append(statistics.median(seconds(fast_vjp) for _ in range(5)))
    return Compared(call.name, statistics.median(old), statistics.median(new), apart=apart)


def _apart(old: Sequence[Array], new: Sequence[Array]) -> float:
    """Return the largest difference, relative to the largest gradient."""
    size = max(float(np.abs(x).max(initial=0.0)) for x in old)
    gap = max(float(np.abs(x - y).max(initial=0.0)) for x, y in zip(old, new, strict=True))
    return gap / size if size else gap


# ------------------------------------------------------------------ whole notebooks


@dataclass(frozen=True)
class Case:
    """A notebook, run in a kernel of its own."""

    name: str
    path: Path


BEFORE = ROOT / "solutions" / "05_matrix_form" / "05_matrix_form.ipynb"


def _cases() -> list[Case]:
    found = []
    for name in ("06_whole_cost", "07_networks"):
        for folder, what in (("notebooks", "as handed out"), ("solutions", "answered, 05 missing")):
            path = ROOT / folder / name / f"{name}.ipynb"
            found.append(Case(f"{name[:2]} {what}", path))
    return found


def compare_notebook(case: Case, rounds: int) -> Compared:
    """Run a notebook both ways, in turns; the processor time of all its processes counts.

    With the answers of notebook 05 as well, to see how much of it is no stand-in's.
    """
    old, new, filled = [], [], []
    with tempfile.TemporaryDirectory() as answers, tempfile.TemporaryDirectory() as empty:
        _run(BEFORE, "", Path(answers))
        for _ in range(rounds):
            old.append(_run(case.path, ONE_BY_ONE, Path(empty)))
            new.append(_run(case.path, "", Path(empty)))
            filled.append(_run(case.path, "", Path(answers)))
    three = (statistics.median(seconds) for seconds in (old, new, filled))
    return Compared(case.name, *three)


def _run(path: Path, first: str, answers: Path) -> float:
    """Run a notebook beside a copy of saved answers; return the seconds of processor time."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(answers, folder, dirs_exist_ok=True)
        environment = {**os.environ, "COURSE_UTILS_FILLED_IN": folder}
        command = [sys.executable, "-m", "benchmarks.stand_ins", "--run", str(path), first]
        usage = meter.run(command, ROOT, environment)
    if usage.code:
        raise RuntimeError(f"{path.name} did not run:\n{usage.output[-2000:]}")
    return usage.cpu


def run_notebook(path: Path, first: str) -> None:
    """Run a notebook in a kernel, with a cell before it."""
    nb = read(path)
    nb.cells.insert(0, new_code_cell(first))  # type: ignore[no-untyped-call]
    released = path.parent.parent.name == "notebooks"  # there the checks fail, as they should
    client = NotebookClient(nb, timeout=600, allow_errors=released, kernel_name="python3")
    client.execute(cwd=path.parent)


# ------------------------------------------------------------------ the command


def as_table(calls: Sequence[Compared], notebooks: Sequence[Compared]) -> str:
    """Write what was measured, one pair a line."""
    tables = []
    if calls:
        entries = {call.name: call.entries for call in CALLS}
        rows = [(c.name, str(entries[c.name]), f"{c.ratio:.1f}", f"{c.apart:.0e}") for c in calls]
        tables.append(table(("backward", "entries", "old / new", "apart"), rows, left=1))
    if notebooks:
        lines = [
            (c.name, f"{c.ratio:.1f}", f"{c.new / (c.filled_in or c.new):.2f}") for c in notebooks
        ]
        tables.append(table(("notebook", "old / new", "new / 05 filled in"), lines, left=1))
    return "\n\n".join(tables)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stand_ins", description=__doc__)
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="for each call")
    parser.add_argument(
        "--notebook-rounds", type=int, default=1, metavar="N", help="for each notebook; 0 for none"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--run", nargs=2, metavar=("NOTEBOOK", "CODE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.run:
        run_notebook(Path(chosen.run[0]), chosen.run[1])
        return 0
    calls = [compare_call(call, chosen.rounds) for call in CALLS]
    notebooks = []
    if chosen.notebook_rounds > 0:
        notebooks = [compare_notebook(case, chosen.notebook_rounds) for case in _cases()]
    if chosen.json:
        found = {c.name: {"ratio": c.ratio, "apart": c.apart} for c in calls}
        found |= {c.name: {"ratio": c.ratio} for c in notebooks}
        print(json.dumps(found))
        return 0
    print(as_table(calls, notebooks))
    print(f"\n{NOTES}")
    return 0


NOTES = """\
Old moves one entry after the other, new is what the course does; both measure, and both are
of this run. Apart is the largest difference between their gradients, relative to the largest
gradient. A notebook's time is that of the processor, of all its processes, with the kernel's
start and the figures; these are all there is with the answers of notebook 05 filled in."""


if __name__ == "__main__":
    sys.exit(main())
