"""A class of small submissions, and the points that each must have in the end."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import pytest

from tests.autograde.conftest import (  # noqa: F401  (fixtures)
    NBGRADERS_OWN,
    course,
    find,
    hand_in,
    released,
    solved,
    source,
    template,
)
from tests.faults.running import FILE, Command

SIZE = int(os.environ.get("FAULT_CLASS", "90"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings are errors, but for these in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for each in NBGRADERS_OWN:
                item.add_marker(pytest.mark.filterwarnings(each))


@pytest.fixture
def expected(hand_in, solved, released, find):  # noqa: F811
    """Everybody's points of the tests; the submissions are handed in."""

    def answering(**answers):
        nb = copy.deepcopy(solved)
        for name, text in answers.items():
            find(nb, name).source = text
        return nb

    kinds = [
        (solved, 5.0),
        (released, 0.0),
        (answering(halves="def halves(x):\n    return [x / 2, x]"), 3.0),
        (answering(double="1 / 0"), 3.0),
        (answering(double="import os\nos._exit(1)"), 3.0),
    ]
    points = {}
    for number in range(SIZE):
        student = f"s{number:03}"
        nb, points[student] = kinds[number % len(kinds)]
        hand_in(student, {FILE: nb})
    return points


@pytest.fixture
def start(course):  # noqa: F811
    """``start(*options)``: the command, running in a process of its own."""
    running = []

    def run(*options):
        running.append(Command(course.root, *options))
        return running[-1]

    yield run
    for each in running:
        each.close()
