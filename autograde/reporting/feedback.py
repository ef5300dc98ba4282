"""A page of feedback, and which pages have to be written again.

nbgrader writes a page again when the submission is newer, not when a score is; and calls each
exercise "Test cell".
"""

import shutil
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateFeedback

from autograde.base.types import Resources
from autograde.gradebook.lateness import settle
from autograde.gradebook.shown import shows, state_of, tag_of
from autograde.notebooks.notebook import read
from autograde.notebooks.original import course_directory, grade_id_of, original_cells
from autograde.notebooks.released import ReleasedNotebook, SourceCell
from autograde.pages.formgrader.exporter import PageExporter
from autograde.pages.markdown import html_of
from autograde.reporting.contents import contents_of
from autograde.reporting.exercises import Question, questions_in


class FeedbackExporter(PageExporter):
    """Makes a page of feedback; `GenerateFeedback` makes one for a class."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self.questions: dict[tuple[str, str], list[Question]] = {}
        if isinstance(self.parent, GenerateFeedback):
            renew(self.parent)

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Resources | None = None, **kw: Any
    ) -> tuple[str, Resources]:
        """Convert a notebook, with its contents, and with a word for what it was made of."""
        resources = {} if resources is None else resources
        here = resources["nbgrader"]
        course = course_directory(self)
        folder = course.format_path(
            course.autograded_directory, here["student"], here["assignment"]
        )
        cells = {name: cell for cell in nb.cells if (name := grade_id_of(cell))}
        with Gradebook(course.db_url, course.course_id) as gradebook:
            notebook = gradebook.find_submission_notebook(
                here["notebook"], here["assignment"], here["student"]
            )
            questions = self.asked(here["assignment"], here["notebook"])
            resources["contents"] = list(contents_of(questions, notebook, cells))
            state = state_of(notebook, Path(course.root, folder, f"{here['notebook']}.ipynb"))
        page, made = super().from_notebook_node(nb, resources, **kw)
        return page.replace("</head>", f"{tag_of(state)}\n</head>", 1), made

    def asked(self, assignment: str, notebook: str) -> list[Question]:
        """What a notebook asks, looked up once for the class."""
        if (assignment, notebook) not in self.questions:
            course = course_directory(self)
            folder = course.format_path(course.source_directory, ".", assignment)
            path = Path(course.root, folder, f"{notebook}.ipynb")
            source = tuple(map(SourceCell.of, read(path).cells)) if path.is_file() else ()
            originals = original_cells(course, assignment, notebook)
            asked = questions_in(ReleasedNotebook(originals, None, source))
            self.questions[assignment, notebook] = asked
        return self.questions[assignment, notebook]

    def _create_environment(self) -> Any:
        environment = super()._create_environment()
        environment.filters["section"] = lambda text: Markup(html_of(text))
        return environment


def renew(converter: GenerateFeedback) -> None:
    """Let nbgrader write those pages again that do not show what there is now."""
    course = converter.coursedir
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            settle(gradebook, converter.config, course.assignment_id)
        except MissingEntry:
            return  # nbgrader says what is wrong
    usual = converter.init_destination

    def init_destination(assignment: str, student: str) -> bool:
        if usual(assignment, student):
            return True
        excluded = course.student_id_exclude.split(",")
        if student in excluded or up_to_date(converter, assignment, student):
            return False
        if course.notebook_id == "*":  # else the pages of other notebooks stay
            shutil.rmtree(converter._format_dest(assignment, student))
        return True

    converter.init_destination = init_destination


def up_to_date(converter: GenerateFeedback, assignment: str, student: str) -> bool:
    """Whether all pages of one student show what there is now."""
    course = converter.coursedir
    folders = (converter._format_dest, converter._format_source)
    pages, graded = (Path(each(assignment, student)) for each in folders)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            return True
        return all(
            shows(pages / f"{each.name}.html", each, graded / f"{each.name}.ipynb")
            for each in submission.notebooks
            if fnmatch(each.name, course.notebook_id)
        )
