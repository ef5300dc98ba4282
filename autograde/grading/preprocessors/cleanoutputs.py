"""Keep of a submission's outputs what a reader needs."""

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade

from autograde.base.budget import LARGEST_OUTPUTS
from autograde.base.types import Resources
from autograde.notebooks.notebook import node

KINDS = ("text/plain", "text/html", "text/latex", "text/markdown", "image/png", "image/jpeg")
"""HTML among them is cleaned when a page is made of it; scripts and SVG are never needed."""

LARGEST_TEXT = 100_000
"""Characters. `LimitOutput` counts lines, of which a single one can have megabytes."""

CUT = "\n... Output truncated ...\n"


class CleanOutputs(NbGraderPreprocessor):
    """Drop outputs that could run something, and metadata but for a picture's size and text.

    What is longer than anybody reads is cut; past what a notebook may have in all, only tests
    keep theirs, which hold the scores.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        nb, resources = super().preprocess(nb, resources)
        left = LARGEST_OUTPUTS
        for cell in nb.cells:
            left -= sum(map(length, cell.get("outputs", [])))
            if left < 0 and cell.get("outputs") and not is_grade(cell):
                cell.outputs = [node({"output_type": "stream", "name": "stdout", "text": CUT})]
        return nb, resources

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, cell_index: int
    ) -> tuple[NotebookNode, Resources]:
        left = LARGEST_TEXT  # of what the cell printed; what it returned may be its score
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                left, output.text = left - len(output.text), shortened(output.text, max(left, 0))
            if output.output_type == "error":
                output.evalue = shortened(output.evalue, LARGEST_TEXT)
                output.traceback = [shortened(line, LARGEST_TEXT) for line in output.traceback]
            if "data" not in output:
                continue
            output.data = node(limited({k: output.data[k] for k in KINDS if k in output.data}))
            output.metadata = node(
                {kind: described(output.metadata.get(kind)) for kind in output.data}
            )
        if cell.cell_type == "code":  # nbconvert cannot show an output that has no form left
            cell.outputs = [out for out in cell.outputs if "data" not in out or out.data]
        return cell, resources


def length(output: NotebookNode) -> int:
    """How many characters there are in an output that was cleaned."""
    parts = [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", ())]
    return sum(map(len, [*parts, *output.get("data", {}).values()]))


def shortened(text: str, largest: int) -> str:
    """`text`, cut if it is longer than `largest`."""
    return text if len(text) <= largest else text[:largest] + CUT


def limited(data: dict[str, object]) -> dict[str, str]:
    """Forms of one output without those that are too long; cut markup would spoil the page."""
    return {
        kind: shortened(content, LARGEST_TEXT) if kind == "text/plain" else content
        for kind, content in data.items()
        if isinstance(content, str)  # a program can display anything
        and (kind == "text/plain" or kind.startswith("image/") or len(content) <= LARGEST_TEXT)
    }


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
