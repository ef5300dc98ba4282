"""Each grader on the same class: what it used, and the scores it gave."""

from __future__ import annotations

import itertools
import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook

from autograde.base.errors import AutogradeError
from autograde.notebooks.notebook import write
from benchmarks import courses, meter, otter_files
from benchmarks.classes import Assignment, Submission

Scores = dict[str, dict[str, float | None]]
"""The points that a program gave, by student and by cell; None where a person marks."""

STOCK_LINE = r"\bSanitizing "
PLAIN_LINE = r"^done "


@dataclass
class Run:
    """One grader over one class."""

    size: int
    usage: meter.Usage
    scores: Scores = field(default_factory=dict)
    steps: list[float] = field(default_factory=list)
    """The processor time of single submissions, as far as they can be told apart."""

    @property
    def marginal(self) -> float:
        """The processor time of one more submission."""
        return statistics.fmean(self.steps) if self.steps else self.usage.cpu / self.size

    @property
    def start(self) -> float:
        """What a run uses whatever the size of the class."""
        return max(self.usage.cpu - self.size * self.marginal, 0.0)

    def at(self, size: int) -> float:
        """Return the processor time per submission in a class of `size`."""
        if size == self.size:
            return self.usage.cpu / size
        return self.marginal + self.start / size


@dataclass
class Bench:
    """Where everything is."""

    folder: Path
    given: Assignment
    root: Path
    """The course that the solutions come from."""

    @property
    def variables(self) -> dict[str, str]:
        """The environment of every grader."""
        return courses.environment(self.folder)

    def prepare(self) -> None:
        """Make what is made once for an assignment, which nobody's time is counted for."""
        name = self.given.name
        courses.make_home(self.folder)
        with ThreadPoolExecutor(1) as pool:
            stock = pool.submit(
                courses.stock_course, self.root, name, self.folder / "stock", self.variables
            )
            courses.our_course(self.root, name, self.folder / "ours")
            stock.result()

    def fresh(self, name: str) -> Path:
        """Return a folder that is not there yet."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        return folder


def stock(bench: Bench, submissions: Sequence[Submission]) -> Run:
    """``nbgrader autograde`` with nbgrader's own configuration."""
    root, name = bench.folder / "stock", bench.given.name
    courses.hand_in(submissions, root / "submitted", name)
    command = [sys.executable, "-m", "nbgrader", "autograde", name]
    usage = checked("nbgrader", meter.run(command, root, bench.variables, STOCK_LINE))
    scores: Scores = {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "stock") as gradebook:
        for submission in gradebook.assignment_submissions(name):
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            scores[submission.student.id] = {each.name: each.auto_score for each in grades}
    # The lines come when a submission begins, so the last one lasts until the end.
    return Run(len(submissions), usage, scores, steps([*usage.marks, usage.cpu]))


def plain(bench: Bench, submissions: Sequence[Submission]) -> Run:
    """Run nbclient alone, see `benchmarks.plain`."""
    root, name = bench.fresh("plain"), bench.given.name
    courses.hand_in(submissions, root / "submitted", name)
    write(bench.given.released, root / "release.ipynb")
    command = [sys.executable, "-m", "benchmarks.plain", "release.ipynb", "submitted", "out.json"]
    variables = {**bench.variables, "NBGRADER_EXECUTION": "autograde"}
    usage = checked("nbclient", meter.run(command, root, variables, PLAIN_LINE))
    scores = json.loads((root / "out.json").read_text())
    return Run(len(submissions), usage, scores, steps(usage.marks))


def ours(
    bench: Bench,
    submissions: Sequence[Submission],
    *,
    outputs: bool,
    memory: bool = False,
    options: Sequence[str] = (),
) -> Run:
    """``python -m autograde grade``, for feedback (`outputs`) or for the scores alone."""
    root, name = bench.fresh("run"), bench.given.name
    shutil.copytree(bench.folder / "ours", root)
    courses.configure_ours(root, outputs=outputs)
    courses.hand_in(submissions, root / "autograde" / "submitted", name)
    command = [sys.executable, "-m", "autograde", "--root", str(root), "grade", name]
    command += ["--json", str(root / "report.json"), *(options or ("--workers", "1"))]
    usage = meter.run(command, root, bench.variables, memory=memory)
    checked("autograde", usage)
    report = json.loads((root / "report.json").read_text())
    scores: Scores = {
        each["student"]: {name: cell["auto_score"] for name, cell in each["cells"].items()}
        for each in report["submissions"]
    }
    shutil.rmtree(root)
    return Run(len(submissions), usage, scores)


def otter(bench: Bench, submissions: Sequence[Submission], python: str) -> list[meter.Usage] | str:
    """``otter run`` for one submission after the other; a sentence where that cannot be."""
    tried = subprocess.run([python, "-c", "import otter"], capture_output=True, check=False)
    if tried.returncode:
        return "otter-grader is not compared: it is not installed (see --otter)."
    root = bench.fresh("otter")
    otter_files.write_tests(bench.given.released, root / "tests")
    variables = bench.variables
    made = subprocess.run(
        [python, "-m", "otter", "generate", "-t", "tests", "-o", "autograder.zip"],
        cwd=root,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        return f"otter-grader is not compared: otter generate failed ({last_line(made.stderr)})."
    used = []
    for each in submissions:
        place = root / each.student
        place.mkdir()
        write(otter_files.for_otter(each.notebook), place / f"{bench.given.name}.ipynb")
        command = [python, "-m", "otter", "run", "-a", "../autograder.zip", "--no-logo"]
        usage = meter.run([*command, f"{bench.given.name}.ipynb"], place, variables)
        if usage.code or not (place / "results.json").is_file():
            return f"otter-grader is not compared: otter run failed ({last_line(usage.output)})."
        used.append(usage)
    return used


def steps(marks: Sequence[float]) -> list[float]:
    """Return what was used between one mark and the next."""
    return [after - before for before, after in itertools.pairwise(marks)]


def checked(name: str, usage: meter.Usage) -> meter.Usage:
    """Return the usage of a run that went well.

    Raises
    ------
    AutogradeError
        If it did not.
    """
    if usage.code:
        raise AutogradeError(f"{name} ended with status {usage.code}: {last_line(usage.output)}")
    return usage


def last_line(text: str) -> str:
    """Return the last line that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
