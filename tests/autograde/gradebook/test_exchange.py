"""Collecting from the exchange: a submission is its owner's, or is left there."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autograde.course.course import Course
from autograde.gradebook.exchange import Collect
from tests.autograde.conftest import NAME

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nbgrader has no exchange there")

ME = getpass.getuser()
DATE = "2026-01-0{} 00:00:00 UTC"


@pytest.fixture
def collect(course: Course, tmp_path: Path) -> Callable[..., Collect]:
    """Return nbgrader's converter for the course, with an exchange of its own."""
    course.app.coursedir.assignment_id = NAME
    (tmp_path / "exchange" / course.app.coursedir.course_id / "inbound").mkdir(parents=True)

    def collector(**options: object) -> Collect:
        return Collect(
            coursedir=course.app.coursedir,
            parent=course.app,
            root=str(tmp_path / "exchange"),
            **options,
        )

    return collector


def hand_in(folder: Path, student: str, day: int, text: str = "mine") -> Path:
    """Put a folder into the exchange, as nbgrader names it."""
    place = folder / f"{student}+{NAME}+{DATE.format(day)}+random"
    place.mkdir()
    (place / f"{NAME}.ipynb").write_text(text)
    (place / "timestamp.txt").write_text(DATE.format(day))
    return place


def secret(tmp_path: Path) -> Path:
    """Return what only the instructor can read."""
    path = tmp_path / "secret"
    path.write_text("the answers")
    return path


def link_to_file(place: Path, elsewhere: Path) -> None:
    (place / f"{NAME}.ipynb").unlink()
    (place / f"{NAME}.ipynb").symlink_to(elsewhere)


def link_to_folder(place: Path, elsewhere: Path) -> None:
    (place / "more").symlink_to(elsewhere.parent)


def hidden_link(place: Path, elsewhere: Path) -> None:
    (place / "a" / "b").mkdir(parents=True)
    (place / "a" / "b" / "c.csv").symlink_to(elsewhere)


def pipe(place: Path, elsewhere: Path) -> None:
    os.mkfifo(place / "pipe")


def nothing(place: Path, elsewhere: Path) -> None:
    pass


CASES = [  # (in whose name, what is done to the newer submission, which day is collected)
    (ME, nothing, {ME: "2"}),
    (ME, link_to_file, {ME: "1"}),
    (ME, link_to_folder, {ME: "1"}),
    (ME, hidden_link, {ME: "1"}),
    (ME, pipe, {ME: "1"}),
    ("somebody", nothing, {ME: "1"}),
]


@pytest.mark.parametrize(("student", "spoil", "days"), CASES)
def test_what_is_collected(collect, tmp_path, course, student, spoil, days):
    collector = collect()
    inbound = Path(collector.root, course.app.coursedir.course_id, "inbound")
    hand_in(inbound, ME, 1, "1")
    spoil(hand_in(inbound, student, 2, "2"), secret(tmp_path))
    collector.start()
    submitted = course.root / "autograde" / "submitted"
    found = {path.name: path / NAME / f"{NAME}.ipynb" for path in submitted.iterdir()}
    assert {name: path.read_text() for name, path in found.items()} == days


def test_names_that_are_no_users_are_collected_if_asked(collect, course):
    collector = collect(check_owner=False)
    hand_in(Path(collector.root, course.app.coursedir.course_id, "inbound"), "somebody", 1)
    collector.start()
    assert (course.root / "autograde/submitted/somebody" / NAME / f"{NAME}.ipynb").is_file()


@pytest.mark.parametrize("spoil", [link_to_file, link_to_folder, hidden_link, pipe])
def test_a_link_made_after_the_look_is_not_followed(collect, tmp_path, spoil):
    """The student owns the folder, and may change it between the look and the copy."""
    place = hand_in(tmp_path, ME, 1)
    spoil(place, secret(tmp_path))
    collect().do_copy(str(place), str(tmp_path / "copy"))
    copied = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert [path for path in copied if path.is_symlink() or "answers" in path.read_text()] == []
    assert (tmp_path / "copy" / "timestamp.txt").is_file()
