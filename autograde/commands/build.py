"""Make ``notebooks/`` from ``solutions/``, or check that it is up to date."""

import argparse

from autograde.base.errors import DIFFERENT, OK, AutogradeError
from autograde.base.tables import plain
from autograde.course.course import Course
from autograde.release.release import build, compare


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``build``."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="an assignment (default: all)")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if different")
    parser.add_argument("--force", action="store_true", help="overwrite filled-in notebooks")


def run(course: Course, args: argparse.Namespace) -> int:
    """Build, or compare with a fresh build."""
    names = course.chosen(args.names)
    if not names:
        raise AutogradeError("there is no notebook in solutions/, so there is nothing to build")
    for name in names:
        for path in sorted((course.solutions / name).glob("*.ipynb")):
            if path.stem != name:
                print(plain(f"Note: solutions/{name}/{path.name} is released as well"))
    if not args.check:
        for name, changed in build(course, names, force=args.force):
            print(f"notebooks/{name}: {'written' if changed else 'up to date'}")
        return OK
    differing = list(compare(course, names))
    for name, difference in differing:
        print(f"notebooks/{name}: {difference}")
    if not args.names:
        for path in sorted(course.notebooks.glob("*/*.ipynb")):
            if path.parent.name not in names:
                differing.append((path.parent.name, "no source"))
                print(f"notebooks/{path.parent.name}: it has no source in solutions/; remove it")
    if differing:
        print("The committed notebooks are not a fresh build: run python -m autograde build")
        return DIFFERENT
    print(f"{len(names)} assignments are up to date")
    return OK
