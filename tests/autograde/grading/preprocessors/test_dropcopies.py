from __future__ import annotations

import copy

import pytest

from autograde.grading.preprocessors import DropCopies
from autograde.notebooks.original import grade_id_of

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


def pasted(released, halves):
    """`released` with a copy of all its cells below it; `halves` says which have answers there."""
    second = copy.deepcopy(released.cells)
    for cell in second:
        cell.id = f"new-{cell.id}"
    both = copy.deepcopy(released)
    both.cells += second
    for name, half in halves.items():
        cells = [cell for cell in both.cells if grade_id_of(cell) == name]
        cells[half].source = f"# answer\n{cells[half].source}"
    return both


# in which of two copies of the notebook the answers are -> in which the graded tests are
WHOLE = [
    ({}, {"double-test": 0, "halves-test": 0}),
    ({"double": 0, "halves": 0}, {"double-test": 0, "halves-test": 0}),
    ({"double": 1, "halves": 1}, {"double-test": 1, "halves-test": 1}),
    ({"double": 0, "halves": 1}, {"double-test": 0, "halves-test": 1}),
    # what is below may use what is above, so the test of halves waits for double too
    ({"double": 1, "halves": 0}, {"double-test": 1, "halves-test": 1}),
    # a derivation is nothing that a test could run
    ({"double": 0, "why": 1}, {"double-test": 0, "halves-test": 0}),
]


@pytest.mark.parametrize(("answers", "tests"), WHOLE)
def test_a_test_runs_after_its_answer(course, released, resources, find, answers, tests):
    length = len(released.cells)
    submitted = pasted(released, answers)
    cells = list(submitted.cells)
    # also where the tests of the second copy were edited: they are restored anyway
    cells[length + cells.index(find(submitted, "double-test"))].source += "\nprint(double)"

    nb, after = DropCopies(parent=course.app).preprocess(submitted, resources)

    kept = {
        name: next(i for i, cell in enumerate(cells) if grade_id_of(cell) == name) // length
        for name in tests
    }
    assert kept == tests
    names = [name for cell in nb.cells if (name := grade_id_of(cell))]
    assert sorted(names) == ["double", "double-test", "halves", "halves-test", "why"]
    (note,) = after["autograde_notes"]
    assert note.startswith("5 graded cells are there several times")


def test_copies_of_a_test_all_above_its_answer(course, released, resources, find):
    """No copy is below the answer, so the released cell id decides as ever."""
    answer, test = find(released, "double"), find(released, "double-test")
    again = copy.deepcopy(test)
    again.id = "again"
    rest = [cell for cell in released.cells if cell is not answer and cell is not test]
    released.cells = [test, again, *rest, answer]
    nb, _ = DropCopies(parent=course.app).preprocess(released, resources)
    assert [cell for cell in nb.cells if grade_id_of(cell) == "double-test"] == [test]
