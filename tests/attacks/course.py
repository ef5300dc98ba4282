"""The course that is attacked: three exercises, a hidden test and a derivation."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograde.course.config import CHECKOUT
from autograde.course.course import Course
from autograde.notebooks.notebook import read, write
from autograde.notebooks.original import grade_id_of
from autograde.release.release import build
from autograde.workers.run import register
from tests.attacks.rows import FILE, NAME, RIGHT, Row

CONFIG = f"""\
import sys
from pathlib import Path

sys.path.insert(0, {str(CHECKOUT)!r})

from autograde.course.config import configure

c = get_config()
configure(c, Path(__file__).resolve().parent)
c.Examine.cell_seconds = 3.0
c.Examine.call_seconds = 3.0
c.Examine.seconds = 15.0
"""

TWICE_TEST = """\
x = np.array([1.0, -2.0, 3.0])
kept = x.copy()
y = twice(x)
assert isinstance(y, np.ndarray) and y.shape == kept.shape, "twice returns an array like x"
np.testing.assert_allclose(y, 2 * kept)
### BEGIN HIDDEN TESTS
secret_word = "@HIDDEN@"
drawn = np.random.normal(size=7)
kept = drawn.copy()
y = twice(drawn)
assert isinstance(y, np.ndarray) and y.shape == kept.shape, "twice returns an array like x"
np.testing.assert_allclose(y, 2 * kept)
### END HIDDEN TESTS
"""


def marked(grade_id: str, **more: Any) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell."""
    flags = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {**flags, "grade_id": grade_id, "schema_version": 3, **more}}


def answer(name: str, word: str) -> NotebookNode:
    """Return an answer cell, with a word in the solution that no student may see."""
    head, body = RIGHT[name].rstrip().rsplit("\n", 1)
    source = f'{head}\n    ### BEGIN SOLUTION\n    "{word}"\n{body}\n    ### END SOLUTION'
    return new_code_cell(source, id=f"id-{name}", metadata=marked(name, solution=True))


def test(name: str, source: str, points: int) -> NotebookNode:
    """Return a test cell."""
    about = marked(f"{name}-test", grade=True, locked=True, points=points)
    return new_code_cell(source, id=f"id-{name}-test", metadata=about)


def source_notebook(solution: str, hidden: str) -> NotebookNode:
    """Return the instructor's notebook."""
    why = (
        "### BEGIN SOLUTION\nThe slope of the sine is the cosine.\n\n**Rubric** (1 point)\n\n"
        "- 1 point: cosine\n### END SOLUTION"
    )
    return new_notebook(
        cells=[
            new_markdown_cell("# Attacked", id="title"),
            new_code_cell(
                "import numpy as np\nfrom course_utils import Linear, Sine, check, fill_in, score",
                id="imports",
            ),
            answer("sine", solution),
            test("sine", "check(Sine)", 2),
            answer("linear", solution),
            test("linear", 'score(Linear, {"X": 1, "W": 1, "b": 1})', 3),
            answer("twice", solution),
            test("twice", TWICE_TEST.replace("@HIDDEN@", hidden), 2),
            new_markdown_cell(
                why, id="id-why", metadata=marked("why", grade=True, solution=True, points=1)
            ),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}},
    )


def make(root: Path, solution: str, hidden: str) -> Course:
    """Build and register the course in `root`."""
    (root / "solutions" / NAME).mkdir(parents=True)
    (root / "autograde").mkdir()
    (root / "nbgrader_config.py").write_text(CONFIG)
    write(source_notebook(solution, hidden), root / "solutions" / NAME / FILE)
    course = Course(root)
    assert list(build(course, [NAME])) == [(NAME, True)]
    assert register(course, NAME)
    return course


def finder(nb: NotebookNode) -> Callable[[str], NotebookNode]:
    """Return ``find(grade_id)``: the first such cell of `nb`."""
    return lambda name: next(cell for cell in nb.cells if grade_id_of(cell) == name)


def hand_in(course: Course, row: Row, student: str, replace: Callable[[str], str]) -> None:
    """Put the submission of one row where nbgrader collects it.

    `replace` fills in what only this run knows, such as a port.
    """
    folder = course.root / "autograde" / "submitted" / student / NAME
    folder.mkdir(parents=True)
    nb = copy.deepcopy(read(course.notebooks / NAME / FILE))
    find = finder(nb)
    for name, source in row.answers.items():
        find(name).source = source
    if row.first:
        nb.cells.insert(2, new_code_cell(row.first, id="own"))
    if row.change:
        row.change(nb, find)
    if row.raw:
        (folder / FILE).write_bytes(row.raw)
    elif row.place is None or not row.name.startswith("a link in place"):
        (folder / FILE).write_text(replace(json.dumps(nb)))  # nbformat would not write all of them
    for name, content in row.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(replace(content.decode("latin-1")).encode("latin-1"))
    if row.place:
        row.place(folder, course.root)
