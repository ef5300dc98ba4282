"""Grade one submission in memory: files in, grades and a graded notebook out.

The steps are those of nbgrader's ``Autograde`` as the course configures them, and each is
nbgrader's or ours unchanged. Only the steps that would query or write the gradebook cell by cell
are replaced by steps that do the same with what was looked up once for the class.
"""

import contextlib
import copy
import gc
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import preprocessors as nbgraders
from nbgrader.utils import setenv
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from autograde.base.budget import LONGEST_NOTE, MOST_NOTES, OVERTIME, Budget, at_most, seconds_of
from autograde.base.deadline import Overtime, deadline
from autograde.base.tables import cut
from autograde.base.types import Resources
from autograde.grading import preprocessors as ours
from autograde.grading.explain import explain
from autograde.grading.preprocessors.examine import stop_shared_jail
from autograde.jail.jail import NoJail
from autograde.notebooks.notebook import text_of
from autograde.notebooks.original import grade_id_of
from autograde.notebooks.preflight import inspect
from autograde.notebooks.released import Released, put_files
from autograde.notebooks.submission import Submission

IN_THE_PLACE_OF: dict[type, type] = {
    nbgraders.OverwriteCells: ours.RestoreCells,
    nbgraders.OverwriteKernelspec: ours.RestoreKernelspec,
    nbgraders.SaveAutoGrades: ours.CollectGrades,
    nbgraders.CheckCellMetadata: ours.CheckOnce,
}
LEFT_TO_THE_WRITER: tuple[type, ...] = (nbgraders.AssignLatePenalties,)


@dataclass
class GradedNotebook:
    """One graded notebook of one submission."""

    text: str
    """The notebook, as it is saved."""
    grades: dict[str, float | None]
    """The points of each graded cell, by grade_id; None where a person decides."""
    comments: dict[str, str | None]
    """nbgrader's own comment on each answer ("No response.")."""
    verdicts: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each test: its verdict, and the checker's code for the mistake."""


@dataclass
class Outcome:
    """What became of one submission, before it is in the gradebook."""

    student: str
    notebooks: dict[str, GradedNotebook] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    code: str = ""
    problem: str = ""
    """Why it could not be graded; then `notebooks` is empty."""


class Scratch:
    """A folder that is empty for each submission: to make a new one takes longer."""

    def __init__(self) -> None:
        self.folder: Path | None = None

    @contextlib.contextmanager
    def empty(self) -> Iterator[Path]:
        """Give the folder to one submission; if it cannot be emptied, the next gets another."""
        if self.folder is None or not self.folder.is_dir():
            self.folder = Path(tempfile.mkdtemp())
            weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        try:
            yield self.folder
        finally:
            try:
                for entry in os.scandir(self.folder):
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path)
                    else:
                        os.unlink(entry.path)
            except OSError:
                self.folder = None


class Pipeline:
    """Grades submissions to one assignment.

    Parameters
    ----------
    released : Released
    config : Config
        The course's settings.
    """

    def __init__(self, released: Released, config: Config) -> None:
        self.released = released
        self.expected = {name: each.originals for name, each in released.notebooks.items()}
        # What shows everybody the same is run once.
        config = copy.deepcopy(config)
        config.Examine.share = True
        steps = config.Autograde
        self.steps = [
            IN_THE_PLACE_OF.get(kind, kind)(config=config)
            for name in [*steps.sanitize_preprocessors, *steps.autograde_preprocessors]
            if not issubclass(kind := as_class(name), LEFT_TO_THE_WRITER)
        ]
        self.seconds = seconds_of(config)
        self.scratch = Scratch()
        # What is there by now stays; looking through it for what could go takes a while each time.
        gc.freeze()

    def grade(self, submission: Submission) -> Outcome:
        """Grade one submission; whatever goes wrong with it is in the outcome.

        Raises
        ------
        NoJail
            If nothing can be graded here.
        """
        budget = Budget(self.seconds)
        outcome = self._once(submission, budget)
        # The advice would be to run the command again; what a killed jail did is done again here.
        if outcome.code == "infrastructure" and budget.seconds > 0:
            outcome = self._once(submission, budget)
        outcome.notes = limited(outcome.notes)
        outcome.problem = cut(outcome.problem, LONGEST_NOTE)
        return outcome

    def _once(self, submission: Submission, budget: Budget) -> Outcome:
        outcome = Outcome(submission.student)
        try:
            with (
                deadline(budget.seconds + OVERTIME),
                self.scratch.empty() as folder,
                setenv(NBGRADER_EXECUTION="autograde"),
            ):
                self._grade(submission, folder, outcome, budget)
        except NoJail:
            raise
        except Overtime:
            stop_shared_jail()  # whatever it was doing
            outcome.notebooks = {}
            outcome.code = "endless"
            outcome.problem = (
                f"to grade it takes longer than the {at_most(self.seconds)} that one submission may"
                " take; look at it, and ask for it again"
            )
        except Exception as error:  # nothing of one submission stops the others
            outcome.notebooks = {}
            outcome.code, outcome.problem = explain(error)
        return outcome

    def _grade(
        self, submission: Submission, folder: Path, outcome: Outcome, budget: Budget
    ) -> None:
        submission.unpack(folder)
        put_files(self.released.files, folder)
        finding = inspect(folder, self.expected, self.released.others)
        outcome.notes += finding.notes
        outcome.code, outcome.problem = finding.code, finding.problem
        if finding.problem:
            return
        for name, (nb, mended) in finding.read.items():
            path = finding.notebooks[name]
            outcome.notebooks[name] = self.notebook(name, nb, mended, path, outcome, budget)

    def notebook(
        self,
        name: str,
        nb: NotebookNode,
        mended: list[str],
        path: Path,
        outcome: Outcome,
        budget: Budget,
    ) -> GradedNotebook:
        """Take one notebook through all steps."""
        resources: Resources = {
            "nbgrader": {
                "student": outcome.student,
                "assignment": self.released.assignment,
                "notebook": name,
                "db_url": "",
            },
            "metadata": {"name": name, "path": str(path.parent)},
            "released": self.released.notebooks[name],
            "secret": self.released.secret,
            "autograde_notes": mended,
            "budget": budget,
        }
        try:
            for step in self.steps:
                if step.enabled:
                    nb, resources = step.preprocess(nb, resources)
        finally:
            outcome.notes += dict.fromkeys([*resources["autograde_notes"], *stopped(nb)])
        return GradedNotebook(
            text=text_of(nb),
            grades=resources.get("grades", {}),
            comments=resources.get("comments", {}),
            verdicts=resources.get("verdicts", {}),
        )


def limited(notes: list[str]) -> list[str]:
    """As many notes as anybody reads, each as long as a line or a few."""
    kept = [cut(note, LONGEST_NOTE) for note in notes[:MOST_NOTES]]
    more = len(notes) - len(kept)
    return [*kept, *([f"and {more:,} notes more, which are left out"] if more else [])]


def as_class(name: Any) -> type:
    """A preprocessor's class, which the settings may give by its name."""
    found: type = import_item(name) if isinstance(name, str) else name
    return found


def stopped(nb: NotebookNode) -> Iterator[str]:
    """A note for each cell that ran into the time limit of a kernel."""
    for index, cell in enumerate(nb.cells):
        if "CellTimeoutError" in [out.get("ename") for out in cell.get("outputs", [])]:
            name = grade_id_of(cell) or f"number {index}"
            yield f"cell {name} ran into the time limit and was stopped"
