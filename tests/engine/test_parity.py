"""A check says the same of an answer in the jail as of one in this process."""

from __future__ import annotations

import importlib.util

import nbformat
import pytest
from nbgrader.utils import is_grade, is_solution

from autograde.course import ROOT
from autograde.engine import judge
from autograde.engine.session import Session, trusted_names

EVERYTHING = "import numpy as np\nfrom course_utils import *"


def mistakes():
    for path in sorted((ROOT / "tests" / "mistakes").glob("m*.py")):
        spec = importlib.util.spec_from_file_location(f"parity_{path.stem}", path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for exercise, mistake, source, code in module.MISTAKES:
            name = f"{path.stem}-{exercise}-{mistake}".replace(" ", "_")
            yield pytest.param(exercise, source, code, id=name)


@pytest.fixture(autouse=True)
def grading(monkeypatch):
    """Nothing that is saved in this checkout takes part."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")


@pytest.mark.parametrize(("exercise", "source", "code"), list(mistakes()))
def test_a_mistake_has_its_name(connection, exercise, source, code):
    for cell in (EVERYTHING, source):
        connection.job.request({"op": "cell", "source": cell}, 60)
    judged = judge.run(f"check({exercise!r})", {}, connection, seed=3)
    assert (judged.verdict, judged.code) == ("wrong", code), judged.outputs


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
