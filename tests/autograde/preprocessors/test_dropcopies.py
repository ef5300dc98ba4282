from __future__ import annotations

import copy

import pytest

from autograde.original import grade_id_of
from autograde.preprocessors import DropCopies

# what each copy of a cell reads like and the id it has -> which of them is graded, which stay
TABLE = [
    # an answer: the one that was worked in, wherever it is
    ("double", ["answer/id-double", "stub/new"], 0, [0]),
    ("double", ["stub/id-double", "answer/new"], 1, [1]),
    ("double", ["answer/new", "stub/id-double", "stub/other"], 0, [0]),
    # worked in both: the one with the released id, else the last
    ("double", ["answer/id-double", "other/new"], 0, [0, 1]),
    ("double", ["other/new", "answer/id-double"], 1, [0, 1]),
    ("double", ["answer/new", "other/newer"], 1, [0, 1]),
    # worked in none
    ("double", ["stub/id-double", "stub/new"], 0, [0]),
    # a test: the one that still is the test
    ("double-test", ["answer/id-double-test", "stub/new"], 1, [0, 1]),
    ("double-test", ["stub/new", "stub/id-double-test"], 1, [0, 1]),
    ("double-test", ["answer/new", "other/newer"], 1, [0, 1]),
]


@pytest.mark.parametrize(("name", "copies", "graded", "stay"), TABLE)
def test_which_copy_is_graded(course, released, resources, find, name, copies, graded, stay):
    place = released.cells.index(find(released, name))
    stub = released.cells[place]
    cells = []
    for each in copies:
        text, cell_id = each.split("/")
        cell = copy.deepcopy(stub)
        cell.id = cell_id
        cell.source = {"stub": stub.source + "\n"}.get(text, f"# {text}\n{stub.source}")
        cells.append(cell)
    others = len(released.cells) - 1
    released.cells[place : place + 1] = cells

    nb, after = DropCopies(parent=course.app).preprocess(released, resources)

    assert [cell for cell in nb.cells if grade_id_of(cell) == name] == [cells[graded]]
    assert [i for i, cell in enumerate(cells) if any(cell is kept for kept in nb.cells)] == stay
    assert len(nb.cells) == others + len(stay)
    assert f"cell '{name}' is there {len(copies)} times" in after["autograde_notes"][0]


def test_nothing_to_do(course, released, resources):
    before = copy.deepcopy(released)
    nb, after = DropCopies(parent=course.app).preprocess(released, resources)
    assert nb == before
    assert "autograde_notes" not in after
