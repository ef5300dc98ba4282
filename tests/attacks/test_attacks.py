"""No attack gains a point, harms a neighbour, or learns what it should not."""

from __future__ import annotations

import base64

import pytest
from nbformat.notebooknode import NotebookNode

from autograde.base.errors import SOME_NOT_GRADED
from autograde.base.tables import plain
from autograde.notebooks.original import grade_id_of
from autograde.workers.run import GRADED, NOT_GRADED
from tests.attacks.measuring import MEASURING
from tests.attacks.room import Class, outputs
from tests.attacks.rows import POINTS, TESTS, Row
from tests.attacks.tables import HONEST, HOSTILE


def scores(result: dict) -> tuple[float, ...]:
    return tuple(result["cells"][f"{name}-test"]["score"] for name in TESTS)


def shown(nb: NotebookNode) -> str:
    """Return what the tests show, for the message when a row fails."""
    return outputs(nb, tests=True)[-3000:]


@pytest.mark.parametrize("row", HOSTILE, ids=lambda row: row.name)
def test_an_attack_has_the_points_that_it_earns(graded_class: Class, row: Row):
    result = graded_class.result(row)
    assert any(row.notes in note for note in result["notes"]) or not row.notes, result["notes"]
    if row.code:
        assert (result["status"], result["code"]) == (NOT_GRADED, row.code), result
        return
    if row.points is None:  # whether it is graded does not matter; the others are what matters
        return
    assert result["status"] == GRADED, result["problem"]
    nb = graded_class.graded(row)
    assert scores(result) == row.points, shown(nb)
    if row.verdicts != "*":
        found = [result["verdicts"][f"{name}-test"]["verdict"] for name in TESTS]
        assert found == row.expected_verdicts(), shown(nb)


@pytest.mark.parametrize("row", HONEST, ids=lambda row: row.name)
def test_an_unusual_answer_that_is_right_has_all_points(graded_class: Class, row: Row):
    result = graded_class.result(row)
    assert result["status"] == GRADED, result["problem"]
    assert scores(result) == POINTS, shown(graded_class.graded(row))


@pytest.mark.parametrize("row", [*MEASURING, *HONEST], ids=lambda row: row.name)
def test_what_is_measured_waits_for_a_person_and_nothing_else(graded_class: Class, row: Row):
    result = graded_class.result(row)
    waiting = sorted(name for name in result["needs_manual"] if name != "why")
    assert waiting == sorted(row.waits), result["notes"]
    nb = graded_class.graded(row)
    told = [grade_id_of(cell) for cell in nb.cells if "This waits for a person" in str(cell)]
    assert tuple(told) == row.waits, shown(nb)


@pytest.mark.parametrize(
    "row", [row for row in [*HOSTILE, *HONEST] if row.shown or row.hidden], ids=lambda row: row.name
)
def test_a_feedback_page_holds_what_it_may(graded_class: Class, row: Row):
    page = graded_class.page(row)
    for text in row.shown:
        assert text in page
    for text in row.hidden:
        assert text not in page


def test_the_class_is_graded_to_its_end(graded_class: Class):
    assert graded_class.status == SOME_NOT_GRADED
    assert graded_class.results.keys() == set(graded_class.students.values())
    assert len(graded_class.results) == len(HOSTILE) + len(HONEST)
    last = list(graded_class.results.values())[-1]
    assert plain(last["student"]) in graded_class.printed
    infrastructure = [
        each for each in graded_class.results.values() if each["code"] == "infrastructure"
    ]
    assert infrastructure == []


def test_no_name_writes_lines_of_its_own(graded_class: Class):
    for line in graded_class.printed.splitlines():
        assert not line.startswith(("NOT GRADED: everybody", "NOT GRADED: b:"))
    assert "\x1b" not in graded_class.printed


def test_nothing_outside_was_changed(graded_class: Class):
    assert graded_class.watched() == graded_class.before
    assert not (graded_class.course.root / "autograde" / "staging").exists()


def test_nothing_outside_was_reached(graded_class: Class):
    assert graded_class.listener is not None
    with pytest.raises(BlockingIOError):
        graded_class.listener.accept()
    assert graded_class.process is not None
    assert graded_class.process.poll() is None


@pytest.mark.parametrize("row", [*HOSTILE, *HONEST], ids=lambda row: row.name)
def test_nothing_outside_was_read(graded_class: Class, row: Row):
    folder = graded_class.folder("autograded", row)
    if graded_class.result(row)["status"] != GRADED:
        assert not list(folder.glob("*.ipynb"))
        return
    nb = graded_class.graded(row)
    printed, everything = outputs(nb, tests=True), str(nb)
    page = graded_class.page(row)
    for place, word in graded_class.canaries.items():
        assert word not in printed, place
        assert base64.b64encode(word.encode()).decode().rstrip("=") not in page, place
        if place != "hidden":  # the graded notebook has the hidden tests back, for whoever grades
            assert word not in everything, place
            assert word not in page, place
