"""A real notebook has the same grade in any place of a class and in any mode, and stops nobody."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

import pytest

from autograde.base.budget import LONGEST_NOTE, MOST_NOTES
from autograde.base.errors import SOME_NOT_GRADED
from autograde.base.removing import remove
from autograde.cli import main
from autograde.course.config import CHECKOUT
from autograde.course.course import Course
from autograde.grading.preprocessors import examine
from autograde.jail import jail
from autograde.notebooks.notebook import write
from autograde.release.release import build
from autograde.workers.run import GRADED, NOT_GRADED, register
from tests.attacks.real import FILE, FRAMES, NAME, ODD, SOLVED, Odd, scratch
from tests.thoroughly import rows

CONFIG = """
from pathlib import Path
from autograde.course.config import configure
configure(get_config(), Path(__file__).resolve().parent)
"""
HOW = {  # so many are run whole, as the first of a class are; options
    "first, scores only": (1000, ["--scores-only"]),
    "fifth, scores only": (0, ["--scores-only"]),
    "first, with feedback": (1000, []),
    "fifth, with feedback": (0, []),
}
NOW = ["fifth, scores only", "first, with feedback"]


@pytest.fixture(scope="module")
def class_of_a_real_notebook(tmp_path_factory):
    """``graded(how)``: everybody's entry in the report, by the name of the row."""
    why = jail.missing()
    if why and not os.environ.get("CI"):
        pytest.skip(f"no jail on this machine: {why}")
    root = tmp_path_factory.mktemp("real") / "course"
    shutil.copytree(CHECKOUT / "solutions" / NAME, root / "solutions" / NAME)
    (root / "autograde").mkdir()
    (root / "nbgrader_config.py").write_text(CONFIG)
    course = Course(root)
    assert list(build(course, [NAME])) == [(NAME, True)]
    assert register(course, NAME)
    for number, row in enumerate([*ODD, Odd("frames", scratch(FRAMES)), ODD[0]]):
        folder = root / "autograde" / "submitted" / f"{number:02d}" / NAME
        folder.mkdir(parents=True)
        write(SOLVED, folder / FILE)
        row.spoil(folder)
    reports: dict[str, list[Any]] = {}

    def graded(how: str) -> list[Any]:
        if how not in reports:
            few, options = HOW[how]
            report = root.parent / "report.json"
            command = ["--root", str(root), "grade", NAME, "--force", "--workers", "1", *options]
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(examine, "FEW", few)
                assert main([*command, "--json", str(report)]) == SOME_NOT_GRADED
            reports[how] = json.loads(report.read_text())["submissions"]
        return reports[how]

    graded.root = root
    yield graded
    remove(root)  # pytest cannot remove what is nested so deeply


@pytest.mark.parametrize("row", ODD, ids=lambda row: row.name)
@pytest.mark.parametrize("how", rows(HOW, NOW))
def test_it_has_all_its_points_or_a_sentence(class_of_a_real_notebook, how, row):
    found = class_of_a_real_notebook(how)[ODD.index(row)]
    assert (found["status"], found["code"]) == (
        (NOT_GRADED, row.code) if row.code else (GRADED, "")
    ), found["problem"]
    assert "nbgrader failed" not in found["problem"]
    points = None if row.code else found["max_auto_score"] - row.lost
    assert found["auto_score"] == points, found["cells"]
    if row.shown:
        folder = class_of_a_real_notebook.root / "autograde" / "autograded"
        assert row.shown in (folder / found["student"] / NAME / FILE).read_text()
    assert any(row.note in note for note in found["notes"]) or not row.note, found["notes"]
    assert len(found["notes"]) <= MOST_NOTES + 1
    assert max(map(len, [*found["notes"], found["problem"]])) <= LONGEST_NOTE


@pytest.mark.parametrize("how", rows(HOW, NOW))
def test_one_that_sends_gigabytes_is_stopped(class_of_a_real_notebook, how):
    *_, flood, last = class_of_a_real_notebook(how)
    assert any("too large together" in note for note in flood["notes"]), flood["notes"]
    assert last["auto_score"] == last["max_auto_score"]
