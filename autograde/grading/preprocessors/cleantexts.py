"""Keep of a submission's texts what can be made a page of."""

import re

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.base.types import Resources
from autograde.grading.preprocessors.cleanoutputs import CUT

LARGEST = 50_000
"""Characters, without pictures: markup that is nested very often takes very long to clean."""

PICTURES = ("image/png", "image/jpeg", "image/gif")
DATA = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+")


class CleanTexts(NbGraderPreprocessor):
    """Cut texts that are longer than any, and keep of what is attached the pictures."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, cell_index: int
    ) -> tuple[NotebookNode, Resources]:
        if cell.cell_type != "markdown":
            return cell, resources
        if len(DATA.sub("", cell.source)) > LARGEST:
            cell.source = cell.source[:LARGEST] + CUT
        held = cell.pop("attachments", None)
        kept = pictures(held) if isinstance(held, dict) else {}
        if kept:
            cell.attachments = kept
        return cell, resources


def pictures(attachments: dict[str, object]) -> dict[str, dict[str, object]]:
    """The pictures among what is attached to a cell."""
    found = {
        name: {kind: content for kind, content in forms.items() if kind in PICTURES}
        for name, forms in attachments.items()
        if isinstance(forms, dict)
    }
    return {name: forms for name, forms in found.items() if forms}
