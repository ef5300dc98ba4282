"""What the pages say of the course is what the course is; of mistakes: test_mistakes.py."""

from __future__ import annotations

import re

import pytest

from autograde.authoring.generated import PAGES, TEACHING, fresh
from autograde.authoring.mistakes import tables
from autograde.authoring.teaching import DAY, WEEKS, announced, in_table, opened, tasks
from autograde.base.errors import AutogradeError


@pytest.mark.parametrize("page", PAGES.keys() - {TEACHING}, ids=str)
def test_the_committed_page_is_up_to_date(course, page):
    assert (course.root / page).read_text(encoding="utf-8") == fresh(course, page), (
        "run: python -m autograde teaching"
    )


def test_every_task_is_there_with_its_points(course):
    for name in course.of_the_course():
        nb = opened(course, name)
        found = list(tasks(nb))
        graded = [c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade")]
        assert [t.points for t in found] == [c.metadata.nbgrader.points for c in graded]
        assert all(re.match(r"(Exercise|By hand) ", task.title) for task in found), name
        assert 45 <= announced(nb) <= 100


def test_every_mistake_is_there_with_what_is_said_of_it(course):
    text = (course.root / TEACHING).read_text(encoding="utf-8")
    rows = re.findall(r"^\| \d\.\d+ `[^`]+` \| (.+) \| (.+) \| `([^`]+)` \|$", text, re.MULTILINE)
    assert len(rows) == len(tables())
    assert [code for _, _, code in rows] == [mistake.code for mistake in tables()]
    assert all(said.strip() for _, said, _ in rows)


SAYS_LITTLE = re.compile(
    r"is not what is measured on the forward pass\.|is not the derivative of the forward pass\.|"
    r"^Most entries|None of the usual mistakes"
)
"""What the checker says where it does not know the mistake."""


@pytest.mark.parametrize(
    ("said", "little"),
    [
        ("J is not what is measured on the forward pass.", True),
        ("grad\\_x is not the derivative of the forward pass.", True),
        ("Most entries of J are right, 15 of 75 are not.", True),
        ("Only the first column of J is filled, and it is right.", False),
    ],
)
def test_what_says_little_is_told_from_the_rest(said, little):
    assert bool(SAYS_LITTLE.search(said)) is little


def test_every_mistake_is_named(course, name):
    if name not in course.of_the_course():
        pytest.skip("what an instructor added is not on the page")
    text = (course.root / TEACHING).read_text(encoding="utf-8")
    section = text.split(f"<!-- begin {name} -->")[1].split(f"<!-- end {name} -->")[0]
    rows = re.findall(
        r"^\| (\d\.\d+ `[^`]+`) \| (.+) \| (.+) \| `[^`]+` \|$", section, re.MULTILINE
    )
    assert rows
    unnamed = [(where, what) for where, what, said in rows if SAYS_LITTLE.search(said)]
    assert unnamed == []


def test_every_notebook_has_its_week_and_the_day_has_its_notebooks(course):
    numbers = [name[:2] for name in course.of_the_course()]
    planned = [number for week in WEEKS.values() for number in week]
    assert sorted(planned) == sorted(set(planned))
    assert set(numbers) <= set(planned)
    assert set(DAY) <= set(planned)


def test_a_missing_place_is_told(course, tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / TEACHING).write_text("nothing")
    monkeypatch.setattr(course, "root", tmp_path)
    with pytest.raises(AutogradeError, match="begin overview"):
        fresh(course, TEACHING)


@pytest.mark.parametrize(
    ("text", "cell"),
    [("a_b * c", r"a\_b \* c"), ("`a_b|c` x_y", r"`a_b\|c` x\_y"), ("a <b>", r"a \<b\>")],
)
def test_a_cell_of_a_table(text, cell):
    assert in_table(text) == cell
