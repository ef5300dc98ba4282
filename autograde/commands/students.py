"""Enter a class list into the gradebook, or give a student another id."""

import argparse
from pathlib import Path

from autograde.base.errors import OK, SOME_LEFT_OUT, AutogradeError
from autograde.base.locking import lock
from autograde.base.tables import plain
from autograde.course.course import Course
from autograde.notebooks.places import the_lock
from autograde.platforms.class_list import import_people
from autograde.platforms.people import HEADS, read_people
from autograde.platforms.renaming import rename


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``students``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    entering = actions.add_parser("import", help="enter people; those who are there stay")
    entering.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="CSV of Excel, Canvas's gradebook, Moodle's participants or grading worksheet",
    )
    entering.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="FIELD=HEAD",
        help=f"what a column is called, for one of {', '.join(HEADS)}; may be repeated",
    )
    renaming = actions.add_parser("rename", help="the same person under another id")
    renaming.add_argument("old", metavar="OLD")
    renaming.add_argument("new", metavar="NEW")


def run(course: Course, args: argparse.Namespace) -> int:
    """Do it, and say what was done."""
    with lock(the_lock(course)):
        if args.action == "rename":
            moved = rename(course, args.old, args.new)
            print(plain(f"{args.old} is {args.new} now, in the gradebook and in the folders"))
            print(f"Moved: {', '.join(moved) or 'no files'}")
            return OK
        columns = dict(each.partition("=")[::2] for each in args.column)
        if unknown := sorted(columns.keys() - HEADS.keys()):
            raise AutogradeError(f"--column {unknown[0]}= is none of {', '.join(HEADS)}")
        people = read_people(args.file, columns)
        if not people:
            raise AutogradeError(f"there is nobody in {args.file}")
        with course.gradebook() as gradebook:
            done = import_people(gradebook, people)
    for sentence in done.left_out:
        print(plain(f"left out: {sentence}"))
    same = len(people) - len(done.added) - len(done.changed) - len(done.left_out)
    print(f"{len(done.added)} entered, {len(done.changed)} changed, {same} as they were")
    return SOME_LEFT_OUT if done.left_out else OK
