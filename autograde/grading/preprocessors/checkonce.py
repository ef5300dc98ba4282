"""nbgrader's check of its metadata, once for all cells that have the same."""

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import CheckCellMetadata

from autograde.base.types import Resources
from autograde.notebooks.notebook import node


class CheckOnce(CheckCellMetadata):
    """nbgrader's ``CheckCellMetadata``, for a class whose cells all have the released metadata.

    It takes as long as to run a few cells, and there is nothing new to find the second time.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.good: set[str] = set()

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        for cell in nb.cells:
            if "nbgrader" not in cell.metadata:
                continue
            what = f"{cell.cell_type} {sorted(cell.metadata.nbgrader.items())}"
            if what not in self.good:
                super().preprocess(node({"cells": [cell]}), resources)
                self.good.add(what)
        return nb, resources
