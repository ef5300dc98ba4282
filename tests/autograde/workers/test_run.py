"""A class in which everything goes wrong is graded all the same."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from sqlalchemy.exc import OperationalError

from autograde.base.errors import CANNOT_START, SOME_NOT_GRADED, EndlessOutput
from autograde.cli import main
from autograde.course.config import CHECKOUT
from autograde.course.course import Course
from autograde.course.nbgrader import nbgrader
from autograde.notebooks.notebook import read, write
from autograde.notebooks.original import grade_id_of
from autograde.release.release import generate
from autograde.workers.run import explain, scores
from tests.autograde.looking import with_answers

NAME = "00_fixture"
FILE = f"{NAME}.ipynb"


@pytest.fixture
def submissions(released, solved, find):
    """Everybody's files."""
    text = nbformat.writes(solved).encode()
    old = copy.deepcopy(solved)
    for cell in old.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader["schema_version"] = 1
    copied = copy.deepcopy(solved)
    for name, cell_id in [("double", "c1"), ("double-test", "c2"), ("why", "c3")]:
        cell = copy.deepcopy(find(released, name))
        cell.id = cell_id
        copied.cells.append(cell)
    pasted = copy.deepcopy(released)
    for cell in copy.deepcopy(solved.cells):
        cell.id = f"new-{cell.id}"
        pasted.cells.append(cell)
    split = copy.deepcopy(solved)
    at = split.cells.index(find(split, "halves"))
    half = copy.deepcopy(split.cells[at])
    half.id, half.source = "half", "quarter = 4"
    split.cells.insert(at, half)
    find(split, "double").source += "\n"
    deleted = copy.deepcopy(solved)
    gone = ("double-test", "halves", "halves-test", "why")
    deleted.cells = [cell for cell in deleted.cells if grade_id_of(cell) not in gone]
    turned = copy.deepcopy(solved)
    cell = find(turned, "double")
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]
    cheat = copy.deepcopy(released)
    find(cheat, "double-test").source = "assert True"
    find(cheat, "halves-test").metadata.nbgrader.points = 100
    shadow = with_answers(
        solved,
        find,
        double="import json, numpy\njson.dumps(numpy.zeros(1).tolist())\n"
        "def double(x):\n    return 2 * x",
    )
    return {
        "ana": {FILE: solved},
        "ben": {FILE: released},
        "cora": {FILE: with_answers(solved, find, halves="def halves(x):\n    return [x / 2, x]")},
        "copied": {FILE: copied},
        "pasted": {FILE: pasted},
        "split": {FILE: split},
        "deleted": {FILE: deleted},
        "old": {FILE: old},
        "turned": {FILE: turned},
        "cheat": {FILE: cheat},
        "endless": {FILE: with_answers(solved, find, double="while True:\n    pass")},
        "warns": {
            FILE: with_answers(
                solved,
                find,
                double="import sys\nprint('!', file=sys.stderr)\ndef double(x):\n    return 2*x",
            )
        },
        "shadow": {
            FILE: shadow,
            "numpy.py": b"1/0",
            "json.py": b"1/0",
            "ipykernel_launcher.py": b"1/0",
        },
        "renamed": {"my work.ipynb": solved},
        "missing": {},
        "empty": {FILE: b""},
        "half": {FILE: text[: len(text) // 2]},
        "html": {FILE: b"<html></html>"},
        "killer": {FILE: with_answers(solved, find, double="import os\nos._exit(1)")},
    }


# autograded points of 5, cells that wait for a person, what is noted; or why it is not graded
EXPECTED = {
    "ana": (5, ["why"], []),
    "ben": (0, [], []),
    "cora": (3, ["why"], []),
    "copied": (5, ["why"], ["'double' is there 2", "'double-test' is there 2", "'why' is there 2"]),
    "pasted": (5, ["why"], ["5 graded cells are there several times"]),
    "split": (5, ["why"], ["'halves' is there 2 times"]),
    "deleted": (2, [], ["'why' was missing", "'halves-test' was", "'double-test' was missing"]),
    "old": (5, ["why"], ["metadata of version 1"]),
    "turned": (5, ["why"], ["'double' was made a markdown cell"]),
    "cheat": (0, [], []),
    "endless": (3, ["why"], ["cell double was stopped: it did not end within 5 seconds"]),
    "warns": (5, ["why"], []),
    "shadow": (
        5,
        ["why"],
        [f"{name}.py was handed in as well" for name in ("ipykernel_launcher", "json", "numpy")],
    ),
    "renamed": (5, ["why"], ["my work.ipynb was graded as 00_fixture.ipynb"]),
    "missing": "missing",
    "empty": "empty",
    "half": "truncated",
    "html": "html-page",
    "killer": (3, ["why"], ["cell double was stopped: its code ended its own process"]),
}


def test_a_class_is_graded_whatever_is_in_it(course, submissions, hand_in, capsys, tmp_path):
    for student, files in submissions.items():
        hand_in(student, files)
    hand_in("zoe", {FILE: submissions["ana"][FILE]}, assignment="00fixture")
    report = tmp_path / "report.json"

    status = main(["--root", str(course.root), "grade", NAME, "--json", str(report)])

    printed = capsys.readouterr().out
    assert status == SOME_NOT_GRADED
    results = {each["student"]: each for each in json.loads(report.read_text())["submissions"]}
    assert results.keys() == EXPECTED.keys()
    for student, expected in EXPECTED.items():
        result = results[student]
        if isinstance(expected, str):
            assert (student, result["status"], result["code"]) == (student, "not graded", expected)
            assert result["score"] is None
            assert f"NOT GRADED: {student}: {result['problem']}" in printed
        else:
            points, by_hand, notes = expected
            assert (student, result["status"], result["auto_score"]) == (student, "graded", points)
            assert result["needs_manual"] == by_hand
            assert len(result["notes"]) == len(notes), result["notes"]
            for note, said in zip(result["notes"], notes, strict=True):
                assert said in note
                assert f"Note: {student}: {note}" in printed
    assert (
        "NOT GRADED: zoe: there is no assignment '00fixture'; rename the folder"
        f" {Path('autograde/submitted/zoe/00fixture')} to one of {NAME}, and grade again" in printed
    )
    assert not (course.root / "autograde" / "staging").exists()

    assert main(["--root", str(course.root), "scores"]) == 0
    lines = {line.split()[1]: line.split()[2:] for line in capsys.readouterr().out.splitlines()[2:]}
    assert " ".join(lines["cora"]) == "3 / 5 3 / 9 1 to mark in the form grader"
    assert lines["html"] == ["-", "-", *f"python -m autograde grade {NAME}".split()]

    # The same again: nothing is run twice, nothing changes.
    main(["--root", str(course.root), "grade", NAME, "--student", "c*", "--json", str(report)])
    again = {each["student"]: each for each in json.loads(report.read_text())["submissions"]}
    assert {name: each["status"] for name, each in again.items()} == dict.fromkeys(
        ["cheat", "copied", "cora"], "kept"
    )
    assert again["cora"]["cells"] == results["cora"]["cells"]


def test_plain_nbgrader_mends_the_same(course, submissions, hand_in):
    students = ["copied", "deleted", "old", "turned", "html", "killer"]
    for student in students:
        hand_in(student, submissions[student])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", NAME],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"{FILE} is an HTML page, not a notebook" in done.stderr
    with course.gradebook() as gradebook:  # what failed has no score, rather than a 0
        entered = {each.student.id for each in gradebook.assignment_submissions(NAME)}
    students.remove("html")
    assert entered == set(students)
    for student in students:
        assert (student, scores(course, NAME, student).auto_score) == (
            student,
            EXPECTED[student][0],
        )


def test_the_instructors_saved_answers_are_not_used(tmp_path, monkeypatch):
    """An untouched stub has no point, whatever is filled in on the instructor's machine."""
    solutions = CHECKOUT / "solutions"
    name = "00_measuring_slopes"
    root = tmp_path / "course"
    shutil.copytree(solutions / name, root / "solutions" / name)
    (root / "autograde").mkdir()
    (root / "nbgrader_config.py").write_text(
        "from pathlib import Path\nfrom autograde.course.config import configure\n"
        "configure(get_config(), Path(__file__).resolve().parent)\n"
    )
    course = Course(root)
    generate(course, name, course.notebooks)

    store = tmp_path / "filled_in"
    monkeypatch.setenv("COURSE_UTILS_FILLED_IN", str(store))
    fill = (
        "from course_utils import check, fill_in, forward_difference\n"
        "@fill_in(forward_difference)\n"
        "def forward_difference(f, x, h):\n"
        "    return (f(x + h) - f(x)) / h\n"
        "check(forward_difference)\n"
    )
    script = tmp_path / "instructor.py"
    script.write_text(fill)
    subprocess.run(
        [sys.executable, script],
        cwd=CHECKOUT,
        check=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    saved = {path: path.read_bytes() for path in store.rglob("*.py")}
    assert saved

    target = root / "autograde" / "submitted" / "stub" / name
    shutil.copytree(course.notebooks / name, target)
    assert main(["--root", str(root), "grade", name, "--scores-only"]) == 0
    result = scores(course, name, "stub")
    assert result.cells
    assert {each.score for each in result.cells.values()} == {0.0}
    assert {path: path.read_bytes() for path in store.rglob("*.py")} == saved
    graded = read(root / "autograde" / "autograded" / "stub" / name / f"{name}.ipynb")
    assert any(
        "not filled in" in str(output)
        for cell in graded.cells
        for output in cell.get("outputs", [])
    )


def test_a_test_that_changed_since_it_was_recorded_is_told(course, hand_in, solved, source, capsys):
    hand_in("ana", {FILE: solved})
    command = ["--root", str(course.root), "grade", NAME]
    assert main(command) == 0
    assert "changed in solutions/" not in capsys.readouterr().out
    source.cells[3].source = "assert double(3) == 7"
    write(source, course.solutions / NAME / FILE)
    assert main(command) == 0
    assert "Note: double-test changed in solutions/ since" in capsys.readouterr().out
    nbgrader("generate_assignment", NAME, "--force", folder=course.root, environment={})
    assert main([*command, "--force"]) == 0
    assert "changed in solutions/" not in capsys.readouterr().out
    assert scores(course, NAME, "ana").auto_score == 3


def test_a_hidden_test_is_no_change(course, source, hand_in, solved, capsys):
    source.cells[
        3
    ].source += "\n### BEGIN HIDDEN TESTS\nassert double(4) == 8\n### END HIDDEN TESTS"
    write(source, course.solutions / NAME / FILE)
    nbgrader("generate_assignment", NAME, "--force", folder=course.root, environment={})
    hand_in("ana", {FILE: solved})
    assert main(["--root", str(course.root), "grade", NAME]) == 0
    assert "changed in solutions/" not in capsys.readouterr().out
    assert scores(course, NAME, "ana").auto_score == 5
    source.cells[3].source = source.cells[3].source.replace("(4) == 8", "(5) == 10")
    write(source, course.solutions / NAME / FILE)
    assert main(["--root", str(course.root), "grade", NAME]) == 0
    assert "Note: double-test changed in solutions/" in capsys.readouterr().out


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="for root")
def test_root_does_not_grade_without_a_jail(course, hand_in, solved, capsys):
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.Examine.as_root = False\n")
    hand_in("ana", {FILE: solved})
    command = ["--root", str(course.root), "grade", NAME]
    assert main([*command, "--unsafe"]) == CANNOT_START
    assert "root does not grade without a jail" in capsys.readouterr().err
    assert main(command) == 0


def test_a_locked_gradebook_is_no_fault_of_the_submission():
    error = OperationalError("UPDATE grade", {}, Exception("database is locked"))
    code, said = explain(error)
    assert code == "gradebook"
    assert "database is locked); close what else uses it" in said
    assert explain(ValueError("odd\nvery"))[1].startswith("nbgrader failed with ValueError: odd;")


def test_only_some_students(course, hand_in, released, capsys):
    for student in ("ana", "ben"):
        hand_in(student, {FILE: released})
    command = ["--root", str(course.root), "grade", f"solutions/{NAME}/", "--student"]
    assert main([*command, "zoe"]) == 2
    assert "no student zoe handed in 00_fixture; those who did: ana, ben" in capsys.readouterr().err
    assert main([*command, "b*"]) == 0
    printed = capsys.readouterr().out
    assert "1/1 ben: graded" in printed
    assert "ana" not in printed


def test_what_is_not_graded_has_no_score_but_an_earlier_one(course, hand_in, solved, capsys):
    """Neither an entry that a failed run left becomes a 0, nor is a score lost."""
    command = ["--root", str(course.root), "grade", NAME, "--force"]
    folder = hand_in("ana", {FILE: solved})
    assert main(command) == 0
    (folder / FILE).write_bytes(b"")
    hand_in("ben", {FILE: b"<html></html>"})
    hand_in("cora", {})
    with course.gradebook() as gradebook:
        for student in ("ben", "cora"):
            gradebook.update_or_create_student(student)
            gradebook.update_or_create_submission(NAME, student)
    capsys.readouterr()

    assert main(command) == SOME_NOT_GRADED

    said = dict(
        line.removeprefix("NOT GRADED: ").split(": ", 1)
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("NOT GRADED")
    )
    assert said.keys() == {"ana", "ben", "cora"}
    assert said["ana"].endswith("; the score of the earlier submission (5) stays")
    assert "stays" not in said["ben"] + said["cora"]
    assert scores(course, NAME, "ana").score == 5
    with course.gradebook() as gradebook:
        assert [each.student.id for each in gradebook.assignment_submissions(NAME)] == ["ana"]


def test_a_resubmission_that_cannot_be_run_keeps_the_score(course, hand_in, solved, find, capsys):
    """Without a jail, code that ends its kernel leaves nothing to grade."""
    command = ["--root", str(course.root), "grade", NAME, "--force", "--unsafe"]
    folder = hand_in("ana", {FILE: solved})
    assert main(command) == 0
    write(with_answers(solved, find, double="import os\nos._exit(1)"), folder / FILE)
    assert main(command) == SOME_NOT_GRADED
    assert "the score of the earlier submission (5) stays" in capsys.readouterr().out
    assert scores(course, NAME, "ana").score == 5


def test_a_folder_with_the_name_of_no_assignment(course, hand_in, released, capsys):
    """Its student is not graded, and the exit status says so, unless others were asked for."""
    command = ["--root", str(course.root), "grade", NAME]
    hand_in("zoe", {FILE: released}, assignment="00fixture")
    assert main(command) == CANNOT_START
    said = capsys.readouterr().err
    assert f"{Path('autograde/submitted/zoe/00fixture')}; rename them to one of {NAME}" in said
    hand_in("ana", {FILE: released})
    assert main(command) == SOME_NOT_GRADED
    assert "NOT GRADED: zoe: there is no assignment '00fixture'" in capsys.readouterr().out
    assert main([*command, "--student", "z*", "--student", "ana"]) == SOME_NOT_GRADED
    assert main([*command, "--student", "ana"]) == 0


def test_a_cell_that_cannot_be_stopped_is_named(course, hand_in, solved, find, capsys):
    config = course.root / "nbgrader_config.py"
    more = "c.Execute.timeout = 4\nc.Execute.iopub_timeout = 2\n"
    config.write_text(config.read_text() + more)
    stubborn = (
        "while True:\n    try:\n        while True:\n            pass\n"
        "    except KeyboardInterrupt:\n        pass"
    )
    hand_in("ana", {FILE: with_answers(solved, find, double=stubborn)})
    hand_in("ben", {FILE: solved})
    command = ["--root", str(course.root), "grade", NAME]
    assert main([*command, "--unsafe"]) == SOME_NOT_GRADED
    printed = capsys.readouterr().out
    assert "NOT GRADED: ana: cell double does not end, and cannot be stopped" in printed
    assert "ask for it again without the endless loop" in printed
    assert "seconds" not in printed
    assert "--verbose" not in printed
    assert scores(course, NAME, "ben").auto_score == 5

    assert main(command) == 0
    assert "Note: ana: cell double was stopped: it did not end" in capsys.readouterr().out
    assert scores(course, NAME, "ana").auto_score == 3


def test_a_cell_that_prints_without_end_is_named():
    assert explain(EndlessOutput("cell double"))[1].startswith("cell double prints more than")
