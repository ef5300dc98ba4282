"""Where the files of a class are: who handed in, and whether it is newer than what was graded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograde.base.dates import timestamp_in
from autograde.course.course import Course
from autograde.notebooks.submission import real_files, refuse_links


def staging(course: Course) -> Path:
    """Where a run keeps what it is about to put in place, on the same disk."""
    return course.root / "autograde" / "staging"


def the_lock(course: Course) -> Path:
    """The file that whoever writes the gradebook holds."""
    return course.root / "autograde" / "grading.lock"


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


@dataclass(frozen=True)
class Places:
    """Where the files of one student's assignment are."""

    submitted: Path
    autograded: Path

    def timestamp(self) -> datetime | None:
        """When it was handed in, as nbgrader wrote it down; None if nobody did."""
        return timestamp_in(self.submitted)

    def newer(self) -> bool:
        """Whether what was handed in is newer than what was graded."""
        refuse_links(self.submitted)
        now, then = self.timestamp(), timestamp_in(self.autograded)
        if now is not None and then is not None:
            return now > then
        # Without timestamps: whether a file came here after the grading. A copied file keeps
        # the time at which it was written, but not the one at which it arrived.
        graded = self.autograded.stat().st_mtime
        return any(path.stat().st_ctime > graded for path in real_files(self.submitted))

    def stamp(self) -> list[tuple[str, int, int, int]]:
        """What is another after any change to what was handed in."""
        refuse_links(self.submitted)
        return [
            (path.as_posix(), about.st_ino, about.st_size, about.st_ctime_ns)
            for path in real_files(self.submitted)
            for about in [path.stat()]
        ]
