"""A class of 40 through Moodle and through Canvas; each line of the table is counted by hand."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from nbgrader.api import Student

from autograde.base.errors import CANNOT_START, OK, SOME_LEFT_OUT
from autograde.cli import main
from tests.autograde.conftest import NAME
from tests.autograde.platforms.downloads import (
    FIRST_DAY,
    ROSTER,
    SECOND_DAY,
    TESTER,
    UNDER_IT,
    WORKSHEET,
    csv_file,
    roster_line,
    worksheet_line,
    zipped,
)

FILE = f"{NAME}.ipynb"
CLASS = range(1, 41)
NAMESAKES = (1, 2, 3)
DUE = datetime(2026, 2, 20, 12, 0)
IN_TIME, TOO_LATE = "Friday, 20 February 2026, 11:59 AM", "Friday, 20 February 2026, 12:01 PM"


def student(number):
    return f"s{number:02}"


def name(number):
    return ("Ana", "García") if number in NAMESAKES else (f"Jo{number}", "O'Neil-Ñ")


def prefix(number, *, flat=False, assignment=9000):
    """What Moodle puts before: without apostrophes, and another number in each assignment."""
    label = f"{' '.join(name(number))}_{assignment + number}_assignsubmission_file"
    return label.replace("'", "") + ("_" if flat else "/")


def enrolled(number):
    first, last = name(number)
    email, id_there = f"{student(number)}@uni.example", str(100 + number)
    return Student(
        id=student(number), first_name=first, last_name=last, email=email, lms_user_id=id_there
    )


@pytest.fixture
def collect(course, capsys):
    """``collect("--moodle", ...)``: the exit status, the table, all else that was said."""
    with course.gradebook() as gradebook:
        gradebook.db.add_all(map(enrolled, CLASS))
        gradebook.update_or_create_assignment(NAME, duedate=DUE)
        gradebook.add_submission(NAME, "s12").extension = timedelta(days=1)
        gradebook.db.commit()

    def run(*options):
        capsys.readouterr()
        status = main(["--root", str(course.root), "collect", NAME, *map(str, options)])
        said = capsys.readouterr()
        text, _, below = said.out.partition(f"\n{NAME}")
        rows = re.findall(r"^([a-zC][a-zA-Z' ]*?)  +(\d+)(?: +(.*))?$", below, re.MULTILINE)
        table = {kind: (int(count), who or "") for kind, count, who in rows}
        return status, table, text + below + said.err

    return run


def here(course):
    """What was collected: the notebook's text and the date by student."""
    found = {}
    for place in sorted((course.root / "autograde" / "submitted").glob(f"*/{NAME}")):
        stamp = place / "timestamp.txt"
        found[place.parent.name] = (
            (place / FILE).read_text(),
            stamp.read_text()[:16] if stamp.exists() else None,
        )
    return found


def worksheet(path, dates, more=()):
    lines = [
        worksheet_line(9000 + number, " ".join(name(number)), f"S{number:02}@uni.example", when)
        for number, when in dates.items()
    ]
    return csv_file(path, [WORKSHEET, *lines, *more])


def text(number, version=1):
    return f"{number} {version}"


@pytest.fixture
def moodle(tmp_path):
    """The first download: 34 of the 40 as they should be, and what else there is."""
    files = {prefix(n, flat=n % 2 == 0) + FILE: text(n) for n in range(1, 35)}
    files[prefix(35) + f"{NAME} (1).ipynb"] = text(35)
    files[prefix(36) + "essay.pdf"] = b"%PDF"
    files[prefix(37).replace("_file", "_onlinetext") + "onlinetext.html"] = "see my repository"
    files["Nemo_9777_assignsubmission_file/" + FILE] = "of another assignment"
    files["Eva Extra_9555_assignsubmission_file/" + FILE] = "not in the gradebook"
    files["readme.txt"] = "packed again"
    files["__MACOSX/._readme.txt"] = b"\0"
    files["../evil.ipynb"] = "x"
    dates = dict.fromkeys(CLASS, IN_TIME) | {11: TOO_LATE, 12: TOO_LATE, 13: "Freitag", 40: "-"}
    guest = worksheet_line(9555, "Eva Extra", "eva@uni.example", IN_TIME)
    return (
        *("--moodle", zipped(tmp_path / "first.zip", files)),
        *("--worksheet", worksheet(tmp_path / "worksheet.csv", dates, [guest])),
        *("--timezone", "UTC"),
    )


FIRST = {
    "collected": (35, "s01, s02, s03, s04, s05 and 30 more"),
    "replaced": (0, ""),
    "late": (1, "s11"),  # s12 has a day more
    "not recognised": (2, "../evil.ipynb, readme.txt"),
    "nobody of that name": (1, "Nemo_9777_assignsubmission_file"),
    "missing from the class list": (1, "Eva Extra_9555_assignsubmission_file"),
    "cannot be collected": (2, "s36, s37"),
}


def test_moodle(course, collect, moodle):
    status, table, said = collect(*moodle)
    assert (status, table) == (SOME_LEFT_OUT, FIRST)
    in_time, late = "2026-02-20 11:59", "2026-02-20 12:01"
    dates = dict.fromkeys(range(1, 36), in_time) | {11: late, 12: late, 13: None}
    assert here(course) == {student(n): (text(n), when) for n, when in dates.items()}
    for sentence in (
        "Eva Extra (eva@uni.example) is not in the gradebook",
        "the worksheet has no 9777 (Nemo); is it of this assignment?",
        "s36: there is no notebook, only essay.pdf",
        "s37: there is no notebook, only onlinetext.html",
        f"Note: s35: {NAME} (1).ipynb was collected as {FILE}",
        "Note: 2 lines of the worksheet have no date that can be read",
    ):
        assert sentence in said
    assert not list(course.root.rglob("evil.ipynb"))
    assert not list(course.root.glob("autograde/.collecting-*"))


def test_moodle_again_and_again(course, collect, moodle, tmp_path):
    collect(*moodle)
    before = here(course)
    files = {prefix(n) + FILE: text(n, 2 if n in (4, 11, 20) else 1) for n in range(1, 36)}
    files[prefix(38) + FILE] = text(38)
    # s04 and s11 handed in again; s20's is another one with an earlier date.
    dates = dict.fromkeys(CLASS, IN_TIME)
    dates |= {4: TOO_LATE, 11: "Saturday, 21 February 2026, 9:00 AM", 12: TOO_LATE}
    dates |= {20: "Friday, 20 February 2026, 9:00 AM", 5: TOO_LATE}
    second = (
        *("--moodle", zipped(tmp_path / "second.zip", files, SECOND_DAY), "--timezone", "UTC"),
        *("--worksheet", worksheet(tmp_path / "worksheet.csv", dates)),
    )
    status, table, said = collect(*second)
    assert (status, table) == (
        OK,
        {
            "collected": (1, "s38"),
            "replaced": (2, "s04, s11"),
            "late": (2, "s04, s11"),
            "not recognised": (0, ""),
            "nobody of that name": (0, ""),
            "missing from the class list": (0, ""),
            "the same as before": (32, "s01, s02, s03, s05, s06 and 27 more"),
            "older than what is here": (1, "s20"),
        },
    )
    assert "s05: handed in again without a change; the first date counts" in said
    changed = {
        "s04": (text(4, 2), "2026-02-20 12:01"),
        "s11": (text(11, 2), "2026-02-21 09:00"),
        "s13": (text(13), "2026-02-20 11:59"),  # the date can be read now
        "s38": (text(38), "2026-02-20 11:59"),
    }
    assert here(course) == before | changed
    # Without dates nothing that is known is lost, and the next download is compared with it.
    del files[prefix(20) + FILE]
    status, table, _ = collect("--moodle", zipped(tmp_path / "third.zip", files, SECOND_DAY))
    assert table["the same as before"] == (32, "s04, s05, s06, s07, s08 and 27 more")
    assert (status, table["several of that name"][0]) == (SOME_LEFT_OUT, 3)
    assert here(course)["s04"] == changed["s04"]
    # The first download once more: nothing newer is written over.
    status, table, _ = collect(*moodle)
    assert (table["replaced"], table["collected"]) == ((0, ""), (0, ""))
    assert table["older than what is here"] == (2, "s04, s11")
    assert here(course)["s04"] == changed["s04"]


def test_moodle_without_a_worksheet(course, collect, moodle, tmp_path):
    status, table, said = collect(*moodle[:2])
    assert status == SOME_LEFT_OUT
    assert table["collected"] == (32, "s04, s05, s06, s07, s08 and 27 more")
    assert table["several of that name"][0] == 3
    assert table["late"] == (0, "")
    assert "several are called Ana García; with --worksheet they are told apart" in said
    assert "without --worksheet it is not known when anything was handed in" in said
    # Of two downloads the later one has what was handed in later, whatever order they come in.
    for day, kind in ((SECOND_DAY, "replaced"), (FIRST_DAY, "older than what is here")):
        again = zipped(tmp_path / "again.zip", {prefix(9) + FILE: f"{day}"}, day)
        assert collect("--moodle", again)[1][kind] == (1, "s09")
    assert here(course)["s09"] == (f"{SECOND_DAY}", None)


def test_what_a_browser_has_unpacked(course, collect, tmp_path):
    folder = tmp_path / "submissions" / prefix(9).rstrip("/")
    folder.mkdir(parents=True)
    (folder / FILE).write_text(text(9))
    assert collect("--moodle", folder.parent)[0] == OK
    assert here(course) == {"s09": (text(9), None)}


# ---- Canvas -------------------------------------------------------------------------------


def canvas_name(number, file, late=False):
    word = "".join(filter(str.isalnum, "".join(reversed(name(number))))).lower()
    return f"{word}_{'LATE_' * late}{100 + number}_{file}_"


@pytest.fixture
def roster(tmp_path):
    people = [
        roster_line(f"{name(n)[1]}, {name(n)[0]}", 100 + n, student(n).upper()) for n in CLASS
    ]
    guest = roster_line("Extra, Eva", 555, "eva")
    lines = [ROSTER, UNDER_IT, *people, guest, TESTER]
    return ("--roster", csv_file(tmp_path / "Grades.csv", lines, encoding="utf-8-sig"))


@pytest.fixture
def canvas(tmp_path):
    files = {canvas_name(n, 5000 + n, late=n in (11, 12)) + FILE: text(n) for n in range(1, 36)}
    files[canvas_name(36, 6001) + f"{NAME}-1.ipynb"] = text(36, 2)
    files[canvas_name(36, 5036) + FILE] = text(36)
    files["studenttest_99_7000_" + FILE] = "tried out"
    files["extraeva_555_7001_" + FILE] = "not in the gradebook"
    files["nemo_777_7002_" + FILE] = "not in the roster"
    files["anon_x7Yz_7003_" + FILE] = "anonymous"
    files[canvas_name(37, 0).rsplit("_", 2)[0] + "_text.html"] = "see my repository"
    return ("--canvas", zipped(tmp_path / "submissions.zip", files))


def test_canvas(course, collect, canvas, roster, tmp_path):
    status, table, said = collect(*canvas, *roster)
    assert (status, table) == (
        SOME_LEFT_OUT,
        {
            "collected": (36, "s01, s02, s03, s04, s05 and 31 more"),
            "replaced": (0, ""),
            "late": (2, "s11, s12"),
            "not recognised": (1, f"anon_x7Yz_7003_{FILE}"),
            "nobody of that name": (1, "nemo_777_7002"),
            "missing from the class list": (1, "extraeva_555_7001"),
            "cannot be collected": (1, "s37"),
            "Canvas's test student": (1, "studenttest_99_7000"),
        },
    )
    late = {"s11": (text(11), "2026-02-20 12:00"), "s12": (text(12), "2026-02-21 12:00")}
    everybody = {student(n): (text(n), None) for n in range(1, 36)}
    assert here(course) == everybody | late | {"s36": (text(36, 2), None)}
    stamp = course.root / "autograde" / "submitted" / "s11" / NAME / "timestamp.txt"
    assert stamp.read_text().startswith("2026-02-20 12:00:01")
    assert "2 are late, and how much is not said: the date is a second after the deadline" in said
    # A file with a greater number was handed in later, also if Canvas gave it another name.
    for number, kind in ((8000, "replaced"), (7500, "older than what is here")):
        files = {canvas_name(9, number) + f"{NAME}-1.ipynb": f"{number}"}
        again = zipped(tmp_path / "again.zip", files)
        assert collect("--canvas", again, *roster)[1][kind] == (1, "s09")
    assert here(course)["s09"] == ("8000", None)


def test_the_first_list_is_entered_where_there_is_none(course, tmp_path, capsys):
    lines = [ROSTER, UNDER_IT, TESTER, roster_line("Bear, Bo", 102, "bo")]
    roster = csv_file(tmp_path / "Grades.csv", lines)
    archive = zipped(tmp_path / "s.zip", {f"bearbo_102_5_{FILE}": "mine"})
    run = ["--root", str(course.root), "collect", NAME]
    assert main([*run, "--canvas", str(archive), "--roster", str(roster)]) == OK
    assert "The gradebook had no students: 1 of the list were entered" in capsys.readouterr().out
    assert here(course) == {"bo": ("mine", None)}


# ---- other ways ---------------------------------------------------------------------------


FOLDERS = [  # (the files, the pattern, the status, who is collected)
    ({"s01/x.ipynb": "a"}, "", OK, {"s01": "x.ipynb"}),
    ({f"s01_{FILE}": "a", f"{NAME}-s02 (1).ipynb": "b"}, "", OK, {"s01": FILE, "s02": FILE}),
    ({f"S01@uni.example/{FILE}": "a"}, "", OK, {"s01": FILE}),
    ({f"s01_{FILE}": "a", "x.ipynb": "b"}, "", SOME_LEFT_OUT, {"s01": FILE}),
    ({f"lab5 s04 {FILE}": "a"}, r"lab5 (?P<student_id>\S+) (?P<file_id>.+)", OK, {"s04": FILE}),
    ({"s04@uni.example.ipynb": "a"}, r"(?P<email>.+)\.ipynb", OK, {"s04": "s04@uni.example.ipynb"}),
    (
        {"Jo4 ONeil-Ñ.ipynb": "a"},
        r"(?P<first_name>\w+) (?P<last_name>[^.]+)\.ipynb",
        *(OK, {"s04": "Jo4 ONeil-Ñ.ipynb"}),
    ),
    ({"s99.ipynb": "a"}, r"(?P<student_id>\w+)\.ipynb", SOME_LEFT_OUT, {}),
]


@pytest.mark.parametrize(("files", "pattern", "status", "who"), FOLDERS)
def test_a_folder(course, collect, tmp_path, files, pattern, status, who):
    for place, content in files.items():
        path = tmp_path / "mails" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    options = ["--pattern", pattern] if pattern else []
    assert collect("--folder", tmp_path / "mails", *options)[0] == status
    found = course.root.glob(f"autograde/submitted/*/{NAME}/*")
    assert {path.parents[1].name: path.name for path in found} == who


REFUSED = [  # (the options, what is said)
    (["--canvas", "{zip}"], "needs --roster Grades.csv"),
    (["--moodle", "{zip}", "--roster", "x"], "--roster goes with --canvas"),
    (["--folder", "{here}", "--worksheet", "x"], "--worksheet goes with --moodle"),
    (["--moodle", "{zip}", "--pattern", "x"], "--pattern goes with --folder"),
    (["--moodle", "{here}/no.zip"], "there is no"),
    (["--moodle", "{here}/text"], "no zip file that can be read"),
    (["--folder", "{here}", "--pattern", "("], "no regular expression"),
    (["--folder", "{here}", "--pattern", "(.*)"], "must say where the student is"),
    (["--moodle", "{zip}", "--worksheet", "{here}/text"], "is no grading worksheet"),
]


@pytest.mark.parametrize(("options", "says"), REFUSED)
def test_what_cannot_start(course, collect, tmp_path, options, says):
    zipped(tmp_path / "a.zip", {"x": "x"})
    (tmp_path / "text").write_text("no zip")
    names = {"zip": tmp_path / "a.zip", "here": tmp_path}
    status, _, said = collect(*(each.format(**names) for each in options))
    assert status == CANNOT_START
    assert says in said


@pytest.mark.parametrize("options", [["--moodle", "{zip}"], ["--folder", "{here}"]])
def test_a_gradebook_without_students_is_said(course, tmp_path, capsys, options):
    archive = zipped(tmp_path / "a.zip", {prefix(4) + FILE: "x"})
    words = [each.format(zip=archive, here=tmp_path) for each in options]
    assert main(["--root", str(course.root), "collect", NAME, *words]) == CANNOT_START
    assert "students import FILE" in capsys.readouterr().err


def test_what_came_by_another_way_is_not_written_over(course, collect, hand_in, tmp_path):
    folder = hand_in("s09", {FILE: b"through the exchange"})
    archive = zipped(tmp_path / "a.zip", {prefix(9) + FILE: text(9)})
    status, table, said = collect("--moodle", archive)
    assert (status, table["perhaps older"]) == (SOME_LEFT_OUT, (1, "s09"))
    assert "nothing says which is newer; if this is: --replace" in said
    assert (folder / FILE).read_text() == "through the exchange"
    assert collect("--moodle", archive, "--replace")[1]["replaced"] == (1, "s09")
    assert (folder / FILE).read_text() == text(9)


def test_a_date_that_a_student_wrote_counts_for_nothing(course, collect, tmp_path):
    files = {prefix(9) + FILE: "x", prefix(9) + "timestamp.txt": "2020-01-01 00:00:00 UTC"}
    _, _, said = collect("--moodle", zipped(tmp_path / "a.zip", files))
    assert here(course) == {"s09": ("x", None)}
    assert "s09: timestamp.txt was handed in as well, and is left out" in said


def test_a_zip_of_the_students_own(course, collect, tmp_path):
    own = zipped(tmp_path / "own.zip", {f"lab/{FILE}": "x", "lab/a.csv": "1", "../b": "y"})
    archive = zipped(tmp_path / "a.zip", {prefix(9) + "work.zip": own.read_bytes()})
    _, table, said = collect("--moodle", archive)
    assert table["collected"] == (1, "s09")
    assert "s09: in work.zip: ../b has a name that leads elsewhere" in said
    files = (course.root / "autograde" / "submitted" / "s09" / NAME).iterdir()
    assert sorted(path.name for path in files) == [FILE, "a.csv"]


def test_the_worksheet_of_another_assignment_gives_nobody_anothers_work(collect, tmp_path):
    lines = [WORKSHEET]
    lines += [worksheet_line(9008 + n, " ".join(name(n)), "", IN_TIME) for n in range(4, 20)]
    other = csv_file(tmp_path / "worksheet.csv", lines)
    archive = zipped(tmp_path / "a.zip", {prefix(14) + FILE: "x"})
    status, table, said = collect("--moodle", archive, "--worksheet", other)
    assert (status, table["collected"], table["nobody of that name"][0]) == (3, (0, ""), 1)
    assert "the worksheet says that 9014 is Jo6 O'Neil-Ñ, not Jo14 ONeil-Ñ" in said
