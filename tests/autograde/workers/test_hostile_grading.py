"""Whatever is in a student's folder, the others are graded and have their pages."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from autograde.base.errors import SOME_NOT_GRADED
from autograde.cli import main
from autograde.course.course import Course
from autograde.course.nbgrader import nbgrader
from autograde.notebooks.notebook import write
from tests.autograde.hostile import (
    NAME,
    Spoiled,
    fifo,
    file,
    folder_for,
    in_turn,
    link,
    nested,
    plain_file,
    without,
)
from tests.autograde.looking import book
from tests.autograde.ordinary import folder_of_nobody

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these are not files of Windows")

FILE = f"{NAME}.ipynb"


def another_name(name):
    return lambda folder: folder.parent.rename(folder.parent.with_name(name))


# ruff: noqa: E501  (tables, one case a line)
# fmt: off
ROWS = [  # `told` is what is said of who is not graded
    Spoiled("1,200 folders in each other", nested(1200), "more than 50 folders are in each other"),
    Spoiled("40 folders in each other", nested(40)),
    Spoiled("folders with long names", nested(30, "d" * 200), "File name too long"),
    Spoiled("a plain file", plain_file, "Not a directory"),
    Spoiled("a pipe for a notebook", fifo(FILE), f"{FILE} is missing"),
    Spoiled("a folder for a notebook", folder_for(FILE), f"{FILE} is missing"),
    Spoiled("a hole for a notebook", file(FILE, 2**40), "ask for it again with its outputs cleared"),
    Spoiled("a hole beside it", file("a.csv", 2**32)),
    Spoiled("a folder for a file of the course", folder_for("data.csv")),
    Spoiled("a file for a folder of the course", file("given", b"x")),
    Spoiled("a link for a file of the course", link("data.csv", "/dev/zero")),
    Spoiled("a date that is garbage", file("timestamp.txt", b"garbage")),
    Spoiled("a date that is a file of zones", file("timestamp.txt", b"2026-01-01 00:00:00 /dev/zero")),
    Spoiled("an endless date", file("timestamp.txt", 2**40)),
    Spoiled("a folder for a date", in_turn(file("timestamp.txt", b""), folder_for("timestamp.txt"))),
    Spoiled("a pipe for a secret", fifo("submission_secret.txt")),
    Spoiled("a name of the course's own making", another_name("x.old")),
    Spoiled("a line of its own", another_name("x\ny"), "holds what cannot be printed"),
    Spoiled("no letters", another_name(os.fsdecode(b"\xff")), "holds what cannot be printed"),
    Spoiled("no notebook", without(FILE), f"{FILE} is missing"),
]
# fmt: on


def test_one_hostile_folder_stops_no_other(template, solved, capsys):
    """The second command, with which all are graded again, must not be stopped either."""
    with folder_of_nobody() as place:
        course = Course(shutil.copytree(template, place / "course"))
        (course.solutions / NAME / "data.csv").write_text("the course's")
        (course.solutions / NAME / "given").mkdir()
        (course.solutions / NAME / "given" / "a.csv").write_text("the course's")
        expected = {}
        for number, row in enumerate([*ROWS, None, None, None]):
            folder = course.root / "autograde" / "submitted" / f"{number:02d}" / NAME
            folder.mkdir(parents=True)
            write(solved, folder / FILE)
            (folder / "data.csv").write_text("the student's")
            there = set(folder.parent.parent.iterdir())
            if row:
                row.spoil(folder)
            renamed = set(folder.parent.parent.iterdir()) - there
            expected[renamed.pop().name if renamed else f"{number:02d}"] = row.told if row else ""
        (course.root / "autograde" / "submitted" / "x" / NAME).mkdir(parents=True)
        write(solved, course.root / "autograde" / "submitted" / "x" / NAME / FILE)
        expected["x"] = ""

        for _ in range(2):
            assert main(["--root", str(course.root), "grade", NAME, "--force"]) == SOME_NOT_GRADED
            printed = capsys.readouterr().out
            scores = {student: each["score"] for student, each in book(course).items()}
            for student, told in expected.items():
                lines = [line for line in printed.splitlines() if line.startswith("NOT GRADED")]
                mine = [line for line in lines if f": {ascii(student)[1:-1]}: " in line]
                assert [told in line for line in mine] == ([True] if told else []), (student, lines)
            graded = {student for student, told in expected.items() if not told}
            assert {name: scores[name] for name in graded} == dict.fromkeys(graded, 5.0), printed
        nbgrader("generate_feedback", NAME, folder=course.root, environment={})
        pages = course.root.glob(f"autograde/feedback/*/{NAME}/{FILE.replace('ipynb', 'html')}")
        assert {page.parent.parent.name for page in pages} == {
            student for student, told in expected.items() if not told
        }
