"""Exercises that were added to the course: each file in this folder holds one or more.

A file defines `Function`s, or plain functions, under the decorator `exercise`, as the course's own
modules do; nothing else has to know of it. What it marks can be imported from `course_utils`,
and has its check, its diagnosis and its numerical stand-in. How it is examined can be declared
beside it, in ``NAME_checks.py``; for a plain function it must be.
``python -m autograde exercise NAME`` writes its cells. See the page "An exercise of your own".
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Container
from pathlib import Path
from typing import Any

from course_utils.exercises.notices import notice
from course_utils.exercises.registry import Exercise, registry
from course_utils.exercises.saved_work import one_line

FOLDER = Path(__file__).parent

CHECKS = "_checks"
"""How the name of a file ends that declares how the exercises of another one are examined."""

exercises: dict[str, Exercise] = {}
"""What was added, by its name, such as ``"Scale.backward"``."""

files: dict[str, Path] = {}
"""The file of each of them."""

troubles: dict[str, str] = {}
"""Why a file's exercises are not there, by the file's name."""


def written(folder: Path = FOLDER) -> list[Path]:
    """Return the files that hold exercises, and not how those of another file are examined."""
    found = sorted(folder.glob("[!_]*.py"))
    declaring = {_beside(path, path.stem + CHECKS) for path in found}
    return [path for path in found if path not in declaring]


def load(taken: Container[str]) -> dict[str, Any]:
    """Import every file of this folder.

    Parameters
    ----------
    taken : container of str
        The names that `course_utils` has already.

    Returns
    -------
    dict
        What learners import from `course_utils`, by its name there.

    Notes
    -----
    A file that does not load, or that uses a name of the course, is left out as a whole, with a
    notice: importing the course must work whatever is in this folder.
    """
    found: dict[str, Any] = {}
    for path in written(FOLDER):
        before = dict(registry)
        try:
            found |= _load(path, before, taken, found)
        # Whatever is in the file; SystemExit is no Exception.
        except (Exception, SystemExit) as error:
            registry.clear()
            registry.update(before)
            sys.modules.pop(f"{__name__}.{path.stem}", None)
            troubles[path.name] = one_line(error, path.name)
            notice(f"course_utils/own/{path.name} is left out: {troubles[path.name]}.")
    return found


def _load(
    path: Path, before: dict[str, Exercise], taken: Container[str], found: dict[str, Any]
) -> dict[str, Any]:
    module = importlib.import_module(f"{__name__}.{path.stem}")
    new = {name: slot for name, slot in registry.items() if before.get(name) is not slot}
    if clash := sorted(new.keys() & before.keys()):
        raise ValueError(f"there is a {clash[0]} already, of {before[clash[0]].where}")
    plain = [name for name, slot in new.items() if not isinstance(slot.target, type)]
    checks = _beside(path, path.stem + CHECKS)
    if plain and not checks.exists():
        raise ValueError(f"{plain[0]} needs a file {checks.name} that declares how it is examined")
    offered = {
        name: value
        for name, value in vars(module).items()
        if any(value is slot.target for slot in new.values())
    }
    for name in offered:
        if name in taken or name in found:
            raise ValueError(f"course_utils has a {name} already; choose another name")
    exercises.update(new)
    files.update(dict.fromkeys(new, path))
    return offered


def _beside(path: Path, stem: str) -> Path:
    return path.with_name(f"{stem}.py")


def notebooks() -> set[str]:
    """Return the notebooks in which every exercise was added."""
    course = {slot.notebook for name, slot in registry.items() if name not in exercises}
    return {slot.notebook for slot in exercises.values()} - course
