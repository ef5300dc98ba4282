"""Collecting: who it is that is taken for the student, and what may change in between."""

from __future__ import annotations

import getpass
import os
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from autograde.course.course import Course
from autograde.gradebook.exchange import LOOKED_AT, TOLD, Collect
from autograde.notebooks.taking import Refused, Taking
from tests.autograde.conftest import NAME
from tests.autograde.hostile import file, in_turn, mode, without
from tests.autograde.ordinary import folder_of_nobody, give_to_nobody, is_root, ordinary

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nbgrader has no exchange there")

ME = getpass.getuser()
DATE = "2026-01-{:02d} 00:00:00 UTC"
FILE = f"{NAME}.ipynb"


@pytest.fixture
def collect(course: Course, tmp_path: Path) -> Callable[..., Collect]:
    """Return nbgrader's converter for the course, with an exchange of its own."""
    course.app.coursedir.assignment_id = NAME
    (tmp_path / "exchange" / course.app.coursedir.course_id / "inbound").mkdir(parents=True)
    (tmp_path / "exchange").chmod(0o777)

    def collector(**options: object) -> Collect:
        return Collect(
            coursedir=course.app.coursedir,
            config=course.app.config,
            root=str(tmp_path / "exchange"),
            **options,
        )

    return collector


@pytest.fixture
def inbound(collect: Callable[..., Collect], course: Course, tmp_path: Path) -> Path:
    return tmp_path / "exchange" / course.app.coursedir.course_id / "inbound"


def hand_in(folder: Path, student: str, day: int, text: str = "mine") -> Path:
    """Put a folder into the exchange, as nbgrader names it."""
    place = folder / f"{student}+{NAME}+{DATE.format(day)}+random"
    place.mkdir()
    (place / FILE).write_text(text)
    (place / "timestamp.txt").write_text(DATE.format(day))
    return place


def collected(course: Course) -> dict[str, str]:
    folders = (course.root / "autograde" / "submitted").glob(f"*/{NAME}")
    return {path.parent.name: (path / FILE).read_text() for path in folders}


def secret(tmp_path: Path) -> Path:
    """Return what only the instructor can read."""
    path = tmp_path / "secret"
    path.write_text("the answers")
    return path


def link_to_file(place: Path, elsewhere: Path) -> None:
    (place / FILE).unlink()
    (place / FILE).symlink_to(elsewhere)


def link_to_folder(place: Path, elsewhere: Path) -> None:
    (place / "more").symlink_to(elsewhere.parent)


def hidden_link(place: Path, elsewhere: Path) -> None:
    (place / "a" / "b").mkdir(parents=True)
    (place / "a" / "b" / "c.csv").symlink_to(elsewhere)


def pipe(place: Path, elsewhere: Path) -> None:
    os.mkfifo(place / "pipe")


def nothing(place: Path, elsewhere: Path) -> None:
    pass


CASES = [  # (in whose name, what is done to the newer one, which is collected, how many are told)
    (ME, nothing, {ME: "2"}, 0),
    (ME, link_to_file, {ME: "1"}, 1),
    (ME, link_to_folder, {ME: "1"}, 1),
    (ME, hidden_link, {ME: "1"}, 1),
    (ME, pipe, {ME: "1"}, 1),
    ("somebody", nothing, {ME: "1"}, 1),
    ("", nothing, {ME: "1"}, 1),
    ("..", nothing, {ME: "1"}, 0),  # nbgrader does not see what begins with a dot
    ("*", nothing, {ME: "1"}, 1),
    ("a\nb", nothing, {ME: "1"}, 1),
    (os.fsdecode(b"\xff"), nothing, {ME: "1"}, 1),
]


ANYBODYS = [  # the same, where names are not those of the system's users
    ("somebody", nothing, {ME: "1", "somebody": "2"}, 0),
    ("somebody", link_to_file, {ME: "1"}, 1),
    ("", nothing, {ME: "1"}, 1),
    ("*", nothing, {ME: "1"}, 1),
    ("a\nb", nothing, {ME: "1"}, 1),
    (f"{ME} ", nothing, {ME: "1"}, 1),
    ("\u202eana", nothing, {ME: "1"}, 1),
    ("two words", nothing, {ME: "1", "two words": "2"}, 0),
]


@pytest.mark.parametrize(
    ("student", "spoil", "found", "told", "check_owner"),
    [*((*each, True) for each in CASES), *((*each, False) for each in ANYBODYS)],
)
def test_what_is_collected(
    collect, inbound, tmp_path, course, student, spoil, found, told, check_owner
):
    hand_in(inbound, ME, 1, "1")
    spoil(hand_in(inbound, student, 2, "2"), secret(tmp_path))
    collector = collect(check_owner=check_owner)
    collector.start()
    assert collected(course) == found
    assert collector.troubles == told
    assert [*course.root.glob("autograde/*.ipynb"), *course.root.glob(f"autograde/{NAME}*")] == []


RACES = [link_to_file, link_to_folder, hidden_link, pipe]


@pytest.mark.parametrize("spoil", RACES)
def test_a_link_made_after_the_look_is_not_followed(collect, inbound, tmp_path, course, spoil):
    """The student owns the folder, and may change it between the look and the copy."""
    hand_in(inbound, ME, 1, "1")
    collect().start()
    place = hand_in(inbound, ME, 2, "2")
    collector = collect(update=True)
    collector.init_src()
    spoil(place, secret(tmp_path))
    collector.copy_files()
    assert collector.troubles == 1
    assert collected(course) == {ME: "1"}


def test_a_folder_that_is_gone_after_the_look_is_told(collect, inbound, course):
    place = hand_in(inbound, ME, 1)
    collector = collect()
    collector.init_src()
    for path in place.iterdir():
        path.unlink()
    place.rmdir()
    collector.copy_files()
    assert (collector.troubles, collected(course)) == (1, {})


def test_what_fails_while_one_is_looked_at_stops_no_other(collect, inbound, course, monkeypatch):
    """As a network's file system may at any time."""
    hand_in(inbound, ME, 1, "1")
    (inbound / f"other+{NAME}+{DATE.format(1)}+r").mkdir()
    look = Taking.look

    def fail(taking: Taking) -> None:
        if "other+" in taking.folder.name:
            raise OSError("Stale file handle")
        look(taking)

    monkeypatch.setattr(Taking, "look", fail)
    collector = collect(check_owner=False)
    collector.start()
    assert (collector.troubles, collected(course)) == (1, {ME: "1"})


def test_a_file_that_grows_is_copied_as_long_as_it_was(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"12345")
    read = os.read

    def read_and_grow(file: int, size: int) -> bytes:
        with (tmp_path / "in" / "a").open("ab") as growing:
            growing.write(b"67890")
        return read(file, size)

    monkeypatch.setattr(os, "read", read_and_grow)
    taking(tmp_path / "in").copy(tmp_path / "out")
    assert (tmp_path / "out" / "a").read_bytes() == b"12345"


def test_a_file_that_shrinks_is_not_copied_half(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"12345")
    monkeypatch.setattr(os, "read", lambda file, size: b"")
    with pytest.raises(Refused, match="became shorter"):
        taking(tmp_path / "in").copy(tmp_path / "out")


def taking(folder: Path) -> Taking:
    return Taking(folder, 10**6, 10**6, lambda place, names: (), lambda uid: "")


def test_a_date_of_the_future_is_noted(collect, inbound, caplog):
    hand_in(inbound, ME, 1).rename(inbound / f"{ME}+{NAME}+2090-01-01 00:00:00 UTC+r")
    collect().start()
    assert f"A date given by hand? {ME} says 2090-01-01 00:00 UTC" in caplog.text


FLOODS = [  # (in whose name, how many, how many sentences)
    ("somebody", 10 * LOOKED_AT, TOLD + 1),
    (ME, 10 * LOOKED_AT, TOLD + 1),
]


@pytest.mark.parametrize(("student", "count", "sentences"), FLOODS)
def test_a_flood_of_folders_hides_nobody(collect, inbound, student, count, sentences, course):
    hand_in(inbound, ME, 1, "1")
    for number in range(count):
        place = inbound / f"{student}+{NAME}+{DATE.format(2)}+{number}"
        place.mkdir()
        (place / "more").symlink_to("/etc")
    collector = collect()
    collector.start()
    assert collector.troubles == sentences
    # Who floods the place in the own name is not looked for any further.
    assert collected(course) == ({} if student == ME else {ME: "1"})


def test_only_the_last_before_the_due_date(collect, inbound, course):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=datetime(2026, 1, 3, 12))
    for day in (1, 2, 3, 4):
        hand_in(inbound, ME, day, str(day))
    (inbound / f"{ME}+{NAME}+{DATE.format(3)}+random" / "link").symlink_to("/etc")
    collect(before_duedate=True).start()
    assert collected(course) == {ME: "2"}


STUCK = [  # what an earlier version has collected, so that nbgrader never got past it
    mode(0o555),
    in_turn(file("sub/a", b""), mode(0o555, "sub")),
    file("timestamp.txt", b"garbage"),
    file("timestamp.txt", b"\xff"),
    without("timestamp.txt"),
]


@pytest.mark.parametrize("spoil", STUCK)
def test_what_was_collected_once_can_be_replaced(template, spoil):
    with folder_of_nobody() as folder:
        shutil.copytree(template, folder / "course")
        give_to_nobody(folder / "course")
        course = Course(folder / "course")
        course.app.coursedir.assignment_id = NAME
        inbound = folder / "exchange" / course.app.coursedir.course_id / "inbound"
        with ordinary():
            inbound.mkdir(parents=True)
            hand_in(inbound, ME, 1, "1")
            options = {"root": str(folder / "exchange"), "check_owner": False, "update": True}
            Collect(coursedir=course.app.coursedir, config=course.app.config, **options).start()
            spoil(course.root / "autograde" / "submitted" / ME / NAME)
            hand_in(inbound, ME, 2, "2")
            again = Collect(coursedir=course.app.coursedir, config=course.app.config, **options)
            again.start()
            assert (again.troubles, collected(course)) == (0, {ME: "2"})


# ---- with other users ---------------------------------------------------------------------


OWNERS = [  # (whose folder it is and whose file, its mode, whether it is collected)
    ("daemon", "daemon", 0o755, True),
    ("daemon", "daemon", 0o744, False),
    ("daemon", "daemon", 0o711, False),
    ("daemon", "bin", 0o755, False),
    ("bin", "daemon", 0o755, False),
]


@pytest.mark.skipif(not is_root(), reason="only root gives files to others")
@pytest.mark.parametrize(("folder", "file", "mode", "is_collected"), OWNERS)
def test_a_submission_is_all_its_students(template, folder, file, mode, is_collected):
    with folder_of_nobody() as place:
        shutil.copytree(template, place / "course")
        give_to_nobody(place / "course")
        course = Course(place / "course")
        course.app.coursedir.assignment_id = NAME
        inbound = place / "exchange" / course.app.coursedir.course_id / "inbound"
        inbound.mkdir(parents=True)
        give_to_nobody(place / "exchange")
        there = hand_in(inbound, "daemon", 1, "1")
        shutil.chown(there, folder)
        for each in there.iterdir():
            shutil.chown(each, file)
        there.chmod(mode)
        with ordinary():
            root = str(place / "exchange")
            step = Collect(coursedir=course.app.coursedir, config=course.app.config, root=root)
            step.start()
            assert (step.troubles, collected(course)) == (
                (0, {"daemon": "1"}) if is_collected else (1, {})
            )
