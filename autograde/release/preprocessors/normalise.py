"""Make the release the same bytes on every machine."""

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.base.types import Resources
from autograde.notebooks.leaks import without_regions
from autograde.notebooks.notebook import node

NOTEBOOK_METADATA: dict[str, Any] = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
"""What JupyterLab writes, without the version of the author's Python."""

CELL_METADATA = {"deletable", "editable", "jupyter", "nbgrader", "tags"}
"""What a cell of the release may carry; the rest is what an editor left behind."""


class Normalise(NbGraderPreprocessor):
    """Strip outputs, counts and the author's traces; keep the cell ids of the source."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        nb.nbformat, nb.nbformat_minor = 4, 5
        nb.metadata = node(NOTEBOOK_METADATA)
        for cell in nb.cells:
            cell.metadata = node(
                {key: value for key, value in cell.metadata.items() if key in CELL_METADATA}
            )
            if "attachments" in cell:  # a picture that only the model answer shows stays here
                shown = without_regions(cell.source)
                cell.attachments = node(
                    {name: each for name, each in cell.attachments.items() if name in shown}
                )
            if cell.cell_type == "code":
                cell.outputs = []
                cell.execution_count = None
        return nb, resources
