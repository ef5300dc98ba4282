"""Every plausible mistake is rejected and named; the tables are in tests/mistakes."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from autograde.authoring import teaching
from autograde.authoring.generated import TEACHING, fresh
from autograde.authoring.mistakes import nothing_filled_in, report_on, tables
from course_utils import own
from course_utils.exercises.registry import find, registry
from tests.thoroughly import rows

SEEDS = (teaching.SEED, 1, 2, 3)
"""And one more in the jail: tests/autograde/judging/test_parity.py."""

FEWEST = 4

MISTAKES = tables()


def name_of(mistake):
    return f"{mistake.table}-{mistake.exercise}-{mistake.name}".replace(" ", "_")


reported = cache(report_on)
"""What was said of it a moment ago, for the page."""


@pytest.fixture
def empty_exercises(monkeypatch):
    """Nothing is filled in, and nothing is saved."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with nothing_filled_in():
        yield


@pytest.mark.parametrize("seed", rows(SEEDS, SEEDS[:1]))
@pytest.mark.parametrize("mistake", MISTAKES, ids=name_of)
def test_the_mistake_is_rejected_and_named(empty_exercises, mistake, seed):
    report = reported(mistake, seed)
    assert report is not None, f"{mistake.name} passes, seed {seed}"
    assert report.code == mistake.code, f"{mistake.name}: {report.text()}"


@pytest.mark.parametrize(
    ("exercise", "which", "seed"),
    [  # where chance had drawn what tells this mistake from no other
        ("forward_difference", "heights exchanged", 767626),
        ("forward_difference", "heights exchanged", 236335),
        ("complex_step", "a real step", 332849),
        ("slowest_factor", "without the absolute value", 273045),
        ("train_epoch", "X shuffled by chance", 107829),
        ("train_epoch", "X in another order", 73142),
        ("train_epoch", "the rows in order", 918627),
        ("fool_the_weak_check", "finds out who is asking", 405309),
    ],
)
def test_it_is_named_where_chance_was_against_it(empty_exercises, exercise, which, seed):
    (mistake,) = (each for each in MISTAKES if (each.exercise, each.name) == (exercise, which))
    report = report_on(mistake, seed)
    assert report is not None
    assert report.code == mistake.code, report.text()


def test_the_committed_page_says_of_each_what_the_checker_says(course, monkeypatch):
    monkeypatch.setattr(teaching, "report_on", reported)
    page = (course.root / TEACHING).read_text(encoding="utf-8")
    assert page == fresh(course, TEACHING), "run: python -m autograde teaching"


def test_every_exercise_has_its_mistakes(course):
    listed = Counter(find(mistake.exercise).name for mistake in MISTAKES)
    # Those that an instructor added have the mistakes of test_own.py.
    asked = [name for name in registry if name not in own.exercises]
    assert {registry[name].notebook for name in asked} == set(course.of_the_course())
    assert {name: listed[name] for name in asked if listed[name] < FEWEST} == {}


def test_no_mistake_is_listed_twice():
    sources = Counter(mistake.source.strip() for mistake in MISTAKES)
    assert [source for source, times in sources.items() if times > 1] == []
