"""Bring the gradebook and the release to a changed assignment; marks are kept."""

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

from autograde.base.errors import DIFFERENT, OK
from autograde.base.locking import lock
from autograde.base.tables import plain, table
from autograde.course.course import Course
from autograde.gradebook.backup import back_up
from autograde.gradebook.revision import Revision
from autograde.notebooks.places import the_lock
from autograde.release.release import refuse_to_overwrite_work, replace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``update``."""
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    parser.add_argument("--yes", action="store_true", help="do it, without asking")
    parser.add_argument(
        "--marks",
        choices=("keep", "scale"),
        default="",
        help="where points were changed: leave the marks given by hand, or change them by as much",
    )
    parser.add_argument(
        "--drop-marks", action="store_true", help="marks by hand may go with a cell that has gone"
    )
    parser.add_argument("--no-backup", action="store_true", help="do not copy the gradebook first")


def run(course: Course, args: argparse.Namespace) -> int:
    """Say what has changed, and do it if that is wanted."""
    name = course.assignment(args.assignment)
    with lock(the_lock(course)), tempfile.TemporaryDirectory() as scratch:
        refuse_to_overwrite_work(course.notebooks / name)
        with contextlib.closing(Revision(course, name, Path(scratch))) as revision:
            if not revision.changes and not revision.other_notebooks:
                released = replace(revision.release, course.notebooks / name)
                print(f"{name}: the gradebook has what is in solutions/")
                print(f"notebooks/{name}: {'written' if released else 'up to date'}")
                return OK
            rows = [[each.name, str(each), str(len(each.marks))] for each in revision.changes]
            print(table(["cell", "what has changed", "marks by hand"], rows))
            revision.refuse(marks=args.marks, drop=args.drop_marks)
            if not (args.yes or agreed()):
                print("Nothing was changed. With --yes it is done.")
                return DIFFERENT
            if not args.no_backup:
                folder = course.root / "autograde" / "backups"
                copy = back_up(course.app.coursedir.db_url, folder)
                print(plain(f"The gradebook as it was: {copy}"))
            again = revision.grades_again
            revision.apply(args.marks)
            replace(revision.release, course.notebooks / name)
    print(f"The gradebook and notebooks/{name} have what is in solutions/.")
    if again:
        print(
            "What the old tests gave is taken away, and waits to be graded again:"
            f" python -m autograde grade {name}"
        )
    return OK


def agreed() -> bool:
    """Ask, if there is somebody to be asked."""
    return sys.stdin.isatty() and input("Do it? [y/N] ").strip().lower() in ("y", "yes")
