"""The points that `progress` shows are those of the instructor's notebooks."""

from __future__ import annotations

from nbgrader.utils import is_grade, is_solution

from course_utils.exercise import registry
from course_utils.points import read_points


def test_points_shown_equal_the_points_in_solutions(name, solution):
    shown = read_points(name)
    graded = [cell for cell in solution(name).cells if is_grade(cell)]
    hand = [cell.metadata.nbgrader.points for cell in graded if is_solution(cell)]
    checks = [cell.metadata.nbgrader.points for cell in graded if not is_solution(cell)]
    assert shown.by_hand == hand
    assert [sum(parts.values()) for parts in shown.exercises.values()] == checks
    assert set(shown.exercises) == {e.name for e in registry.values() if e.notebook == name}
