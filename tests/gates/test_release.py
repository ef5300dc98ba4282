"""The committed student version is a fresh build and gives nothing away."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autograde.course import ROOT
from autograde.leaks import MARKERS, expressions, find_leaks, private_paths, solution_fragments
from autograde.notebook import read
from autograde.release import describe_difference

COURSE_UTILS = [
    path for path in sorted((ROOT / "course_utils").rglob("*.py")) if "filled_in" not in path.parts
]


def test_the_committed_notebooks_are_a_fresh_build(course, fresh):
    assignments = course.assignments()
    assert assignments
    different = {
        name: difference
        for name in assignments
        if (difference := describe_difference(fresh / name, course.notebooks / name))
    }
    assert different == {}, "run: python -m autograde build"
    committed = {path.parent.name for path in course.notebooks.glob("*/*.ipynb")}
    assert committed == set(assignments)


def test_no_solution_text_in_the_notebook(name, solution, course):
    nb = read(course.notebooks / name / f"{name}.ipynb")
    fragments = solution_fragments(solution(name))
    assert fragments, "no solution was found, so this test would prove nothing"
    assert find_leaks(nb, fragments, private_paths()) == []


def test_the_notebook_as_a_file_holds_no_marker(name, course):
    text = (course.notebooks / name / f"{name}.ipynb").read_text(encoding="utf-8")
    assert [mark for mark in MARKERS if mark in text] == []


@pytest.mark.parametrize("path", COURSE_UTILS, ids=lambda path: path.stem)
def test_no_solution_text_in_the_package(path: Path, solution, course):
    held = set(expressions(path.read_text(encoding="utf-8")))
    for name in course.assignments():
        shared = held & solution_fragments(solution(name))
        assert shared == set(), f"{path.name} holds solution text of {name}"


def exercises(tree: ast.Module):
    """Every function that is left to the learner: (name, the statements after its docstring)."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        called = [each.func for each in node.decorator_list if isinstance(each, ast.Call)]
        if not any(isinstance(func, ast.Name) and func.id == "exercise" for func in called):
            continue
        functions = [node]
        if isinstance(node, ast.ClassDef):
            functions = [each for each in node.body if getattr(each, "name", "") == "backward"]
        for function in functions:
            body = function.body[1:] if ast.get_docstring(function) else function.body
            yield node.name, [ast.unparse(statement) for statement in body]


def test_every_exercise_in_the_package_is_a_stub():
    found = [
        each
        for path in COURSE_UTILS
        for each in exercises(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert len(found) >= 4
    assert [each for each in found if each[1] != ["raise NotImplementedError"]] == []
