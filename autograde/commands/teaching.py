"""Bring what is generated in ``docs/`` up to date, or check that it is."""

import argparse
from pathlib import Path

from autograde.authoring.generated import PAGES, fresh
from autograde.base.errors import DIFFERENT, OK
from autograde.course.course import Course


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``teaching``."""
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if different")


def run(course: Course, args: argparse.Namespace) -> int:
    """Write the pages, or compare."""
    same = [_brought_up_to_date(course, page, write=not args.check) for page in PAGES]
    return OK if all(same) or not args.check else DIFFERENT


def _brought_up_to_date(course: Course, page: Path, *, write: bool) -> bool:
    """Return whether a page was up to date; unless it was, write it if asked."""
    path = course.root / page
    text = fresh(course, page)
    same = text == path.read_text(encoding="utf-8")
    if not write:
        print(f"{page} is {'' if same else 'not '}up to date")
        return same
    if not same:
        path.write_text(text, encoding="utf-8")
    print(f"{page}: {'up to date' if same else 'written'}")
    return same
