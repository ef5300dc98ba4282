"""The file for Canvas, read as lib/gradebook_importer.rb reads it."""

from __future__ import annotations

import csv
import io
import re

import pytest
from traitlets.config import Config

from autograde.base.errors import AutogradeError
from autograde.exporters.canvas import CanvasExporter
from tests.autograde.exporters.conftest import LATE

FIRST, SECOND, THIRD = "01_first", "02, second", "03_third"


def exported(gradebook, **options):
    return CanvasExporter(config=Config(CanvasExporter=options, AssignLatePenalties=LATE)).text(
        gradebook
    )


def read_by_canvas(text, people):
    """({title: points}, {person: {title: grade}}); `people` are Canvas's: (ID, SIS ID, login).

    A person is found by ID, SIS ID and login, in this order; a name finds nobody here.
    """
    lines = list(csv.reader(io.StringIO(text)))
    head = lines[0]
    assert "Student" in head[0]
    assert "ID" in head[1]
    assert re.search(r"SIS\s+User\s+ID", head[2])
    assert re.search(r"SIS\s+Login\s+ID", head[3])
    assert "Section" in head[4]
    most, grades = {}, {}
    for line in lines[1:]:
        assert len(line) == len(head)
        cells = dict(zip(head[5:], line[5:], strict=True))
        if "Points Possible" in line[0]:
            assert not most, "a student's name is read as the line with the points"
            most = {title: float(cell) for title, cell in cells.items()}
            continue
        found = [
            person
            for place in (0, 1, 2)
            for person in people
            if line[1 + place] and line[1 + place] == person[place]
        ]
        assert found, f"Canvas asks who {line[:5]} is"
        grades[found[0]] = {title: cell and float(cell) for title, cell in cells.items()}
    return most, grades


LOGINS = [("", "", name) for name in ("ana", "bo", "cy", "dee", "eve", "fay", "gil", "hal", "jo")]
GRADES = [  # (student, what Canvas takes over)
    ("ana", {FIRST: 10, SECOND: 0.3, THIRD: ""}),
    ("bo", {FIRST: 5.25, SECOND: "", THIRD: ""}),
    ("cy", {FIRST: 0, SECOND: "", THIRD: ""}),
    ("dee", {FIRST: 0, SECOND: "", THIRD: ""}),
    ("eve", {FIRST: "", SECOND: 20, THIRD: ""}),
    ("fay", {FIRST: "", SECOND: "", THIRD: ""}),
    ("gil", {FIRST: 10, SECOND: "", THIRD: ""}),
    ("hal", {FIRST: 9, SECOND: "", THIRD: ""}),
    ("jo", {FIRST: 3, SECOND: "", THIRD: ""}),
]


@pytest.mark.parametrize(("student", "grades"), GRADES)
def test_what_canvas_takes_over(gradebook, student, grades):
    most, all_of_them = read_by_canvas(exported(gradebook)[0], LOGINS)
    assert most == {FIRST: 10, SECOND: 20, THIRD: 1}
    assert all_of_them["", "", student] == grades


NAMES = [  # (student, the first two cells)
    ("ana", ["Álvarez, Ana", "101"]),
    ("bo", ['O\'Neil, Jr., Bo "the, bear"', "102"]),
    ("cy", ["'@SUM(1+1), =cmd|' /C calc'!A0", "103"]),
    ("dee", ["Possible, Dee Points", "104"]),
    ("eve", ["李, 梅", "105"]),
    ("fay", ["", ""]),
    ("gil", ["Twin, Gil", ""]),  # two with one ID: Canvas would give one of them both scores
    ("hal", ["Twin, Hal", ""]),
    ("jo", ["", "110"]),  # Canvas would read the name as the line with the points
]


@pytest.mark.parametrize(("student", "cells"), NAMES)
def test_names(gradebook, student, cells):
    lines = csv.reader(io.StringIO(exported(gradebook)[0]))
    assert {line[3]: line[:2] for line in lines}[student] == cells


def test_no_cell_is_a_formula(gradebook):
    for login in ("id", "email"):
        for line in csv.reader(io.StringIO(exported(gradebook, login=login)[0])):
            for cell in line:
                assert not cell.lstrip().startswith(("=", "+", "-", "@")), line


ROSTER = """\ufeff\
Student,ID,SIS User ID,SIS Login ID,Section,First (501),"02, second (502)",Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,10,20,(read only)
"Álvarez, Ana",9001,s1,ana,Lab A,,,
"Bear, Bo",102,s2,bears,Lab A and Lab B,3,,
"Li, Mei",9003,s3,EVE@uni.example,Lab A,,,
"Twin, G",9004,s4,twin@uni.example,Lab A,,,
"Nobody, N",9005,s5,nobody,Lab A,,,
"Student, Test",9006,,f00,Lab A,,,
"""


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_people_and_titles_from_canvass_own_export(gradebook, tmp_path, delimiter):
    roster = tmp_path / "Grades.csv"
    with open(roster, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(csv.reader(io.StringIO(ROSTER)))
    text, notes = exported(
        gradebook, roster=str(roster), titles={FIRST: "First"}, assignment=[FIRST, SECOND]
    )
    assert text.splitlines() == [
        'Student,ID,SIS User ID,SIS Login ID,Section,First (501),"02, second (502)"',
        "    Points Possible,,,,,10,20",
        '"Álvarez, Ana",9001,s1,ana,Lab A,10,0.3',  # by the login
        '"Bear, Bo",102,s2,bears,Lab A and Lab B,5.25,',  # by the ID
        '"Li, Mei",9003,s3,EVE@uni.example,Lab A,,20',  # by the email address
    ]
    assert [note for note in notes if "Grades.csv" in note] == [
        "left out: =ivy is nobody in Grades.csv",
        "left out: cy is nobody in Grades.csv",
        "left out: dee is nobody in Grades.csv",
        "left out: fay is nobody in Grades.csv",
        "left out: gil is the same person in Grades.csv as another",
        "left out: hal is the same person in Grades.csv as another",
        "left out: jo is nobody in Grades.csv",
    ]


ROSTERS = [  # (the file, the sentence)
    (None, "cannot be read"),
    ("", "has no column Student"),
    ("Student,ID\n", "has no column Section"),
    ("First name,Last name,Email address\n", "has no column Student: download it in Canvas"),
]


@pytest.mark.parametrize(("content", "sentence"), ROSTERS)
def test_a_roster_that_is_none(gradebook, tmp_path, content, sentence):
    path = tmp_path / "roster.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(AutogradeError, match=sentence):
        exported(gradebook, roster=str(path))
