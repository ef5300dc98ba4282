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
ATTACHMENT = re.compile(r"attachment:(?=([^)\s\"'>]*))")


class CleanTexts(NbGraderPreprocessor):
    """Cut texts that are longer than any, and mend pictures that are not there.

    A cell that was copied without its pictures still names them, and nbconvert then makes no page
    of the whole notebook.
    """

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
        cell.source = ATTACHMENT.sub(
            lambda found: found[0] if found[1] in kept else "missing-attachment:", cell.source
        )
        return cell, resources


def pictures(attachments: dict[str, object]) -> dict[str, dict[str, object]]:
    """The pictures among what is attached to a cell."""
    found = {
        name: {kind: content for kind, content in forms.items() if kind in PICTURES}
        for name, forms in attachments.items()
        if isinstance(forms, dict)
    }
    return {name: forms for name, forms in found.items() if forms}
