"""Say until when an assignment is to be handed in, by everybody or by one student."""

import argparse
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader.api import MissingEntry

from autograde.base.dates import date_of
from autograde.base.errors import OK, AutogradeError
from autograde.base.locking import lock
from autograde.base.tables import plain
from autograde.course.course import Course
from autograde.gradebook.lateness import Deadline, deadline_in, read_extensions, write_extensions
from autograde.notebooks.places import the_lock

NEVER = "never"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``due``."""
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    parser.add_argument(
        "when",
        nargs="?",
        metavar="WHEN",
        help=f"such as '2026-12-04 23:59', or '{NEVER}'; without it, nothing is changed",
    )
    parser.add_argument("--student", metavar="S", help="only this one, who gets until then")
    parser.add_argument(
        "--timezone", default="", metavar="Z", help="of the date (default: this computer's)"
    )


def run(course: Course, args: argparse.Namespace) -> int:
    """Change it if asked to, and print what holds then."""
    assignment = course.assignment(args.assignment)
    zone = zone_of(args.timezone)
    if args.when:
        when = None if args.when == NEVER else read_date(args.when, zone)
        with lock(the_lock(course)), course.gradebook() as gradebook:
            if not args.student:
                gradebook.update_or_create_assignment(assignment, duedate=when)
            else:
                more_time(course, gradebook, assignment, args.student, when)
    with course.gradebook() as gradebook:
        deadline = deadline_in(gradebook, course.root, assignment)
    print(f"{assignment}: {shown(deadline, None, zone)}")
    for student in sorted(deadline.later):
        print(plain(f"  {student}: {shown(deadline, student, zone)}"))
    return OK


def more_time(
    course: Course, gradebook: Any, assignment: str, student: str, until: datetime | None
) -> None:
    """Give one student until then, whether there is a submission already or not."""
    extensions = read_extensions(course.root)
    mine = extensions.setdefault(assignment, {})
    if until is None:
        mine.pop(student, None)
    else:
        known(gradebook, student)
        mine[student] = until
    write_extensions(course.root, extensions)


def known(gradebook: Any, student: str) -> None:
    """See that there is such a student: more time for a name with a slip in it helps nobody."""
    try:
        gradebook.find_student(student)
    except MissingEntry:
        raise AutogradeError(
            f"the gradebook has no student {student}; import the class list first"
            " (python -m autograde students import FILE)"
        ) from None


def zone_of(name: str) -> tzinfo | None:
    """A time zone; without a name, this computer's."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        raise AutogradeError(f"there is no time zone {name}; such as Europe/Berlin") from None


def read_date(text: str, zone: tzinfo | None) -> datetime:
    """A date in UTC, without its zone, as the gradebook has it."""
    when = date_of(text) if len(text.split()) < 3 else None  # a third word would be a zone
    if when is None:
        raise AutogradeError(f"'{text}' is no date; write it as '2026-12-04 23:59'")
    return when.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def shown(deadline: Deadline, student: str | None, zone: tzinfo | None) -> str:
    """A deadline as a person reads it."""
    when = deadline.due if student is None else deadline.of(student)
    if when is None:
        return "no deadline"
    return f"due {when.replace(tzinfo=UTC).astimezone(zone):%Y-%m-%d %H:%M %Z}"
