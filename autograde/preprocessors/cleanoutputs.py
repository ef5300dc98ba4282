"""Keep of a submission's outputs what a reader needs."""

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.notebook import node
from autograde.types import Resources

KINDS = ("text/plain", "text/html", "text/latex", "text/markdown", "image/png", "image/jpeg")
"""HTML among them is cleaned when a page is made of it; scripts and SVG are never needed."""


class CleanOutputs(NbGraderPreprocessor):
    """Drop outputs that could run something, and metadata but for a picture's size and text."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, cell_index: int
    ) -> tuple[NotebookNode, Resources]:
        for output in cell.get("outputs", []):
            if "data" not in output:
                continue
            output.data = node({kind: output.data[kind] for kind in KINDS if kind in output.data})
            output.metadata = node(
                {kind: described(output.metadata.get(kind)) for kind in output.data}
            )
        if cell.cell_type == "code":  # nbconvert cannot show an output that has no form left
            cell.outputs = [out for out in cell.outputs if "data" not in out or out.data]
        return cell, resources


def described(metadata: object) -> dict[str, object]:
    """The alternative text and the size of a picture, if they are what they should be."""
    if not isinstance(metadata, dict):
        return {}
    kept: dict[str, object] = {
        key: metadata[key] for key in ("width", "height") if type(metadata.get(key)) in (int, float)
    }
    if isinstance(metadata.get("alt"), str):
        kept["alt"] = metadata["alt"]
    return kept
