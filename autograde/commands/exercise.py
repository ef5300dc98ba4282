"""Try an exercise that you added to `course_utils/own`, and write its cells into `solutions/`."""

import argparse
import contextlib
import io
from collections.abc import Iterable

from autograde.authoring.mistakes import nothing_filled_in, run_cell
from autograde.authoring.new_exercise import (
    NOT_YET,
    Asked,
    answer_cell,
    find_added,
    notebook_with,
    path_of,
    short,
)
from autograde.authoring.standard_mistakes import (
    SEEDS,
    Tried,
    measured_on,
    tried_on,
    unreached_in,
)
from autograde.authoring.teaching import without_saved_answers
from autograde.base.errors import DIFFERENT, OK
from autograde.course.course import Course
from autograde.notebooks.notebook import read, write
from course_utils import CheckFailed, check, own
from course_utils.exercises.fill_in import FillInError
from course_utils.exercises.registry import Exercise


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``exercise``."""
    parser.add_argument("name", metavar="NAME", help="what students import, such as Scale")
    parser.add_argument("--points", type=float, default=2, metavar="N", help="default: 2")
    parser.add_argument("--minutes", type=int, default=10, metavar="N", help="default: 10")
    parser.add_argument(
        "--difficulty", type=int, default=2, choices=range(1, 6), help="from 1 to 5 (default: 2)"
    )
    parser.add_argument(
        "--allow-unreached",
        action="store_true",
        help="write it even if the check reaches a branch of forward with no input",
    )


def run(course: Course, args: argparse.Namespace) -> int:
    """Try the mistakes, write the cells where there are none, check the model answer."""
    slot = find_added(args.name)
    path = path_of(course, slot)
    nb = read(path) if path.exists() else None
    cell = answer_cell(nb, slot) if nb else None  # first, as it may refuse

    print(f"{slot.name}, {slot.where}")
    print("What can go wrong in any exercise, and how the check calls it:")
    if not all_refused(tried_on(slot)):
        print("The check cannot see that: let make_inputs draw what shows the difference.")
        return DIFFERENT
    if unreached := unreached_in(slot):
        print("\n".join(unreached))
        if not args.allow_unreached:
            print("What is wrong there passes: let make_inputs draw what reaches it, or give")
            print("  --allow-unreached if nothing should.")
            return DIFFERENT
    if not all_refused(measured_on(slot)):
        print("What is measured so is not told from a formula. Grading reads the source too, and")
        print(f"  asks a person to look; or declare extreme inputs in {checks_of(slot)}.")

    shown = path.relative_to(course.root).as_posix()
    if cell is None:
        asked = Asked(args.points, args.minutes, args.difficulty)
        path.parent.mkdir(parents=True, exist_ok=True)
        write(notebook_with(course, slot, asked), path)
        print(f"{shown}: added at the end. Write your answer there, then")
        print("  give this command again.")
        return OK
    if NOT_YET in cell.source:
        print(f"{shown}: your answer is not there yet; it goes between the markers.")
        return DIFFERENT
    if (wrong := what_is_wrong(slot, str(cell.source))) is not None:
        print(f"{shown}: your answer is not right.\n\n{wrong}")
        return DIFFERENT
    print(f"{shown}: your answer is right. Next:")
    print(f"  python -m autograde build {slot.notebook}")
    return OK


def all_refused(mistakes: Iterable[Tried]) -> bool:
    """Show what the check says of each mistake; tell whether it refuses all of them."""
    tried = []
    for each in mistakes:
        print(f"  {each.name:<34}{each.code or 'TAKEN FOR RIGHT'}", flush=True)
        tried.append(each)
    return all(each.refused for each in tried)


def checks_of(slot: Exercise) -> str:
    """The file that declares how an exercise is examined, whether it is there or not."""
    return f"course_utils/own/{own.files[slot.name].stem}{own.CHECKS}.py"


def what_is_wrong(slot: Exercise, source: str) -> str | None:
    """What the check says of the model answer; None if it is right."""
    said = io.StringIO()
    with without_saved_answers(), nothing_filled_in(), contextlib.redirect_stdout(said):
        try:
            run_cell(source)
            for seed in SEEDS:
                check(short(slot), seed=seed)
        except (CheckFailed, FillInError) as error:
            return str(error)
        except Exception as error:  # whatever is in the cell
            return f"{type(error).__name__}: {error}"
    return None
