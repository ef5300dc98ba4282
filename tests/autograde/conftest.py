"""A course with one small assignment, and submissions to it."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograde.course.config import CHECKOUT
from autograde.course.course import Course
from autograde.notebooks.notebook import read, write
from autograde.notebooks.original import grade_id_of
from autograde.release.release import build
from autograde.workers.run import register
from tests.autograde.jails import a_jail, connection, job, run  # noqa: F401  (fixtures)

NAME = "00_fixture"

# nbgrader forgets to close files, and uses what newer Pythons deprecate; neither is ours to mend.
NBGRADERS_OWN = [
    r"ignore::DeprecationWarning:(nbgrader|nbconvert|nbclient|jupyter_client|traitlets)\b",
    "ignore::ResourceWarning",
    "ignore:.*_io.(FileIO|TextIOWrapper) name=.*timestamp.txt:"
    "pytest.PytestUnraisableExceptionWarning",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings are errors, but for these in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for each in NBGRADERS_OWN:
                item.add_marker(pytest.mark.filterwarnings(each))


CONFIG = f"""\
import sys
from pathlib import Path

sys.path.insert(0, {str(CHECKOUT)!r})

from autograde.course.config import configure

c = get_config()
configure(c, Path(__file__).resolve().parent)
c.Examine.cell_seconds = c.Examine.call_seconds = 5.0
c.Examine.as_root = True
c.Execute.timeout = 10
"""


def marked(grade_id: str, **more: Any) -> dict[str, Any]:
    flags = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {**flags, "grade_id": grade_id, "schema_version": 3, **more}}


def source_notebook() -> NotebookNode:
    """An answer with a test, an answer with partial credit, a derivation."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Fixture", id="title"),
            new_code_cell("import math", id="imports"),
            new_code_cell(
                "def double(x):\n"
                '    """Twice x."""\n'
                "    ### BEGIN SOLUTION\n"
                "    scale = math.sqrt(4.0) + math.cos(0.0) - 1.0\n"
                "    return scale * x\n"
                "    ### END SOLUTION",
                id="id-double",
                metadata=marked("double", solution=True),
            ),
            new_code_cell(
                "assert double(3) == 6, 'double is wrong by a constant'",
                id="id-double-test",
                metadata=marked("double-test", grade=True, locked=True, points=2),
            ),
            new_code_cell(
                "def halves(x):\n"
                "    ### BEGIN SOLUTION\n"
                "    return [x / 2 + math.sin(0.0), x / 4]\n"
                "    ### END SOLUTION",
                id="id-halves",
                metadata=marked("halves", solution=True),
            ),
            new_code_cell(
                "reached = float(halves(8)[0] == 4) + 2.0 * (halves(8)[1] == 2)\n"
                "if reached < 3:\n"
                "    print('halves has a wrong entry')\n"
                "reached",
                id="id-halves-test",
                metadata=marked("halves-test", grade=True, locked=True, points=3),
            ),
            new_markdown_cell(
                "### BEGIN SOLUTION\n"
                "Doubling is linear, and the slope of a linear function is the same everywhere.\n\n"
                "**Rubric** (4 points)\n\n"
                "- 4 points: linear\n"
                "### END SOLUTION",
                id="id-why",
                metadata=marked("why", grade=True, solution=True, points=4),
            ),
        ],
        metadata={
            "kernelspec": {"name": "author", "display_name": "The author's", "language": "python"},
            "language_info": {"name": "python", "version": "3.11.7"},
        },
    )


@pytest.fixture
def source() -> NotebookNode:
    """The instructor's notebook."""
    return source_notebook()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built and registered course, to be copied: making a gradebook takes seconds."""
    root = tmp_path_factory.mktemp("template") / "course"
    (root / "solutions" / NAME).mkdir(parents=True)
    (root / "autograde").mkdir()
    (root / "nbgrader_config.py").write_text(CONFIG)
    write(source_notebook(), root / "solutions" / NAME / f"{NAME}.ipynb")
    course = Course(root)
    assert list(build(course, [NAME])) == [(NAME, True)]
    assert register(course, NAME)
    return root


@pytest.fixture
def course(template: Path, tmp_path: Path) -> Course:
    """A course of one's own."""
    root = tmp_path / "course"
    shutil.copytree(template, root)
    return Course(root)


@pytest.fixture
def released(course: Course) -> NotebookNode:
    """The student version."""
    return read(course.notebooks / NAME / f"{NAME}.ipynb")


@pytest.fixture
def solved(released: NotebookNode, source: NotebookNode) -> NotebookNode:
    """A perfect submission."""
    nb = copy.deepcopy(released)
    for cell, solution in zip(nb.cells, source.cells, strict=True):
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = "\n".join(
                line for line in solution.source.splitlines() if " SOLUTION" not in line
            )
    return nb


@pytest.fixture
def find() -> Callable[[NotebookNode, str], NotebookNode]:
    """``find(nb, grade_id)``: the first such cell."""

    def find_cell(nb: NotebookNode, grade_id: str) -> NotebookNode:
        return next(cell for cell in nb.cells if grade_id_of(cell) == grade_id)

    return find_cell


@pytest.fixture
def hand_in(course: Course) -> Callable[..., Path]:
    """``hand_in(student, {file name: notebook or bytes})``: the folder of the submission."""

    def submit(student: str, files: dict[str, Any], assignment: str = NAME) -> Path:
        folder = course.root / "autograde" / "submitted" / student / assignment
        folder.mkdir(parents=True)
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                write(content, path)
        return folder

    return submit


@pytest.fixture
def resources(tmp_path: Path) -> dict[str, Any]:
    """What nbgrader hands to a preprocessor."""
    named = {"assignment": NAME, "notebook": NAME, "student": "ana"}
    return {"nbgrader": named, "metadata": {"path": str(tmp_path)}}
