"""The mistakes that learners are expected to make, and what the checker says of each.

The tables are in ``tests/mistakes``, one file for each notebook; they are needed by the
tests and for ``docs/teaching.md``.
"""

import importlib.util
import itertools
import linecache
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import course_utils
from autograde.course.course import ROOT
from course_utils import CheckFailed, check
from course_utils.checker import Report
from course_utils.exercises.registry import registry


@dataclass(frozen=True)
class Mistake:
    """One answer gone wrong."""

    table: str
    exercise: str
    name: str
    source: str
    """The whole answer cell, as a learner writes it."""
    code: str
    """What the checker must call it."""


def tables(root: Path = ROOT) -> list[Mistake]:
    """All mistakes, in the order of the notebooks."""
    found = []
    for path in sorted((root / "tests" / "mistakes").glob("m*.py")):
        spec = importlib.util.spec_from_file_location(f"mistakes_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found += [Mistake(path.stem, *row) for row in module.MISTAKES]
    return found


@contextmanager
def nothing_filled_in() -> Iterator[None]:
    """Empty every exercise of this process before and after; saved answers are not touched."""
    before = {name: slot.implementation for name, slot in registry.items()}
    for slot in registry.values():
        slot.empty()
    try:
        yield
    finally:
        for name, slot in registry.items():
            slot.empty()
            slot.implementation = before[name]


_numbers = itertools.count()


def run_cell(source: str) -> None:
    """Run `source` as a notebook cell, with NumPy and all of course_utils imported."""
    filename = f"<mistake {next(_numbers)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    cell = {"np": np, "__name__": "__main__"}
    cell.update({name: getattr(course_utils, name) for name in course_utils.__all__})
    exec(compile(source, filename, "exec"), cell)


def report_on(mistake: Mistake, seed: int) -> Report | None:
    """What the checker finds in a mistake; None if it passes."""
    run_cell(mistake.source)
    try:
        check(mistake.exercise, seed=seed)
    except CheckFailed as failed:
        return failed.report
    return None
