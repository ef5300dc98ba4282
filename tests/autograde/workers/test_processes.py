"""However many workers grade, and however often, the result is the same."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import sys
import time
from datetime import datetime

import pytest
from nbgrader.api import Gradebook

from autograde.base.errors import SOME_NOT_GRADED
from autograde.cli import main
from autograde.course.course import Course
from autograde.grading.pipeline import Outcome, Pipeline
from autograde.grading.preprocessors.examine import shared_jail, stop_shared_jail
from autograde.jail.jail import NoJail
from autograde.jail.worker import PARTING
from autograde.notebooks.notebook import write
from autograde.notebooks.submission import read_submission
from autograde.release.release import build
from autograde.workers import processes
from autograde.workers.run import Run, register
from tests.autograde.looking import book, graded_files, with_answers

NAME = "00_fixture"
FILE = f"{NAME}.ipynb"
EXPECTED = {"ana": 5, "ben": 0, "cora": 3, "dora": 3, "eve": 5, "kim": 3}
"""Points of the tests; frida's cannot be read."""


@pytest.fixture
def class_course(course, hand_in, solved, released, find):
    """Seven students, one of whom cannot be graded."""
    for student, nb in {
        "ana": solved,
        "ben": released,
        "cora": with_answers(solved, find, halves="def halves(x):\n    return [x / 2, x]"),
        "dora": with_answers(solved, find, double="print('hm')\n1 / 0"),
        "eve": with_answers(solved, find, double="print('!')\ndef double(x):\n    return 2 * x"),
        "frida": b"<html></html>",
        "kim": with_answers(solved, find, double="import os\nos._exit(1)"),
    }.items():
        folder = hand_in(student, {FILE: nb, "data.csv": b"1\n"})
        (folder / "timestamp.txt").write_text("2029-05-06 07:08:09.000001 UTC")
    (course.root / "autograde" / "secret").write_text("ab" * 32)
    return course


@pytest.fixture
def grade(tmp_path, capsys):
    """``grade(course, *options)``: the exit status, the report and what was printed."""

    def run(course, *options, db=()):
        path = tmp_path / "report.json"
        path.unlink(missing_ok=True)
        status = main(
            ["--root", str(course.root), *db, "grade", NAME, "--json", str(path)] + list(options)
        )
        return status, json.loads(path.read_text()), capsys.readouterr().out

    return run


def statuses(report):
    return {each["student"]: each["status"] for each in report["submissions"]}


def everything(root):
    """Every file of a course but the lock, in which the process is named that came last."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != "grading.lock"
    }


def test_two_workers_do_what_one_does_and_a_second_run_nothing(class_course, grade, tmp_path):
    double = tmp_path / "double"
    shutil.copytree(class_course.root, double)
    quick = tmp_path / "quick"
    shutil.copytree(class_course.root, quick)

    status, one, printed = grade(class_course, "--workers", "1")
    assert status == SOME_NOT_GRADED
    lines = [line.split(" ", 3)[2:] for line in printed.splitlines() if "/7 " in line]
    graded = ["ana", "ben", "cora", "dora", "eve", "kim"]
    assert lines == [
        [f"{i + 1}/7", f"{name}: {'graded' if name in graded else 'not graded'}"]
        for i, name in enumerate(sorted([*graded, "frida"]))
    ]
    assert one["assignment"] == NAME
    assert one["counts"] == {"graded": 6, "not graded": 1}
    assert one["verdicts"] == {"passed": 8, "error": 4}  # a part of the points passes as well
    by_student = {each["student"]: each for each in one["submissions"]}
    assert {name: by_student[name]["auto_score"] for name in EXPECTED} == EXPECTED
    assert by_student["ana"]["verdicts"] == {
        "double-test": {"verdict": "passed", "code": ""},
        "halves-test": {"verdict": "passed", "code": ""},
    }
    assert by_student["frida"]["verdicts"] == {}

    status, two, printed = grade(Course(double), "--workers", "2")
    assert status == SOME_NOT_GRADED
    assert two == one
    for i in range(7):
        assert f"  {i + 1}/7 " in printed
    assert book(Course(double)) == book(class_course)
    assert graded_files(Course(double)) == graded_files(class_course)

    status, brief, _ = grade(Course(quick), "--workers", "1", "--scores-only")
    assert status == SOME_NOT_GRADED
    for ours, theirs in zip(brief["submissions"], one["submissions"], strict=True):
        assert ours["cells"] == theirs["cells"]
        assert ours["verdicts"] == theirs["verdicts"]
    assert book(Course(quick)) == book(class_course)

    # The same command again: nothing is run, and no byte is another.
    before = everything(class_course.root)
    status, again, printed = grade(class_course, "--workers", "2")
    assert status == SOME_NOT_GRADED
    assert again["counts"] == {"kept": 6, "not graded": 1}
    assert again["verdicts"] == one["verdicts"]
    assert "7/7 frida: not graded" in printed
    for ours, theirs in zip(again["submissions"], one["submissions"], strict=True):
        assert ours["cells"] == theirs["cells"]
        assert ours["needs_manual"] == theirs["needs_manual"]
    assert everything(class_course.root) == before


def test_for_scores_alone_what_draws_is_loaded_when_somebody_draws(
    course, hand_in, source, solved, find, grade
):
    drawing = "import math\nimport matplotlib.pyplot as plt"
    for nb in (source, solved):
        find_by_id(nb, "imports").source = drawing
    write(source, course.solutions / NAME / FILE)
    assert list(build(course, [NAME])) == [(NAME, True)]
    register(course, NAME)
    answers = {
        "ana": "import sys\nloaded = 'matplot' + 'lib' in sys.modules\n"
        "def double(x):\n    return 0 if loaded else 2 * x",
        "ben": "def double(x):\n    plt.plot([x])\n    plt.show()\n    return 2 * x",
        "cora": "def double(x):\n    return 2 * x",
    }
    for student, answer in answers.items():
        hand_in(student, {FILE: with_answers(solved, find, double=answer)})
    stop_shared_jail()
    status, report, _ = grade(course, "--workers", "1", "--scores-only", "--force")
    assert status == 0
    assert {each["student"]: each["auto_score"] for each in report["submissions"]} == {
        "ana": 5,
        "ben": 5,
        "cora": 5,
    }
    assert shared_jail(figures=False).figures  # from ben on


def find_by_id(nb, cell_id):
    return next(cell for cell in nb.cells if cell.id == cell_id)


def test_only_what_is_newer_is_graded_again(course, hand_in, solved, released, grade):
    for student in ("ana", "ben", "cora", "dora"):
        folder = hand_in(student, {FILE: released})
        if student in ("ana", "ben"):
            (folder / "timestamp.txt").write_text("2029-05-06 07:08:09 UTC")
    assert grade(course)[0] == 0

    submitted = course.root / "autograde" / "submitted"
    for student in ("ana", "ben", "cora"):
        write(solved, submitted / student / NAME / FILE)
    # Of ben's the date says that it is the one that was graded, whatever the files say.
    (submitted / "ana" / NAME / "timestamp.txt").write_text("2029-05-06 07:08:10 UTC")
    # As `cp -p` leaves it: cora's was written long ago, and came just now.
    os.utime(submitted / "cora" / NAME / FILE, (1e9, 1e9))

    _, report, _ = grade(course)
    assert statuses(report) == {"ana": "graded", "ben": "kept", "cora": "graded", "dora": "kept"}
    _, report, _ = grade(course)
    assert set(statuses(report).values()) == {"kept"}
    points = {each["student"]: each["auto_score"] for each in report["submissions"]}
    assert points == {"ana": 5, "ben": 0, "cora": 5, "dora": 0}
    with course.gradebook() as gradebook:
        entry = gradebook.find_submission(NAME, "ana")
        assert entry.timestamp == datetime(2029, 5, 6, 7, 8, 10)


def test_files_that_change_or_go_while_they_are_graded(
    course, hand_in, solved, released, grade, monkeypatch
):
    """An old score never stands for a newer submission."""
    folder = hand_in("ana", {FILE: released})
    for student in ("ben", "cora"):
        hand_in(student, {FILE: solved})

    def collect_and_grade(self, submission):
        if submission.student == "ana":
            write(solved, folder / FILE)
            shutil.rmtree(course.root / "autograde" / "submitted" / "ben")
        return once(self, submission)

    once = Pipeline.grade
    with monkeypatch.context() as patch:
        patch.setattr(Pipeline, "grade", collect_and_grade)
        status, report, printed = grade(course)
    assert status == SOME_NOT_GRADED
    assert statuses(report) == {"ana": "not graded", "ben": "not graded", "cora": "graded"}
    assert "NOT GRADED: ana: its files changed while they were being graded" in printed
    assert "NOT GRADED: ben: its files cannot be read (No such file" in printed
    status, report, printed = grade(course)
    assert status == 0
    assert statuses(report) == {"ana": "graded", "cora": "kept"}
    assert report["submissions"][0]["auto_score"] == 5


def test_a_registration_that_was_cut_off(course, hand_in, solved, grade, tmp_path, monkeypatch):
    """nbgrader records cell by cell; half of them would be graded as if they were all."""

    class Cut(BaseException):
        """As good as SIGKILL."""

    saved = []

    def cut(self, name, *arguments, **more):
        if saved:
            raise Cut
        saved.append(name)
        return save(self, name, *arguments, **more)

    hand_in("ana", {FILE: solved})
    save = Gradebook.update_or_create_source_cell
    db = ["--db", f"sqlite:///{tmp_path / 'new.db'}"]
    with monkeypatch.context() as patch:
        patch.setattr(Gradebook, "update_or_create_source_cell", cut)
        with pytest.raises(Cut):
            grade(course, db=db)
    assert saved
    status, report, printed = grade(course, db=db)
    assert status == 0
    assert "00_fixture is new to the gradebook" in printed
    assert report["submissions"][0]["auto_score"] == 5
    assert report["submissions"][0]["max_score"] == 9


def test_another_gradebook(course, hand_in, solved, grade, tmp_path, capsys):
    """With ``--db`` the course's own is not touched."""
    hand_in("ana", {FILE: solved})
    own = (course.root / "autograde" / "gradebook.db").read_bytes()
    url = f"sqlite:///{tmp_path / 'another.db'}"
    status, report, printed = grade(course, db=["--db", url])
    assert status == 0
    assert "00_fixture is new to the gradebook" in printed
    assert report["submissions"][0]["auto_score"] == 5
    assert (course.root / "autograde" / "gradebook.db").read_bytes() == own
    with Gradebook(url, course.app.coursedir.course_id) as gradebook:
        assert gradebook.find_submission(NAME, "ana").score == 5
    assert main(["--root", str(course.root), "--db", url, "scores"]) == 0
    assert "ana" in capsys.readouterr().out


def test_whatever_kills_its_process_is_given_up_and_nothing_else(
    course, hand_in, solved, monkeypatch
):
    """Also when it is more submissions than there are places for."""
    monkeypatch.setattr(processes, "TRIES", 1)
    monkeypatch.setattr(Pipeline, "grade", lambda self, submission: deadly(submission))
    names = [f"s{i}" for i in range(5)]
    outcomes = graded_by(processes.Processes, 1, course, hand_in, solved, names)
    assert sorted(each.student for each in outcomes) == names
    assert {each.code for each in outcomes} == {"infrastructure"}
    assert "the process that graded it died" in outcomes[0].problem


def deadly(submission):
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_stops_all_grading_is_told_as_it_is(course, hand_in, solved, monkeypatch):
    def no_jail(self, submission):
        raise NoJail("there is none")

    monkeypatch.setattr(Pipeline, "grade", no_jail)
    with pytest.raises(NoJail, match="there is none"):
        graded_by(processes.Processes, 2, course, hand_in, solved, ["ana", "ben", "cora"])


def test_large_submissions_and_large_results_do_not_wait_for_each_other(
    course, hand_in, solved, monkeypatch
):
    """More than a pipe holds goes both ways at once."""
    large = "#" * 3_000_000
    monkeypatch.setattr(
        Pipeline, "grade", lambda self, submission: Outcome(submission.student, notes=[large])
    )
    solved.cells[0].source += large
    names = [f"s{i}" for i in range(8)]
    outcomes = graded_by(processes.Processes, 2, course, hand_in, solved, names)
    assert sorted(each.student for each in outcomes) == names
    assert {len(each.notes[0]) for each in outcomes} == {len(large)}


def test_a_process_of_a_process_that_has_a_jail_makes_its_own(course, hand_in, solved):
    """A fork's memory has the other's in it, and the other goes on with it."""
    submissions = [read_submission(each, hand_in(each, {FILE: solved})) for each in ("ana", "ben")]
    run = Run(course, NAME)
    here = Pipeline(run.released, run.config)
    assert not here.grade(submissions[0]).problem
    outcomes = graded_by(processes.Processes, 2, course, hand_in, solved, ["eve", "kim"])
    assert [each.problem for each in outcomes] == ["", ""]
    assert not here.grade(submissions[1]).problem
    begun = time.monotonic()
    stop_shared_jail()
    assert time.monotonic() - begun < PARTING  # it ended by itself: nobody else held it open


def graded_by(kind, count, course, hand_in, nb, names):
    """What so many workers make of a submission of everybody's."""
    reading = iter([read_submission(each, hand_in(each, {FILE: nb})) for each in names])
    run = Run(course, NAME)
    with contextlib.closing(kind(count, run.released, run.config)) as workers:
        return list(workers.grade(reading))


@pytest.mark.skipif(sys.platform != "linux", reason="processors are chosen on Linux only")
@pytest.mark.parametrize(("count", "given"), [(1, [None]), (2, [3, 5]), (3, [None, None, None])])
def test_each_process_has_a_processor_of_its_own_where_that_takes_all(monkeypatch, count, given):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {5, 3})
    assert list(processes.processors(count)) == given
