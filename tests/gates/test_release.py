"""The committed student version is a fresh build and gives nothing away."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autograde.authoring.new_exercise import answers_in, stubs
from autograde.course.course import ROOT
from autograde.notebooks.leaks import (
    MARKERS,
    expressions,
    find_leaks,
    private_paths,
    solution_fragments,
)
from autograde.notebooks.notebook import read
from autograde.release.release import describe_difference
from course_utils import own
from course_utils.exercises.registry import registry

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
    # An added answer can be too short to tell from what is given; `build` looks at its markers.
    assert fragments or name in own.notebooks(), "no solution was found: this proves nothing"
    assert find_leaks(nb, fragments, private_paths()) == []


def test_the_notebook_as_a_file_holds_no_marker(name, course):
    text = (course.notebooks / name / f"{name}.ipynb").read_text(encoding="utf-8")
    assert [mark for mark in MARKERS if mark in text] == []


@pytest.fixture(scope="module")
def fragments(solution, course) -> dict[str, set[str]]:
    """What only the solutions hold, by notebook."""
    return {name: solution_fragments(solution(name)) for name in course.assignments()}


@pytest.mark.parametrize("path", COURSE_UTILS, ids=lambda path: path.stem)
def test_no_solution_text_in_the_package(path: Path, fragments):
    held = set(expressions(path.read_text(encoding="utf-8")))
    for name, hidden in fragments.items():
        assert held & hidden == set(), f"{path.name} holds solution text of {name}"


def test_every_exercise_in_the_package_is_a_stub():
    texts = {str(path): path.read_text(encoding="utf-8") for path in COURSE_UTILS}
    seen = [name for text in texts.values() for name, _ in stubs(ast.parse(text))]
    assert len(seen) >= len(registry.keys() - own.exercises.keys())
    answers = {path: list(answers_in(text)) for path, text in texts.items()}
    assert {path: found for path, found in answers.items() if found} == {}
