"""One cell per grade_id: copied, pasted and split cells."""

from collections.abc import Iterator

from nbformat.notebooknode import NotebookNode

from autograde.base.types import Resources
from autograde.grading.preprocessors.base import SubmissionPreprocessor
from autograde.notebooks.original import OriginalCell, grade_id_of

MANY = 3
"""More copied cells than this are told in one line."""


class DropCopies(SubmissionPreprocessor):
    """Of several cells with one grade_id keep the right one; the others become ordinary cells.

    JupyterLab copies a cell's metadata when it is copied or split, and nbgrader then stops the
    whole class. The right one is, of an answer, the one that was worked in; of a test, the one
    that still reads like the test. If that leaves several, the one with the released cell id,
    which a copy does not get; else the last, which is the one that counts when the notebook runs
    from top to bottom. But a test has to run after the answers it measures: when a filled notebook
    was pasted below the untouched one, answers and tests are those of the second. An answer's copy
    that nobody touched is taken out: it is the instructor's text, and run after the answer it
    would undo it.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        originals = self.originals(resources)
        copies: dict[str, list[NotebookNode]] = {}
        for cell in nb.cells:
            name = grade_id_of(cell)
            if name in originals:
                copies.setdefault(name, []).append(cell)
        place = {id(cell): index for index, cell in enumerate(nb.cells)}
        dropped: set[int] = set()
        answers: list[int] = []  # where those above are that were graded, in the released order
        graded: dict[str, int] = {}
        for name, original in originals.items():
            cells = copies.get(name, [])
            if not cells:
                continue
            after = cells if original.solution else after_answers(cells, answers, place)
            kept = choose(original, after)
            if original.solution and original.cell_type == "code":
                answers.append(place[id(kept)])
            if len(cells) == 1:
                continue
            graded[name] = place[id(kept)]
            for cell in cells:
                if cell is kept:
                    continue
                del cell.metadata["nbgrader"]
                if original.solution and original.untouched(cell):
                    dropped.add(place[id(cell)])
        for sentence in notes(graded, copies):
            self.note(resources, sentence)
        nb.cells = [cell for i, cell in enumerate(nb.cells) if i not in dropped]
        return nb, resources


def after_answers(
    cells: list[NotebookNode], answers: list[int], place: dict[int, int]
) -> list[NotebookNode]:
    """Those copies of a test that come after as many of the answers before it as any copy does."""
    behind = [sum(answer < place[id(cell)] for answer in answers) for cell in cells]
    return [cell for cell, count in zip(cells, behind, strict=True) if count == max(behind)]


def notes(graded: dict[str, int], copies: dict[str, list[NotebookNode]]) -> Iterator[str]:
    """A sentence for each cell that was copied; one for all when it is most of a notebook."""
    if len(graded) > MANY:
        yield (
            f"{len(graded)} graded cells are there several times (the whole notebook was pasted"
            f" into it?); of each one was graded, in cells {min(graded.values())} to"
            f" {max(graded.values())}, the others are ordinary cells"
        )
        return
    for name, index in graded.items():
        yield (
            f"cell '{name}' is there {len(copies[name])} times (copied or split);"
            f" cell {index} was graded, the others are ordinary cells"
        )


def choose(original: OriginalCell, cells: list[NotebookNode]) -> NotebookNode:
    """The one of `cells`, all of which claim to be `original`, that is graded."""
    if original.solution:
        right = [cell for cell in cells if not original.untouched(cell)]
    else:
        right = [cell for cell in cells if original.untouched(cell)]
    right = right or cells
    same_id = [cell for cell in right if original.cell_id and cell.get("id") == original.cell_id]
    return (same_id or right)[-1]
