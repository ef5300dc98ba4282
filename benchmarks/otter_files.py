"""The same assignment and submissions as otter-grader wants them.

A test cell becomes a test file, and ``grader.check`` of it in the notebook. otter has no
partial credit within a test, so a test passes where all its points are reached.
"""

from __future__ import annotations

import ast
import copy
from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograde.notebooks.notebook import new_cell
from autograde.notebooks.original import grade_id_of

TEST = """\
from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}


@test_case(points={points!r})
def test(env):
    import ast

    tree = ast.parse({source!r})
    value = None
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "test", "exec"), env)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "test", "eval"), env)
    assert value is None or float(value) == {points!r}
"""


def write_tests(released: NotebookNode, folder: Path) -> None:
    """Write the test files of an assignment."""
    folder.mkdir(parents=True)
    for cell in released.cells:
        if is_test(cell):
            name, points = str(grade_id_of(cell)), float(cell.metadata.nbgrader["points"])
            text = TEST.format(name=name, points=points, source=cell.source)
            ast.parse(text)
            (folder / f"{name}.py").write_text(text, encoding="utf-8")


def is_test(cell: NotebookNode) -> bool:
    """Tell whether a cell is a test that runs by itself."""
    return bool(cell.cell_type == "code" and is_grade(cell) and not is_solution(cell))


def for_otter(nb: NotebookNode) -> NotebookNode:
    """Return a submission in which otter checks where nbgrader has its tests."""
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        if is_test(cell):
            cell.source = f"grader.check({grade_id_of(cell)!r})"
    start = new_cell("code", "import otter\n\ngrader = otter.Notebook()")
    start.id = "otter-starts"
    nb.cells.insert(0, start)
    return nb
