"""Grading beside other graders: ``python -m benchmarks.grading``.

A class made from the solutions, with the mistakes that learners make, is graded by nbgrader
as it comes, by nbclient alone, by otter-grader where there is one, and by this course; on the
same notebooks, in the same run. Compared are the processor time of all their processes, and
the scores cell by cell.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograde.base.errors import AutogradeError
from autograde.base.tables import table
from autograde.course.course import ROOT
from autograde.jail.jail import require
from benchmarks import classes, graders, meter, notebooks, scaling, scores

DEFAULT = "05_matrix_form"


@dataclass(frozen=True)
class Sizes:
    """How many submissions each grader gets, from the beginning of the class."""

    stock: int
    plain: int
    otter: int
    few: int
    many: int
    """The class sizes for scores alone: costs are compared in the larger, and what lies between
    them is the cost of one more."""
    few_feedback: int
    feedback: int
    scale: tuple[int, ...] = ()
    workers: int = 0
    seconds: float = math.inf
    """What does not fit into so many seconds is made smaller, or left out and said."""


QUICK = Sizes(stock=2, plain=1, otter=1, few=5, many=500, few_feedback=0, feedback=80, seconds=46.0)
FULL = Sizes(
    stock=24,
    plain=12,
    otter=6,
    few=100,
    many=500,
    few_feedback=100,
    feedback=500,
    scale=(10, 100, 500, 2000),
    workers=500,
)


@dataclass
class Measured:
    """Everything that one run of the benchmark found."""

    stock: graders.Run
    few: graders.Run
    many: graders.Run
    few_feedback: graders.Run | None
    feedback: graders.Run
    plain: graders.Run | str
    otter: list[meter.Usage] | str
    scaling: scaling.Scaling


def measure(
    bench: graders.Bench,
    sizes: Sizes,
    seed: int,
    otter: str,
    say: Callable[[str], None] = lambda text: None,
) -> Measured:
    """Run all graders, one after the other; what may be left out comes last."""
    until = time.monotonic() + sizes.seconds
    most = max(sizes.stock, sizes.many, sizes.feedback, sizes.workers, *sizes.scale)
    group = list(classes.make(bench.given, most, seed))
    say("making the courses")
    bench.prepare()
    count = int(min(sizes.stock, max(2, (until - time.monotonic()) / STOCK_SECONDS)))
    say(f"nbgrader as it comes: {count} submissions")
    stock = graders.stock(bench, group[:count])
    say(f"this course, scores alone: {sizes.few} and more submissions")
    few = graders.ours(bench, group[: sizes.few], outputs=False)
    # Half of what is left is for scores, the rest for feedback.
    size = fitting(few, sizes.many, (until - time.monotonic()) / 2, ONE_MORE)
    many = graders.ours(bench, group[:size], outputs=False)
    say("this course, for feedback")
    size = fitting(few, sizes.feedback, until - time.monotonic(), ONE_MORE_FOR_FEEDBACK)
    few_feedback = None
    if sizes.few_feedback:
        few_feedback = graders.ours(bench, group[: sizes.few_feedback], outputs=True)
    feedback = graders.ours(bench, group[:size], outputs=True)
    each = stock.usage.wall / stock.size  # nobody is much slower than nbgrader
    plain: graders.Run | str = "nbclient alone is not compared: there was no time left for it."
    if time.monotonic() + each * sizes.plain < until:
        say(f"nbclient alone: {sizes.plain} submissions")
        plain = graders.plain(bench, group[: sizes.plain])
    others: list[meter.Usage] | str = "otter-grader is not compared: there was no time left for it."
    if time.monotonic() + 2 * each * sizes.otter < until:
        say(f"otter-grader: {sizes.otter} submissions")
        others = graders.otter(bench, group[: sizes.otter], otter)
    scale = scaling.Scaling()
    if sizes.scale:
        scale.sizes = scaling.over_sizes(bench, group, sizes.scale, say)
    if sizes.workers:
        scale.workers = scaling.over_workers(bench, group[: sizes.workers], say)
    return Measured(stock, few, many, few_feedback, feedback, plain, others, scale)


STOCK_SECONDS = 13.0
"""With less than that for each, counting what comes after, nbgrader gets fewer: 2 at least."""

LEAST = 10
"""No smaller class is worth grading, however little time there is."""

ONE_MORE, ONE_MORE_FOR_FEEDBACK = 0.021, 0.06
"""The share of a run of a few submissions that one more takes, for a first guess."""


def fitting(earlier: graders.Run, most: int, seconds: float, one_more: float) -> int:
    """Return the largest class, up to `most`, that can be graded in time, by an earlier one."""
    if seconds == math.inf:
        return most
    found = (seconds - earlier.usage.wall) / (one_more * earlier.usage.wall)
    return int(min(most, max(LEAST, found)))


def as_json(found: Measured, assignment: str, seed: int) -> dict[str, Any]:
    """Return what ``--json`` prints; every ratio is another grader's cost by this course's."""
    size = found.many.size
    wrong = {
        "scores": scores.differences(found.stock.scores, found.many.scores),
        "feedback": scores.differences(found.stock.scores, found.feedback.scores),
    }
    runs = {"scores": (found.few, found.many), "feedback": (found.few_feedback, found.feedback)}
    result: dict[str, Any] = {
        "assignment": assignment,
        "seed": seed,
        "class_size": size,
        "submissions": {
            "stock": found.stock.size,
            "plain": 0 if isinstance(found.plain, str) else found.plain.size,
            "otter": 0 if isinstance(found.otter, str) else len(found.otter),
            "feedback": found.feedback.size,
            "scores": size,
        },
    }
    for mode, (small, large) in runs.items():
        ours = large.usage.cpu / large.size
        result[f"cpu_ratio_{mode}"] = found.stock.at(large.size) / ours
        if small is not None:
            one = scaling.between(small, large)
            result[f"cpu_ratio_{mode}_marginal"] = found.stock.marginal / one
        if not isinstance(found.plain, str):
            result[f"cpu_ratio_{mode}_to_plain"] = found.plain.at(large.size) / ours
        if not isinstance(found.otter, str):
            each = statistics.fmean(usage.cpu for usage in found.otter)
            result[f"cpu_ratio_{mode}_to_otter"] = each / ours
    if not isinstance(found.plain, str):
        result["cpu_ratio_plain"] = found.stock.at(size) / found.plain.at(size)
        result["plain_differences"] = scores.differences(found.stock.scores, found.plain.scores)
    return result | {
        "skipped": [each for each in (found.plain, found.otter) if isinstance(each, str)],
        "scores_equal": not wrong["scores"] and not wrong["feedback"],
        "scores_compared": {
            "scores": scores.cells(found.stock.scores, found.many.scores),
            "feedback": scores.cells(found.stock.scores, found.feedback.scores),
        },
        "differences": [f"{mode}: {line}" for mode, lines in wrong.items() for line in lines],
        "cpu_complete": complete(found),
        "scaling": found.scaling.sizes,
        "workers": found.scaling.workers,
        "raw": raw(found),
    }


def complete(found: Measured) -> dict[str, Any]:
    """Tell what share of the processor time wait4 misses, by a second count."""
    runs = {"stock": found.stock, "feedback": found.feedback, "scores": found.many}
    if not isinstance(found.plain, str):
        runs["plain"] = found.plain
    lost = {name: run.usage.lost for name, run in runs.items()}
    group = all(run.usage.group is not None for run in runs.values())
    return {
        "counted_by": "control group" if group else "samples of the process table",
        "used": "the control group's" if group else "the larger of wait4's and the samples'",
        "lost_by_wait4": lost,
        "largest_difference": max(abs(share) for share in lost.values()),
        "complete": all(abs(share) < 0.02 for share in lost.values()),
    }


def raw(found: Measured) -> dict[str, Any]:
    """Return the seconds of this run, from which the ratios are made."""
    runs = {
        "stock": found.stock,
        "feedback": found.feedback,
        "scores": found.many,
    }
    runs["scores_few"] = found.few
    if found.few_feedback:
        runs["feedback_few"] = found.few_feedback
    if not isinstance(found.plain, str):
        runs["plain"] = found.plain
    told: dict[str, Any] = {
        name: {
            "submissions": run.size,
            "cpu": run.usage.cpu,
            "cpu_wait4": run.usage.waited,
            "cpu_group": run.usage.group,
            "cpu_sampled": run.usage.sampled,
            "wall": run.usage.wall,
            **({"start": run.start, "marginal": run.marginal} if run.steps else {}),
            "per_submission": run.usage.cpu / run.size,
            "peak_main_mib": run.usage.peak_main / scaling.MIB,
        }
        for name, run in runs.items()
    }
    if not isinstance(found.otter, str):
        told["otter"] = [{"cpu": each.cpu, "wall": each.wall} for each in found.otter]
    return told


NOTES = """\
Each figure is how many times as much processor time nbgrader as it comes uses, for one
submission: total shares out the start of a run over a class of {size}, one more leaves it out.
nbgrader graded {stock} submissions; for a class of {size} its own start and slope are used, which
is less for each submission than what it did use. Time is that of all processes, counted by
{counted}; wait4 alone differs by up to {lost:.1%}.
For feedback: with the outputs of all cells. Scores alone: only what the tests need."""


def as_table(told: dict[str, Any]) -> str:
    """Write the comparison, one grader a line."""
    raw = told["raw"]
    stock = raw["stock"]["marginal"] + raw["stock"]["start"] / told["class_size"]
    rows = [["nbgrader as it comes", "1.00", "1.00", ""]]
    if "plain" in raw:
        slope = raw["stock"]["marginal"] / raw["plain"]["marginal"]
        same = "no" if told["plain_differences"] else "yes"
        rows.append(["nbclient alone", f"{told['cpu_ratio_plain']:.2f}", f"{slope:.2f}", same])
    if "otter" in raw:
        each = statistics.fmean(usage["cpu"] for usage in raw["otter"])
        rows.append(["otter-grader, otter run", f"{stock / each:.2f}", "", ""])
    for mode, name in (
        ("feedback", "this course, for feedback"),
        ("scores", "this course, scores"),
    ):
        differs = any(line.startswith(f"{mode}:") for line in told["differences"])
        total, one = told[f"cpu_ratio_{mode}"], told.get(f"cpu_ratio_{mode}_marginal")
        shown = f"{one:.2f}" if one else ""
        rows.append([name, f"{total:.2f}", shown, "no" if differs else "yes"])
    head = ["nbgrader's processor time by this one's", "total", "one more", "scores equal"]
    return table(head, rows)


def as_scaling_table(told: dict[str, Any]) -> str:
    """Write how the cost of one submission changes with the size of the class."""
    first = told["scaling"][0]
    rows = [
        [
            str(each["submissions"]),
            f"{each['cpu_per_submission_ratio']:.2f}",
            f"{each['marginal_since_smaller'] / first['cpu_per_submission']:.2f}"
            if each["marginal_since_smaller"]
            else "",
            f"{each['peak_main_mib'] / first['peak_main_mib']:.2f}",
            f"{each['peak_tree_mib'] / first['peak_tree_mib']:.2f}"
            if first["peak_tree_mib"]
            else "",
        ]
        for each in told["scaling"]
    ]
    head = ["class, by the smallest", "cpu for each", "one more", "memory", "of all processes"]
    return table(head, rows)


def show(told: dict[str, Any]) -> None:
    """Print the tables and what else there is to say."""
    print(as_table(told) + "\n")
    sizes = told["submissions"]
    counts = {"size": told["class_size"], "stock": sizes["stock"]}
    check = told["cpu_complete"]
    print(NOTES.format(**counts, counted=check["counted_by"], lost=check["largest_difference"]))
    print(f"Assignment {told['assignment']}, seed {told['seed']}.")
    for line in told["skipped"]:
        print(line)
    for line in told["differences"]:
        print(f"DIFFERENT SCORE, {line}")
    if told["scaling"]:
        print("\n" + as_scaling_table(told))
    if isinstance(told["workers"], str):
        print(told["workers"])
    else:
        print(f"Two workers take {told['workers']['wall_ratio']:.2f} of the time of one.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0, 1 for scores that differ, 2 if it cannot be run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.add_argument("--assignment", default=DEFAULT, metavar="A", help=f"default: {DEFAULT}")
    parser.add_argument("--all", action="store_true", help="every notebook, small classes of each")
    parser.add_argument("--root", type=Path, default=ROOT, metavar="DIR", help="the course")
    parser.add_argument("--seed", type=int, default=0, help="of the class")
    parser.add_argument("--quick", action="store_true", help="small classes, under a minute")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    parser.add_argument(
        "--otter", default=sys.executable, metavar="PYTHON", help="a Python that has otter-grader"
    )
    chosen = parser.parse_args(arguments)
    try:
        require()
        if chosen.all:
            return every(chosen.root, chosen.seed, as_line=chosen.json)
        name = chosen.assignment
        if not (chosen.root / "solutions" / name / f"{name}.ipynb").is_file():
            raise AutogradeError(f"there is no assignment {name} in solutions/")
        with tempfile.TemporaryDirectory(prefix="grading-benchmark-") as folder:
            bench = graders.Bench(Path(folder), classes.assignment(chosen.root, name), chosen.root)
            sizes = QUICK if chosen.quick else FULL
            found = measure(bench, sizes, chosen.seed, chosen.otter, say)
    except AutogradeError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    told = {"quick": chosen.quick} | as_json(found, name, chosen.seed)
    if chosen.json:
        print(json.dumps(told))
    else:
        show(told)
    return 0 if told["scores_equal"] else 1


def every(root: Path, seed: int, *, as_line: bool) -> int:
    """Compare all notebooks, and print a table or a line of JSON."""
    told = notebooks.as_json(notebooks.measure_all(root, seed, say), seed)
    if as_line:
        print(json.dumps(told))
    else:
        notebooks.show(told)
    return 0 if told["scores_equal"] else 1


def say(text: str) -> None:
    """Say on a terminal what is going on."""
    if sys.stderr.isatty():
        print(f"\r{text:<78.78}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
