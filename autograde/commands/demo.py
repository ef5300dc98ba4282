"""Play a whole class in a folder of its own: release, hand in, grade, give feedback, check it."""

import argparse
import sys
import time
from pathlib import Path

from autograde.base.errors import DIFFERENT, OK
from autograde.base.tables import points, table
from autograde.course.course import Course
from autograde.demonstration import demo
from autograde.demonstration.demo_mistakes import MISTAKES
from autograde.jail import jail


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``demo``."""
    parser.add_argument(
        "--dir", type=Path, metavar="DIR", help="where (default: autograde/demo; it is emptied)"
    )
    parser.add_argument(
        "--no-exchange",
        action="store_true",
        help="hand in files for zip_collect, as on Windows, where nbgrader has no exchange",
    )


def run(course: Course, args: argparse.Namespace) -> int:
    """Play it, print the scores, and check them."""
    start = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - start:3.0f} s] {line}", flush=True)

    folder = (args.dir or course.root / "autograde" / "demo").resolve()
    why = jail.missing()
    if why:
        say(f"no jail here ({why}): the demo's own students are run without one")
    exchange = sys.platform != "win32" and not args.no_exchange
    group, results = demo.run(
        course.solutions, folder, MISTAKES, say, exchange=exchange, unsafe=bool(why)
    )

    rows = []
    for (student, assignment), result in results.items():
        by_hand = [each for each in result.cells.values() if each.by_hand]
        marks, most = (sum(each.score for each in by_hand), sum(each.max_score for each in by_hand))
        rows.append(
            [
                student,
                assignment,
                f"{points(result.auto_score)} / {points(result.max_auto_score)}",
                f"{points(marks)} / {points(most)}",
                f"{points(result.score)} / {points(result.max_score)}",
            ]
        )
    header = ["student", "assignment", "autograded", "marked by hand", "total"]
    print("\n" + table(header, rows) + "\n")
    print("Derivations are marked by hand; the demo gave every answered one full marks.\n")
    print("Feedback pages:")
    for student, assignment in results:
        print(f"  {demo.relative(demo.feedback_page(group, student, assignment))}")
    print(f"Scores as CSV:\n  {demo.relative(demo.csv_path(group))}\n")
    wrong = list(demo.verify(group, results))
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    if wrong:
        return DIFFERENT
    print(
        "Checked: the good student has full marks, the untouched stub has none, and each of the"
        f" {len(MISTAKES)} mistakes\ncost its points and is named in the feedback."
    )
    return OK
