from __future__ import annotations

import copy

import pytest

from autograde.grading.preprocessors import TellConflicts

# cell, text -> whether it is told
TABLE = [
    ("double", "<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> theirs", True),
    ("why", "Linear.\n<<<<<<<\nor not", True),
    ("double", "a = 1\n>>>>>>> theirs", True),
    ("double", "a = 1 # <<<<<<< HEAD", False),
    ("double", "<<<<<<<<<<<<<<", False),
    ("why", "Title\n=======\n>>> double(1)", False),
    ("double-test", "<<<<<<< HEAD", False),  # restored from the gradebook
]


@pytest.mark.parametrize(("name", "text", "told"), TABLE)
def test_conflicts_in_answers_are_told(course, released, resources, find, name, text, told):
    find(released, name).source = text
    before = copy.deepcopy(released)
    nb, after = TellConflicts(parent=course.app).preprocess(released, resources)
    assert nb == before
    notes = after.get("autograde_notes", [])
    assert [f"cell '{name}' holds a git merge conflict" in note for note in notes] == [True] * told
