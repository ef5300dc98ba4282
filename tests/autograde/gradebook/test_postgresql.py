"""The gradebook in PostgreSQL: the same scores, and nbgrader's other commands read it."""

from __future__ import annotations

import copy
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from autograde.base.errors import CANNOT_START, SOME_NOT_GRADED
from autograde.cli import main
from autograde.course.course import Course
from autograde.course.nbgrader import nbgrader
from tests.autograde.looking import book

NAME = "00_fixture"
FILE = f"{NAME}.ipynb"
EXPECTED = {"ana": 5, "ben": 0, "cora": 3}

# Alembic and psycopg are nbgrader's and SQLAlchemy's to use.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def programs():
    """The folder with PostgreSQL's programs; Debian's are not on the search path."""
    found = shutil.which("postgres")
    folders = (
        [Path(found).resolve().parent]
        if found
        else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    )
    folders = [each for each in folders if (each / "initdb").is_file()]
    return folders[-1] if folders else None


def as_its_user(*command):
    """PostgreSQL does not start as root."""
    if os.getuid() == 0:
        return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", *command]
    return list(command)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The URL of a new, empty database; nobody but this test can connect to its server."""
    folder = programs()
    if folder is None:
        assert not os.environ.get("CI"), "CI has to have PostgreSQL"
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    pytest.importorskip("psycopg")
    # The path of a socket may have 107 characters, and its user must get to it.
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if os.getuid() == 0:
        shutil.chown(home, "postgres")
    data = home / "data"
    quick = ["-c", "fsync=off", "-c", "listen_addresses="]
    subprocess.run(
        as_its_user(folder / "initdb", "-D", data, "-U", "course", "-A", "trust", "--no-sync"),
        check=True,
        capture_output=True,
        cwd=home,
    )
    with open(home / "log", "wb") as log:
        process = subprocess.Popen(
            as_its_user(folder / "postgres", "-D", data, "-k", home, *quick),
            stdout=log,
            stderr=log,
            cwd=home,
        )
    try:
        until = time.monotonic() + 120
        ready = [folder / "pg_isready", "-h", home, "-U", "course", "-q"]
        while subprocess.run(ready, check=False).returncode:
            assert process.poll() is None, (home / "log").read_text()
            assert time.monotonic() < until, (home / "log").read_text()
            time.sleep(0.1)
        yield f"postgresql+psycopg://course@/postgres?host={home}"
    finally:
        process.send_signal(signal.SIGINT)  # closes all connections and ends
        process.wait()
        shutil.rmtree(home)


@pytest.fixture
def twins(course, hand_in, solved, released, find, tmp_path):
    """Two courses with the same three submissions and secret."""
    part = copy.deepcopy(solved)
    find(part, "halves").source = "def halves(x):\n    return [x / 2, x]"
    for student, nb in {"ana": solved, "ben": released, "cora": part}.items():
        folder = hand_in(student, {FILE: nb})
        (folder / "timestamp.txt").write_text("2029-05-06 07:08:09.000001 UTC")
    (course.root / "autograde" / "secret").write_text("ab" * 32)
    shutil.copytree(course.root, tmp_path / "double")
    return course, Course(tmp_path / "double")


def test_a_class_in_postgresql(twins, server, tmp_path, capsys, hand_in, solved):
    course, lite = twins
    (course.root / "autograde" / "gradebook.db").unlink()
    report = tmp_path / "report.json"
    command = ["--root", str(course.root), "--db", server, "grade", NAME, "--json", str(report)]

    assert main(["--root", str(lite.root), "grade", NAME]) == 0
    capsys.readouterr()
    assert main([*command, "--workers", "1"]) == 0
    assert f"{NAME} is new to the gradebook" in capsys.readouterr().out
    found = {each["student"]: each for each in json.loads(report.read_text())["submissions"]}
    assert {student: each["auto_score"] for student, each in found.items()} == EXPECTED
    there = Course(course.root, db=server)
    assert book(there) == book(lite)
    assert not (course.root / "autograde" / "gradebook.db").exists()

    assert main(command) == 0
    again = json.loads(report.read_text())
    assert again["counts"] == {"kept": 3}
    assert [each["cells"] for each in again["submissions"]] == [
        found[student]["cells"] for student in EXPECTED
    ]
    assert book(there) == book(lite)

    # A mark that was given by hand stays when the submission is graded anew.
    with there.gradebook() as gradebook:
        grade = gradebook.find_grade("why", NAME, NAME, "ana")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        gradebook.db.commit()
    assert main([*command, "--force", "--student", "ana"]) == 0
    assert book(there)["ana"]["score"] == 8

    # A name that SQLite takes and PostgreSQL does not is nobody else's misfortune.
    hand_in("dora", {FILE: solved})
    hand_in("d" * 200, {FILE: solved})
    assert main([*command, "--student", "d*", "--workers", "1"]) == SOME_NOT_GRADED
    entry = {each["student"]: each for each in json.loads(report.read_text())["submissions"]}
    assert entry["dora"]["auto_score"] == 5
    assert entry["d" * 200]["code"] == "refused"
    assert "look at the name of the student's folder" in entry["d" * 200]["problem"]
    shutil.rmtree(course.root / "autograde" / "submitted" / ("d" * 200))

    nbgrader("generate_feedback", NAME, "--db", server, folder=course.root, environment={})
    assert (course.root / "autograde" / "feedback" / "ana" / NAME / f"{NAME}.html").is_file()
    nbgrader("export", "--db", server, "--to", "grades.csv", folder=course.root, environment={})
    rows = (course.root / "grades.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == [NAME] * 4
    assert main(["--root", str(course.root), "--db", server, "scores"]) == 0
    assert "cora" in capsys.readouterr().out


def test_an_assignment_changes_in_postgresql(twins, server, capsys):
    course, _ = twins
    (course.root / "autograde" / "gradebook.db").unlink()
    command = ["--root", str(course.root), "--db", server]
    there = Course(course.root, db=server)
    assert main([*command, "grade", NAME, "--workers", "1"]) == 0
    with there.gradebook() as gradebook:
        grade = gradebook.find_grade("why", NAME, NAME, "ana")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        gradebook.db.commit()
    path = course.solutions / NAME / FILE
    path.write_text(path.read_text().replace('"points": 4', '"points": 8'))
    assert main([*command, "update", NAME, "--yes", "--marks", "scale"]) == 0
    (copied,) = (course.root / "autograde" / "backups").iterdir()
    listed = subprocess.run(["pg_restore", "--list", copied], capture_output=True, text=True)
    assert "TABLE DATA public grade course" in listed.stdout, listed
    assert book(there)["ana"]["score"] == 11


def test_no_server_is_there(twins, tmp_path, capsys):
    course, _ = twins
    url = f"postgresql+psycopg://course:hidden@/postgres?host={tmp_path}"
    assert main(["--root", str(course.root), "--db", url, "grade", NAME]) == CANNOT_START
    said = capsys.readouterr().err
    assert said.startswith("autograde grade: the gradebook cannot be used (")
    assert "hidden" not in said
