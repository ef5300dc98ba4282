"""A check says the same of an answer in the jail as of one in this process."""

from __future__ import annotations

import pytest

from autograde.authoring.mistakes import tables
from autograde.judging import judge
from tests.thoroughly import rows

EVERYTHING = "import numpy as np\nfrom course_utils import *"


@pytest.fixture(autouse=True)
def grading(monkeypatch):
    """Nothing that is saved in this checkout takes part."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")


EVERY = tables()


@pytest.mark.parametrize("mistake", rows(EVERY, EVERY[::3]), ids=lambda m: f"{m.exercise}-{m.name}")
def test_a_mistake_has_its_name(connection, mistake):
    for cell in (EVERYTHING, mistake.source):
        connection.run({"op": "cell", "source": cell}, 60)
    judged = judge.run(f"check({mistake.exercise!r})", {}, connection, seed=3)
    assert (judged.verdict, judged.code) == ("wrong", mistake.code), judged.outputs
