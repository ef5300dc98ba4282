"""Run a submission in the jail and decide here: in place of nbgrader's ``Execute``."""

import atexit
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Float

from autograde.base.budget import LONGEST_DIAGNOSIS, SECONDS, Budget
from autograde.base.secret import seed
from autograde.base.tables import cut
from autograde.base.types import Resources
from autograde.grading.preprocessors.base import SubmissionPreprocessor
from autograde.grading.preprocessors.execute import Execute
from autograde.jail.jail import NoJail
from autograde.jail.worker import (
    ERROR,
    KILLED,
    MEMORY,
    PASSED,
    TIMEOUT,
    WRONG,
    Jail,
)
from autograde.judging.session import Session, trusted_names
from autograde.judging.suspicion import suspicious
from autograde.notebooks.beside import files_beside
from autograde.notebooks.notebook import node
from autograde.notebooks.original import grade_id_of
from autograde.notebooks.released import SourceCell
from autograde.speed.cell_dependencies import Cell, Plan, affected, needed, with_what_they_use
from autograde.speed.reference_outputs import Canon, canon
from autograde.speed.unused_imports import draws, without_unused_imports

NOT_AS_ROOT = (
    "root does not grade without a jail: every submission would have this whole computer; grade as"
    " an ordinary user, or install bubblewrap"
)

ENDS = {verdict.capitalize() for verdict in (TIMEOUT, MEMORY, KILLED)}
"""What stands in the place of an exception's name where there was none."""

_shared: list[Jail] = []


def shared_jail(*, figures: bool = True) -> Jail:
    """The jail of this process, started when first a job is.

    With `figures` it can draw, and takes the place of one that cannot.
    """
    if _shared and figures and not _shared[0].figures:
        stop_shared_jail()
    if not _shared:
        _shared.append(Jail(figures=figures))
    return _shared[0]


@atexit.register
def stop_shared_jail() -> None:
    """End the jail of this process, if it has one."""
    while _shared:
        _shared.pop().stop()


class Examine(SubmissionPreprocessor):
    """Runs every cell in the jail but the tests, which run here.

    A test's outputs, from which nbgrader reads the score, come from this process alone. A
    warning, or text on the standard error stream, is shown and costs nothing.
    """

    unsafe = Bool(
        False, help="Run submissions in an ordinary kernel, with the rights of whoever grades."
    ).tag(config=True)
    as_root = Bool(
        False, help="Also for root: only for submissions that one has written oneself."
    ).tag(config=True)
    outputs = Bool(True, help="Run all cells for their outputs, not only what tests need.").tag(
        config=True
    )
    share = Bool(
        False,
        help="Of given cells, run only those that a submission's answers change.",
    ).tag(config=True)
    only_needed = Bool(
        True, help="For scores alone, run only the cells that tests and answers need."
    ).tag(config=True)
    without_figures = Bool(
        True, help="For scores alone, leave out imports for figures that nobody uses."
    ).tag(config=True)
    cell_seconds = Float(120.0, help="Seconds for one cell.").tag(config=True)
    call_seconds = Float(30.0, help="Seconds for one call of a student's function.").tag(
        config=True
    )
    seconds = Float(SECONDS, help="Seconds for one submission.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Run the cells in order.

        Raises
        ------
        NoJail
            If there is none on this machine and `unsafe` is not set.
        Infrastructure
            If something of ours broke, again and again.
        """
        if self.unsafe:
            if is_root() and not self.as_root:
                raise NoJail(NOT_AS_ROOT)
            step = Execute(parent=self.parent, config=self.config)
            nb, resources = step.preprocess(nb, resources)
            return nb, resources
        source = self.released(resources).source
        places = [index for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]
        cells = kinds([nb.cells[index] for index in places], source)
        saving = (self.share and often(source)) if self.outputs else self.only_needed
        whole = not (saving and source)
        plan = Plan(frozenset(range(len(cells)))) if whole else needed(cells)
        for index in places:
            nb.cells[index].outputs, nb.cells[index].execution_count = [], None
        # What the outputs are wanted of is run as it stands.
        run = {i: cells[i] for i, _ in plan if not cells[i].test}
        texts = {i: cell.source for i, cell in run.items()}
        figures = self.outputs or not self.without_figures
        if not figures:
            texts = without_unused_imports(run)
            figures = draws([*texts.values()])
        session = self.session(resources, figures=figures)
        try:
            steps = [(places[i], part, texts.get(i, "")) for i, part in plan]
            self.run(nb, resources, steps, session)
            if self.outputs and not whole:
                self.show(nb, resources, places, cells, set(plan.whole), session)
        finally:
            session.close()
        count = 0
        for index in places:
            cell = nb.cells[index]
            if cell.source.strip() and (self.outputs or cell.execution_count):
                count += 1
                cell.execution_count = count
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
        return nb, resources

    def session(self, resources: Resources, *, figures: bool = True) -> Session:
        """A fresh process for the submission at hand."""
        folder = resources.get("metadata", {}).get("path")
        beside = resources.get("beside")  # where nbgrader's own command has put the folder together
        if beside is None:
            beside = files_beside(Path(folder)) if folder else {}
        jail = shared_jail(figures=figures)
        # Also what is run once more for its outputs is of the one budget.
        jail.budget = budget = resources.setdefault("budget", Budget(self.seconds))
        return Session(
            jail,
            cell=self.cell_seconds,
            call=self.call_seconds,
            whole=budget.seconds,
            files=beside,
        )

    def run(
        self,
        nb: NotebookNode,
        resources: Resources,
        steps: Sequence[tuple[int, bool, str]],
        session: Session,
    ) -> None:
        """Run some cells, or only what they define: a student's in the jail, and the tests here.

        Parameters
        ----------
        steps : sequence of (int, bool, str)
            The place of a cell, whether only what it defines is run, and the text that is.
        """
        trusted = imports_of(self.released(resources).source)
        originals = self.originals(resources)
        seed_of = self.seed(nb, resources)
        verdicts: dict[str, dict[str, str]] = resources.setdefault("verdicts", {})
        for index, only_definitions, text in steps:
            cell = nb.cells[index]
            if not cell.source.strip():
                continue
            if only_definitions:
                session.run(text, definitions=True)
                continue
            cell.execution_count = 1  # the numbers are given when all has been run
            name = grade_id_of(cell)
            if name and is_grade(cell) and not is_solution(cell):
                # The released text; what the submission holds under this name is nothing to us.
                test = originals[name].source if name in originals else cell.source
                judged = session.judge(test, trusted, seed_of(name))
                cell.outputs = nodes([*judged.outputs, *waiting(judged.waits)])
                waits = {"waits": "; ".join(judged.waits)} if judged.waits else {}
                says = {"says": cut(judged.says, LONGEST_DIAGNOSIS)} if judged.says else {}
                verdicts[name] = {"verdict": judged.verdict, "code": judged.code, **waits, **says}
                for sentence in judged.notes:
                    self.note(resources, f"cell {name}: {sentence}")
                if judged.verdict not in (PASSED, WRONG, ERROR):
                    self.note(resources, f"cell {name}: its answer ended with '{judged.verdict}'")
            else:
                cell.outputs = nodes(session.run(text))
                where = name or f"number {index}"
                for sentence in suspicious(cell.source):
                    self.note(resources, f"look at cell {where}: {sentence}")
                for end in ended(cell.outputs):
                    self.note(resources, f"cell {where} was stopped: {end}")

    def show(
        self,
        nb: NotebookNode,
        resources: Resources,
        places: Sequence[int],
        cells: Sequence[Cell],
        done: set[int],
        session: Session,
    ) -> None:
        """Fill in what the given cells show that were not run.

        Where a submission's functions answer as the instructor's do, or are not filled in at all,
        that is known. The other cells are run, with what they need, in a process of their own.
        """
        known = canon_of(self.released(resources).source, self.cell_seconds)
        must = affected(cells, set()) - done
        for i in sorted(set(range(len(cells))) - done - must):
            shown = known_outputs(known, str(nb.cells[places[i]].get("id")), session)
            if shown is None:
                must.add(i)
            else:
                nb.cells[places[i]].outputs = nodes(shown)
        must |= affected(cells, must) - done
        if not must:
            return
        own = {i for i, cell in enumerate(cells) if not cell.given and not cell.test}
        second = self.session(resources)
        second.standing = session.standing
        try:
            for i, only_definitions in with_what_they_use(cells, own | must):
                if cells[i].source.strip() and not cells[i].test:
                    outputs = second.run(cells[i].source, definitions=only_definitions)
                    if i in must:
                        nb.cells[places[i]].outputs = nodes(outputs)
        finally:
            second.close()

    def seed(self, nb: NotebookNode, resources: Resources) -> Callable[[str], int]:
        """Numbers that nobody can guess, the same whenever the same submission is graded."""
        here = resources["nbgrader"]
        work = hashlib.sha256("\0".join(cell.source for cell in nb.cells).encode()).hexdigest()
        what = [here["student"], here["assignment"], here["notebook"], work]
        secret = self.secret(resources)
        return lambda name: seed(secret, *what, name)


def is_root() -> bool:
    """Whether this process may do anything."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


@lru_cache(maxsize=64)
def imports_of(source: tuple[SourceCell, ...]) -> Mapping[str, Any]:
    """What the instructor's notebook imports."""
    return trusted_names([cell.source for cell in source if cell.code])


def kinds(cells: Sequence[NotebookNode], source: tuple[SourceCell, ...]) -> list[Cell]:
    """What each code cell of a submission is."""
    given = {
        cell.cell_id: cell.source
        for cell in source
        if cell.code and not cell.answer and not cell.test and cell.cell_id
    }
    return [
        Cell(
            cell.source,
            given=given.get(str(cell.get("id"))) == cell.source,
            test=is_grade(cell) and not is_solution(cell),
            answer=is_solution(cell),
        )
        for cell in cells
    ]


FEW = 3
"""So many submissions are run whole: it would take longer to find out what all of them show."""

_seen: Counter[tuple[SourceCell, ...]] = Counter()


def often(source: tuple[SourceCell, ...]) -> bool:
    """Whether this process has had a few submissions of this notebook."""
    _seen[source] += 1
    return _seen[source] > FEW


_canons: dict[tuple[SourceCell, ...], Canon] = {}


def canon_of(source: tuple[SourceCell, ...], seconds: float) -> Canon:
    """What the given cells of a notebook show, found out once in this process."""
    if source not in _canons:
        _canons[source] = canon(source, seconds)
    return _canons[source]


def known_outputs(known: Canon, cell_id: str, session: Session) -> list[dict[str, Any]] | None:
    """What a given cell shows for the submission in `session`; None if it has to be run."""
    solved, empty = known.solved.get(cell_id), known.empty.get(cell_id)
    if solved is None or solved.calls is None:
        return None
    if not solved.touched:
        return solved.outputs
    state = session.state(solved.filled, solved.calls)
    if state == "same":
        return solved.outputs
    return empty.outputs if state == "empty" and empty is not None else None


def ended(outputs: list[NotebookNode]) -> list[str]:
    """How the process of a cell ended, if it did."""
    return [each.evalue for each in outputs if each.get("ename") in ENDS]


def waiting(reasons: Sequence[str]) -> list[dict[str, Any]]:
    """What stands under a test whose points are not sure before a person has looked."""
    text = "".join(f"This waits for a person to look at: {reason}.\n" for reason in reasons)
    return [{"output_type": "stream", "name": "stdout", "text": text}] if text else []


def nodes(outputs: list[dict[str, Any]]) -> list[NotebookNode]:
    """Outputs as nbformat's nodes."""
    return [node(dict(each)) for each in outputs]
