"""Class lists in all their forms, and that nobody becomes two."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from autograde.base.errors import OK, SOME_LEFT_OUT, AutogradeError
from autograde.cli import main
from autograde.platforms.people import (
    made_up_students,
    moodle_date,
    read_people,
    read_roster,
    read_worksheet,
    words_of,
)
from tests.autograde.platforms.downloads import (
    ROSTER,
    TESTER,
    UNDER_IT,
    WORKSHEET,
    csv_file,
    roster_line,
    worksheet_line,
)

ANA = ("ana", "Ana", "Álvarez", "ana@uni.example", "9001")
OWN = ["id", "first_name", "last_name", "email", "lms_user_id"]
PARTICIPANTS = ["First name", "Last name", "Email address", "ID number"]

LISTS = [  # (what it is, the lines, how they are written, the column options, who is in it)
    ("nbgrader's", [OWN, ANA], {}, {}, ANA),
    ("Excel's", [OWN, ANA], {"encoding": "utf-8-sig", "delimiter": ";"}, {}, ANA),
    ("Excel's, of Windows", [OWN, ANA], {"encoding": "cp1252", "delimiter": ";"}, {}, ANA),
    ("Excel's, as Unicode text", [OWN, ANA], {"encoding": "utf-16", "delimiter": "\t"}, {}, ANA),
    (
        "Moodle's participants",
        [PARTICIPANTS, ["Ana", "Álvarez", "ana@uni.example", "s1"]],
        {},
        {},
        ("ana@uni.example", "Ana", "Álvarez", "ana@uni.example", "s1"),
    ),
    (
        "Moodle's participants, with user names",
        [[*PARTICIPANTS, "Username"], ["Ana", "Álvarez", "ana@uni.example", "s1", "ana"]],
        {},
        {},
        ("ana", "Ana", "Álvarez", "ana@uni.example", "s1"),
    ),
    (
        "in another language",
        [["Kennung", "Vorname", "Nachname", "E-Mail", "Matrikelnummer"], ANA],
        {},
        {"id": "kennung"},
        ANA,
    ),
    (
        "Canvas's gradebook",
        [ROSTER, UNDER_IT, TESTER, roster_line("Álvarez, Ana", 9001, "ana")],
        {"encoding": "utf-8-sig"},
        {},
        ("ana", "Ana", "Álvarez", "", "9001"),
    ),
    (
        "Canvas's gradebook, with addresses",
        [ROSTER, UNDER_IT, TESTER, roster_line("Álvarez, Jr., Ana", 9001, "ana@uni.example")],
        {},
        {},
        ("ana@uni.example", "Ana", "Álvarez, Jr.", "ana@uni.example", "9001"),
    ),
]


@pytest.mark.parametrize(
    ("lines", "form", "columns", "who"),
    [each[1:] for each in LISTS],
    ids=[each[0] for each in LISTS],
)
def test_a_class_list(tmp_path, lines, form, columns, who):
    (person,) = read_people(csv_file(tmp_path / "list.csv", lines, **form), columns)
    assert (person.id, person.first, person.last, person.email, person.number) == who


def test_the_line_that_tells_excel_the_delimiter(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text('sep=|\nid|email\nana|"a|b@uni.example"\n')
    (person,) = read_people(path, {})
    assert (person.id, person.email) == ("ana", "a|b@uni.example")


NO_LISTS = [  # (what is in the file, the column options, what is said)
    ("", {}, "no column that says who a person is; it has none"),
    ("a,b\n1,2\n", {}, "it has a, b. Say which it is with --column id=HEAD"),
    ("id\nana\n", {"email": "Mail"}, "has no column Mail; it has id"),
]


@pytest.mark.parametrize(("text", "columns", "says"), NO_LISTS)
def test_what_is_no_class_list(tmp_path, text, columns, says):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(AutogradeError, match=says):
        read_people(tmp_path / "list.csv", columns)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(AutogradeError, match="the class list"):
        read_people(tmp_path / "list.csv", {})


ALIKE = [  # (a name, how a platform may write it, whether it is the same)
    ("Ana Álvarez", "Álvarez, Ana", True),
    ("Ana Álvarez", "A\u0301lvarez Ana", True),
    ("Bo O'Neil", "Bo ONeil", True),
    ("Anne-Marie Du_Pont", "annemarie du pont", True),
    ("李 梅", "梅 李", True),
    ("Ana Álvarez", "Ana Alvarez", False),
    ("Ana Álvarez", "Ana Ana Álvarez", False),
]


@pytest.mark.parametrize(("one", "other", "same"), ALIKE)
def test_names_for_comparing(one, other, same):
    assert (words_of(one) == words_of(other)) == same


BERLIN = ZoneInfo("Europe/Berlin")
DATES = [  # (Moodle's, in UTC)
    ("Monday, 30 November 2026, 9:46 PM", datetime(2026, 11, 30, 20, 46)),
    ("Friday, 3 July 2026, 2:31 PM", datetime(2026, 7, 3, 12, 31)),
    ("2026-07-03 00:10", datetime(2026, 7, 2, 22, 10)),
    ("-", None),
    ("", None),
    ("Montag, 30. November 2026, 21:46", None),
    ("3 July", None),
]


@pytest.mark.parametrize(("text", "utc"), DATES)
def test_dates_of_the_worksheet(text, utc):
    assert moodle_date(text, BERLIN) == utc


def test_the_worksheet_in_another_language(tmp_path):
    head = ["ID", "Vollständiger Name", "Mailadresse", "Status"]
    line = ["Teilnehmer/in 912345", "Ana Álvarez", "ana@uni.example", "Zur Bewertung abgegeben"]
    (row,) = read_worksheet(csv_file(tmp_path / "w.csv", [head, line]), "").values()
    assert (row.person.name, row.person.email) == ("Ana Álvarez", "ana@uni.example")
    assert (row.late, row.when) == (False, None)


def test_what_moodle_says_of_late_ones(tmp_path):
    status = "Submitted for grading - 2 days 3 hours late"
    lines = [WORKSHEET, worksheet_line(7, "Bo", "bo@uni.example", "-", status)]
    assert read_worksheet(csv_file(tmp_path / "w.csv", lines), "")["7"].late


@pytest.mark.parametrize(
    ("zone", "lines", "says"),
    [
        ("", [PARTICIPANTS, ["Ana", "Álvarez", "a@b", "1"]], "is no grading worksheet"),
        ("Europe/Nowhere", [WORKSHEET, worksheet_line(7, "Bo", "", "-")], "no time zone"),
        ("/etc/passwd", [WORKSHEET, worksheet_line(7, "Bo", "", "-")], "no time zone"),
    ],
)
def test_a_worksheet_that_is_none(tmp_path, zone, lines, says):
    with pytest.raises(AutogradeError, match=says):
        read_worksheet(csv_file(tmp_path / "w.csv", lines), zone)


def test_canvass_test_student_is_nobody(tmp_path):
    path = csv_file(tmp_path / "Grades.csv", [ROSTER, UNDER_IT, TESTER])
    assert (read_roster(path), made_up_students(path)) == ({}, {"99"})


# ---- entering them ------------------------------------------------------------------------

BEFORE = [OWN, ANA, ("bo", "Bo", "Bear", "bo@uni.example", "9002"), ("cy", "", "", "", "")]

ENTERED = [  # (the line, the exit status, what is said, the ids afterwards)
    (ANA, OK, "0 entered, 0 changed, 1 as they were", "ana bo cy"),
    (("dee", "D", "D", "d@uni.example", "9"), OK, "1 entered", "ana bo cy dee"),
    (("cy", "Cy", "C", "cy@uni.example", ""), OK, "0 entered, 1 changed", "ana bo cy"),
    (("ana2", "Ana", "Álvarez", "a2@uni.example", "9009"), OK, "1 entered", "ana ana2 bo cy"),
    (
        ("ana.new", "Ana", "Álvarez", "ANA@uni.example", ""),
        *(SOME_LEFT_OUT, "students rename ana ana.new", "ana bo cy"),
    ),
    (
        ("bo.new", "Bo", "Bear", "", "9002"),
        *(SOME_LEFT_OUT, "students rename bo bo.new", "ana bo cy"),
    ),
    (
        ("", "Cy", "C", "cy@uni.example", ""),
        *(SOME_LEFT_OUT, "students rename cy cy@uni.example", "ana bo cy"),
    ),
    (("a/b", "A", "B", "", ""), SOME_LEFT_OUT, "left out: a/b has no usable id", "ana bo cy"),
    (("", "A", "B", "", ""), SOME_LEFT_OUT, "left out: a line has no usable id", "ana bo cy"),
]


@pytest.mark.parametrize(("line", "status", "says", "ids"), ENTERED)
def test_entering_a_class_list(course, tmp_path, capsys, line, status, says, ids):
    enter = ["--root", str(course.root), "students", "import"]
    assert main([*enter, str(csv_file(tmp_path / "before.csv", BEFORE))]) == OK
    assert "3 entered" in capsys.readouterr().out
    assert main([*enter, str(csv_file(tmp_path / "list.csv", [OWN, line]))]) == status
    assert says in capsys.readouterr().out
    with course.gradebook() as gradebook:
        assert sorted(each.id for each in gradebook.students) == ids.split()
        assert gradebook.find_student("bo").email == "bo@uni.example"
