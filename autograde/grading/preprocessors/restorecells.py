"""Cells as they were released, without a look at the gradebook."""

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor, OverwriteCells

from autograde.base.types import Resources
from autograde.notebooks.original import OriginalCell


class RestoreCells(OverwriteCells):
    """nbgrader's ``OverwriteCells``, which asks ``resources["released"]`` in the gradebook's place.

    It is used where a whole class is graded: a query per cell costs more than all the rest.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        self.notebook_id = resources["nbgrader"]["notebook"]
        self.assignment_id = resources["nbgrader"]["assignment"]
        self.gradebook = Recorded(resources["released"].originals)
        restored: tuple[NotebookNode, Resources] = NbGraderPreprocessor.preprocess(
            self, nb, resources
        )
        return restored


class Recorded:
    """Answers the two questions that ``OverwriteCells`` asks a gradebook."""

    def __init__(self, originals: dict[str, OriginalCell]) -> None:
        self.originals = originals

    def find_source_cell(self, name: str, *where: Any) -> OriginalCell:
        """The cell of this name."""
        try:
            return self.originals[name]
        except KeyError:
            raise MissingEntry(name) from None

    def find_graded_cell(self, name: str, *where: Any) -> OriginalCell:
        """The cell of this name, with its `max_score`."""
        return self.find_source_cell(name)
