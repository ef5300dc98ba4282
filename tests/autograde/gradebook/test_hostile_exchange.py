"""One hostile folder in the exchange is its student's trouble; everybody else's is collected."""

from __future__ import annotations

import io
import logging
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.auth import Authenticator

from autograde.base.dates import timestamp_in
from autograde.base.errors import SOME_LEFT_OUT
from autograde.course.course import Course
from autograde.gradebook.exchange import Collect, List
from tests.autograde.hostile import FILE, NAME, ROWS, Spoiled, date
from tests.autograde.ordinary import folder_of_nobody, give_to_nobody, ordinary

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nbgrader has no exchange there")

SPOILED = {f"s{number:02d}": row for number, row in enumerate(ROWS)}
TRY = "try.txt"
HONEST = [f"s{number:02d}h" for number in range(0, len(ROWS), 4)]


@dataclass
class Exchange:
    """A class that hands in through an exchange, and its instructor."""

    course: Course
    root: Path

    @property
    def inbound(self) -> Path:
        return self.root / self.course.app.coursedir.course_id / "inbound"

    def hand_in(self, student: str, try_: int) -> Path:
        """What nbgrader's `submit` leaves there."""
        folder = self.inbound / f"{student}+{NAME}+{date(try_)}+random"
        folder.mkdir()
        (folder / FILE).write_text("{}")
        (folder / TRY).write_text(str(try_))
        (folder / "timestamp.txt").write_text(date(try_))
        (folder / "submission_secret.txt").write_text("a" * 128)
        folder.chmod(0o777)
        return folder

    def step(self, kind: type, **options: object) -> tuple[int, list[str], object]:
        """Take a step of the exchange: the command's exit status, its log, and what it returns."""
        self.course.app.coursedir.assignment_id = NAME
        log, status, found = io.StringIO(), 0, None
        handler = logging.StreamHandler(log)
        handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
        self.course.app.log.addHandler(handler)
        self.course.app.log.setLevel(logging.INFO)
        step = kind(
            coursedir=self.course.app.coursedir,
            parent=self.course.app,
            root=str(self.root),
            authenticator=Authenticator(parent=self.course.app),
            **options,
        )
        try:
            found = step.start()
        except SystemExit as end:
            status = int(str(end.code))
        finally:
            self.course.app.log.removeHandler(handler)
        return status, log.getvalue().splitlines(), found

    def collect(self) -> tuple[int, list[str], dict[str, str]]:
        """Collect: the exit status, the log, and which try of each student is there."""
        status, log, _ = self.step(Collect, update=True, check_owner=False)
        submitted = self.course.root / "autograde" / "submitted"
        tries = {path.name: (path / NAME / TRY).read_text() for path in submitted.iterdir()}
        assert None not in [timestamp_in(path / NAME) for path in submitted.iterdir()]
        return status, log, tries


@dataclass
class Seen:
    """What became of everybody."""

    exchange: Exchange
    first: tuple[int, list[str], dict[str, str]]
    second: tuple[int, list[str], dict[str, str]]
    listed: tuple[int, list[str], object]
    mended: tuple[int, list[str], dict[str, str]]


@pytest.fixture(scope="module")
def seen(template: Path) -> Iterator[Seen]:
    """Collect twice, list, let everybody mend it, and collect again; as no root."""
    with folder_of_nobody() as place:
        shutil.copytree(template, place / "course")
        give_to_nobody(place / "course")
        exchange = Exchange(Course(place / "course"), place / "exchange")
        with ordinary():
            exchange.inbound.mkdir(parents=True)
        exchange.step(List)  # imports what it does, while that can be read
        with ordinary():
            for student, row in SPOILED.items():
                exchange.hand_in(student, 1)
                row.spoil(exchange.hand_in(student, 2))
            for student in HONEST:
                exchange.hand_in(student, 1)
            first, second = exchange.collect(), exchange.collect()
            listed = exchange.step(List, inbound=True)
            for student in [*SPOILED, *HONEST]:
                exchange.hand_in(student, 3)
            yield Seen(exchange, first, second, listed, exchange.collect())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_who_can_be_collected_is_and_who_cannot_is_named(seen: Seen, row: Spoiled):
    student = next(name for name, each in SPOILED.items() if each is row)
    status, log, tries = seen.first
    told = [line for line in log if line.startswith("[ERROR]") and f"/{student}+" in line]
    if row.told:
        assert len(told) == 1, log
        assert row.told in told[0]
        assert tries[student] == "1"
    else:
        assert told == []
        assert tries[student] == "2"
    warned = [line for line in log if line.startswith("[WARNING]") and student in line]
    noted = [line for line in warned if row.noted and row.noted in line]
    assert bool(noted) == bool(row.noted), warned
    assert status == SOME_LEFT_OUT


def test_everybody_else_is_collected(seen: Seen):
    for _, _, tries in (seen.first, seen.second):
        assert {student: tries[student] for student in HONEST} == dict.fromkeys(HONEST, "1")


def test_the_next_run_says_and_leaves_the_same(seen: Seen):
    def errors(log: list[str]) -> list[str]:
        return [line for line in log if line.startswith("[ERROR]")]

    assert seen.second[0] == seen.first[0]
    assert seen.second[2] == seen.first[2]
    assert errors(seen.second[1]) == errors(seen.first[1])


def test_when_they_have_handed_in_again_nothing_is_left_to_say(seen: Seen):
    status, log, tries = seen.mended
    assert [line for line in log if line.startswith("[ERROR]")] == []
    assert tries == dict.fromkeys([*SPOILED, *HONEST], "3")
    assert status == 0


def test_no_name_writes_lines_of_its_own(seen: Seen):
    for _, log, _ in (seen.first, seen.second, seen.listed):
        for line in log:
            assert line.startswith(("[ERROR] Not ", "[INFO] ", "[WARNING] ")), line
            assert "\x1b" not in line


def test_what_can_be_read_is_listed(seen: Seen):
    status, log, _ = seen.listed
    listed = {line.split()[2] for line in log if line.startswith("[INFO]") and NAME in line}
    assert {*HONEST} <= listed
    assert len(listed) > len(SPOILED) / 2
    assert status == SOME_LEFT_OUT


def test_nothing_is_left_of_the_copying(seen: Seen):
    submitted = seen.exchange.course.root / "autograde" / "submitted"
    assert list(submitted.glob("*/.*")) == []
    assert {path.name for path in submitted.glob("*/*")} == {NAME}
