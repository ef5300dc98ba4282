"""nbgrader metadata as it was released, whatever became of it."""

from nbformat.notebooknode import NotebookNode
from nbgrader.nbgraderformat import SCHEMA_VERSION

from autograde.base.types import Resources
from autograde.grading.preprocessors.base import SubmissionPreprocessor
from autograde.notebooks.notebook import node
from autograde.notebooks.original import grade_id_of, nameless
from autograde.release.preprocessors.normalise import NOTEBOOK_METADATA


class RestoreMetadata(SubmissionPreprocessor):
    """Take only the grade_id from a submission; all else comes from the gradebook.

    Where the grade_id is gone too, as some editors save a notebook, the cell id says which cell it
    is. This mends older and newer schema versions, which stop nbgrader for the whole class, edited
    points, changed cell types, and cells made by some other course.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        # The notebook's own metadata can name any program to colour it with, and any title.
        nb.metadata = node(NOTEBOOK_METADATA)
        originals = self.originals(resources)
        versions: set[str] = set()
        lost = nameless(nb.cells, originals)
        for known, cell in lost.items():
            cell.metadata["nbgrader"] = originals[known].metadata()
        if lost:
            self.note(
                resources,
                f"{len(lost)} graded or locked cells had lost their nbgrader metadata, and were"
                f" known by their cell ids: {', '.join(lost)}",
            )
        for cell in nb.cells:
            if "nbgrader" not in cell.metadata:
                continue
            name = grade_id_of(cell)
            if name is None or name not in originals:
                if name is not None:
                    self.note(
                        resources,
                        f"cell '{name}' is not part of this notebook; it is not graded",
                    )
                del cell.metadata["nbgrader"]
                continue
            versions.add(version_of(cell))
            original = originals[name]
            cell.metadata.nbgrader = original.metadata()
            if cell.cell_type != original.cell_type:
                self.note(
                    resources,
                    f"cell '{name}' was made a {cell.cell_type} cell;"
                    f" it is a {original.cell_type} cell again",
                )
                change_type(cell, original.cell_type)
        for version in sorted(versions - {str(SCHEMA_VERSION)}):
            self.note(
                resources,
                f"the notebook has nbgrader metadata of version {version} and was brought to"
                f" version {SCHEMA_VERSION}; the student may have worked in an older release",
            )
        return nb, resources


def version_of(cell: NotebookNode) -> str:
    """The version of a cell's metadata, where there may stand whatever JSON can say."""
    version = cell.metadata.nbgrader.get("schema_version", 0)
    return str(version) if type(version) is int and 0 <= version < 1000 else "unknown"


def change_type(cell: NotebookNode, cell_type: str) -> None:
    """Make `cell` a code or markdown cell, with exactly the keys that such a cell has."""
    cell.cell_type = cell_type
    if cell_type == "code":
        cell.pop("attachments", None)
        cell.outputs, cell.execution_count = [], None
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
