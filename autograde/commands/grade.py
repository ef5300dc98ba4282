"""Grade what was collected of one assignment; a bad submission never stops the class."""

import argparse
import contextlib
import fnmatch
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from autograde.base.budget import at_most, seconds_of
from autograde.base.errors import OK, SOME_NOT_GRADED, AutogradeError
from autograde.base.tables import cut, lateness, plain, points, table
from autograde.base.writing import write_whole
from autograde.course.course import Course
from autograde.gradebook.patience import patiently
from autograde.grading.result import NOT_GRADED, Result
from autograde.jail import jail
from autograde.workers.base import Tell, Workers
from autograde.workers.cluster import Cluster
from autograde.workers.in_process import Here
from autograde.workers.processes import Processes, usable_processors
from autograde.workers.run import Run, misnamed, outdated, register, submissions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``grade``."""
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    parser.add_argument(
        "--student",
        action="append",
        metavar="S",
        help="only this student (a pattern such as 'a*' is fine; may be repeated)",
    )
    parser.add_argument("--force", action="store_true", help="grade again what was graded before")
    parser.add_argument(
        "--unsafe",
        action="store_true",
        help="run the students' code without a jail, with your rights",
    )
    parser.add_argument(
        "--scores-only",
        action="store_true",
        help="leave out the cells that no test needs: quicker, and enough for scores, not for"
        " feedback with figures",
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes of this computer (default: one for each processor)",
    )
    parser.add_argument(
        "--scheduler",
        metavar="URL",
        help="grade on a Dask cluster instead, such as tcp://host:8786 or tls://host:8786",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write a report for machines")


def run(course: Course, args: argparse.Namespace) -> int:
    """Grade, and print the table."""
    assignment = course.assignment(args.assignment)
    if args.unsafe:
        course.app.config.Examine.unsafe = True
    if args.scores_only:
        course.app.config.Examine.outputs = False
    if not args.scheduler and not course.app.config.Examine.get("unsafe", False):
        jail.require()
    students = chosen(course, assignment, args.student)
    if patiently(lambda: register(course, assignment)):
        print(f"{assignment} is new to the gradebook: its tests and points were recorded")
    elif changed := patiently(lambda: outdated(course, assignment)):
        print(
            f"Note: {', '.join(changed)} changed in solutions/ since the gradebook recorded"
            f" {assignment}, and the recorded tests are used; to use the new ones:"
            f" python -m autograde update {assignment}"
        )
    grading = patiently(lambda: Run(course, assignment, force=args.force))
    results = graded(grading, students, args)
    report(assignment, results)
    lost = list(misnamed(course))
    for path in lost:
        print(
            plain(
                f"NOT GRADED: {path.parent.name}: there is no assignment '{path.name}'; rename the"
                f" folder {path.relative_to(course.root)} to one of"
                f" {', '.join(course.assignments())}, and grade again"
            )
        )
    if args.json:
        write_json(args.json, assignment, results)
    some = any(each.status == NOT_GRADED for each in results) or any(
        asked_for(path.parent.name, args.student) for path in lost
    )
    return SOME_NOT_GRADED if some else OK


def graded(run: Run, students: list[str], args: argparse.Namespace) -> list[Result]:
    """Grade, and show how far it is: as a bar on a terminal, as lines elsewhere."""
    results: list[Result] = []
    # Drawn after each submission, and by no thread: processes are forked from this one.
    tqdm.monitor_interval = 0
    bar = tqdm(total=len(students), unit=" submissions", disable=None, smoothing=0.1, miniters=1)
    tell = Progress(bar, at_most(seconds_of(run.config))).tell
    with bar, contextlib.closing(workers(run, students, args, tell)) as hands:
        for result in run.results(students, hands):
            results.append(result)
            bar.update()
            if bar.disable:
                print(f"  {len(results)}/{len(students)} {plain(result.student)}: {result.status}")
                sys.stdout.flush()
    return sorted(results, key=lambda result: result.student)


class Progress:
    """Says who is being graded, and how long that may take: each once, where there is no bar."""

    def __init__(self, bar: Any, longest: str) -> None:
        self.bar = bar
        self.longest = longest
        self.told: set[str] = set()

    def tell(self, students: Sequence[str]) -> None:
        """Say who is."""
        if not self.bar.disable:
            names = cut(", ".join(map(plain, students)), 40)
            self.bar.set_postfix_str(f"{names}: at most {self.longest} each")
            return
        for student in (each for each in students if each not in self.told):
            self.told.add(student)
            print(f"  {plain(student)} is being graded, which takes at most {self.longest}")
        sys.stdout.flush()


def workers(run: Run, students: list[str], args: argparse.Namespace, tell: Tell) -> Workers:
    """Whoever is to grade."""
    if args.scheduler:
        return Cluster(args.scheduler, run.released, run.config)
    # A process takes as long to start as it takes to grade a few submissions.
    count = min(
        args.workers or usable_processors(), -(-len(students) // (1 if args.workers else 10))
    )
    if count <= 1:
        return Here(run.released, run.config, tell)
    return Processes(count, run.released, run.config, tell)


def asked_for(student: str, patterns: list[str] | None) -> bool:
    """Whether this student's work is to be graded."""
    return not patterns or any(
        student == each or fnmatch.fnmatchcase(student, each) for each in patterns
    )


def chosen(course: Course, assignment: str, patterns: list[str] | None) -> list[str]:
    """The students to grade."""
    students = list(submissions(course, assignment))
    if not students:
        lost = [plain(str(path.relative_to(course.root))) for path in misnamed(course)]
        if lost:
            raise AutogradeError(
                f"nobody's {assignment} is there, but folders with the name of no assignment are:"
                f" {', '.join(lost)}; rename them to one of {', '.join(course.assignments())}"
            )
        raise AutogradeError(
            f"nobody's {assignment} is in {course.app.coursedir.submitted_directory}/; collect it"
            f" first (nbgrader collect {assignment}, or python -m autograde collect {assignment})"
        )
    if not patterns:
        return students
    found = [student for student in students if asked_for(student, patterns)]
    if not found:
        raise AutogradeError(
            f"no student {' or '.join(patterns)} handed in {assignment}; those who did:"
            f" {plain(', '.join(students))}"
        )
    return found


def report(assignment: str, results: list[Result]) -> None:
    """Print a line per student, then everything that the instructor should know."""
    rows = [
        [
            each.student,
            each.status,
            points(each.auto_score),
            points(each.max_auto_score),
            points(each.score),
            points(each.max_score),
            "" if each.problem else lateness(each.dated, each.seconds_late),
            str(len(each.needs_manual) or ""),
        ]
        for each in results
    ]
    header = [assignment, "", "tests", "of", "total", "of", "late", "to grade by hand"]
    print("\n" + table(header, rows) + "\n")
    for each in results:
        for note in each.notes:
            print(plain(f"Note: {each.student}: {note}"))
    for each in results:
        if each.problem:
            print(plain(f"NOT GRADED: {each.student}: {each.problem}"))


def write_json(path: Path, assignment: str, results: list[Result]) -> None:
    """Write the report in one step."""
    content = {
        "assignment": assignment,
        "counts": Counter(each.status for each in results),
        "verdicts": Counter(v["verdict"] for each in results for v in each.verdicts.values()),
        "submissions": [each.as_dict() for each in results],
    }
    write_whole(path, json.dumps(content, indent=1) + "\n")
