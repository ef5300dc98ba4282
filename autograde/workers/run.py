"""Grade a class: who is still to be graded, by whom, and into the gradebook, once and for all.

Submissions are graded wherever there is a worker; this process alone writes. A batch goes into the
gradebook in one transaction, and then its notebooks into ``autograded``, each folder in one step. A
submission counts as graded when both are there: a run that was killed at any point is finished by
the same command, and what it had done is neither lost nor done differently.
"""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.preprocessors import SaveCells
from sqlalchemy.exc import DBAPIError, OperationalError

from autograde.base.errors import OF_THE_DISK, AutogradeError
from autograde.base.locking import lock
from autograde.base.removing import remove
from autograde.base.tables import cut, plain, points
from autograde.course.course import Course
from autograde.gradebook.gradebook import Book
from autograde.gradebook.patience import patiently
from autograde.gradebook.revision import Revision
from autograde.grading.explain import explain, first_line
from autograde.grading.pipeline import Outcome
from autograde.grading.result import GRADED, KEPT, NOT_GRADED, CellScore, Result
from autograde.grading.unchanged import unchanged
from autograde.grading.verdicts import verdicts_in
from autograde.grading.withdraw import withdraw
from autograde.notebooks.beside import put_beside
from autograde.notebooks.places import Places, misnamed, staging, submissions, the_lock
from autograde.notebooks.released import put_files, released_assignment
from autograde.notebooks.submission import Submission, read_submission
from autograde.release.release import generate
from autograde.workers.base import Workers
from autograde.workers.in_process import Here

OF_THE_DISK_IN_SQLITE = ("disk is full", "disk I/O error", "readonly database", "unable to open")
"""What SQLite says of them."""

BATCH = 25
SECONDS = 2.0
"""A batch is written when it has so many submissions, or is so old."""


def register(course: Course, assignment: str) -> bool:
    """Record the assignment's cells in the gradebook unless they are; whether it was needed."""
    # nbgrader records cell by cell, and what is half recorded looks as if it were there.
    begun = course.root / "autograde" / f"registering-{assignment}"
    with course.gradebook() as gradebook:
        try:
            if gradebook.find_assignment(assignment).notebooks and not begun.exists():
                return False
        except MissingEntry:
            pass
    scratch = staging(course) / "release"
    with lock(the_lock(course)):
        begun.touch()
        try:
            generate(course, assignment, scratch, record=SaveCells)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        begun.unlink()
    return True


def outdated(course: Course, assignment: str) -> list[str]:
    """The cells that were changed in ``solutions/`` since the gradebook recorded them."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        contextlib.closing(Revision(course, assignment, Path(scratch))) as revision,
    ):
        return [*revision.other_notebooks, *(each.name for each in revision.changes)]


class Run:
    """One grading run: the assignment, the gradebook, and this process as its only writer.

    Parameters
    ----------
    course : Course
    assignment : str
    force : bool
        Whether to grade again what was graded before.
    """

    def __init__(self, course: Course, assignment: str, *, force: bool = False) -> None:
        self.course = course
        self.assignment = assignment
        self.force = force
        self.coursedir = course.app.coursedir
        self.config = course.app.config
        kept = self.config.Autograde.get("exclude_overwriting", {}).get(assignment, ())
        self.released = released_assignment(
            self.coursedir, course.solutions, assignment, course.assignments(), kept
        )
        self.folders = submissions(course, assignment)
        self.staging = staging(course)
        self.stamps: dict[str, list[tuple[str, int, int, int]]] = {}

    def places(self, student: str) -> Places:
        """The folders of one student."""
        return Places(self.folders[student], self.graded(student))

    def graded(self, student: str) -> Path:
        """The folder of what was graded of one student, who need not be there any more."""
        folder = self.coursedir.autograded_directory
        return Path(self.coursedir.format_path(folder, student, self.assignment))

    def results(self, students: Sequence[str], workers: Workers | None = None) -> Iterator[Result]:
        """Grade the submissions of `students`; first what is kept, then as they are graded."""
        with (
            lock(the_lock(self.course)),
            contextlib.closing(patiently(lambda: Book(self.course, self.assignment))) as book,
            self._own_staging(),
        ):
            there = book.students()
            kept = [each for each in students if not self.to_be_graded(each, there)]
            for start in range(0, len(kept), 100):
                for result in book.results(kept[start : start + 100]):
                    folder = self.graded(result.student)
                    result.verdicts = verdicts_in(folder, self.released.notebooks)
                    yield result
            todo = [each for each in students if each not in set(kept)]
            if not todo:
                return
            workers = workers or Here(self.released, self.config)
            batch: list[Outcome] = []
            reading = self._reading(todo, batch)
            since = time.monotonic()
            try:
                for outcome in workers.grade(reading):
                    batch.append(outcome)
                    if len(batch) >= BATCH or time.monotonic() - since > SECONDS:
                        done = batch.copy()
                        batch.clear()
                        yield from self.put(book, done)
                        since = time.monotonic()
            except (KeyboardInterrupt, AutogradeError):
                yield from self.put(book, batch)
                raise
            yield from self.put(book, batch)

    def _reading(self, students: Sequence[str], failed: list[Outcome]) -> Iterator[Submission]:
        """Read each submission when it is its turn; what cannot be read is added to `failed`."""
        for student in students:
            if plain(student) != student:  # nbgrader's next command stops at it, for the class
                problem = "the name of its folder holds what cannot be printed; give it another"
                failed.append(Outcome(student, code="refused", problem=problem))
                continue
            try:
                self.stamps[student] = self.places(student).stamp()
                submission = read_submission(student, self.folders[student])
            except OSError as error:
                problem = f"its files cannot be read ({trouble(error, self.folders[student])})"
                problem += "; look at them, and grade again"
                failed.append(Outcome(student, code="unreadable", problem=problem))
            else:
                yield submission

    def to_be_graded(self, student: str, there: set[str]) -> bool:
        """Whether a submission has to be graded."""
        places = self.places(student)
        if self.force or student not in there or not places.autograded.is_dir():
            return True
        try:
            return places.newer()
        except OSError:  # it is told when it is read
            return True

    def put(self, book: Book, batch: list[Outcome]) -> list[Result]:
        """Write a batch: all or nothing into the gradebook, then folder by folder."""
        results: dict[str, Result] = {}
        try:
            for outcome in batch:
                if not outcome.problem:
                    self._stage(outcome)
            when = {each.student: self.places(each.student).timestamp() for each in batch}
            for outcome in batch:
                if not outcome.problem:
                    self._check_unchanged(outcome)
                if when[outcome.student] is None:
                    outcome.notes += self._undated(outcome.student, book.deadline.due is not None)
            good = [each for each in batch if not each.problem]
            if good:
                results = {each.student: each for each in self._record(book, good, when)}
                for outcome in good:
                    if not outcome.problem:
                        self._replace(outcome.student)
        except OperationalError as error:
            if any(each in str(error) for each in OF_THE_DISK_IN_SQLITE):
                raise AutogradeError(
                    f"the gradebook could not be written ({first_line(error)}); what was written"
                    " before is kept, and the same command goes on when that is mended"
                ) from error
            code, problem = explain(error)
            for outcome in batch:
                if not outcome.problem:
                    outcome.code, outcome.problem = code, problem
        except OSError as error:
            raise AutogradeError(
                f"the graded notebooks could not be written ({error}); what was written before is"
                " kept, and the same command goes on when that is mended"
            ) from error
        for outcome in batch:
            if outcome.problem:
                results[outcome.student] = self._not_graded(outcome)
        return [results[each.student] for each in batch]

    def _undated(self, student: str, matters: bool) -> Iterator[str]:
        """A note on a submission of which nobody knows when it was handed in."""
        stamp = self.folders[student] / "timestamp.txt"
        there = os.path.lexists(stamp)
        if there or matters:
            yield (
                f"its timestamp.txt {'cannot be read' if there else 'is missing'}, so it counts as"
                " handed in without a date, which is never late; if it was late, write the date"
                " into that file (2026-12-04 23:59:00 UTC) and grade again"
            )

    def _record(
        self, book: Book, good: list[Outcome], when: dict[str, datetime | None]
    ) -> list[Result]:
        """Enter a batch; if the database refuses what is in it, each submission for itself."""
        try:
            same = {each.student: unchanged(self.graded(each.student), each) for each in good}
            return book.record(good, when, same)
        except OperationalError:
            raise
        except (DBAPIError, UnicodeError) as error:  # such as a name that is too long for it
            if len(good) > 1:
                return [result for each in good for result in self._record(book, [each], when)]
            good[0].code, good[0].problem = explain(error)
            return []

    def _not_graded(self, outcome: Outcome) -> Result:
        """The result of a submission without a score; an earlier one's stays, and is told."""
        earlier, problem = None, outcome.problem
        if outcome.code != "gradebook":  # which is locked, and would be waited for again
            with (
                contextlib.suppress(DBAPIError, UnicodeError),
                self.course.gradebook() as gradebook,
            ):
                earlier = withdraw(gradebook, self.assignment, outcome.student)
        if earlier is not None:
            problem += f"; the score of the earlier submission ({points(earlier)}) stays"
        return Result(
            outcome.student, NOT_GRADED, notes=outcome.notes, code=outcome.code, problem=problem
        )

    @contextlib.contextmanager
    def _own_staging(self) -> Iterator[None]:
        """An empty folder for what is about to be put in place; a killed run may have left one."""
        remove(self.staging)
        self.staging.mkdir(parents=True)
        try:
            yield
        finally:
            remove(self.staging)

    def _stage(self, outcome: Outcome) -> None:
        """Write what goes into ``autograded``, in a folder beside it.

        What is no fault of the disk is one of the submission, and told as such.
        """
        try:
            self._write(outcome)
        except Exception as error:
            if isinstance(error, OSError) and error.errno in OF_THE_DISK:
                raise
            outcome.code, outcome.problem = explain(error)

    def _check_unchanged(self, outcome: Outcome) -> None:
        """See that what was graded is what is there now: it would be taken for it from then on."""
        try:
            same = self.places(outcome.student).stamp() == self.stamps[outcome.student]
        except OSError:
            same = False
        if not same:
            outcome.code = "changed"
            outcome.problem = "its files changed while they were being graded; grade it again"

    def _write(self, outcome: Outcome) -> None:
        """Write what nbgrader writes: the course's files, the student's, the graded notebooks."""
        places, target = self.places(outcome.student), self.staging / outcome.student
        remove(target)
        target.mkdir(parents=True)
        put_files(self.released.files, target)
        if left_out := put_beside(places.submitted, target):
            outcome.notes.append(
                f"beside the graded notebook there is no room for {', '.join(left_out[:3])}"
                f"{' ...' if len(left_out) > 3 else ''}; see {self.coursedir.submitted_directory}"
            )
        if places.timestamp() is None:  # nbgrader stops at one that says no date
            (target / "timestamp.txt").unlink(missing_ok=True)
        for name, graded in outcome.notebooks.items():
            (target / f"{name}.ipynb").write_text(graded.text, encoding="utf-8")

    def _replace(self, student: str) -> None:
        """Put a staged folder in its place."""
        target, old = self.places(student).autograded, self.staging.with_suffix(".old")
        remove(old)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            os.replace(target, old)
        os.replace(self.staging / student, target)
        remove(old)


def trouble(error: OSError, folder: Path) -> str:
    """What is wrong with a submission's folder, and where in it."""
    place = Path(os.fsdecode(error.filename or folder))
    inside = place.relative_to(folder).parts if place.is_relative_to(folder) else ()
    return plain(": ".join(filter(None, [error.strerror or str(error), cut("/".join(inside), 80)])))


def grade(
    course: Course, assignment: str, students: Sequence[str], *, force: bool = False
) -> Iterator[Result]:
    """Grade the submissions of `students` in this process.

    A submission that was graded before is graded again if it is newer or `force` is given.
    """
    return Run(course, assignment, force=force).results(students)


def scores(course: Course, assignment: str, student: str) -> Result:
    """What the gradebook holds of one submission.

    Raises
    ------
    MissingEntry
        If it holds none.
    """
    with contextlib.closing(Book(course, assignment)) as book:
        for result in book.results([student]):
            return result
    raise MissingEntry(f"{student} has no {assignment} in the gradebook")


__all__ = [
    "GRADED",
    "KEPT",
    "NOT_GRADED",
    "CellScore",
    "Result",
    "Run",
    "explain",
    "grade",
    "misnamed",
    "outdated",
    "register",
    "scores",
    "submissions",
]
