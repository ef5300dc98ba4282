"""The parts of ``docs/teaching.md`` that are made of the course itself.

Goals, minutes and points come from the notebooks, rubrics from their solutions, and what
the checker says of a mistake from the checker.
"""

import contextlib
import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nbformat.notebooknode import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograde.authoring.mistakes import Mistake, nothing_filled_in, report_on, tables
from autograde.base.errors import AutogradeError
from autograde.course.course import Course
from autograde.notebooks.leaks import regions
from autograde.notebooks.notebook import read
from course_utils.exercises.registry import find, registry

SEED = 0

WEEKS = {
    "1": ("00", "01"),
    "2": ("02", "03"),
    "3": ("04", "05"),
    "4": ("06", "07"),
    "project": ("08",),
}
DAY = ("02", "04", "05", "06")
"""The notebooks of one long lab day: a layer and its loss, without what comes before and after."""


@dataclass
class Task:
    """An exercise or a derivation, as its notebook announces it."""

    title: str
    difficulty: str
    minutes: int
    points: float
    rubric: str = ""
    """The items of the rubric, for a derivation."""


def opened(course: Course, name: str) -> NotebookNode:
    """The instructor's notebook."""
    return read(course.solutions / name / f"{name}.ipynb")


def tasks(nb: NotebookNode) -> Iterator[Task]:
    """Every task of a notebook, in order."""
    waiting: list[Task] = []
    for cell in nb.cells:
        if cell.cell_type == "markdown" and not is_solution(cell):
            heading = ""
            for line in cell.source.splitlines():
                if line.startswith("#"):
                    heading = line.lstrip("# ")
                found = re.match(r"([●○]{5}) · (\d+) minutes · ([\d.]+) points?", line)
                if found:
                    waiting.append(Task(heading, found[1], int(found[2]), float(found[3])))
        elif is_grade(cell):
            task = waiting.pop(0)
            if is_solution(cell):
                hidden = "\n".join(regions(cell.source))
                task.rubric = hidden[hidden.index("**Rubric") :].split("\n", 1)[1].strip()
            yield task


def overview(course: Course) -> str:
    """A row for each notebook: what there is to do, and how long it takes."""
    lines = [
        "| notebook | exercises | by hand | points | minutes | of these, tasks |",
        "|---|---|---|---|---|---|",
    ]
    sums = [0.0] * 5
    for name in course.of_the_course():
        found = list(tasks(opened(course, name)))
        hand = sum(bool(task.rubric) for task in found)
        numbers = [
            len(found) - hand,
            hand,
            sum(task.points for task in found),
            announced(opened(course, name)),
            sum(task.minutes for task in found),
        ]
        sums = [a + b for a, b in zip(sums, numbers, strict=True)]
        lines.append(f"| {name} | " + " | ".join(f"{n:g}" for n in numbers) + " |")
    lines.append("| **all** | " + " | ".join(f"**{n:g}**" for n in sums) + " |")
    return "\n".join(lines)


def announced(nb: NotebookNode) -> int:
    """The minutes that a notebook says it takes."""
    found = re.search(r"(\d+) minutes", nb.cells[0].source.split("**Time")[-1])
    if not found:
        raise AutogradeError("a notebook does not say how many minutes it takes")
    return int(found[1])


def weeks(course: Course) -> str:
    """A row for each week: its notebooks, and how many minutes they take."""
    lines = ["| week | notebooks | minutes |", "|---|---|---|"]
    for week, numbers in WEEKS.items():
        names = [name for name in course.of_the_course() if name[:2] in numbers]
        minutes = sum(announced(opened(course, name)) for name in names)
        lines.append(f"| {week} | {', '.join(names)} | {minutes} |")
    return "\n".join(lines)


def day(course: Course) -> str:
    """A row for each session of a lab day, from nine o'clock on, with the breaks between."""
    lines = ["| from | to | what |", "|---|---|---|"]
    now = 9 * 60
    names = [name for name in course.of_the_course() if name[:2] in DAY]
    for number, name in enumerate(names):
        if number:
            pause = 60 if number == len(names) // 2 else 15
            lines.append(
                f"| {clock(now)} | {clock(now + pause)} | {'lunch' if pause > 15 else 'break'} |"
            )
            now += pause
        minutes = announced(opened(course, name))
        lines.append(f"| {clock(now)} | {clock(now + minutes)} | {name} |")
        now += minutes
    return "\n".join(lines)


def clock(minutes: int) -> str:
    """A time of the day."""
    return f"{minutes // 60}:{minutes % 60:02}"


def paragraph(nb: NotebookNode, head: str) -> str:
    """The part of the title cell that begins with a bold `head`."""
    source = str(nb.cells[0].source)
    start = source.find(f"**{head}")
    if start < 0:
        return ""
    rest = source[start:].split("\n\n**", 1)[0]
    return rest.split("**", 2)[2].lstrip(".: \n").strip()


def notebook_part(course: Course, name: str) -> str:
    """Goals, needs, tasks, mistakes and rubrics of one notebook."""
    nb = opened(course, name)
    lines = ["**Goals.** Afterwards a student knows", "", paragraph(nb, "What you'll learn"), ""]
    lines += ["**Needs.** " + paragraph(nb, "What you'll need"), ""]
    found = list(tasks(nb))
    lines += ["| task | difficulty | minutes | points |", "|---|---|---|---|"]
    lines += [f"| {t.title} | {t.difficulty} | {t.minutes} | {t.points:g} |" for t in found]
    lines += ["", *mistakes_part(name), ""]
    for task in found:
        if task.rubric:
            lines += [
                f"<details><summary>Rubric: {task.title}, {task.points:g} points</summary>",
                "",
                task.rubric,
                "",
                "</details>",
                "",
            ]
    return "\n".join(lines).rstrip()


def mistakes_part(name: str) -> Iterator[str]:
    """What the checker says of each mistake in one notebook, measured now."""
    here = [m for m in tables() if find(m.exercise).notebook == name]
    yield f"<details><summary>{len(here)} mistakes, and what the checker says</summary>"
    yield ""
    yield "| exercise | mistake | the checker says | code |"
    yield "|---|---|---|---|"
    with without_saved_answers():
        for mistake in here:
            slot = registry[find(mistake.exercise).name]
            said = headline(mistake)
            yield (
                f"| {slot.number} `{slot.name}` | {in_table(mistake.name)} | {in_table(said)}"
                f" | `{mistake.code}` |"
            )
    yield ""
    yield "</details>"


def headline(mistake: Mistake) -> str:
    """The first sentence that the checker says of a mistake."""
    # What an earlier mistake filled in must not take part.
    with nothing_filled_in(), contextlib.redirect_stdout(io.StringIO()):
        report = report_on(mistake, SEED)
    if report is None or report.code != mistake.code:
        raise AutogradeError(f"{mistake.exercise}: the mistake '{mistake.name}' is not named")
    return report.findings[0].headline


@contextlib.contextmanager
def without_saved_answers() -> Iterator[None]:
    """Read and write nobody's saved answers."""
    before = os.environ.get("NBGRADER_EXECUTION")
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    try:
        yield
    finally:
        os.environ.pop("NBGRADER_EXECUTION")
        if before is not None:
            os.environ["NBGRADER_EXECUTION"] = before


def in_table(text: str) -> str:
    """`text` as a cell of a Markdown table may hold it."""
    # Outside code, * and _ would be taken for emphasis.
    pieces = re.split(r"(`[^`]*`)", text.replace("|", "\\|").replace("\n", " "))
    return "".join(p if p.startswith("`") else re.sub(r"([*_<>])", r"\\\1", p) for p in pieces)


def parts(course: Course) -> dict[str, Callable[[], str]]:
    """What makes each part, by its name."""
    found: dict[str, Callable[[], str]] = {
        "overview": lambda: overview(course),
        "weeks": lambda: weeks(course),
        "day": lambda: day(course),
    }
    for name in course.of_the_course():
        found[name] = lambda name=name: notebook_part(course, name)  # type: ignore[misc]
    return found
