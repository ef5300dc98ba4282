"""Show what the class got wrong in one assignment, and what to teach next."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import MissingEntry

from autograde.base.errors import OK, AutogradeError
from autograde.base.writing import write_whole
from autograde.course.course import Course
from autograde.reporting.page import as_page
from autograde.reporting.report import report_on
from autograde.reporting.terminal import as_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``report``."""
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one page with pictures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything for machines")
    parser.add_argument("--names", dest="named", action="store_true", help="say which students")


def run(course: Course, args: argparse.Namespace) -> int:
    """Print the report, and write what is asked for."""
    assignment = course.assignment(args.assignment)
    again = f"grade it first (python -m autograde grade {assignment})"
    try:
        with course.gradebook() as gradebook:
            gradebook.find_assignment(assignment)
    except MissingEntry as error:
        raise AutogradeError(f"the gradebook has no {assignment} yet; {again}") from error
    report = report_on(course, assignment, datetime.now(UTC))
    if not report.group.entries:
        raise AutogradeError(f"nobody handed in {assignment}; collect it, and then {again}")
    print(as_text(report, names=args.named))
    if args.html:
        write_whole(args.html, as_page(report, names=args.named))
    if args.json:
        write_whole(args.json, json.dumps(report.as_dict(names=args.named), indent=1) + "\n")
    return OK
