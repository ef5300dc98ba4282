"""Grade one submission with nbgrader's Autograde, so that nothing it holds stops the others."""

import contextlib
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import compute_checksum
from sqlalchemy.exc import OperationalError

from autograde.course import Course
from autograde.engine.worker import Infrastructure
from autograde.errors import EndlessCell, EndlessOutput
from autograde.failures import RemembersFailure
from autograde.notebook import read
from autograde.original import grade_id_of, original_cells, source_ids
from autograde.preflight import Originals, inspect
from autograde.reading import UnreadableNotebook
from autograde.release import generate
from autograde.tables import points
from autograde.types import Resources
from autograde.withdraw import withdraw

GRADED = "graded"
KEPT = "kept"
NOT_GRADED = "not graded"


@dataclass
class CellScore:
    """One graded cell of one submission."""

    auto_score: float | None
    manual_score: float | None
    score: float
    max_score: float
    by_hand: bool
    """Whether a person marks it."""


@dataclass
class Result:
    """What became of one submission."""

    student: str
    status: str
    score: float | None = None
    max_score: float | None = None
    auto_score: float | None = None
    max_auto_score: float | None = None
    needs_manual: list[str] = field(default_factory=list)
    """The grade_ids of the cells that wait for a person."""
    cells: dict[str, CellScore] = field(default_factory=dict)
    """Every graded cell, by grade_id."""
    notes: list[str] = field(default_factory=list)
    code: str = ""
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Everything, for the JSON report."""
        return asdict(self)


class Grader(RemembersFailure, Autograde):
    """nbgrader's Autograde; keeps what the preprocessors noted and why it failed."""

    def start(self) -> None:
        """Grade what the course directory says, as nbgrader does."""
        self.notes: list[str] = []
        before = os.environ.get("NBGRADER_EXECUTION")
        try:
            super().start()
        finally:
            # nbgrader leaves the variable set when it fails.
            os.environ.pop("NBGRADER_EXECUTION", None)
            if before is not None:
                os.environ["NBGRADER_EXECUTION"] = before

    def write_single_notebook(self, output: str, resources: Resources) -> None:
        """Write one notebook, as nbgrader does."""
        self.notes += resources.get("autograde_notes", [])
        super().write_single_notebook(output, resources)


def register(course: Course, assignment: str) -> bool:
    """Record the assignment's cells in the gradebook unless they are; whether it was needed."""
    with course.gradebook() as gradebook:
        try:
            if gradebook.find_assignment(assignment).notebooks:
                return False
        except MissingEntry:
            pass
    scratch = staging(course) / "release"
    try:
        generate(course, assignment, scratch, record=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return True


def outdated(course: Course, assignment: str) -> list[str]:
    """The cells that were changed in ``solutions/`` since the gradebook recorded them."""
    with tempfile.TemporaryDirectory() as scratch:
        generate(course, assignment, Path(scratch))
        fresh = {
            path.stem: {
                name: compute_checksum(cell)
                for cell in read(path).cells
                if (name := grade_id_of(cell))
            }
            for path in (Path(scratch) / assignment).glob("*.ipynb")
        }
    changed = set()
    for notebook, checksums in fresh.items():
        recorded = {
            name: cell.checksum
            for name, cell in original_cells(course.app.coursedir, assignment, notebook).items()
        }
        names = checksums.keys() | recorded.keys()
        changed |= {name for name in names if checksums.get(name) != recorded.get(name)}
    return sorted(changed)


def staging(course: Course) -> Path:
    """Where this process keeps mended copies while it grades; below the root, as nbgrader wants."""
    return course.root / "autograde" / "staging" / str(os.getpid())


def submissions(course: Course, assignment: str) -> dict[str, Path]:
    """The folder of each student who handed in `assignment`."""
    folder = course.root / course.app.coursedir.submitted_directory
    return {path.parent.name: path for path in sorted(folder.glob(f"*/{assignment}"))}


def misnamed(course: Course) -> Iterator[Path]:
    """Submissions whose folder has the name of no assignment."""
    known = set(course.assignments())
    folder = course.root / course.app.coursedir.submitted_directory
    for path in sorted(folder.glob("*/*")):
        if path.is_dir() and path.name not in known and not path.name.startswith("."):
            yield path


def grade(
    course: Course, assignment: str, students: list[str], *, force: bool = False
) -> Iterator[Result]:
    """Grade the submissions of `students`, one result after the other.

    A submission that was graded before is graded again if it is newer or `force` is given.
    """
    coursedir = course.app.coursedir
    expected = {
        path.stem: original_cells(coursedir, assignment, path.stem)
        for path in sorted((course.solutions / assignment).glob("*.ipynb"))
    }
    others = {
        other: {
            name
            for path in (course.solutions / other).glob("*.ipynb")
            for name in source_ids(coursedir, other, path.stem)
        }
        for other in course.assignments()
        if other != assignment
    }
    folders = submissions(course, assignment)
    work = staging(course)
    try:
        for student in students:
            yield grade_one(
                course, assignment, student, folders[student], expected, others, force=force
            )
    finally:
        shutil.rmtree(work, ignore_errors=True)
        with contextlib.suppress(OSError):  # another run may be using it
            work.parent.rmdir()


def grade_one(
    course: Course,
    assignment: str,
    student: str,
    folder: Path,
    expected: dict[str, dict[str, Any]],
    others: dict[str, set[str]],
    *,
    force: bool,
) -> Result:
    """Grade one submission; whatever goes wrong with it is in the result."""
    finding = inspect(folder, expected, others)
    if finding.problem:
        return not_graded(course, assignment, student, finding.notes, finding.code, finding.problem)
    stage(folder, finding.notebooks, staging(course) / student / assignment)
    coursedir = CourseDirectory(
        parent=course.app,
        submitted_directory=str(staging(course).relative_to(course.root)),
        assignment_id=assignment,
        student_id=glob.escape(student),
    )
    grader = Grader(coursedir=coursedir, parent=course.app)
    grader.force = force
    autograded = Path(coursedir.format_path(coursedir.autograded_directory, student, assignment))
    before = autograded.stat().st_mtime_ns if autograded.is_dir() else None
    try:
        grader.start()
    except Exception as error:
        code, problem = explain(grader.failure or error)
        return not_graded(course, assignment, student, finding.notes + grader.notes, code, problem)
    graded_anew = before is None or autograded.stat().st_mtime_ns != before
    result = scores(course, assignment, student)
    result.status = GRADED if graded_anew else KEPT
    result.notes = [*dict.fromkeys(finding.notes + grader.notes), *stopped(autograded)]
    return result


def not_graded(
    course: Course, assignment: str, student: str, notes: list[str], code: str, problem: str
) -> Result:
    """The result of a submission without a score; an earlier one's score stays, and is told."""
    earlier = None
    with contextlib.suppress(OperationalError), course.gradebook() as gradebook:  # it is locked
        earlier = withdraw(gradebook, assignment, student)
    if earlier is not None:
        problem += f"; the score of the earlier submission ({points(earlier)}) stays"
    return Result(student, NOT_GRADED, notes=notes, code=code, problem=problem)


def stage(folder: Path, notebooks: dict[str, Path], target: Path) -> None:
    """Copy a submission, with its notebooks under the names that nbgrader expects."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file() or path.suffix == ".ipynb":
            continue
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    for name, path in notebooks.items():
        shutil.copyfile(path, target / f"{name}.ipynb")


def explain(error: Exception) -> tuple[str, str]:
    """Why nbgrader could not grade a submission: a code and a sentence."""
    if isinstance(error, UnreadableNotebook):
        return error.code, str(error)
    if isinstance(error, Infrastructure):
        return "infrastructure", (
            f"the jail failed ({first_line(error)}), which is not the submission's doing; run the"
            " command again"
        )
    if isinstance(error, DeadKernelError):
        return "kernel-died", (
            "its code ended the kernel (a crash, an exit, or too much memory); look at the"
            " notebook, and ask for it again without that"
        )
    if isinstance(error, EndlessCell):
        return "endless", (
            f"{error} does not end, and cannot be stopped (it catches the interrupt); ask for it"
            " again without the endless loop"
        )
    if isinstance(error, EndlessOutput):
        return "output", (
            f"{error} prints more than can be read; ask for it again without that output"
        )
    if isinstance(error, OperationalError):
        return "gradebook", (
            f"the gradebook could not be written ({first_line(error)}); close what else uses it,"
            " such as a form grader, and run the command again"
        )
    return "nbgrader-error", (
        f"nbgrader failed with {type(error).__name__}: {first_line(error)}; run the command with"
        " --verbose to see where"
    )


def first_line(error: Exception) -> str:
    """The first line of an error's message."""
    return next(iter(str(error).splitlines()), "no message")


def stopped(autograded: Path) -> Iterator[str]:
    """A note for each cell that ran into the time limit."""
    for path in sorted(autograded.glob("*.ipynb")):
        for index, cell in enumerate(read(path).cells):
            errors = [out.get("ename") for out in cell.get("outputs", [])]
            if "CellTimeoutError" in errors:
                name = grade_id_of(cell) or f"number {index}"
                yield f"cell {name} ran into the time limit and was stopped"


def scores(course: Course, assignment: str, student: str) -> Result:
    """What the gradebook holds of one submission."""
    result = Result(student, KEPT)
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission(assignment, student)
        result.score, result.max_score = submission.score, submission.max_score
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        answers = {cell.name for nb in submission.notebooks for cell in nb.notebook.solution_cells}
        result.cells = {
            each.name: CellScore(
                auto_score=each.auto_score,
                manual_score=each.manual_score,
                score=each.score or 0.0,
                max_score=each.max_score,
                by_hand=each.name in answers,
            )
            for each in sorted(grades, key=lambda grade: str(grade.name))
        }
        result.needs_manual = sorted(each.name for each in grades if each.needs_manual_grade)
    tests = [each for each in result.cells.values() if not each.by_hand]
    result.auto_score = sum(each.score for each in tests)
    result.max_auto_score = sum(each.max_score for each in tests)
    return result


__all__ = [
    "Originals",
    "Result",
    "grade",
    "misnamed",
    "outdated",
    "register",
    "scores",
    "submissions",
]
