"""Make the course as students get it, without solutions: a zip archive, or a git branch."""

import argparse
import hashlib
from pathlib import Path

from autograde.base.errors import OK
from autograde.course.course import Course
from autograde.release.archive import student_files, write_branch, write_zip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``archive``."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="an assignment (default: all)")
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help="default: backward-by-hand.zip in dist/"
    )
    parser.add_argument(
        "--branch",
        metavar="NAME",
        help="commit it to this git branch instead, for students to pull",
    )


def run(course: Course, args: argparse.Namespace) -> int:
    """Write it, and say what is in it."""
    names = course.chosen(args.names)
    files = student_files(course, names)
    if args.branch:
        message = "The course, for students"
        changed = write_branch(files, course.root, args.branch, message)
        print(f"The branch {args.branch} is {'written' if changed else 'up to date'}")
        return OK
    path = args.to or course.root / "dist" / "backward-by-hand.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_zip(files, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"Written: {path} ({len(files)} files, {len(names)} notebooks)\nSHA-256: {digest}")
    return OK
