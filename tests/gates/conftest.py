"""The real notebooks, found by themselves and each run once with and once without its solutions."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nbformat.notebooknode import NotebookNode
from nbgrader.utils import determine_grade, is_grade, is_solution

from autograde.course.course import ROOT, Course
from autograde.grading.preprocessors import Execute
from autograde.notebooks.notebook import read
from autograde.notebooks.original import grade_id_of
from autograde.release.release import generate_all
from tests.thoroughly import rows

from .solved import SOLUTIONS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that asks for `name` is run for each notebook; two are run whole by everybody.

    The demo grades all of them, answered and untouched; the site's build runs the first six.
    """
    if "name" in metafunc.fixturenames:
        runs = not {"run_solution", "run_stub"}.isdisjoint(metafunc.fixturenames)
        names = rows(SOLUTIONS, ["05_matrix_form"]) if runs else SOLUTIONS
        metafunc.parametrize("name", names, scope="session")


@dataclass
class Run:
    """What came of running a notebook as if it were a submission."""

    nb: NotebookNode
    scores: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Reached and possible points of each autograded cell."""


@pytest.fixture(scope="session")
def course() -> Course:
    """This checkout."""
    return Course(ROOT)


@pytest.fixture(scope="session")
def solution() -> Callable[[str], NotebookNode]:
    """``solution(name)``: the instructor's notebook."""
    return lambda name: read(SOLUTIONS[name])


@pytest.fixture(scope="session")
def fresh(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release made now, of all assignments."""
    return generate_all(course, course.assignments(), tmp_path_factory.mktemp("fresh"))


@pytest.fixture(scope="session")
def stub(fresh: Path) -> Callable[[str], NotebookNode]:
    """``stub(name)``: the student version."""
    return lambda name: read(fresh / SOLUTIONS[name].parent.name / f"{name}.ipynb")


@pytest.fixture(scope="session")
def run_solution(course, solution, tmp_path_factory) -> Callable[[str], Run]:
    """``run_solution(name)``: the outcome for who wrote what the instructor wrote."""
    return once(lambda name: run(course, solution(name), tmp_path_factory.mktemp(name)))


@pytest.fixture(scope="session")
def run_stub(course, stub, tmp_path_factory) -> Callable[[str], Run]:
    """``run_stub(name)``: the outcome for who wrote nothing."""
    return once(lambda name: run(course, stub(name), tmp_path_factory.mktemp(name)))


def once(work: Callable[[str], Run]) -> Callable[[str], Run]:
    """Remember what `work` returned for each notebook."""
    done: dict[str, Run] = {}

    def remembered(name: str) -> Run:
        if name not in done:
            done[name] = work(name)
        return done[name]

    return remembered


def run(course: Course, nb: NotebookNode, folder: Path) -> Run:
    """Run a notebook and score it with nbgrader's own machinery, in grading mode."""
    nb = copy.deepcopy(nb)
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    try:
        Execute(parent=course.app).preprocess(nb, {"metadata": {"path": str(folder)}})
    finally:
        del os.environ["NBGRADER_EXECUTION"]
    done = Run(nb)
    for cell in nb.cells:
        if is_grade(cell) and not is_solution(cell):
            done.scores[str(grade_id_of(cell))] = determine_grade(cell)
    return done
