"""How nbgrader reads a submission."""

from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook

from autograde.base.types import Resources
from autograde.grading.withdraw import withdraw
from autograde.notebooks.beside import files_beside, put_beside_again
from autograde.notebooks.original import course_directory
from autograde.notebooks.reading import read_notebook
from autograde.notebooks.released import released_files
from autograde.notebooks.submission import refuse_links


class SubmissionExporter(NotebookExporter):
    """Reads a damaged notebook as far as it can be mended, and says why where it cannot."""

    def from_filename(
        self, filename: str, resources: Resources | None = None, **kw: Any
    ) -> tuple[NotebookNode, Resources]:
        """Convert one file, as nbconvert does; if that fails, leave no entry without a score."""
        resources = {} if resources is None else resources
        here = resources.get("nbgrader")
        try:
            if here:
                resources["beside"] = self.put_beside(here["assignment"], here["student"])
            return self.mended(filename, resources, **kw)
        except Exception:
            if here:  # also after a plain `nbgrader autograde`, which would leave a 0
                course = course_directory(self)
                with Gradebook(course.db_url, course.course_id) as gradebook:
                    withdraw(gradebook, here["assignment"], here["student"])
            raise

    def put_beside(self, assignment: str, student: str) -> dict[str, bytes]:
        """Give what nbgrader has just copied the names that it has there; returns it under its own.

        A notebook that is graded finds its files by these.
        """
        course = course_directory(self)
        kept = self.config.Autograde.get("exclude_overwriting", {}).get(assignment, ())
        source = Path(course.format_path(course.source_directory, ".", assignment))
        submitted = Path(course.format_path(course.submitted_directory, student, assignment))
        graded = Path(course.format_path(course.autograded_directory, student, assignment))
        refuse_links(submitted)
        released = released_files(course, source, kept)
        put_beside_again(submitted, graded, released)
        return files_beside(submitted) | {name: (source / name).read_bytes() for name in released}

    def mended(
        self, filename: str, resources: Resources, **kw: Any
    ) -> tuple[NotebookNode, Resources]:
        """Convert what can be read of one file."""
        nb, notes = read_notebook(Path(filename))
        resources.setdefault("metadata", {}).update(
            name=Path(filename).stem, path=str(Path(filename).parent)
        )
        resources["autograde_notes"] = notes
        return super().from_notebook_node(nb, resources, **kw)  # type: ignore
