"""Keep with a graded notebook what was found, for commands that come later."""

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.base.types import Resources
from autograde.grading.verdicts import KEY
from autograde.notebooks.notebook import node
from autograde.notebooks.original import grade_id_of


class KeepVerdicts(NbGraderPreprocessor):
    """Write each test's verdict into the metadata of its cell, and take out what stood there.

    The graded notebook is replaced whenever a submission is graded, so what is read there is of
    the grading that gave the score.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, cell_index: int
    ) -> tuple[NotebookNode, Resources]:
        cell.metadata.pop(KEY, None)  # whatever was handed in
        verdict = resources.get("verdicts", {}).get(grade_id_of(cell))
        if verdict is not None:
            cell.metadata[KEY] = node(dict(verdict))
        return cell, resources
