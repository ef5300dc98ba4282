"""What stands between a person and the first command: an old Python, and git."""

from __future__ import annotations

import ast
import runpy
import shutil
import subprocess
import sys

import pytest

from autograde.course.config import CHECKOUT

MAIN = CHECKOUT / "autograde" / "__main__.py"


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 10)])
def test_an_old_python_is_told_in_a_sentence(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(MAIN), run_name="__main__")
    said = str(stop.value.code)  # a text: Python prints it and exits with status 1
    assert said.startswith(f"autograde: this is Python {version[0]}.{version[1]}, and the course")
    assert "course.py run python -m autograde" in said


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_an_old_python_can_read_what_it_starts_with(name):
    ast.parse((CHECKOUT / "autograde" / name).read_text(encoding="utf-8"), feature_version=(3, 4))


@pytest.mark.skipif(not (CHECKOUT / ".git").exists(), reason="no git checkout")
@pytest.mark.skipif(shutil.which("git") is None, reason="no git")
@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("01_jacobians/01_jacobians.ipynb", True),
        ("notebooks/01_jacobians/new.ipynb", False),
        ("solutions/01_jacobians/new.ipynb", False),
    ],
)
def test_git_ignores_what_was_fetched_into_the_course(path, ignored):
    done = subprocess.run(["git", "check-ignore", "-q", path], cwd=CHECKOUT, check=False)
    assert (done.returncode == 0) == ignored
