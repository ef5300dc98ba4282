"""How nbgrader reads a submission."""

from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook

from autograde.base.types import Resources
from autograde.grading.withdraw import withdraw
from autograde.notebooks.original import course_directory
from autograde.notebooks.reading import read_notebook


class SubmissionExporter(NotebookExporter):
    """Reads a damaged notebook as far as it can be mended, and says why where it cannot."""

    def from_filename(
        self, filename: str, resources: Resources | None = None, **kw: Any
    ) -> tuple[NotebookNode, Resources]:
        """Convert one file, as nbconvert does; if that fails, leave no entry without a score."""
        try:
            return self.mended(filename, resources, **kw)
        except Exception:
            here = (resources or {}).get("nbgrader")
            if here:  # also after a plain `nbgrader autograde`, which would leave a 0
                course = course_directory(self)
                with Gradebook(course.db_url, course.course_id) as gradebook:
                    withdraw(gradebook, here["assignment"], here["student"])
            raise

    def mended(
        self, filename: str, resources: Resources | None, **kw: Any
    ) -> tuple[NotebookNode, Resources]:
        """Convert what can be read of one file."""
        nb, notes = read_notebook(Path(filename))
        resources = {} if resources is None else resources
        resources.setdefault("metadata", {}).update(
            name=Path(filename).stem, path=str(Path(filename).parent)
        )
        resources["autograde_notes"] = notes
        return super().from_notebook_node(nb, resources, **kw)  # type: ignore
