"""A check says the same of an answer in the jail as of one in this process."""

from __future__ import annotations

import nbformat
import pytest
from nbgrader.utils import is_grade, is_solution

from autograde.authoring.mistakes import tables
from autograde.course.course import ROOT
from autograde.judging import judge
from autograde.judging.session import Session, trusted_names

EVERYTHING = "import numpy as np\nfrom course_utils import *"


@pytest.fixture(autouse=True)
def grading(monkeypatch):
    """Nothing that is saved in this checkout takes part."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")


@pytest.mark.parametrize("mistake", tables(), ids=lambda m: f"{m.exercise}-{m.name}")
def test_a_mistake_has_its_name(connection, mistake):
    for cell in (EVERYTHING, mistake.source):
        connection.run({"op": "cell", "source": cell}, 60)
    judged = judge.run(f"check({mistake.exercise!r})", {}, connection, seed=3)
    assert (judged.verdict, judged.code) == ("wrong", mistake.code), judged.outputs


NOTEBOOKS = sorted((ROOT / "solutions").glob("*/*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_solution_has_all_its_points(a_jail, path):
    cells = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    trusted = trusted_names([cell.source for cell in cells])
    session = Session(a_jail)
    lost = {}
    for cell in cells:
        if is_grade(cell) and not is_solution(cell):
            judged = session.judge(cell.source, trusted, seed=4)
            results = [o["data"]["text/plain"] for o in judged.outputs if "execution_count" in o]
            reached = float(results[0]) if results else cell.metadata.nbgrader.points
            if judged.verdict != "passed" or reached != cell.metadata.nbgrader.points:
                lost[cell.id] = judged
        else:
            outputs = session.run(cell.source)
            assert [o for o in outputs if o["output_type"] == "error"] == [], cell.id
    session.close()
    assert lost == {}
