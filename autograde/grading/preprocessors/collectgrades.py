"""The grades and comments of one notebook, for whoever writes the gradebook."""

from dataclasses import dataclass
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades

from autograde.base.types import Resources


class CollectGrades(SaveAutoGrades):
    """nbgrader's ``SaveAutoGrades``, which fills ``resources["grades"]`` and ``["comments"]``.

    One process writes the gradebook, many submissions at a time; the rules are nbgrader's.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        self.notebook_id = resources["nbgrader"]["notebook"]
        self.assignment_id = resources["nbgrader"]["assignment"]
        self.student_id = resources["nbgrader"]["student"]
        self.gradebook = sheet = Sheet()
        nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
        resources["grades"] = {name: each.auto_score for name, each in sheet.grades.items()}
        resources["comments"] = {name: each.auto_comment for name, each in sheet.comments.items()}
        return nb, resources


@dataclass
class Entry:
    """What ``SaveAutoGrades`` fills in of a grade, or of a comment."""

    auto_score: float | None = None
    manual_score: float | None = None
    needs_manual_grade: bool = True
    auto_comment: str | None = None


class Sheet:
    """Stands for the gradebook, for one notebook."""

    def __init__(self) -> None:
        self.grades: dict[str, Entry] = {}
        self.comments: dict[str, Entry] = {}
        self.db = self

    def find_grade(self, name: str, *where: Any) -> Entry:
        """The grade of a cell."""
        return self.grades.setdefault(name, Entry())

    def find_comment(self, name: str, *where: Any) -> Entry:
        """The comment on a cell."""
        return self.comments.setdefault(name, Entry())

    def commit(self) -> None:
        """Nothing is written here."""
