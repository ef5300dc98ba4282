"""The points that `progress` shows are those of the instructor's notebooks."""

from __future__ import annotations

from nbgrader.utils import is_grade, is_solution

from course_utils.exercises.given_cells import NOTEBOOKS
from course_utils.exercises.registry import registry
from course_utils.progress.points import read_points


def test_points_shown_equal_the_points_in_solutions(name, solution):
    shown = read_points(name, [NOTEBOOKS])
    graded = [cell for cell in solution(name).cells if is_grade(cell)]
    hand = [cell.metadata.nbgrader.points for cell in graded if is_solution(cell)]
    checks = [cell.metadata.nbgrader.points for cell in graded if not is_solution(cell)]
    assert shown.by_hand == hand
    assert [sum(parts.values()) for parts in shown.exercises.values()] == checks
    assert set(shown.exercises) == {e.name for e in registry.values() if e.notebook == name}


def test_every_answer_of_the_student_version_is_seen_to_be_a_stub(name):
    assert read_points(name, [NOTEBOOKS]).stubs == set(read_points(name, [NOTEBOOKS]).exercises)


def test_no_model_answer_is_seen_as_a_stub(name):
    assert read_points(name, [NOTEBOOKS.parent / "solutions"]).stubs == set()
