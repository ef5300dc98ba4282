"""Show what the gradebook holds: every student, every assignment, and what waits for a person."""

import argparse

from nbgrader.api import MissingEntry

from autograde.base.errors import OK, AutogradeError
from autograde.base.tables import lateness, points, table
from autograde.course.course import Course
from autograde.workers.run import scores, submissions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``scores``."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="an assignment (default: all)")


def run(course: Course, args: argparse.Namespace) -> int:
    """Print one line per submission, whether collected, graded, or both."""
    names = course.chosen(args.names)
    rows = [
        row
        for name in names
        for student in sorted({*submissions(course, name), *graded(course, name)})
        for row in [line(course, name, student)]
    ]
    if not rows:
        raise AutogradeError(
            "nothing was collected yet (nbgrader collect ASSIGNMENT, or python -m autograde collect"
            " ASSIGNMENT)"
        )
    print(table(["assignment", "student", "tests", "total", "late", "waits for"], rows))
    return OK


def graded(course: Course, name: str) -> list[str]:
    """The students of whom the gradebook has a submission."""
    with course.gradebook() as gradebook:
        try:
            return [each.student.id for each in gradebook.assignment_submissions(name)]
        except MissingEntry:
            return []


def line(course: Course, name: str, student: str) -> list[str]:
    """One submission."""
    try:
        result = scores(course, name, student)
    except MissingEntry:
        return [name, student, "-", "-", "", f"python -m autograde grade {name}"]
    return [
        name,
        student,
        f"{points(result.auto_score)} / {points(result.max_auto_score)}",
        f"{points(result.score)} / {points(result.max_score)}",
        lateness(result.dated, result.seconds_late),
        f"{len(result.needs_manual)} to mark in the form grader" if result.needs_manual else "",
    ]
