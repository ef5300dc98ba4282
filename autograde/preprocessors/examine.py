"""Run a submission in the jail and decide here: in place of nbgrader's ``Execute``."""

import ast
import atexit
import hashlib
import re
from collections.abc import Callable
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Float

from autograde.engine.judge import free_names
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
            nb, resources = Execute(parent=self.parent).preprocess(nb, resources)
            return nb, resources
        source = self.released(resources).source
        trusted = trusted_names([cell.source for cell in source if cell.code])
        given = {cell.cell_id: cell.source for cell in source if not cell.answer}
        originals = self.originals(resources)
        skipped = set() if self.outputs else unneeded(nb, given)
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
                if not cell.source.strip() or index in skipped:
                    continue
                count += 1
                cell.execution_count = count
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

    def seed(self, nb: NotebookNode, resources: Resources) -> Callable[[str], int]:
        """Numbers that nobody can guess, the same whenever the same submission is graded."""
        here = resources["nbgrader"]
        work = hashlib.sha256("\0".join(cell.source for cell in nb.cells).encode()).hexdigest()
        what = [here["student"], here["assignment"], here["notebook"], work]
        secret = self.secret(resources)
        return lambda name: seed(secret, *what, name)


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


def unneeded(nb: NotebookNode, given: dict[Any, str]) -> set[int]:
    """The cells that are as they were given and on which no answer and no test depends.

    A cell is needed if it binds a name that a needed cell uses at any depth.
    """
    needed: list[int] = []
    rest: dict[int, set[str]] = {}
    for index, cell in enumerate(nb.cells):
        if cell.cell_type != "code":
            continue
        as_given = not is_solution(cell) and given.get(cell.get("id")) == cell.source
        bound = bound_names(cell.source) if as_given and not is_grade(cell) else None
        if bound is None:
            needed.append(index)
        else:
            rest[index] = bound
    while True:
        used = {name for index in needed for name in used_names(nb.cells[index].source)}
        more = [index for index, bound in rest.items() if bound & used]
        if not more:
            return set(rest)
        needed += more
        for index in more:
            rest.pop(index)


def bound_names(source: str) -> set[str] | None:
    """The names that a cell binds at its top level; None if that cannot be told."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    found: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found.add(statement.name)
            continue
        for part in ast.walk(statement):
            if isinstance(part, ast.alias):
                found.add((part.asname or part.name).split(".")[0])
            elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                found.add(part.id)
            elif isinstance(part, ast.Global):
                return None
    return found


def used_names(source: str) -> set[str]:
    """The names that a cell looks up outside its own functions' variables."""
    try:
        return set(free_names(source))
    except SyntaxError:
        # A magic may use any name; then every given cell is needed that binds one of its words.
        return set(re.findall(r"[A-Za-z_]\w*", source))
