"""The cells of an exercise that an instructor adds, and the notebook that they go into."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import v4
from nbformat.notebooknode import NotebookNode
from nbgrader.nbgraderformat import SCHEMA_VERSION

from autograde.base.errors import AutogradeError
from autograde.course.course import Course
from autograde.notebooks.leaks import BEGIN, END
from autograde.notebooks.notebook import new_cell, node, read
from course_utils import own
from course_utils.autodiff.function import Function
from course_utils.checks.declarations import declaration_of
from course_utils.exercises.registry import Exercise
from course_utils.exercises.saved_work import one_line

NOT_YET = "raise NotImplementedError()"
"""What stands where the model answer goes."""


@dataclass(frozen=True)
class Asked:
    """How an exercise is announced."""

    points: float
    minutes: int
    difficulty: int
    """From 1 to 5."""


def find_added(name: str) -> Exercise:
    """The exercise of this name that was added to ``course_utils/own``.

    Raises
    ------
    AutogradeError
        If there is none, or its file holds what it must not.
    """
    for slot in own.exercises.values():
        if name in (slot.name, slot.name.removesuffix(".backward")):
            break
    else:
        told = [f"course_utils/own/{file}: {why}" for file, why in own.troubles.items()]
        there = ", ".join(own.exercises) or "none"
        raise AutogradeError(
            "; ".join(told) or f"there is no {name} in course_utils/own; there are: {there}"
        )
    try:
        declaration_of(slot)
    except (Exception, SystemExit) as error:  # the file is the instructor's
        raise AutogradeError(f"{slot.name}: {one_line(error, own.CHECKS)}") from error
    path = own.files[slot.name]
    for what in answers_in(path.read_text(encoding="utf-8")):
        raise AutogradeError(
            f"course_utils/own/{path.name} holds an answer, {what}, and students get this file:"
            " leave it out, and write the answer in solutions/"
        )
    if not re.fullmatch(r"\d\d_\w+", slot.notebook):
        raise AutogradeError(
            f"{slot.name}: a notebook is called by two digits and a name, such as 09_scale, and"
            f" not {slot.notebook!r}"
        )
    if not re.fullmatch(r"\d+\.\d+", slot.number):
        raise AutogradeError(
            f"{slot.name}: an exercise has a number such as 9.1, and not {slot.number!r}"
        )
    return slot


def answers_in(source: str) -> Iterator[str]:
    """Every function of a file that is left to the learner and is more than a stub."""
    for name, body in stubs(ast.parse(source)):
        if body != ["raise NotImplementedError"]:
            yield f"the body of {name}"


def stubs(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Every function that is left to the learner: its name, and what follows its docstring."""
    for found in ast.walk(tree):
        if not isinstance(found, ast.FunctionDef | ast.ClassDef):
            continue
        called = [each.func for each in found.decorator_list if isinstance(each, ast.Call)]
        if not any(isinstance(func, ast.Name) and func.id == "exercise" for func in called):
            continue
        functions = [found] if isinstance(found, ast.FunctionDef) else backwards(found)
        for function in functions:
            body = function.body[1:] if ast.get_docstring(function) else function.body
            name = found.name if function is found else f"{found.name}.{function.name}"
            yield name, [ast.unparse(statement) for statement in body]


def backwards(found: ast.ClassDef) -> list[ast.FunctionDef]:
    """The `backward` of a class; it may be left out."""
    functions = (each for each in found.body if isinstance(each, ast.FunctionDef))
    return [function for function in functions if function.name == "backward"]


# ---- its cells --------------------------------------------------------------------------


def path_of(course: Course, slot: Exercise) -> Path:
    """The instructor's notebook that the exercise goes into."""
    return course.solutions / slot.notebook / f"{slot.notebook}.ipynb"


def answer_cell(nb: NotebookNode, slot: Exercise) -> NotebookNode | None:
    """The cell with the model answer, or None where the notebook has not this exercise yet.

    Raises
    ------
    AutogradeError
        If the number belongs to another exercise of the notebook.
    """
    cell: NotebookNode
    for cell in nb.cells:
        if cell.get("id") == f"{key_of(slot)}-answer":
            if f"@fill_in({short(slot)})" in cell.source:
                return cell
            raise AutogradeError(
                f"{slot.notebook} has another exercise {slot.number}; give {slot.name} a number of"
                " its own"
            )
    return None


def notebook_with(course: Course, slot: Exercise, asked: Asked) -> NotebookNode:
    """The instructor's notebook with the cells of the exercise at its end."""
    path = path_of(course, slot)
    nb = read(path) if path.exists() else new_notebook(slot)
    nb.cells += cells_of(slot, asked)
    nb.cells[0].source = with_totals(nb)
    return nb


def new_notebook(slot: Exercise) -> NotebookNode:
    """A notebook with a title, what it is for, and what every notebook imports."""
    nb: NotebookNode = v4.new_notebook()  # type: ignore[no-untyped-call]
    nb.metadata = node(
        {
            "kernelspec": {
                "display_name": "Python 3 (ipykernel)",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        }
    )
    number, _, name = slot.notebook.partition("_")
    title = f"""\
        # {number} · {name.replace("_", " ").capitalize()}

        **What you'll do.** You derive a gradient, write it as a `backward`, and check it.

        **What you'll learn**

        - how the loss gets through this step on its way back.

        **What you'll need.** Notebook 02, for `Function`, `forward` and `backward`.

        **Time.** About 0 minutes. **Points.** 0."""
    nb.cells = [
        cell_of("title", "markdown", textwrap.dedent(title)),
        cell_of("setup", "code", "import numpy as np\n\nfrom course_utils import check, fill_in"),
    ]
    return nb


def with_totals(nb: NotebookNode) -> str:
    """The title cell with the minutes and the points of all exercises."""
    announced = [
        (int(minutes), float(points))
        for cell in nb.cells
        for minutes, points in re.findall(
            r"^[●○]{5} · (\d+) minutes · ([\d.]+) points?\b", cell.source, re.MULTILINE
        )
    ]
    minutes, points = (sum(column) for column in zip(*announced, strict=True))
    return re.sub(
        r"\*\*Time\.\*\* About \d+ minutes\. \*\*Points\.\*\* [\d.]+(?=\.$)",
        f"**Time.** About {minutes} minutes. **Points.** {points:g}",
        str(nb.cells[0].source),
        flags=re.MULTILINE,
    )


def cells_of(slot: Exercise, asked: Asked) -> list[NotebookNode]:
    """The text of the exercise, its import, its answer and its check."""
    key, name, arguments = key_of(slot), short(slot), ", ".join(slot.parameters)
    answer = f"""\
        @fill_in({name})
        def {slot.entry}({arguments}):
            ### {BEGIN}
            {NOT_YET}
            ### {END}"""
    check = f"""\
        # Run this cell as often as you like: only its last result counts.
        check({name})"""
    roles = {"grade": False, "solution": False, "locked": False}
    return [
        cell_of(key, "markdown", task(slot, asked)),
        cell_of(f"{key}-import", "code", f"from course_utils import {name}"),
        cell_of(f"{key}-answer", "code", textwrap.dedent(answer), {**roles, "solution": True}),
        cell_of(
            f"{key}-check",
            "code",
            textwrap.dedent(check),
            {**roles, "grade": True, "locked": True, "points": asked.points},
        ),
    ]


def cell_of(
    name: str, cell_type: str, source: str, roles: dict[str, bool | float] | None = None
) -> NotebookNode:
    """A cell with a stable id and, where it has roles, nbgrader's metadata."""
    settings = {"grade_id": name, "schema_version": SCHEMA_VERSION, "task": False}
    metadata = {} if roles is None else {"nbgrader": {**settings, **roles}}
    cell = new_cell(cell_type, source, metadata)
    cell["id"] = name
    return cell


def task(slot: Exercise, asked: Asked) -> str:
    """The text of the exercise: what is computed, and what is to be returned."""
    dots = "●" * asked.difficulty + "○" * (5 - asked.difficulty)
    some = f"{asked.points:g} point{'' if asked.points == 1 else 's'}"
    about = inspect.cleandoc(slot.target.__doc__ or "").strip()
    parts = [
        f"### Exercise {slot.number}: `{slot.name}`",
        f"{dots} · {asked.minutes} minutes · {some}",
        about,
    ]
    if isinstance(slot.target, type) and issubclass(slot.target, Function):
        code = inspect.getsource(inspect.unwrap(slot.target.forward))
        code = textwrap.dedent(code).removeprefix("@staticmethod\n").rstrip()
        parts.append(f"`forward` is given, and is the answer key:\n\n```python\n{code}\n```")
        wanted = [f"`grad_{name}`" for name in slot.target.input_names()]
        if len(wanted) == 1:
            parts.append(f"Return {wanted[0]}, of the shape of its input.")
        else:
            parts.append(f"Return {', '.join(wanted)}, each of the shape of its input.")
    return "\n\n".join(part for part in parts if part)


def key_of(slot: Exercise) -> str:
    """How the ids of the exercise's cells begin."""
    return f"ex-{slot.number.replace('.', '-')}"


def short(slot: Exercise) -> str:
    """What learners import, and what `fill_in` and `check` are given."""
    return slot.name.removesuffix(".backward")
