"""The files of the project, as the tests that read sources see them."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("course_utils", "autograde")

NEVER_COMMITTED = tuple(
    line.removeprefix("/")
    for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    if line.startswith("/") and line.endswith("/")
)
"""The folders of a learner's work, of a class, and of what was built: the demo's among them."""


def is_ours(path: Path) -> bool:
    """Leave out what is never committed, and what an instructor added."""
    place = path.relative_to(ROOT).as_posix()
    added = place.startswith("course_utils/own/") and path.name != "__init__.py"
    return not added and not place.startswith(NEVER_COMMITTED)


def sources(*folders: str) -> dict[str, str]:
    """Return the text of every file of Python in some folders, by its place in the project."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if is_ours(path)
    }


def trees(*folders: str) -> dict[str, ast.Module]:
    """Return the same, parsed."""
    return {place: ast.parse(text) for place, text in sources(*folders).items()}
