from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell
from nbgrader.utils import compute_checksum, determine_grade

from autograde.grading.preprocessors import AddMissingCells
from autograde.notebooks.original import grade_id_of

ALL = ["double", "double-test", "halves", "halves-test", "why"]

# what was deleted -> the order of the cells that nbgrader knows, afterwards
TABLE = [
    ([], ALL),
    (["double-test"], ALL),
    (["why"], ALL),
    (["double-test", "halves-test", "why"], ALL),
    (["double", "double-test"], ["double-test", "halves", "halves-test", "why"]),
    (ALL, ["double-test", "halves-test", "why"]),
]


@pytest.mark.parametrize(("deleted", "order"), TABLE)
def test_graded_cells_come_back_in_order(course, released, resources, deleted, order):
    released.cells = [cell for cell in released.cells if grade_id_of(cell) not in deleted]
    nb, after = AddMissingCells(parent=course.app).preprocess(released, resources)
    assert [name for cell in nb.cells if (name := grade_id_of(cell))] == order
    put_back = [name for name in deleted if name in order]
    notes = after.get("autograde_notes", [])
    assert sorted(notes) == sorted(
        f"the graded cell '{name}' was missing; it was put back for grading" for name in put_back
    )
    shown = [cell.source for cell in nb.cells if "was missing from the submission" in cell.source]
    assert len(shown) == len(put_back)


def test_a_test_comes_after_an_answer_in_a_new_cell(course, released, resources):
    gone = ("double", "double-test")
    released.cells = [cell for cell in released.cells if grade_id_of(cell) not in gone]
    at = [grade_id_of(cell) for cell in released.cells].index("halves")
    released.cells.insert(at, new_code_cell("def double(x):\n    return 2 * x", id="mine"))
    nb, _ = AddMissingCells(parent=course.app).preprocess(released, resources)
    order = [grade_id_of(cell) or cell.id for cell in nb.cells]
    assert order.index("mine") < order.index("double-test") < order.index("halves")


def test_a_deleted_derivation_has_no_points_and_waits_for_nobody(course, released, resources, find):
    released.cells = [cell for cell in released.cells if grade_id_of(cell) != "why"]
    nb, _ = AddMissingCells(parent=course.app).preprocess(released, resources)
    cell = find(nb, "why")
    assert cell.metadata.nbgrader.checksum == compute_checksum(cell)
    assert determine_grade(cell) == (0, 4)
