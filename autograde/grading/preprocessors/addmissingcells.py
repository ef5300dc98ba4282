"""Graded cells that a student deleted."""

import hashlib

from nbformat.notebooknode import NotebookNode

from autograde.base.types import Resources
from autograde.grading.preprocessors.base import SubmissionPreprocessor
from autograde.notebooks.notebook import new_cell
from autograde.notebooks.original import OriginalCell, grade_id_of


class AddMissingCells(SubmissionPreprocessor):
    """Put back every graded cell that is missing, so that it has a score and the rest has too.

    It goes as far down as the order of the notebook allows: right before the next known cell. So
    a test still finds an answer that its student wrote into a new cell. nbgrader's own
    `add_missing_cells` puts it after the cell before, and fails if that one is missing as well.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        originals = self.originals(resources)
        present = {grade_id_of(cell) for cell in nb.cells}
        names = list(originals)
        # From the end: of two missing neighbours the second is then there to put the first before.
        for position in range(len(names) - 1, -1, -1):
            original = originals[names[position]]
            if original.name in present or not (original.grade or original.task):
                continue
            later = set(names[position + 1 :])
            places = (i for i, cell in enumerate(nb.cells) if grade_id_of(cell) in later)
            at = next(places, len(nb.cells))
            nb.cells[at:at] = [notice(original), restored(original)]
            self.note(
                resources,
                f"the graded cell '{original.name}' was missing; it was put back for grading",
            )
        return nb, resources


def notice(original: OriginalCell) -> NotebookNode:
    """What the student reads above the cell in the feedback."""
    cell = new_cell(
        "markdown",
        f"**The graded cell `{original.name}` was missing from the submission. It was put back"
        " for grading.**",
    )
    cell.id = cell_id("notice", original)
    return cell


def restored(original: OriginalCell) -> NotebookNode:
    """The cell of the release; its text is unchanged, so an answer counts as not given."""
    metadata = {"nbgrader": original.metadata(), "deletable": False}
    cell = new_cell(original.cell_type, original.source, metadata)
    cell.id = cell_id("restored", original)
    return cell


def cell_id(kind: str, original: OriginalCell) -> str:
    """An id that is the same whenever the submission is graded, and that no other cell has."""
    return f"{kind}-{hashlib.sha256(original.name.encode()).hexdigest()[:12]}"
