"""The demo's mistakes cost what they are said to cost, and are named as they are said to be."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache

import numpy as np
import pytest

import course_utils
from autograde.demonstration.demo_mistakes import MISTAKES
from autograde.notebooks.original import grade_id_of
from course_utils import CheckFailed
from course_utils.exercises.registry import registry


@pytest.fixture(autouse=True)
def empty_exercises(monkeypatch):
    """Nothing is filled in, and nothing is saved."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for slot in registry.values():
        slot.empty()
    yield
    for slot in registry.values():
        slot.empty()


def run(filename, source, names):
    """Run a cell as IPython does: the value of its last line is what it returns."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    tree = ast.parse(source, filename)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, filename, "exec"), names)
    return eval(compile(ast.Expression(last.value), filename, "eval"), names) if last else None


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: each.answer)
def test_the_mistake_costs_its_points_and_is_named(mistake, solution):
    cells = {grade_id_of(cell): cell for cell in solution(mistake.assignment).cells}
    test = cells[mistake.test]
    assert cells[mistake.answer].metadata.nbgrader.solution
    names = {"np": np, "__name__": "__main__"}
    names.update({name: getattr(course_utils, name) for name in course_utils.__all__})
    run(f"<demo {mistake.answer}>", mistake.source, names)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            score = run(f"<demo {mistake.test}>", test.source, names)
    except CheckFailed as failure:
        score = 0.0
        said.write(str(failure))
    assert test.metadata.nbgrader.points - score == mistake.points
    assert mistake.says in " ".join(said.getvalue().split())


def test_every_assignment_has_a_mistake_and_no_cell_two(course):
    assert {each.assignment for each in MISTAKES} == set(course.of_the_course())
    assert len({(each.assignment, each.test) for each in MISTAKES}) == len(MISTAKES)
