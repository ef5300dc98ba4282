"""What only saves time changes no score: real notebooks, with each piece switched on and off."""

from __future__ import annotations

import copy

import pytest
from nbgrader.utils import is_solution
from traitlets.config import Config

from autograde.course.course import ROOT
from autograde.demonstration.demo_mistakes import MISTAKES
from autograde.grading.preprocessors import examine
from autograde.grading.preprocessors.examine import Examine
from autograde.notebooks.notebook import read
from autograde.notebooks.original import grade_id_of
from autograde.notebooks.released import ReleasedNotebook, SourceCell
from tests.autograde.jails import a_jail
from tests.thoroughly import rows

__all__ = ["a_jail"]  # without a jail nothing here can be run

NAMES = ("02_chain_rule", "07_networks")
SUBMISSIONS = ("right", "mistaken", "untouched")
SWITCHES = {  # piece of autograde/speed: (settings with it, settings without it)
    "cell_dependencies": ({"outputs": False}, {"outputs": False, "only_needed": False}),
    "unused_imports": ({"outputs": False}, {"outputs": False, "without_figures": False}),
    "reference_outputs": ({"share": True}, {"share": False}),
}


def released(name):
    cells = read(ROOT / "solutions" / name / f"{name}.ipynb").cells
    return ReleasedNotebook({}, None, tuple(map(SourceCell.of, cells)))


def submission(name, kind):
    nb = read(ROOT / "notebooks" / name / f"{name}.ipynb")
    answers = {
        grade_id_of(cell): cell for cell in read(ROOT / "solutions" / name / f"{name}.ipynb").cells
    }
    mistakes = {each.answer: each.source for each in MISTAKES if each.assignment == name}
    for cell in nb.cells:
        mark = grade_id_of(cell)
        if kind != "untouched" and is_solution(cell):
            cell.source = answers[mark].source
        if kind == "mistaken" and mark in mistakes:
            cell.source = mistakes[mark]
    return nb


def graded(name, nb, settings):
    """Return verdict, code and shown points of every test."""
    resources = {
        "nbgrader": {"student": "ada", "assignment": name, "notebook": name},
        "released": released(name),
        "secret": b"secret",
    }
    step = Examine(config=Config(Examine={**settings, "as_root": True}))
    nb, resources = step.preprocess(copy.deepcopy(nb), resources)
    points = {
        grade_id_of(cell): [each.data for each in cell.outputs if "data" in each]
        for cell in nb.cells
        if grade_id_of(cell) in resources["verdicts"]
    }
    return {test: (said, points[test]) for test, said in resources["verdicts"].items()}


@pytest.mark.parametrize("kind", SUBMISSIONS)
@pytest.mark.parametrize("name", rows(NAMES, NAMES[:1]))
@pytest.mark.parametrize("piece", SWITCHES)
def test_a_piece_changes_no_score(a_jail, monkeypatch, piece, name, kind):
    monkeypatch.setattr(examine, "FEW", 0)  # of a class, also the first is graded as the others
    nb = submission(name, kind)
    saving, plain = (graded(name, nb, settings) for settings in SWITCHES[piece])
    assert saving == plain
    wrong = {test for test, (said, _) in plain.items() if said["verdict"] == "wrong"}
    if kind == "mistaken":  # some cost a part of the points
        for mistake in (each for each in MISTAKES if each.assignment == name):
            _, points = plain[mistake.test]
            assert mistake.test in wrong or float(points[-1]["text/plain"]) > 0
    else:
        assert wrong == (set() if kind == "right" else set(plain))


def test_every_piece_has_a_switch():
    pieces = {path.stem for path in (ROOT / "autograde" / "speed").glob("[!_]*.py")}
    assert set(SWITCHES) == pieces
