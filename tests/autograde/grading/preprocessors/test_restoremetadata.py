from __future__ import annotations

import copy

import pytest
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import determine_grade, is_grade

from autograde.course.course import ROOT
from autograde.grading.preprocessors import AddMissingCells, RestoreMetadata
from autograde.notebooks.notebook import read
from autograde.notebooks.original import OriginalCell, grade_id_of
from autograde.notebooks.released import ReleasedNotebook, SourceCell


def version_0(meta):
    for key in ("schema_version", "cell_type", "task", "locked"):
        del meta[key]


def version_1(meta):
    meta["schema_version"] = 1
    del meta["cell_type"], meta["task"]


def version_9(meta):
    meta.update(schema_version=9, weight=2)


TABLE = [
    (version_0, "version 0"),
    (version_1, "version 1"),
    (version_9, "version 9"),
    (lambda meta: meta.update(schema_version=[1]), "version unknown"),
    (lambda meta: meta.update(schema_version={"a": {}}), "version unknown"),
    (lambda meta: meta.update(schema_version=10**400), "version unknown"),
    (lambda meta: meta.update(points=99), None),
    (lambda meta: meta.update(grade=False, locked=False), None),
    (lambda meta: meta.update(checksum="0"), None),
    (lambda meta: meta.pop("solution"), None),
]


@pytest.mark.parametrize(("damage", "said"), TABLE)
def test_metadata_is_as_released(course, released, resources, damage, said):
    expected = copy.deepcopy(released)
    for cell in released.cells:
        if "nbgrader" in cell.metadata:
            damage(cell.metadata.nbgrader)
    nb, after = RestoreMetadata(parent=course.app).preprocess(released, resources)
    for cell, right in zip(nb.cells, expected.cells, strict=True):
        assert cell.metadata.get("nbgrader") == right.metadata.get("nbgrader")
    MetadataValidator().validate_nb(nb)
    notes = after.get("autograde_notes", [])
    assert [said in note for note in notes] == ([True] if said else [])


@pytest.mark.parametrize("meta", [{}, {"grade_id": ""}, {"grade_id": 7}, {"grade": True}])
def test_metadata_without_a_name_is_dropped(course, released, resources, find, meta):
    cell = find(released, "double")
    cell.metadata["nbgrader"] = meta
    cell.id = "of-some-editor"
    RestoreMetadata(parent=course.app).preprocess(released, resources)
    assert "nbgrader" not in cell.metadata


def of_the_release(nb):
    """Return what the gradebook would have recorded of a released notebook."""
    cells = [cell for cell in nb.cells if grade_id_of(cell)]
    keys = ("locked", "grade", "solution", "task", "checksum")
    originals = {
        (name := grade_id_of(cell)): OriginalCell(
            name=name,
            cell_type=cell.cell_type,
            points=cell.metadata.nbgrader.get("points"),
            source=cell.source,
            cell_id=cell.id,
            **{key: cell.metadata.nbgrader.get(key) for key in keys},
        )
        for cell in cells
    }
    return ReleasedNotebook(originals, None, tuple(map(SourceCell.of, nb.cells)))


LOST = [  # (of the cells: metadata only, ids too, all are deleted; what a derivation gets)
    ("metadata", None),
    ("metadata and ids", None),
    ("deleted", 0),
]


@pytest.mark.parametrize("name", ["02_chain_rule", "06_whole_cost"])
@pytest.mark.parametrize(("what", "points"), LOST, ids=[row[0] for row in LOST])
def test_a_derivation_that_lost_its_name_is_never_worth_nothing(name, what, points):
    nb = read(ROOT / "notebooks" / name / f"{name}.ipynb")
    released = of_the_release(nb)
    derivations = [o for o in released.originals.values() if o.grade and o.solution]
    for cell in nb.cells:
        if any(grade_id_of(cell) == each.name for each in derivations):
            cell.source = "The sum runs over j."
    if what == "deleted":
        nb.cells = [cell for cell in nb.cells if cell.source != "The sum runs over j."]
    for number, cell in enumerate(nb.cells):
        cell.metadata = type(cell.metadata)()
        if what == "metadata and ids":
            cell.id = f"cell-{number}"
    resources = {"released": released, "nbgrader": {}}
    for step in (RestoreMetadata(), AddMissingCells()):
        nb, resources = step.preprocess(nb, resources)
    graded = {grade_id_of(cell): determine_grade(cell)[0] for cell in nb.cells if is_grade(cell)}
    assert [graded[each.name] for each in derivations] == [points] * len(derivations)
    assert len(derivations) == 2
    assert len(graded) == sum(bool(o.grade) for o in released.originals.values())


def test_a_cell_of_another_notebook_is_dropped_and_told(course, released, resources, find):
    cell = find(released, "double")
    cell.metadata.nbgrader.grade_id = "triple"
    _, after = RestoreMetadata(parent=course.app).preprocess(released, resources)
    assert "nbgrader" not in cell.metadata
    assert after["autograde_notes"] == [
        "cell 'triple' is not part of this notebook; it is not graded"
    ]


@pytest.mark.parametrize(
    ("name", "to"), [("double", "markdown"), ("double", "raw"), ("why", "code")]
)
def test_cell_types_come_back(course, released, resources, find, name, to):
    cell = find(released, name)
    right, cell.cell_type = cell.cell_type, to
    cell.pop("outputs", None)
    cell.pop("execution_count", None)
    _, after = RestoreMetadata(parent=course.app).preprocess(released, resources)
    assert cell.cell_type == right
    assert ("outputs" in cell) == (right == "code")
    assert f"cell '{name}' was made a {to} cell" in after["autograde_notes"][0]
