"""How many points each exercise carries, read from the notebooks of a checkout.

The notebooks are the only place where points are written. Where the package is
installed without them, there are none to show.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_utils.exercises import public
from course_utils.exercises.cells_run import filled_by_text
from course_utils.exercises.given_cells import places
from course_utils.exercises.registry import find


@dataclass
class NotebookPoints:
    """The points of one notebook.

    Attributes
    ----------
    exercises : dict
        Exercise name to the points of its parts; ``{"": 2.0}`` where it has one part.
    by_hand : list of float
        The points of each derivation, which a person grades.
    stubs : set of str
        The exercises whose answer cell, in the file, is still the stub.
    broken : set of str
        Those whose answer cell, in the file, is no Python.
    """

    exercises: dict[str, dict[str, float]] = field(default_factory=dict)
    by_hand: list[float] = field(default_factory=list)
    stubs: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)


def read_points(notebook: str, folders: Iterable[Path] | None = None) -> NotebookPoints:
    """Return the points of `notebook`, of the first folder that has it; none if none has."""
    points = NotebookPoints()
    for cell in _cells(notebook, places() if folders is None else folders):
        # A learner's notebook can be in any state; what cannot be read has no points here.
        with contextlib.suppress(KeyError, TypeError, AttributeError, ValueError, SyntaxError):
            settings = cell["metadata"].get("nbgrader", {})
            if settings.get("solution") and not settings.get("grade"):
                source = "".join(cell["source"])
                points.broken |= _of_broken(source)
                points.stubs |= _of_stub(source)
            if not settings.get("grade"):
                continue
            if settings.get("solution"):
                points.by_hand.append(float(settings["points"]))
            else:
                found = _of_check("".join(cell["source"]), float(settings["points"]))
                points.exercises.update(found)
    return points


def _cells(notebook: str, folders: Iterable[Path]) -> list[Any]:
    for folder in folders:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            text = (folder / notebook / f"{notebook}.ipynb").read_text(encoding="utf-8")
            return list(json.loads(text)["cells"])
    return []


def _of_broken(source: str) -> set[str]:
    """Read ``@fill_in(X)`` from an answer cell that is no Python."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {slot.name for slot in filled_by_text(source)}
    return set()


def _of_stub(source: str) -> set[str]:
    """Read ``@fill_in(X)`` from an answer cell that still raises NotImplementedError."""
    stubs = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "fill_in" and mark.args:
                raised = (each for each in ast.walk(node) if isinstance(each, ast.Raise))
                if any(each.exc and "NotImplementedError" in ast.unparse(each) for each in raised):
                    stubs.add(find(_meant(mark.args[0])).name)
    return stubs


def _of_check(source: str, total: float) -> Mapping[str, dict[str, float]]:
    """Read ``check(X)`` or ``score(X, {...})`` from a check cell."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        if node.func.id not in ("check", "score"):
            continue
        exercise = find(_meant(node.args[0])).name
        if node.func.id == "check":
            return {exercise: {"": total}}
        parts = ast.literal_eval(node.args[1])
        return {exercise: {part: float(value) for part, value in parts.items()}}
    return {}


def _meant(asked: ast.expr) -> Any:
    """Return what a check cell names: ``Linear``, ``nn.Linear.backward``, or a text."""
    if isinstance(asked, ast.Constant):
        return asked.value
    first, *rest = ast.unparse(asked).split(".")
    return functools.reduce(getattr, rest, public.names[first])
