"""Keep of a graded notebook what a page shows of it."""

import re

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.base.types import Resources
from autograde.notebooks.notebook import node

GRADE_ID = re.compile(r"[A-Za-z0-9_-]+")
FLAGS = ("grade", "solution", "task", "locked")


class KeepShown(NbGraderPreprocessor):
    """Drop titles, tags, ids, languages and widgets, of which a page would make classes and more.

    Grading has done so already, but the pages are made of whatever is in ``autograded/``.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        nb.metadata = node({})
        for index, cell in enumerate(nb.cells):
            marks = cell.metadata.get("nbgrader")
            cell.metadata = node({"nbgrader": kept} if (kept := checked(marks)) else {})
            if "id" in cell:
                cell.id = f"cell-{index}"
            if cell.cell_type == "raw":  # which would stand in the page without any box around it
                cell.cell_type = "markdown"
        return nb, resources


def checked(marks: object) -> dict[str, object]:
    """What nbgrader has noted in a cell, as far as it is what it should be."""
    if not isinstance(marks, dict) or not GRADE_ID.fullmatch(str(marks.get("grade_id"))):
        return {}
    points = marks.get("points", 0)
    return {
        "grade_id": marks["grade_id"],
        "points": points if type(points) in (int, float) else 0,
        **{flag: marks.get(flag) is True for flag in FLAGS},
    }
