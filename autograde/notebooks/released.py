"""An assignment as it was released: all that grading a submission to it needs to know."""

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files, is_grade, is_solution

from autograde.base.secret import secret_of
from autograde.notebooks.original import (
    OriginalCell,
    grade_id_of,
    original_cells,
    source_cells,
    source_ids,
)


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

    @classmethod
    def of(cls, cell: NotebookNode) -> Self:
        """Return what is to be known of a cell."""
        return cls(
            cell_id=cell.get("id"),
            name=grade_id_of(cell),
            code=cell.cell_type == "code",
            answer=is_solution(cell),
            test=is_grade(cell) and not is_solution(cell),
            source=cell.source,
        )


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
    return ReleasedNotebook(
        originals,
        json.loads(text) if text else None,
        tuple(map(SourceCell.of, source_cells(coursedir, assignment, notebook))),
    )


def released_assignment(
    coursedir: CourseDirectory,
    solutions: Path,
    assignment: str,
    assignments: list[str],
    kept: Collection[str] = (),
) -> Released:
    """Look a whole assignment up.

    Parameters
    ----------
    coursedir : CourseDirectory
    solutions : Path
    assignment : str
    assignments : list of str
        All that the course has.
    kept : collection of str
        Files that do not overwrite what was handed in under their names.
    """
    folder = solutions / assignment
    return Released(
        assignment,
        {
            path.stem: released_notebook(coursedir, assignment, path.stem)
            for path in sorted(folder.glob("*.ipynb"))
        },
        secret_of(coursedir),
        {name: (folder / name).read_bytes() for name in released_files(coursedir, folder, kept)},
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


def released_files(
    coursedir: CourseDirectory, folder: Path, kept: Collection[str] = ()
) -> list[str]:
    """The files in an assignment's folder in ``solutions/`` that are released as they are.

    `kept` are those that do not overwrite what was handed in under their names.
    """
    found = find_all_files(str(folder), [*coursedir.ignore, "*.ipynb"])
    names = [Path(each).relative_to(folder).as_posix() for each in found]
    return [name for name in names if name not in kept]


def put_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder, in the place of whatever has their names or is in their way."""
    for name, content in files.items():
        path = folder / name
        for way in Path(name).parents:
            if (folder / way).is_file():
                (folder / way).unlink()
        if path.is_dir():
            shutil.rmtree(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
