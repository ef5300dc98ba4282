"""One cell per grade_id: copied, pasted and split cells."""

from nbformat.notebooknode import NotebookNode

from autograde.original import OriginalCell, grade_id_of
from autograde.preprocessors.base import SubmissionPreprocessor
from autograde.types import Resources


class DropCopies(SubmissionPreprocessor):
    """Of several cells with one grade_id keep the right one; the others become ordinary cells.

    JupyterLab copies a cell's metadata when it is copied or split, and nbgrader then stops the
    whole class. The right one is, of an answer, the one that was worked in; of a test, the one
    that still reads like the test. If that leaves several, the one with the released cell id,
    which a copy does not get; else the last, which is the one that counts when the notebook runs
    from top to bottom. An answer's copy that nobody touched is taken out: it is the instructor's
    text, and run after the answer it would undo it.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        originals = self.originals(resources)
        copies: dict[str, list[NotebookNode]] = {}
        for cell in nb.cells:
            name = grade_id_of(cell)
            if name in originals:
                copies.setdefault(name, []).append(cell)
        dropped: list[NotebookNode] = []
        for name, cells in copies.items():
            if len(cells) == 1:
                continue
            original = originals[name]
            kept = choose(original, cells)
            for cell in cells:
                if cell is kept:
                    continue
                del cell.metadata["nbgrader"]
                if original.solution and original.untouched(cell):
                    dropped.append(cell)
            where = next(i for i, cell in enumerate(nb.cells) if cell is kept)
            self.note(
                resources,
                f"cell '{name}' is there {len(cells)} times (copied or split);"
                f" cell {where} was graded, the others are ordinary cells",
            )
        nb.cells = [cell for cell in nb.cells if not any(cell is gone for gone in dropped)]
        return nb, resources


def choose(original: OriginalCell, cells: list[NotebookNode]) -> NotebookNode:
    """The one of `cells`, all of which claim to be `original`, that is graded."""
    if original.solution:
        right = [cell for cell in cells if not original.untouched(cell)]
    else:
        right = [cell for cell in cells if original.untouched(cell)]
    right = right or cells
    same_id = [cell for cell in right if original.cell_id and cell.get("id") == original.cell_id]
    return (same_id or right)[-1]
