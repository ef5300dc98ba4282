"""What of `course_utils` a jail for submissions holds: what students import, and all that needs.

It is followed from import to import, so that what compares is not there because nobody in there
needs it, and not because somebody thought of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from autograde.course.config import CHECKOUT
from course_utils import own

COMPARES = "course_utils.checks"
"""The one module that is not followed: `asking` stands in its place."""

ROOMS = ("autodiff", "chapters", "data", "exercises", "figures", "measure", "own", "progress")
"""Rooms whose front page students may import by itself."""


def files(checkout: Path = CHECKOUT) -> list[str]:
    """Return the files, relative to the checkout."""
    data = (checkout / "course_utils" / "data").iterdir()
    found = [
        *modules(checkout).values(),
        *(path for path in data if path.suffix not in (".py", "")),
    ]
    return sorted(str(path.relative_to(checkout)) for path in found)


def modules(checkout: Path = CHECKOUT) -> dict[str, Path]:
    """Return the modules, and the file of each."""
    package = checkout / "course_utils"
    found: dict[str, Path] = {}
    waiting = ["course_utils", *(f"course_utils.{room}" for room in ROOMS)]
    # Those that are found by their names when they run.
    waiting += [name_of(path, checkout) for path in package.glob("chapters/*/stand_ins.py")]
    # What only cells of notebooks import.
    waiting += [name_of(path, checkout) for path in package.glob("chapters/*/figures.py")]
    waiting += [name_of(path, checkout) for path in own.written(package / "own")]
    for path in (Path(__file__).parent / "inside").glob("*.py"):
        waiting += imported(path, "inside")
    while waiting:
        name = waiting.pop()
        place = path_of(name, checkout)
        if place is None or name in found or (name + ".").startswith(f"{COMPARES}."):
            continue
        found[name] = place
        above = name.rpartition(".")[0]
        waiting += [above] if above else []
        waiting += imported(place, name if place.name == "__init__.py" else above)
    return found


def name_of(path: Path, checkout: Path) -> str:
    """Return the name of the module in a file."""
    return ".".join(path.relative_to(checkout).with_suffix("").parts)


def path_of(name: str, checkout: Path) -> Path | None:
    """Return the file of a module of the package; None if it is none."""
    if name.split(".")[0] != "course_utils":
        return None
    place = checkout.joinpath(*name.split("."))
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path
    return None


def imported(path: Path, package: str) -> Iterator[str]:
    """Yield the names of what a file imports, and of what it takes from there."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):  # of an instructor's own: it is left out with a notice
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            start = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            yield start
            yield from (f"{start}.{alias.name}" for alias in node.names)
