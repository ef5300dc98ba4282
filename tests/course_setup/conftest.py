"""A small clone of a small course, whose environments are made at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from course_setup.commands import LITE, SITE_LOCK, VENV

ROOT = Path(__file__).resolve().parents[2]
HERE = str(Path(__file__).parent)
# Requirements that hold wherever these tests run; the real ones are in test_requirements.py.
FILES = {
    "pyproject.toml": """
[build-system]
requires = ["hatchling"]
[project]
name = "pytest"
dependencies = ["pluggy>=1"]
optional-dependencies = { course = [], dev = [], site = [] }
[tool.hatch]
[tool.ruff]
line-length = 100
""",
    "docs/build.py": "import sys; print('built', *sys.argv[1:])",
    "autograde/__init__.py": "",
    "docs/lite/build.py": "",
}


@pytest.fixture
def clone(tmp_path) -> Path:
    folder = tmp_path / "a clone, déjà vu"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for lock, made in {VENV.lock: VENV, SITE_LOCK: VENV, LITE.lock: LITE}.items():
        names = [name for name in made.modules.split(", ") if name != "course_utils"]
        (folder / lock).write_text("".join(f"{name}==1\n" for name in [*names, lock[:4]]))
    shutil.copy(ROOT / "course.py", folder)
    shutil.copytree(ROOT / "course_setup", folder / "course_setup")
    edit(folder, "course_setup/environment.py", '"venv", str', '"quick", str')
    edit(folder, "course_setup/child.py", "del ", f"sys.path.append({HERE!r})\ndel ")
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Change a file of a clone."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
