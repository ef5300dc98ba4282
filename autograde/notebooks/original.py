"""The cells of a notebook as the instructor released them: what a submission is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import SCHEMA_VERSION

from autograde.notebooks.notebook import node, read


@dataclass(frozen=True)
class OriginalCell:
    """One cell that nbgrader knows: a test, an answer, a task, or a locked text."""

    name: str
    """Its grade_id."""
    cell_type: str
    locked: bool
    grade: bool
    solution: bool
    task: bool
    points: float | None
    source: str
    """Its text in the release; of an answer, the untouched stub."""
    checksum: str | None
    cell_id: str | None
    """Its notebook cell id, which a copy in JupyterLab does not share."""

    def metadata(self) -> NotebookNode:
        """The nbgrader metadata that this cell has in the release."""
        return node(
            {
                "grade_id": self.name,
                "grade": self.grade,
                "solution": self.solution,
                "locked": self.locked,
                "task": self.task,
                "cell_type": self.cell_type,
                "checksum": self.checksum,
                "schema_version": SCHEMA_VERSION,
                **({} if self.points is None else {"points": self.points}),
            }
        )

    @property
    def max_score(self) -> float | None:
        """Its points, as nbgrader's cells call them."""
        return self.points

    def untouched(self, cell: NotebookNode) -> bool:
        """Whether `cell` still holds the text of the release, spaces at the ends aside."""
        return bool(cell.source.strip() == self.source.strip())


def grade_id_of(cell: NotebookNode) -> str | None:
    """The grade_id that `cell` carries, whatever else its metadata holds."""
    meta = cell.get("metadata", {}).get("nbgrader")
    grade_id = meta.get("grade_id") if isinstance(meta, dict) else None
    return grade_id if isinstance(grade_id, str) and grade_id else None


Lost = dict[str, NotebookNode]
"""Cells by the grade_id that they should have."""


def nameless(cells: list[NotebookNode], originals: Mapping[str, OriginalCell]) -> Lost:
    """The cells that have lost their grade_id and still have the cell id of the release."""
    present = {grade_id_of(cell) for cell in cells}
    names = {
        original.cell_id: name
        for name, original in originals.items()
        if original.cell_id and name not in present
    }
    found = [cell for cell in cells if cell.get("id") in names and grade_id_of(cell) is None]
    return {names[cell.id]: cell for cell in found}


def original_cells(
    coursedir: CourseDirectory, assignment: str, notebook: str
) -> dict[str, OriginalCell]:
    """What the gradebook recorded of `notebook`, by grade_id, in the order of the notebook.

    The gradebook does not keep the order nor the cell ids, so these are read from the source.
    """
    ids = source_ids(coursedir, assignment, notebook)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        recorded = gradebook.find_notebook(notebook, assignment)
        points = {c.name: c.max_score for c in [*recorded.grade_cells, *recorded.task_cells]}
        graded = {c.name for c in recorded.grade_cells}
        answers = {c.name for c in recorded.solution_cells}
        tasks = {c.name for c in recorded.task_cells}
        cells = {
            c.name: OriginalCell(
                name=c.name,
                cell_type=c.cell_type,
                # nbgrader records "will be overwritten", which holds for tests as well
                locked=c.locked,
                grade=c.name in graded,
                solution=c.name in answers,
                task=c.name in tasks,
                points=points.get(c.name),
                source=c.source,
                checksum=c.checksum,
                cell_id=ids.get(c.name),
            )
            for c in recorded.source_cells
        }
    order = {name: position for position, name in enumerate(ids)}
    return dict(sorted(cells.items(), key=lambda item: order.get(item[0], len(order))))


def source_ids(coursedir: CourseDirectory, assignment: str, notebook: str) -> dict[str, str | None]:
    """Cell id by grade_id, in the order of the instructor's notebook; empty if it is not there."""
    cells = source_cells(coursedir, assignment, notebook)
    return {name: cell.get("id") for cell in cells if (name := grade_id_of(cell))}


def source_cells(coursedir: CourseDirectory, assignment: str, notebook: str) -> list[NotebookNode]:
    """The cells of the instructor's notebook; none if it is not there."""
    folder = coursedir.format_path(coursedir.source_directory, ".", assignment)
    path = Path(folder) / f"{notebook}.ipynb"
    return list(read(path).cells) if path.is_file() else []


def course_directory(component: Any) -> CourseDirectory:
    """The course that a preprocessor works for: that of the converter which started it."""
    while component is not None:
        coursedir = getattr(component, "coursedir", None)
        if isinstance(coursedir, CourseDirectory):
            return coursedir
        component = getattr(component, "parent", None)
    raise LookupError("this preprocessor runs inside nbgrader's converters only")
