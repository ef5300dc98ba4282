"""The class: who is in it, what was put around it, and what became of everybody."""

from __future__ import annotations

import hashlib
import json
import secrets
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode

from autograde.course.course import Course
from autograde.notebooks.notebook import read
from autograde.notebooks.original import grade_id_of
from tests.attacks.escaping import ESCAPING
from tests.attacks.pages import PAGES
from tests.attacks.rows import FILE, NAME, Row
from tests.attacks.tables import HONEST, HOSTILE


@dataclass
class Class:
    """What became of everybody.

    Attributes
    ----------
    students : dict
        The student's name by the name of the row.
    results : dict
        The report's entry by the student's name.
    printed : str
        What the command printed.
    canaries : dict
        A word by the name of the place where it was put.
    before : dict
        What was in every file that no submission may change.
    """

    course: Course
    status: int = 0
    students: dict[str, str] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    printed: str = ""
    canaries: dict[str, str] = field(default_factory=dict)
    before: dict[Path, str] = field(default_factory=dict)
    listener: socket.socket | None = None
    process: subprocess.Popen[bytes] | None = None

    def result(self, row: Row) -> dict[str, Any]:
        """Return the report's entry for a row."""
        found: dict[str, Any] = self.results[self.students[row.name]]
        return found

    def graded(self, row: Row) -> NotebookNode:
        """Return the autograded notebook of a row."""
        return read(self.folder("autograded", row) / FILE)

    def page(self, row: Row) -> str:
        """Return the feedback page of a row, "" if none was to be made."""
        path = self.folder("feedback", row) / f"{NAME}.html"
        return path.read_text() if path.exists() or path.parts[-3].endswith("p") else ""

    def folder(self, kind: str, row: Row) -> Path:
        """Return a folder of a row's student."""
        return self.course.root / "autograde" / kind / self.students[row.name] / NAME

    def watched(self) -> dict[Path, str]:
        """Return a digest of every file that grading only reads."""
        root = self.course.root
        places = [root / "solutions", root / "notebooks", root / "autograde" / "submitted"]
        files = [path for place in places for path in place.rglob("*")]
        files += [root / "nbgrader_config.py", root / "autograde" / "secret", root.parent / "file"]
        return {
            path: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
            if path.is_file() and not path.is_symlink()
        }


def words() -> dict[str, str]:
    """Return a word that nobody can guess for each place that is not to be read."""
    places = ("solution", "hidden", "gradebook", "submission", "file", "variable", "process")
    return {place: f"canary{secrets.token_hex(8)}" for place in places}


def order() -> Iterator[tuple[int, Row]]:
    """Go through both tables: after every few attackers there sits an honest neighbour."""
    honest = list(HONEST)
    for number, row in enumerate(HOSTILE):
        yield number, row
        if honest and number % 3 == 2:
            yield number, honest.pop(0)
    for row in honest:
        yield len(HOSTILE), row


def student_of(number: int, row: Row) -> str:
    """Return a name that keeps the order; it ends in p where a feedback page is to be made."""
    paged = row.shown or row.hidden or row in [*ESCAPING, *PAGES]
    return f"{number:03d}{'' if row in HOSTILE else 'z'}{'p' if paged else ''}"


def outputs(nb: NotebookNode, *, tests: bool) -> str:
    """Return what the cells of a graded notebook show, without their own text."""
    return json.dumps(
        [
            cell.get("outputs", [])
            for cell in nb.cells
            if tests or not str(grade_id_of(cell)).endswith("-test")
        ]
    )
