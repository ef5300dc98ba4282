"""Bring ``docs/teaching.md`` up to date, or check that it is."""

import argparse

from autograde.authoring.teaching import FILE, fresh
from autograde.base.errors import DIFFERENT, OK
from autograde.course.course import Course


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``teaching``."""
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if different")


def run(course: Course, args: argparse.Namespace) -> int:
    """Write the file, or compare."""
    path = course.root / FILE
    text = fresh(course)
    same = text == path.read_text(encoding="utf-8")
    if args.check:
        print(f"{FILE} is {'' if same else 'not '}up to date")
        return OK if same else DIFFERENT
    if not same:
        path.write_text(text, encoding="utf-8")
    print(f"{FILE}: {'up to date' if same else 'written'}")
    return OK
