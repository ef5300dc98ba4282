"""From a graded class to the report, by the commands."""

from __future__ import annotations

import json

import pytest

from autograde.cli import main
from autograde.notebooks.notebook import read, write
from tests.autograde.looking import NAME, with_answers


@pytest.fixture
def graded(course, hand_in, solved, released, find, tmp_path):
    """Four students: all right, a part of halves, both wrong, nothing."""
    wrong = {
        "double": "def double(x):\n    return x",
        "halves": "def halves(x):\n    return [x, x]",
    }
    handed_in = {
        "ana": solved,
        "ben": with_answers(solved, find, halves="def halves(x):\n    return [x / 2, x]"),
        "cho": with_answers(solved, find, **wrong),
        "dan": released,
    }
    for student, nb in handed_in.items():
        hand_in(student, {f"{NAME}.ipynb": nb})
    report = tmp_path / "grading.json"
    for _ in range(2):
        assert main(["--root", str(course.root), "grade", NAME, "--json", str(report)]) == 0
        verdicts = json.loads(report.read_text())["verdicts"]
        assert verdicts == {"passed": 5, "wrong": 1, "error": 2}, report.read_text()
    return course


def report_on(course, folder, *more):
    files = folder / "r.json", folder / "r.html"
    command = ["--root", str(course.root), "report", NAME, "--json", str(files[0])]
    assert main([*command, "--html", str(files[1]), *more]) == 0
    return json.loads(files[0].read_text()), files[1].read_text()


def test_a_class_is_graded_and_reported(graded, tmp_path, capsys):
    found, page = report_on(graded, tmp_path, "--names")
    rows = [
        (each["name"], [*each["counts"].values()], each["mean_share"])
        for each in found["exercises"]
    ]
    assert rows == [
        ("double-test", [2, 0, 1, 1, 0], (2 + 2 + 0 + 0) / 8),
        ("halves-test", [1, 1, 1, 1, 0], (3 + 1 + 0 + 0) / 12),
        ("why", [0, 0, 0, 1, 3], None),
    ]
    assert (found["submissions"], found["graded"], found["notes"]) == (4, 4, [])
    assert found["students"]["ben"]["halves-test"]["state"] == "partly"
    assert "<h1>00_fixture: what the class got wrong</h1>" in page

    # Handed in again and not graded yet: whatever was said of it is of something else.
    path = graded.root / "autograde" / "submitted" / "ben" / NAME / f"{NAME}.ipynb"
    nb = read(path)
    path.unlink()
    write(nb, path)
    found, _ = report_on(graded, tmp_path)
    assert (found["graded"], found["changes"]["gone"]) == (3, 1)
    assert "handed in again since" in found["notes"][0]
    assert "ben" not in json.dumps(found)
    assert main(["--root", str(graded.root), "grade", NAME]) == 0
    found, _ = report_on(graded, tmp_path)
    assert (found["graded"], found["changes"]["new"]) == (4, 1)
    assert "Since the last report" in capsys.readouterr().out


SAYS = [([], "nobody handed in"), (["99_nothing"], "99_nothing")]


@pytest.mark.parametrize(("name", "says"), SAYS, ids=["nobody", "no such assignment"])
def test_what_cannot_be_reported_is_one_sentence(course, capsys, name, says):
    assert main(["--root", str(course.root), "report", *(name or [NAME])]) == 2
    assert says in capsys.readouterr().err
