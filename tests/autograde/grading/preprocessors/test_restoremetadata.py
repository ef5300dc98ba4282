from __future__ import annotations

import copy

import pytest
from nbgrader.nbgraderformat import MetadataValidator

from autograde.grading.preprocessors import RestoreMetadata


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
    RestoreMetadata(parent=course.app).preprocess(released, resources)
    assert "nbgrader" not in cell.metadata


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
