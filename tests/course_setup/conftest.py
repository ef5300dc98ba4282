"""A small clone of a small course, whose environments are made at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
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
    "requirements.lock": "base==1\n  # via pytest (pyproject.toml)\n",
    "docs/requirements.lock": "base==1\nmore==1\n  # via pytest (pyproject.toml)\n",
    "docs/lite/requirements.lock": "lite==1\n  # via -r docs/lite/requirements.in\n",
    "docs/build.py": "import sys; print('built', *sys.argv[1:])",
    "autograde/__init__.py": "",
}


@pytest.fixture
def clone(tmp_path) -> Path:
    folder = tmp_path / "a clone, déjà vu"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    shutil.copy(ROOT / "course.py", folder)
    shutil.copytree(ROOT / "course_setup", folder / "course_setup")
    quick = repr(str(Path(__file__).with_name("quick.py")))
    edit(folder, "course_setup/environment.py", 'MAKER = "venv"', f"MAKER = {quick}")
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Change a file of a clone."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
