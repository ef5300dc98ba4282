"""The file for Moodle, read as grade/import/csv/classes/load_data.php reads it."""

from __future__ import annotations

import csv
import io
import subprocess
import sys

import pytest
from traitlets.config import Config

from autograde.base.errors import AutogradeError
from autograde.exporters.canvas import CanvasExporter
from autograde.exporters.moodle import MoodleExporter
from tests.autograde.exporters.conftest import LATE

EVERYBODY = ["ana", "bo", "cy", "dee", "eve", "fay", "gil", "hal", "jo"]


def exported(gradebook, **options):
    return MoodleExporter(config=Config(MoodleExporter=options, AssignLatePenalties=LATE)).text(
        gradebook
    )


def read_by_moodle(text, known):
    """{person: {grade item: grade or None}}; `known` is whom Moodle has, by what is mapped."""
    lines = list(csv.reader(io.StringIO(text)))
    head = [cell.strip() for cell in lines[0]]
    person, grades = None, {}
    for line in lines[1:]:
        if len(line) <= 1:
            continue
        if line[0].strip():  # an empty cell leaves the person of the line before
            assert line[0].strip() in known, f"Moodle stops the import at {line[0]!r}"
            person = line[0].strip()
        for title, value in zip(head[3:], line[3:], strict=True):
            assert value.strip(), "an empty grade of a new item is no number"
            grades.setdefault(person, {})[title] = None if value == "-" else float(value)
    return grades


FIRST, SECOND, THIRD = "01_first", "02, second", "03_third"
GRADES = [  # (student, what Moodle takes over)
    ("ana", {FIRST: 10, SECOND: 0.3, THIRD: None}),  # 0.1 + 0.2 without its last digits
    ("bo", {FIRST: 5.25, SECOND: None, THIRD: None}),  # late: 7.5 less 2.25
    ("cy", {FIRST: 0, SECOND: None, THIRD: None}),  # so late that nothing is left, but not less
    ("dee", {FIRST: 0, SECOND: None, THIRD: None}),  # handed in, and nothing right
    ("eve", {FIRST: None, SECOND: 20, THIRD: None}),  # the first is missing: no grade, not 0
    ("jo", {FIRST: 3, SECOND: None, THIRD: None}),  # the derivation waits for a mark
]


@pytest.mark.parametrize(("student", "grades"), GRADES)
def test_what_moodle_takes_over(gradebook, student, grades):
    text, _ = exported(gradebook)
    mail = f"{student}@uni.example"
    assert read_by_moodle(text, {f"{each}@uni.example" for each in EVERYBODY})[mail] == grades


def test_who_cannot_be_identified_is_left_out_and_named(gradebook):
    text, notes = exported(gradebook)
    assert notes == [
        "01_first: 1 submission waits for marks by hand; the scores are those so far",
        "left out: the email address of =ivy would be run as a formula by a spreadsheet",
        "left out: fay has no email address in the gradebook",
        "left out: gil has the same email address as somebody else",
        "left out: hal has the same email address as somebody else",
    ]
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == [
        f"{each}@uni.example" for each in ("ana", "bo", "cy", "dee", "eve", "jo")
    ]


IDENTIFY = [  # (the setting, the head of the column, who is in it)
    ("email", "Email address", [f"{s}@uni.example" for s in ("ana", "bo", "cy", "dee", "eve")]),
    ("id", "Username", ["ana", "bo", "cy", "dee", "eve", "fay", "gil", "hal"]),
    ("lms_user_id", "ID number", ["101", "102", "103", "104", "105"]),
]


@pytest.mark.parametrize(("identify", "head", "people"), IDENTIFY)
def test_what_a_person_is_known_by(gradebook, identify, head, people):
    lines = list(csv.reader(io.StringIO(exported(gradebook, identify=identify)[0])))
    assert lines[0][0] == head
    assert [line[0] for line in lines[1:-1]] == people


NAMES = [  # (student, first name, last name) in the file
    ("ana", "Ana", "Álvarez"),
    ("bo", 'Bo "the, bear"', "O'Neil, Jr."),
    ("cy", "'=cmd|' /C calc'!A0", "'@SUM(1+1)"),
    ("dee", "Dee Points", "Possible"),
    ("eve", "梅", "李"),
    ("fay", "", ""),
]


@pytest.mark.parametrize(("student", "first", "last"), NAMES)
def test_names(gradebook, student, first, last):
    lines = csv.reader(io.StringIO(exported(gradebook, identify="id")[0]))
    assert {line[0]: line[1:3] for line in lines}[student] == [first, last]


def test_no_cell_is_a_formula(gradebook):
    for identify in ("email", "id", "lms_user_id"):
        for line in csv.reader(io.StringIO(exported(gradebook, identify=identify)[0])):
            for cell in line:
                assert cell == "-" or not cell.lstrip().startswith(("=", "+", "-", "@")), line


FILTERS = [  # (settings, the columns, the students)
    ({"assignment": [FIRST]}, [FIRST], 6),
    ({"assignment": [THIRD, FIRST]}, [FIRST, THIRD], 6),
    ({"student": ["bo", "eve"]}, [FIRST, SECOND, THIRD], 2),
    ({"titles": {FIRST: "=Lab 1"}, "assignment": [FIRST]}, ["'=Lab 1"], 6),
]


@pytest.mark.parametrize(("options", "columns", "students"), FILTERS)
def test_filters(gradebook, options, columns, students):
    lines = list(csv.reader(io.StringIO(exported(gradebook, **options)[0])))
    assert lines[0][3:] == columns
    assert len(lines) == 1 + students


def test_missing_work_as_zero_if_asked(gradebook):
    text, _ = exported(gradebook, zeros=True, identify="id", student=["eve"])
    assert text.splitlines()[1] == "eve,梅,李,0,20,0"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"assignment": ["1_first"]}, "no assignment 1_first; it has 01_first, 02, second"),
        ({"student": ["bob"]}, "no student bob; it has =ivy, ana"),
    ],
)
def test_a_filter_that_names_nobody_is_no_empty_file(gradebook, options, sentence):
    with pytest.raises(AutogradeError, match=sentence):
        exported(gradebook, **options)


def test_one_setting_of_titles_for_both_platforms(gradebook):
    config = Config(Platform={"titles": {FIRST: "Lab 1"}})
    for exporter in (MoodleExporter, CanvasExporter):
        assert "Lab 1" in exporter(config=config).text(gradebook)[0].splitlines()[0]


def test_nbgrader_export_uses_it(url, tmp_path):
    command = [sys.executable, "-m", "nbgrader", "export", f"--db={url}"]
    command += ["--exporter=autograde.exporters.moodle.MoodleExporter", "--to=out.csv"]
    command += ["--assignment=['01_first']", "--MoodleExporter.identify=id"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "left out: the username of =ivy would be run as a formula" in done.stderr
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[:2] == [
        "Username,First name,Last name,01_first",
        "ana,Ana,Álvarez,10",
    ]
    done = subprocess.run([*command, "--student=['bob']"], cwd=tmp_path, capture_output=True)
    assert done.returncode == 1
    assert b"nbgrader export: the gradebook has no student bob" in done.stderr
    assert b"Traceback" not in done.stderr
