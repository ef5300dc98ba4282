"""Collect what students handed in on Moodle or Canvas, or sent by e-mail."""

import argparse
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograde.base.errors import OK, SOME_LEFT_OUT, AutogradeError
from autograde.base.locking import lock
from autograde.base.tables import plain, table
from autograde.course.course import Course
from autograde.notebooks.places import the_lock
from autograde.platforms.class_list import ClassList, class_list, import_people
from autograde.platforms.collecting import ALWAYS, SOMETIMES, Collecting, Report
from autograde.platforms.file_names import by_pattern, by_person
from autograde.platforms.people import Person, made_up_students, read_roster, read_worksheet
from autograde.platforms.sources import Canvas, Folder, Moodle, Source
from autograde.platforms.unpacking import Refused, room_on_disk, unpack

SHOWN = 5
"""How many names stand in a line of the table."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``collect``."""
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--moodle", type=Path, metavar="ZIP", help="what View all submissions > Download gives"
    )
    source.add_argument(
        "--canvas", type=Path, metavar="ZIP", help="what Download Submissions gives"
    )
    source.add_argument("--folder", type=Path, metavar="DIR", help="files that came by e-mail")
    parser.add_argument(
        "--worksheet",
        type=Path,
        metavar="FILE",
        help="Moodle's grading worksheet of this assignment: tells namesakes apart, and has dates",
    )
    parser.add_argument(
        "--timezone", default="", metavar="Z", help="of the worksheet's dates (default: this one's)"
    )
    parser.add_argument(
        "--roster", type=Path, metavar="FILE", help="the gradebook that Canvas exported: Grades.csv"
    )
    parser.add_argument(
        "--pattern",
        metavar="REGEX",
        help="for --folder: how the names are read, as nbgrader's named_regexp, such as"
        " '(?P<student_id>[^_]+)_(?P<file_id>.+)'",
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="what is in the download is newer, also where nothing says so",
    )


def run(course: Course, args: argparse.Namespace) -> int:
    """Collect, and print the table."""
    assignment = course.assignment(args.assignment)
    check_options(args)
    with lock(the_lock(course)):
        source = source_of(course, assignment, args)
        download: Path = args.moodle or args.canvas or args.folder
        with unpacked(course, download) as (folder, refused):
            collecting = Collecting(course, assignment, source, replace=args.replace)
            report = collecting.collect(folder, refused)
    show(assignment, report)
    for note in remarks(source, report, collecting.deadline.due is not None):
        print(f"Note: {note}")
    return OK if report.complete else SOME_LEFT_OUT


def check_options(args: argparse.Namespace) -> None:
    """See that the options fit each other."""
    if args.canvas and not args.roster:
        raise AutogradeError(
            "--canvas needs --roster Grades.csv, which says who Canvas's numbers are; download it"
            " in Canvas with Grades > Export"
        )
    for option, of in (("worksheet", "moodle"), ("roster", "canvas"), ("pattern", "folder")):
        if getattr(args, option) and not getattr(args, of):
            raise AutogradeError(f"--{option} goes with --{of}")


def source_of(course: Course, assignment: str, args: argparse.Namespace) -> Source:
    """How names are read and people found."""
    if args.folder:
        known = students_of(course, [])
        if args.pattern:
            return Folder(known, by_pattern(course.app, args.pattern))
        notebooks = [path.stem for path in (course.solutions / assignment).glob("*.ipynb")]
        by_login = {login: each.id for each in known.students for login in each.logins}
        if not by_login:
            raise AutogradeError(
                "the gradebook has no students, by whose names files could be known: enter them"
                " with python -m autograde students import FILE, or say --pattern"
            )
        return Folder(known, by_person(by_login, notebooks))
    if args.canvas:
        roster = read_roster(args.roster)
        known = students_of(course, list(roster.values()))
        return Canvas(known, roster, made_up_students(args.roster))
    worksheet = read_worksheet(args.worksheet, args.timezone) if args.worksheet else {}
    known = students_of(course, [row.person for row in worksheet.values()])
    if not known.students:
        raise AutogradeError(
            "the gradebook has no students, and a file says only a name: enter them with"
            " python -m autograde students import FILE, or say --worksheet"
        )
    return Moodle(known, worksheet)


def students_of(course: Course, people: list[Person]) -> ClassList:
    """The students of the gradebook; where it has none yet, the platform's list is entered."""
    with course.gradebook() as gradebook:
        known = class_list(gradebook)
        if known.students or not people:
            return known
        done = import_people(gradebook, people)
        print(f"The gradebook had no students: {len(done.added)} of the list were entered")
        return class_list(gradebook)


@contextlib.contextmanager
def unpacked(course: Course, download: Path) -> Iterator[tuple[Path, list[Refused]]]:
    """A download as a folder; browsers of macOS unpack it by themselves."""
    if not download.exists():
        raise AutogradeError(f"there is no {download}")
    with tempfile.TemporaryDirectory(prefix=".collecting-", dir=course.root / "autograde") as name:
        folder = Path(name, "unpacked")
        folder.mkdir()
        if download.is_dir():
            yield download, []
        else:
            yield folder, unpack(download, folder, room_on_disk(folder))


def show(assignment: str, report: Report) -> None:
    """Print everything that was left out, and why, then the table."""
    for sentence in report.sentences:
        print(plain(f"Not collected: {sentence}"))
    for note in report.notes:
        print(plain(f"Note: {note}"))
    rows = []
    for kind in ALWAYS + SOMETIMES:
        names = report.rows[kind]
        if names or kind in ALWAYS:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            rows.append([kind, str(len(names)), ", ".join(names[:SHOWN]) + more])
    print("\n" + table([assignment, "", ""], rows, left=3) + "\n")


def remarks(source: Source, report: Report, due: bool) -> Iterator[str]:
    """What is not in the table, and makes a difference to scores."""
    if isinstance(source, Moodle) and not source.worksheet:
        yield "without --worksheet it is not known when anything was handed in: nobody is late"
    elif isinstance(source, Moodle):
        undated = len([row for row in source.worksheet.values() if row.when is None])
        if undated:
            yield f"{undated} lines of the worksheet have no date that can be read"
    if report.undated:
        yield f"{len(report.undated)} are late, and how much is not said: " + (
            "the date is a second after the deadline"
            if due
            else "as the gradebook has no deadline, they lose nothing; see nbgrader db assignment"
            " add --help"
        )
