"""The rooms of both packages, and who may import whom: see docs/architecture.md."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping

import pytest

from course_utils.exercises.registry import registry
from tests.sources import PACKAGES, trees

FLOORS = {
    "course_utils": (
        *("autodiff", "measure", "checker", "exercises", "checks", "figures", "data", "chapters"),
        *("own", "progress", ""),
    ),
    "autograde": (
        *("jail/inside", "base", "pages", "course", "notebooks", "jail", "judging", "speed"),
        *("release", "grading", "gradebook", "exporters", "platforms", "workers", "reporting"),
        *("authoring", "demonstration", "commands", ""),
    ),
}
"""The lowest first. What is in no room, such as the facade, stands on top of all."""

DOORS = {
    "course_utils/checks/declarations.py",
    "course_utils/former_names.py",
    "course_utils/own/__init__.py",
}
"""Only these import modules of ours by names that are found when they run."""

INSIDE_MAY = {
    "inside",
    "course_utils",
    "numpy",
    "IPython",
    "traitlets",
    "matplotlib",
    *sys.stdlib_module_names,
}
"""What the jail has, beside what is in it already."""

IMPORTS = tuple[str, int, bool]
"""A module that is imported, the line, and whether a function does it."""


def imports(place: str, tree: ast.Module) -> Iterator[IMPORTS]:
    """Yield what a file imports; what it takes from a package by name counts as a module of it."""
    late = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in late
        elif isinstance(node, ast.ImportFrom):
            above = place.split("/")[: -node.level] if node.level else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{start}.{alias.name}", node.lineno, id(node) in late


def room_of(module: str) -> str:
    """Return the room that a module, or a name in it, belongs to; "" for none."""
    if module.startswith("autograde.jail.inside."):
        return "jail/inside"
    package, _, rest = module.partition(".")
    room = rest.split(".")[0]
    return room if room in FLOORS.get(package, ()) else ""


def dotted(place: str) -> str:
    return place.removesuffix(".py").replace("/", ".")


def is_facade(module: str) -> bool:
    """Tell whether this is the package itself, or a name that only its facade has."""
    package, _, rest = module.partition(".")
    return package in FLOORS and (not rest or not room_of(module))


def catches_mistakes(module: str) -> bool:
    """Tell whether a module, or a name in it, is of what catches a learner's mistakes."""
    parts = module.split(".")
    return parts[1:2] in (["checker"], ["checks"]) or parts[3:4] == ["checks"]


def wrong_in(place: str, tree: ast.Module) -> list[str]:
    """Return a sentence for each import that leads upwards, or out of the house."""
    package = place.split("/")[0]
    floors, here = FLOORS[package], room_of(dotted(place))
    found = []
    for module, line, late in imports(place, tree):
        where, first = f"{place}:{line} imports {module}", module.split(".")[0]
        if package == "course_utils" and first == "autograde":
            found.append(f"{where}: students' code must work without what instructors run")
        elif here == "jail/inside" and first not in INSIDE_MAY | {"autograde"}:
            found.append(f"{where}: it is not in the jail")
        elif here == "jail/inside" and first == "autograde" and room_of(module) != here:
            found.append(f"{where}: nothing of autograde is in the jail; move it into jail/inside")
        elif first != package:
            continue
        elif late and here != "jail/inside":  # there it matters what is loaded when
            found.append(f"{where} inside a function: at the top, or it belongs to another room")
        elif here and is_facade(module):
            found.append(f"{where}: the facade stands on top of all; import it from its own room")
        elif here == "chapters" and catches_mistakes(module) > catches_mistakes(dotted(place)):
            chapter = "/".join(place.split("/")[:3])
            found.append(f"{where}, and is what students read: that belongs into {chapter}/checks")
        elif floors.index(room_of(module)) > floors.index(here):
            found.append(
                f"{where}: {room_of(module)} stands above {here}; what both need belongs into"
                f" {here} or below, what needs {room_of(module)} into it or above"
            )
    return found


REFUSED: Mapping[str, tuple[str, str, str]] = {
    "upwards": (
        "course_utils/measure/a.py",
        "import course_utils.checker.report",
        "above measure",
    ),
    "upwards, by name": ("autograde/base/a.py", "from autograde import course", "above base"),
    "upwards, by dots": ("autograde/jail/a.py", "from ..judging import proxy", "above jail"),
    "the checker knows no exercise": (
        "course_utils/checker/a.py",
        "from course_utils.exercises.registry import find",
        "above checker",
    ),
    "what students read, and what catches them": (
        "course_utils/checks/a.py",
        "from course_utils.chapters.ch05_matrix_form.exercises import Linear",
        "above checks",
    ),
    "what catches mistakes, in what students read": (
        "course_utils/chapters/ch05_matrix_form/exercises.py",
        "from course_utils.checks.plain_functions import Confusion",
        "that belongs into course_utils/chapters/ch05_matrix_form/checks",
    ),
    "the checker, in what students read": (
        "course_utils/chapters/ch05_matrix_form/exercises.py",
        "from course_utils.checker import examine",
        "that belongs into course_utils/chapters/ch05_matrix_form/checks",
    ),
    "another chapter's checks, in what students read": (
        "course_utils/chapters/ch05_matrix_form/exercises.py",
        "from course_utils.chapters.ch01_jacobians.checks import contracted",
        "that belongs into course_utils/chapters/ch05_matrix_form/checks",
    ),
    "the facade": ("course_utils/checks/a.py", "from course_utils import check_vjp", "facade"),
    "what instructors run": ("course_utils/own/a.py", "import autograde", "without"),
    "late": ("autograde/grading/a.py", "def f():\n from autograde.base import errors", "inside"),
    "not in the jail": ("autograde/jail/inside/a.py", "import nbformat", "not in the jail"),
    "out of the jail": (
        "autograde/jail/inside/a.py",
        "from autograde.base.errors import AutogradeError",
        "jail/inside",
    ),
}
ALLOWED = {
    "downwards": ("course_utils/checker/a.py", "from course_utils.measure import numerical"),
    "its own room": (
        "autograde/jail/inside/a.py",
        "from . import limits\nfrom .values import x",
    ),
    "what catches mistakes, apart from what students read": (
        "course_utils/chapters/ch05_matrix_form/checks/a.py",
        "from course_utils.checks.plain_functions import Confusion",
    ),
    "others' packages, late": ("autograde/base/a.py", "def f():\n    import torch"),
    "the jail's own": ("autograde/jail/inside/a.py", "import numpy as np, json\nimport IPython"),
    "the facade takes from all": ("course_utils/__init__.py", "from course_utils import own"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_forbidden_import_is_refused_with_a_sentence(name):
    place, text, says = REFUSED[name]
    (sentence,) = wrong_in(place, ast.parse(text))
    assert says in sentence
    assert sentence.startswith(place)


@pytest.mark.parametrize("name", ALLOWED)
def test_an_import_that_is_allowed_is_not(name):
    place, text = ALLOWED[name]
    assert wrong_in(place, ast.parse(text)) == []


def by_name(tree: ast.Module) -> list[int]:
    """Return the lines on which a file imports by a name that it finds when it runs."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if "import_module" in [getattr(node, field, "") for field in ("attr", "id", "name")]
    ]


@pytest.mark.parametrize(
    "text",
    [
        "import importlib\nimportlib.import_module(x)",
        "from importlib import import_module as load\nload(x)",
    ],
)
def test_an_import_by_name_is_seen(text):
    assert by_name(ast.parse(text))


def test_students_side_imports_by_name_only_where_that_is_the_point():
    found = {place for place, tree in trees("course_utils").items() if by_name(tree)}
    assert found == DOORS


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_is_a_room_on_a_floor(package):
    folders = {place.split("/")[1] for place in trees(package) if place.count("/") > 1}
    known = {floor.split("/")[0] for floor in FLOORS[package]}
    assert folders - known == set(), "give it a floor, above what it imports"
    assert known - folders == {""}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_import_leads_upwards(package):
    found = [each for place, tree in trees(package).items() for each in wrong_in(place, tree)]
    assert found == []


def test_measure_and_checker_name_no_exercise():
    exercises = {name.removesuffix(".backward") for name in registry if name[0].isupper()}
    exercises |= {name for name in registry if "_" in name}
    found = {
        f"{place}:{node.lineno} names {word}"
        for place, tree in trees("course_utils").items()
        if room_of(dotted(place)) in ("measure", "checker")
        for node in ast.walk(tree)
        for word in [getattr(node, "id", getattr(node, "value", None))]
        if isinstance(word, str) and word in exercises
    }
    assert found == set()
