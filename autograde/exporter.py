"""How nbgrader reads a submission."""

from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode

from autograde.reading import read_notebook
from autograde.types import Resources


class SubmissionExporter(NotebookExporter):
    """Reads a damaged notebook as far as it can be mended, and says why where it cannot."""

    def from_filename(
        self, filename: str, resources: Resources | None = None, **kw: Any
    ) -> tuple[NotebookNode, Resources]:
        """Convert one file, as nbconvert does."""
        nb, notes = read_notebook(Path(filename))
        resources = {} if resources is None else resources
        resources.setdefault("metadata", {}).update(
            name=Path(filename).stem, path=str(Path(filename).parent)
        )
        resources["autograde_notes"] = notes
        return super().from_notebook_node(nb, resources, **kw)  # type: ignore
