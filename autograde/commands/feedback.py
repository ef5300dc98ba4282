"""Write the feedback as Moodle or Canvas takes it back, or as one file a student."""

import argparse
from pathlib import Path

from autograde.base.errors import OK, SOME_LEFT_OUT, AutogradeError
from autograde.base.tables import plain
from autograde.course.course import Course
from autograde.platforms.collected import read_collected
from autograde.platforms.giving_back import (
    as_canvas,
    as_moodle,
    feedback_of,
    write_files,
    write_zip,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``feedback``."""
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument(
        "--moodle", action="store_true", help="a zip for Upload multiple feedback files in a zip"
    )
    form.add_argument("--canvas", action="store_true", help="a zip for Upload Submissions")
    form.add_argument("--folder", action="store_true", help="one file a student, for e-mail")
    parser.add_argument(
        "--to", type=Path, metavar="PATH", help="default: feedback_ASSIGNMENT(.zip) in autograde/"
    )


def run(course: Course, args: argparse.Namespace) -> int:
    """Write it, and say whose is not in it."""
    assignment = course.assignment(args.assignment)
    found = feedback_of(course, assignment)
    ending = "" if args.folder else ".zip"
    path: Path = args.to or course.root / "autograde" / f"feedback_{assignment}{ending}"
    if args.folder:
        if path.is_dir() and any(path.iterdir()):
            raise AutogradeError(f"{path} is not empty: pages of before would be among the new")
        write_files(path, found)
    else:
        labels = read_collected(course, assignment)
        write_zip(path, list((as_moodle if args.moodle else as_canvas)(labels, found)))
    for student, why in sorted(found.left_out.items()):
        print(plain(f"left out: {student}: {why}"))
    print(f"Written: {path} ({len(found.pages)} of {len(found.pages) + len(found.left_out)})")
    return SOME_LEFT_OUT if found.left_out else OK
