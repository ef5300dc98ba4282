"""Build the release of this course, grade what students handed in, or see a demo of it all."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from sqlalchemy.exc import ArgumentError, DBAPIError

from autograde.base.errors import CANNOT_START, INTERRUPTED, OF_THE_DISK, AutogradeError
from autograde.commands import (
    archive,
    build,
    collect,
    demo,
    due,
    exercise,
    export,
    feedback,
    grade,
    link,
    report,
    scores,
    students,
    teaching,
    update,
)
from autograde.course.course import ROOT, Course
from autograde.grading.explain import first_line


class Command(Protocol):
    """What every module in ``autograde.commands`` offers."""

    __doc__: str | None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""

    def run(self, course: Course, args: argparse.Namespace) -> int:
        """Do it; returns the exit status."""


COMMANDS: dict[str, Command] = {
    "archive": archive,
    "build": build,
    "collect": collect,
    "demo": demo,
    "due": due,
    "exercise": exercise,
    "export": export,
    "feedback": feedback,
    "grade": grade,
    "link": link,
    "report": report,
    "scores": scores,
    "students": students,
    "teaching": teaching,
    "update": update,
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m autograde", description=__doc__)
    top.add_argument(
        "--root", type=Path, default=ROOT, metavar="DIR", help="the course (default: this checkout)"
    )
    top.add_argument(
        "--db", metavar="URL", help="the gradebook, as nbgrader's --db (default: the settings')"
    )
    top.add_argument("--verbose", action="store_true", help="show nbgrader's own log as well")
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").replace("`", "")
        module.add_arguments(subparsers.add_parser(name, help=summary, description=summary))
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status (see ``autograde.base.errors``)."""
    args = parser().parse_args(argv)
    try:
        course = Course(args.root, logging.INFO if args.verbose else logging.CRITICAL, args.db)
        return COMMANDS[args.command].run(course, args)
    except AutogradeError as error:
        print(f"autograde {args.command}: {error}", file=sys.stderr)
        return CANNOT_START
    except (DBAPIError, ArgumentError) as error:  # no server, a wrong URL, a lock for too long
        print(
            f"autograde {args.command}: the gradebook cannot be used ({first_line(error)}); what"
            " was written before is kept, and the same command goes on when that is mended",
            file=sys.stderr,
        )
        return CANNOT_START
    except OSError as error:
        if error.errno not in OF_THE_DISK:
            raise
        print(
            f"autograde {args.command}: {error}; what was written before is kept, and the same"
            " command goes on when that is mended",
            file=sys.stderr,
        )
        return CANNOT_START
    except KeyboardInterrupt:
        print(f"autograde {args.command}: stopped; what was done is kept", file=sys.stderr)
        return INTERRUPTED
