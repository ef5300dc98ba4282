"""Feedback as a platform takes it: under the names that it gave the submissions.

Moodle's "Upload multiple feedback files in a zip" (``mod/assign/feedback/file/importziplib.php``)
and Canvas's "Upload submissions" find the person in the same words that their downloads have.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry

from autograde.base.errors import AutogradeError
from autograde.base.writing import write_whole
from autograde.course.course import Course
from autograde.gradebook.exchange import a_name
from autograde.gradebook.lateness import settle
from autograde.gradebook.shown import shows
from autograde.notebooks.places import Places
from autograde.platforms.collected import Collected

FIXED = (2026, 1, 1, 0, 0, 0)
"""The date of all in the zip: the same pages make the same file."""


@dataclass
class Feedback:
    """Everybody's pages, and of whom there is none that could be given back."""

    pages: dict[str, dict[str, Path]] = field(default_factory=dict)
    """By student, then by the page's name."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Why, by student."""


def feedback_of(course: Course, assignment: str) -> Feedback:
    """Find the pages that say what the gradebook says."""
    found = Feedback()
    with course.gradebook() as gradebook:
        try:
            settle(gradebook, course.app.config, assignment)
            submissions = gradebook.assignment_submissions(assignment)
        except MissingEntry:
            submissions = []
        if not submissions:
            raise AutogradeError(
                f"nobody's {assignment} is graded; python -m autograde grade {assignment}"
            )
        for submission in sorted(submissions, key=lambda each: each.student.id):
            student = submission.student.id
            pages, why = pages_of(course, assignment, submission)
            if why:
                found.left_out[student] = why
            else:
                found.pages[student] = pages
    return found


def pages_of(course: Course, assignment: str, submission: Any) -> tuple[dict[str, Path], str]:
    """One student's pages, and why they cannot be given back."""
    student, coursedir = submission.student.id, course.app.coursedir
    if not a_name(student) or "/" in student:
        return {}, "this is the name of no folder"
    places = Places(
        *(
            Path(coursedir.format_path(each, student, assignment))
            for each in (coursedir.submitted_directory, coursedir.autograded_directory)
        )
    )
    folder = Path(coursedir.format_path(coursedir.feedback_directory, student, assignment))
    if places.submitted.is_dir() and (not places.autograded.is_dir() or places.newer()):
        return {}, f"handed in again and not graded yet; python -m autograde grade {assignment}"
    pages = {}
    for notebook in submission.notebooks:
        page = folder / f"{notebook.name}.html"
        if not page.is_file() or page.is_symlink():
            return {}, f"no page; nbgrader generate_feedback {assignment}"
        if not shows(page, notebook, places.autograded / f"{notebook.name}.ipynb"):
            return {}, (
                "the page shows other scores or comments than the gradebook; nbgrader"
                f" generate_feedback {assignment}"
            )
        pages[page.name] = page
    return pages, ""


def as_moodle(labels: Mapping[str, Collected], found: Feedback) -> Iterator[tuple[str, Path]]:
    """The names of Moodle's zip."""
    for student, page in of_platform("moodle", labels, found):
        gap = "_" if labels[student].flat else "/"
        yield f"{labels[student].label}{gap}{page.name}", page


def as_canvas(labels: Mapping[str, Collected], found: Feedback) -> Iterator[tuple[str, Path]]:
    """The names of Canvas's zip."""
    for student, page in of_platform("canvas", labels, found):
        yield f"{labels[student].label}_{page.name}", page


def of_platform(
    platform: str, labels: Mapping[str, Collected], found: Feedback
) -> Iterator[tuple[str, Path]]:
    """Each page of those whose submissions were collected from a platform; the others are told."""
    for student in sorted(found.pages):
        if student not in labels or labels[student].platform != platform:
            found.left_out[student] = f"not collected with --{platform}: its name there is unknown"
            del found.pages[student]
            continue
        for page in found.pages[student].values():
            yield student, page


def write_zip(path: Path, entries: Sequence[tuple[str, Path]]) -> None:
    """Write a zip in one step, the same bytes for the same pages."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, page in entries:
            zipped.writestr(zipfile.ZipInfo(name, FIXED), page.read_bytes(), zipfile.ZIP_DEFLATED)
    write_whole(path, content.getvalue())


def write_files(folder: Path, found: Feedback) -> None:
    """Write one file a student and notebook, each with the student's name."""
    folder.mkdir(parents=True, exist_ok=True)
    for student, pages in found.pages.items():
        for name, page in pages.items():
            (folder / f"{student}_{name}").write_bytes(page.read_bytes())
