"""Graded cells that a student deleted."""

import hashlib
from collections.abc import Iterator

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

    What a person grades has no points only if it is not there. In a notebook with text that is
    not the course's it may be, under no name: then it waits.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        originals = self.originals(resources)
        present = {grade_id_of(cell) for cell in nb.cells}
        names = list(originals)
        has_own_text = any(self.own_texts(nb, resources))
        # From the end: of two missing neighbours the second is then there to put the first before.
        for position in range(len(names) - 1, -1, -1):
            original = originals[names[position]]
            if original.name in present or not (original.grade or original.task):
                continue
            later = set(names[position + 1 :])
            places = (i for i, cell in enumerate(nb.cells) if grade_id_of(cell) in later)
            at = next(places, len(nb.cells))
            waits = original.grade and original.solution and has_own_text
            nb.cells[at:at] = [notice(original), restored(original, waits=waits)]
            self.note(
                resources,
                f"the graded cell '{original.name}' was missing; it was put back for grading"
                + (", and waits for a person, for there is text in other cells" if waits else ""),
            )
        return nb, resources

    def own_texts(self, nb: NotebookNode, resources: Resources) -> Iterator[str]:
        """The texts of cells that are neither graded nor the course's."""
        released = self.released(resources)
        of_the_course = {cell.source.strip() for cell in released.source}
        of_the_course |= {original.source.strip() for original in released.originals.values()}
        for cell in nb.cells:
            if cell.cell_type != "code" and grade_id_of(cell) not in released.originals:
                text = cell.source.strip()
                if text and text not in of_the_course:
                    yield text


def notice(original: OriginalCell) -> NotebookNode:
    """What the student reads above the cell in the feedback."""
    cell = new_cell(
        "markdown",
        f"**The graded cell `{original.name}` was missing from the submission. It was put back"
        " for grading.**",
    )
    cell.id = cell_id("notice", original)
    return cell


ELSEWHERE = "*This cell was missing. What was written may be in another cell of this notebook.*"


def restored(original: OriginalCell, *, waits: bool) -> NotebookNode:
    """The cell of the release; if its text is unchanged, an answer counts as not given."""
    metadata = {"nbgrader": original.metadata(), "deletable": False}
    source = f"{original.source}\n\n{ELSEWHERE}" if waits else original.source
    cell = new_cell(original.cell_type, source, metadata)
    cell.id = cell_id("restored", original)
    return cell


def cell_id(kind: str, original: OriginalCell) -> str:
    """An id that is the same whenever the submission is graded, and that no other cell has."""
    return f"{kind}-{hashlib.sha256(original.name.encode()).hexdigest()[:12]}"
