"""An assignment as it was released: all that grading a submission to it needs to know."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution

from autograde.notebook import read
from autograde.original import OriginalCell, grade_id_of, original_cells, source_ids
from autograde.secret import secret_of
from autograde.submission import real_files


@dataclass(frozen=True)
class SourceCell:
    """One cell of the instructor's notebook."""

    cell_id: str | None
    name: str | None
    """Its grade_id."""
    code: bool
    answer: bool
    test: bool
    source: str


@dataclass(frozen=True)
class ReleasedNotebook:
    """One notebook of an assignment."""

    originals: dict[str, OriginalCell]
    """What the gradebook recorded of it."""
    kernelspec: dict[str, Any] | None
    source: tuple[SourceCell, ...] = ()


@dataclass(frozen=True)
class Released:
    """One assignment; it can be sent to another process."""

    assignment: str
    notebooks: dict[str, ReleasedNotebook]
    secret: bytes
    files: dict[str, bytes] = field(default_factory=dict)
    """What was released beside the notebooks."""
    others: dict[str, set[str]] = field(default_factory=dict)
    """The grade_ids of every other assignment, to recognise a notebook in the wrong place."""


def released_notebook(
    coursedir: CourseDirectory, assignment: str, notebook: str
) -> ReleasedNotebook:
    """Look one notebook up, in the gradebook and in ``solutions/``."""
    originals = original_cells(coursedir, assignment, notebook)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        text = gradebook.find_notebook(notebook, assignment).kernelspec
    folder = coursedir.format_path(coursedir.source_directory, ".", assignment)
    path = Path(folder) / f"{notebook}.ipynb"
    cells = read(path).cells if path.is_file() else []
    return ReleasedNotebook(
        originals,
        json.loads(text) if text else None,
        tuple(
            SourceCell(
                cell_id=cell.get("id"),
                name=grade_id_of(cell),
                code=cell.cell_type == "code",
                answer=is_solution(cell),
                test=is_grade(cell) and not is_solution(cell),
                source=cell.source,
            )
            for cell in cells
        ),
    )


def released_assignment(
    coursedir: CourseDirectory, solutions: Path, assignment: str, assignments: list[str]
) -> Released:
    """Look a whole assignment up; `assignments` are all that the course has."""
    return Released(
        assignment,
        {
            path.stem: released_notebook(coursedir, assignment, path.stem)
            for path in sorted((solutions / assignment).glob("*.ipynb"))
        },
        secret_of(coursedir),
        {
            path.relative_to(solutions / assignment).as_posix(): path.read_bytes()
            for path in real_files(solutions / assignment)
            if path.suffix != ".ipynb"
        },
        {
            other: {
                name
                for path in (solutions / other).glob("*.ipynb")
                for name in source_ids(coursedir, other, path.stem)
            }
            for other in assignments
            if other != assignment
        },
    )
