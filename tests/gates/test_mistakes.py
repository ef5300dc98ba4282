"""Every plausible mistake is rejected and named; the tables are in tests/mistakes."""

from __future__ import annotations

import importlib.util
import itertools
import linecache
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import course_utils
from autograde.course import ROOT
from course_utils import CheckFailed, check
from course_utils.exercise import find, registry

SEEDS = (0, 1, 2)
FEWEST = 4


def load(path: Path) -> list[tuple[str, str, str, str]]:
    spec = importlib.util.spec_from_file_location(f"mistakes_{path.stem}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MISTAKES


TABLES = {
    path.stem: load(path)
    for path in sorted((ROOT / "tests" / "mistakes").glob("*.py"))
    if not path.stem.startswith("_")
}
CASES = [
    pytest.param(*row, id=f"{table}-{row[0]}-{row[1]}".replace(" ", "_"))
    for table, rows in TABLES.items()
    for row in rows
]
numbers = itertools.count()


def run_cell(source: str) -> None:
    """Run `source` as a notebook cell, in an imported course_utils and NumPy."""
    filename = f"<mistake {next(numbers)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    cell = {"np": np, "__name__": "__main__"}
    cell.update({name: getattr(course_utils, name) for name in course_utils.__all__})
    exec(compile(source, filename, "exec"), cell)


@pytest.fixture
def empty_exercises(monkeypatch):
    """Nothing is filled in, and nothing is saved."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for slot in registry.values():
        slot.empty()
    yield
    for slot in registry.values():
        slot.empty()


@pytest.mark.parametrize(("exercise", "mistake", "source", "code"), CASES)
def test_the_mistake_is_rejected_and_named(empty_exercises, exercise, mistake, source, code):
    run_cell(source)
    for seed in SEEDS:
        with pytest.raises(CheckFailed) as failed:
            check(exercise, seed=seed)
        assert failed.value.report.code == code, f"{mistake}: {failed.value}"


def test_every_exercise_has_its_mistakes(course):
    listed = Counter(find(row[0]).name for rows in TABLES.values() for row in rows)
    asked = [each.name for each in registry.values() if each.notebook in course.assignments()]
    assert asked
    assert {name: listed[name] for name in asked if listed[name] < FEWEST} == {}


def test_no_mistake_is_listed_twice():
    sources = Counter(row[2].strip() for rows in TABLES.values() for row in rows)
    assert [source for source, times in sources.items() if times > 1] == []
