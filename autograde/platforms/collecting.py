"""Put what a platform gave out where nbgrader looks for it, and never an older over a newer."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from autograde.base.dates import timestamp_in
from autograde.base.errors import OF_THE_DISK
from autograde.course.course import Course
from autograde.gradebook.exchange import a_name, share
from autograde.gradebook.lateness import deadline_in
from autograde.notebooks.beside import BOOKKEEPING
from autograde.notebooks.submission import real_files
from autograde.platforms.collected import Collected, read_collected, write_collected
from autograde.platforms.file_names import File
from autograde.platforms.handed_in import HandedIn, handed_in, places
from autograde.platforms.sources import NOBODY, NOT_LISTED, SEVERAL, TEST, Source, Unknown
from autograde.platforms.unpacking import Refused

COLLECTED = "collected"
REPLACED = "replaced"
SAME = "the same as before"
OLDER = "older than what is here"
LATE = "late"
NOT_RECOGNISED = "not recognised"
NO_NOTEBOOK = "cannot be collected"
UNDECIDED = "perhaps older"

ALWAYS = (COLLECTED, REPLACED, LATE, NOT_RECOGNISED, NOBODY, NOT_LISTED)
"""What is told of also where it is nobody."""

SOMETIMES = (SAME, OLDER, UNDECIDED, SEVERAL, NO_NOTEBOOK, TEST)

LEFT_OUT = (NOT_RECOGNISED, NOBODY, NOT_LISTED, UNDECIDED, SEVERAL, NO_NOTEBOOK)
"""Whoever is among these has something that was handed in and was not collected."""


@dataclass
class Report:
    """What became of everything in a download."""

    rows: dict[str, list[str]] = field(
        default_factory=lambda: {each: [] for each in ALWAYS + SOMETIMES}
    )
    """By what became of it, whose or what it is."""
    sentences: list[str] = field(default_factory=list)
    """Why something was left out."""
    notes: list[str] = field(default_factory=list)
    undated: list[str] = field(default_factory=list)
    """Who is late, and by how much is not said."""

    def tell(self, kind: str, who: str, sentence: str = "") -> None:
        """Count somebody or something, and say why."""
        self.rows[kind].append(who)
        if sentence:
            self.sentences.append(f"{who}: {sentence}")

    @property
    def complete(self) -> bool:
        """Whether nothing was left out."""
        return not any(self.rows[each] for each in LEFT_OUT)


class Collecting:
    """One download, into one assignment.

    Parameters
    ----------
    course : Course
    assignment : str
    source : Source
    replace : bool
        Whether to believe that what is in the download is newer, where nothing says it.
    """

    def __init__(
        self, course: Course, assignment: str, source: Source, *, replace: bool = False
    ) -> None:
        self.course = course
        self.assignment = assignment
        self.source = source
        self.replace = replace
        self.report = Report()
        self.collected = read_collected(course, assignment)
        self.largest = 1000 * course.app.coursedir.max_dir_size
        self.notebooks = [p.stem for p in sorted((course.solutions / assignment).glob("*.ipynb"))]
        with course.gradebook() as gradebook:
            self.deadline = deadline_in(gradebook, course.root, assignment)

    def collect(self, folder: Path, refused: Iterable[Refused]) -> Report:
        """Collect everybody's.

        Parameters
        ----------
        folder : Path
            The download, unpacked.
        refused : iterable of Refused
            What could not be unpacked.
        """
        for name, why in refused:
            self.report.tell(NOT_RECOGNISED, name, why)
        try:
            for student, files in self._by_student(folder):
                try:
                    with tempfile.TemporaryDirectory() as aside:
                        new = handed_in(files, self.notebooks, self.largest, Path(aside))
                        self._one(student, new)
                except Exception as error:  # nothing of one student stops the others
                    if isinstance(error, OSError) and error.errno in OF_THE_DISK:
                        raise
                    self.report.tell(NO_NOTEBOOK, student, f"{type(error).__name__}: {error}")
        finally:
            write_collected(self.course, self.assignment, self.collected)
        return self.report

    def _by_student(self, folder: Path) -> Iterator[tuple[str, list[File]]]:
        """The files of each student who is known; tells of all others."""
        found: dict[str, list[File]] = {}
        unknown: dict[tuple[str, str], str] = {}
        for place, path in places(folder):
            file = self.source.reader(place, path)
            if file is None:
                self.report.tell(NOT_RECOGNISED, place, "its name is none of the platform's")
                continue
            student = self.source.whose(file)
            if isinstance(student, Unknown):
                unknown[student.kind, file.label] = student.sentence
            else:
                found.setdefault(student, []).append(file)
        for (kind, label), sentence in sorted(unknown.items()):
            self.report.tell(kind, label, sentence if kind != TEST else "")
        yield from sorted(found.items())

    def _one(self, student: str, new: HandedIn) -> None:
        """Collect one submission, if it is to be."""
        self.report.notes += [f"{student}: {each}" for each in new.notes]
        if not a_name(student) or "/" in student:
            new.trouble = "this cannot be the name of a folder"
        if new.trouble:
            self.report.tell(NO_NOTEBOOK, student, new.trouble)
            return
        first = next(each for each in new.files if each.name.endswith(".ipynb"))
        when, late = self.source.when(first), any(map(self.source.late, new.files))
        place = self._place(student)
        kind = self._decide(student, new, when, place)
        if kind == UNDECIDED:
            self.report.tell(
                kind,
                student,
                "something else is there, and nothing says which is newer; if this is: --replace",
            )
            return
        self.report.tell(kind, student)
        if kind == OLDER:
            return
        then = self._date_here(student, place)
        if kind == SAME and when and then and when > then:
            self.report.notes.append(
                f"{student}: handed in again without a change; the first date counts"
            )
            late = False
        if kind == SAME and then and (when is None or when > then):
            when = then
        dated = when is not None
        due = self.deadline.of(student)
        late = late or bool(due and when and when > due)
        if late:
            self.report.tell(LATE, student)
        if when is None and late:
            self.report.undated.append(student)
            when = due and due + timedelta(seconds=1)
        if kind != SAME or (when and when != timestamp_in(place)):
            self._put(new, when, place)
        before = self.collected.get(student)
        seen = max(new.seen, before.seen) if before and kind == SAME else new.seen
        label, flat = first.label, first.flat
        self.collected[student] = Collected(
            self.source.name, label, flat, new.order, seen, late, dated
        )

    def _place(self, student: str) -> Path:
        """Where nbgrader looks for what a student handed in."""
        coursedir = self.course.app.coursedir
        return Path(coursedir.format_path(coursedir.submitted_directory, student, self.assignment))

    def _date_here(self, student: str, place: Path) -> datetime | None:
        """When what is here was handed in; None if it was only known to be late."""
        before = self.collected.get(student)
        return timestamp_in(place) if before is None or before.dated else None

    def _decide(self, student: str, new: HandedIn, when: datetime | None, place: Path) -> str:
        """What is to become of a submission."""
        if not place.is_dir():
            return COLLECTED
        if self._there(place) == new.contents():
            return SAME
        then, before = self._date_here(student, place), self.collected.get(student)
        if when and then and when != then:
            return REPLACED if when > then else OLDER
        if before and before.platform == self.source.name:
            for now, old in ((new.order, before.order), (new.seen, before.seen)):
                if now and old and now != old:
                    return REPLACED if now > old else OLDER
        return REPLACED if self.replace else UNDECIDED

    def _there(self, place: Path) -> dict[str, bytes]:
        """The files that were collected before."""
        return {
            path.relative_to(place).as_posix(): path.read_bytes()
            for path in real_files(place)
            if path.relative_to(place).as_posix() not in BOOKKEEPING
        }

    def _put(self, new: HandedIn, when: datetime | None, place: Path) -> None:
        """Write a submission, and put it in place in one step."""
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=".", dir=place.parent, ignore_cleanup_errors=True
        ) as aside:
            fresh = Path(aside, "new")
            fresh.mkdir()
            for name, content in new.contents().items():
                path = fresh / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            if when is not None:
                stamp = f"{when:%Y-%m-%d %H:%M:%S.%f} UTC"
                (fresh / "timestamp.txt").write_text(stamp, encoding="utf-8")
            if self.course.app.coursedir.groupshared:
                share(fresh)
            if place.is_dir():
                place.chmod(0o700)
                place.rename(Path(aside, "old"))
            fresh.rename(place)
