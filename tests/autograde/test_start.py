"""What stands between a person and the first command: an old Python."""

from __future__ import annotations

import ast
import runpy
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
