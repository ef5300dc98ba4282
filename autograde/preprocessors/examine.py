"""Run a submission in the jail and decide here: in place of nbgrader's ``Execute``."""

import atexit
import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Float

from autograde.engine.clean import CleanCell, clean_run
from autograde.engine.plan import Cell, affected, needed, with_what_they_use
from autograde.engine.session import Session, trusted_names
from autograde.engine.worker import (
    ERROR,
    KILLED,
    MEMORY,
    PASSED,
    TIMEOUT,
    WRONG,
    Jail,
)
from autograde.notebook import node
from autograde.original import grade_id_of
from autograde.preprocessors.base import SubmissionPreprocessor
from autograde.preprocessors.execute import Execute
from autograde.released import SourceCell
from autograde.secret import seed
from autograde.types import Resources

ENDS = {verdict.capitalize() for verdict in (TIMEOUT, MEMORY, KILLED)}
"""What stands in the place of an exception's name where there was none."""

_shared: list[Jail] = []


def shared_jail() -> Jail:
    """The jail of this process; it is started when first a job is."""
    if not _shared:
        _shared.append(Jail())
        atexit.register(_shared[0].stop)
    return _shared[0]


class Examine(SubmissionPreprocessor):
    """Runs every cell in the jail but the tests, which run here.

    A test's outputs, from which nbgrader reads the score, come from this process alone. A
    warning, or text on the standard error stream, is shown and costs nothing.
    """

    unsafe = Bool(
        False, help="Run submissions in an ordinary kernel, with the rights of whoever grades."
    ).tag(config=True)
    outputs = Bool(True, help="Run all cells for their outputs, not only what tests need.").tag(
        config=True
    )
    share = Bool(
        False,
        help="Take the outputs of given cells that no answer can change from one clean run.",
    ).tag(config=True)
    cell_seconds = Float(120.0, help="Seconds for one cell.").tag(config=True)
    call_seconds = Float(30.0, help="Seconds for one call of a student's function.").tag(
        config=True
    )
    seconds = Float(900.0, help="Seconds for one notebook.").tag(config=True)

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
            step = Execute(parent=self.parent, config=self.config)
            nb, resources = step.preprocess(nb, resources)
            return nb, resources
        source = self.released(resources).source
        trusted = imports_of(source)
        originals = self.originals(resources)
        run, clean = self.plan(nb, source)
        session = Session(
            shared_jail(), cell=self.cell_seconds, call=self.call_seconds, whole=self.seconds
        )
        seed_of = self.seed(nb, resources)
        verdicts: dict[str, dict[str, str]] = {}
        count = 0
        try:
            for index, cell in enumerate(nb.cells):
                if cell.cell_type != "code":
                    continue
                cell.outputs, cell.execution_count = [], None
                shown = clean.get(index)
                if not cell.source.strip() or (index not in run and shown is None):
                    continue
                count += 1
                cell.execution_count = count
                if index not in run and shown is not None:
                    cell.outputs = numbered(shown.outputs, count)
                    continue
                name = grade_id_of(cell)
                if name and is_grade(cell) and not is_solution(cell):
                    # The released text; what the submission holds under this name is nothing to us.
                    test = originals[name].source if name in originals else cell.source
                    judged = session.judge(test, trusted, seed_of(name))
                    cell.outputs = numbered(judged.outputs, count)
                    verdicts[name] = {"verdict": judged.verdict, "code": judged.code}
                    if judged.verdict not in (PASSED, WRONG, ERROR):
                        self.note(
                            resources, f"cell {name}: its answer ended with '{judged.verdict}'"
                        )
                else:
                    cell.outputs = numbered(session.run(cell.source), count)
                    for end in ended(cell.outputs):
                        where = name or f"number {index}"
                        self.note(resources, f"cell {where} was stopped: {end}")
        finally:
            session.close()
        resources["verdicts"] = verdicts
        return nb, resources

    def plan(
        self, nb: NotebookNode, source: tuple[SourceCell, ...]
    ) -> tuple[set[int], dict[int, CleanCell]]:
        """Which code cells to run, and what those of the others show that show anything.

        Without the instructor's notebook, all are run.
        """
        given = {
            cell.cell_id: cell.source
            for cell in source
            if cell.code and not cell.answer and not cell.test and cell.cell_id
        }
        places = [index for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]
        if (self.outputs and not self.share) or not given:
            return set(places), {}
        cells = [
            Cell(
                nb.cells[index].source,
                given=given.get(nb.cells[index].get("id")) == nb.cells[index].source,
                test=is_grade(nb.cells[index]) and not is_solution(nb.cells[index]),
            )
            for index in places
        ]
        if not self.outputs:
            return {places[i] for i in needed(cells)}, {}
        clean = clean_cells(source, given, self.cell_seconds)
        shown = {
            i: clean[nb.cells[index].id]
            for i, index in enumerate(places)
            if cells[i].given and nb.cells[index].id in clean
        }
        own = {i for i, cell in enumerate(cells) if not cell.given}
        touched = {i for i, cell in enumerate(cells) if i not in own}
        touched -= {i for i, each in shown.items() if each.same}
        run = with_what_they_use(cells, own | affected(cells, touched))
        return {places[i] for i in run}, {places[i]: each for i, each in shown.items()}

    def seed(self, nb: NotebookNode, resources: Resources) -> Callable[[str], int]:
        """Numbers that nobody can guess, the same whenever the same submission is graded."""
        here = resources["nbgrader"]
        work = hashlib.sha256("\0".join(cell.source for cell in nb.cells).encode()).hexdigest()
        what = [here["student"], here["assignment"], here["notebook"], work]
        secret = self.secret(resources)
        return lambda name: seed(secret, *what, name)


@lru_cache(maxsize=64)
def imports_of(source: tuple[SourceCell, ...]) -> dict[str, Any]:
    """What the instructor's notebook imports."""
    return trusted_names([cell.source for cell in source if cell.code])


_clean: dict[tuple[SourceCell, ...], dict[str, CleanCell]] = {}


def clean_cells(
    source: tuple[SourceCell, ...], given: dict[str, str], seconds: float
) -> dict[str, CleanCell]:
    """What the given cells of a notebook show, found out once in this process."""
    if source not in _clean:
        _clean[source] = clean_run(shared_jail(), given, seconds)
    return _clean[source]


def ended(outputs: list[NotebookNode]) -> list[str]:
    """How the process of a cell ended, if it did."""
    return [each.evalue for each in outputs if each.get("ename") in ENDS]


def numbered(outputs: list[dict[str, Any]], count: int) -> list[NotebookNode]:
    """Outputs as nbformat's nodes, results under the number of their cell."""
    return [
        node(
            {**each, "execution_count": count} if each["output_type"] == "execute_result" else each
        )
        for each in outputs
    ]
