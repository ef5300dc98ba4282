"""What an instructor added has a model answer that passes, and refuses what anybody does wrong."""

from __future__ import annotations

import pytest

from autograde.authoring.new_exercise import answer_cell, find_added, path_of
from autograde.authoring.standard_mistakes import tried_on
from autograde.commands.exercise import what_is_wrong
from autograde.notebooks.notebook import read
from course_utils import own


def test_every_file_that_was_added_loads():
    assert own.troubles == {}


@pytest.mark.parametrize("added", list(own.exercises))
def test_the_usual_mistakes_are_refused(added):
    tried = list(tried_on(find_added(added)))
    assert len(tried) >= 3
    assert [each.name for each in tried if not each.refused] == []


@pytest.mark.parametrize("added", list(own.exercises))
def test_it_has_a_model_answer_that_is_right(course, added):
    slot = find_added(added)
    cell = answer_cell(read(path_of(course, slot)), slot)
    assert cell is not None, f"run: python -m autograde exercise {added}"
    assert what_is_wrong(slot, cell.source) is None
