"""How many points each exercise carries, read from the notebooks of a checkout.

The notebooks are the only place where points are written. Where the package is
installed without them, there are none to show.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_utils.exercise import find

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


@dataclass
class NotebookPoints:
    """The points of one notebook.

    Attributes
    ----------
    exercises : dict
        Exercise name to the points of its parts; ``{"": 2.0}`` where it has one part.
    by_hand : list of float
        The points of each derivation, which a person grades.
    """

    exercises: dict[str, dict[str, float]] = field(default_factory=dict)
    by_hand: list[float] = field(default_factory=list)


def read_points(notebook: str, folder: Path = NOTEBOOKS) -> NotebookPoints:
    """Return the points of `notebook`; none where it is absent or cannot be read."""
    points = NotebookPoints()
    try:
        text = (folder / notebook / f"{notebook}.ipynb").read_text(encoding="utf-8")
        cells = json.loads(text)["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return points
    for cell in cells:
        # A learner's notebook can be in any state; what cannot be read has no points here.
        with contextlib.suppress(KeyError, TypeError, AttributeError, ValueError, SyntaxError):
            settings = cell["metadata"].get("nbgrader", {})
            if not settings.get("grade"):
                continue
            if settings.get("solution"):
                points.by_hand.append(float(settings["points"]))
            else:
                found = _of_check("".join(cell["source"]), float(settings["points"]))
                points.exercises.update(found)
    return points


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
    import course_utils

    return functools.reduce(getattr, ast.unparse(asked).split("."), course_utils)
