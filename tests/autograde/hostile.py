"""What a student can make of a folder in the exchange, and what must become of it.

Each student handed in two minutes ago, and again a minute ago, which was then spoiled; who mends it
does so a day later. A row says what is collected, and what the instructor is told.
"""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

NAME = "00_fixture"
FILE = f"{NAME}.ipynb"
NOW = datetime.now(UTC)
"""When the tests began: the one that needs it may be half an hour later."""


def date(try_: int, hours: int = 0, zone: str = "UTC") -> str:
    """When a student handed in for the first, second or third time, as nbgrader writes it."""
    when = NOW + timedelta(minutes=(-2, -1, 24 * 60)[try_ - 1], hours=hours)
    return f"{when:%Y-%m-%d %H:%M:%S.%f} {zone}"


@dataclass(frozen=True)
class Spoiled:
    """One submission.

    Attributes
    ----------
    name : str
    spoil : callable
        ``spoil(folder)``.
    told : str
        Part of the sentence about the student; "" if it is collected.
    noted : str
        Part of a warning about what is collected nevertheless.
    """

    name: str
    spoil: Callable[[Path], object]
    told: str = ""
    noted: str = ""


def named(*parts: str) -> Callable[[Path], object]:
    """Another name, after the student's and the assignment's."""
    return lambda folder: folder.rename(folder.with_name(name_with(folder, *parts)))


def name_with(folder: Path, *parts: str) -> str:
    return "+".join([folder.name.split("+")[0], NAME, *parts])


def mode(number: int, name: str = "") -> Callable[[Path], object]:
    return lambda folder: (folder / name).chmod(number)


def file(name: str, content: bytes | int) -> Callable[[Path], object]:
    """A file, or a hole of so many bytes."""

    def write(folder: Path) -> None:
        path = folder / os.fsdecode(name.encode("utf-8", "surrogateescape"))
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            with path.open("wb") as opened:
                opened.truncate(content)

    return write


def alone(*parts: str) -> Callable[[Path], object]:
    """Another name, and nothing handed in before."""

    def rename(folder: Path) -> None:
        for other in folder.parent.glob(f"{folder.name.split('+')[0]}+*"):
            if other != folder:
                shutil.rmtree(other)
        named(*parts)(folder)

    return rename


def in_turn(*steps: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda folder: [step(folder) for step in steps]


def without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def folder_for(name: str) -> Callable[[Path], object]:
    """A folder where a file is expected."""

    def make(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()
        (folder / name / "x.txt").write_text("x")

    return make


def nested(count: int, name: str = "d") -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        place = os.open(folder, os.O_RDONLY)
        for _ in range(count):
            os.mkdir(name, dir_fd=place)
            inner = os.open(name, os.O_RDONLY, dir_fd=place)
            os.close(place)
            place = inner
        os.close(place)

    return make


def plain_file(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file")


def as_link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


def link(name: str, target: str) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(target)

    return make


def fifo(name: str) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return make


def a_socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(folder)
        made.bind("s")
        os.chdir(here)


def many(folder: Path) -> None:
    for number in range(10_001):
        (folder / f"{number}.txt").touch()


NO_FILE, NO_DATE, UNREAD = "is a link or no file", "does not say when", "cannot be read"
# fmt: off
ROWS = [
    # Its name.
    Spoiled("no date", named("garbage", "r"), NO_DATE),
    Spoiled("an empty date", named(""), NO_DATE),
    Spoiled("an empty date and more", named("", ""), NO_DATE),
    Spoiled("a date that says little", named("5", "r"), NO_DATE),
    Spoiled("a day that is none", named("2026-02-31 00:00:00 UTC", "r"), NO_DATE),
    Spoiled("a year that is none", named("99999-01-01 00:00:00 UTC", "r"), NO_DATE),
    Spoiled("a year that cannot be shown", named("9999-12-31 23:59:59 UTC", "r"), NO_DATE),
    Spoiled("the first year", named("0001-01-01 00:00:00 Japan", "r"), NO_DATE),
    Spoiled("a very long number", named("9" * 90, "r"), NO_DATE),
    Spoiled("a very long date", named("2026-01-02 00:00:00 " + "U" * 150, "r"), NO_DATE),
    Spoiled("a zone that is a number", named(date(2, 0, "9" * 40), "r"), NO_DATE),
    Spoiled("a zone of days", named(date(2, 0, "-99:99"), "r")),
    Spoiled("a date without numbers", named("today at noon or the second of January", "r"), NO_DATE),
    Spoiled("a line of its own", named("garbage\nNot collected: everybody", "r"), NO_DATE),
    Spoiled("letters that are none", named(os.fsdecode(b"\xff\xfe"), "r"), NO_DATE),
    Spoiled("a line of its own at the end", named(date(2), "r\n[ERROR] everybody\x1b[2J")),
    Spoiled("no random part", named(date(2))),
    Spoiled("another zone", named(date(2, 9, "Japan"), "r")),
    Spoiled("a zone that is none", named(date(2, 0, "tzdata.zi"), "r")),
    Spoiled("a date of long ago", alone(date(2, -50), "r"), noted="A date given by hand"),
    # What it is.
    Spoiled("a plain file", plain_file, "is no folder"),
    Spoiled("a pipe as a folder", lambda folder: (plain_file(folder), fifo("")(folder)), "is no folder"),
    Spoiled("a link", as_link, NO_FILE),
    Spoiled("a link to nothing", lambda folder: (plain_file(folder), link("", "nowhere")(folder)), NO_FILE),
    # Its modes.
    Spoiled("mode 644", mode(0o644), UNREAD),
    Spoiled("mode 000", mode(0), UNREAD),
    Spoiled("mode 111", mode(0o111), UNREAD),
    Spoiled("mode 555", mode(0o555)),
    Spoiled("a file of mode 000", mode(0, FILE), UNREAD),
    Spoiled("a file that can be run", mode(0o755, FILE)),
    Spoiled("a program with the rights of its owner", in_turn(file("a", b"#!"), mode(0o6755, "a"))),
    Spoiled("a folder of mode 000", in_turn(file("sub/a.txt", b""), mode(0, "sub")), UNREAD),
    Spoiled("a folder of mode 644", in_turn(file("sub/a.txt", b""), mode(0o644, "sub")), UNREAD),
    Spoiled("a folder of mode 555", in_turn(file("sub/a.txt", b""), mode(0o555, "sub"))),
    # What it holds.
    Spoiled("1,200 folders in each other", nested(1200), "too many folders"),
    Spoiled("60 folders in each other", nested(60), "too many folders"),
    Spoiled("folders with long names", nested(20, "d" * 255), "too many folders"),
    Spoiled("10,001 files", many, "more than 10,000 files"),
    Spoiled("a hole of a terabyte", file("a.csv", 2**40), noted="a.csv is too large"),
    Spoiled("a hole for a notebook", file(FILE, 2**40), noted=f"{FILE} is too large"),
    Spoiled("many bytes together", in_turn(*(file(f"{n}.csv", 40_000_000) for n in range(3))), "has more than 100,000,000 bytes"),
    Spoiled("a pipe", fifo("pipe"), NO_FILE),
    Spoiled("a pipe for a notebook", fifo(FILE), NO_FILE),
    Spoiled("a pipe for a date", fifo("timestamp.txt"), NO_FILE),
    Spoiled("a socket", a_socket, NO_FILE),
    Spoiled("a link to a folder", link("more", "/etc"), NO_FILE),
    Spoiled("a link to a device", link("a.csv", "/dev/zero"), NO_FILE),
    Spoiled("a link to itself", link("a", "a"), NO_FILE),
    Spoiled("a link where nothing is copied", link(".ipynb_checkpoints/a", "/etc")),
    Spoiled("a link for a secret", link("submission_secret.txt", "timestamp.txt"), NO_FILE),
    Spoiled("a folder of no name", file(" /a", b"")),
    Spoiled("a name with a percent sign", file("..%2f..%2fa", b"")),
    Spoiled("settings", file("nbgrader_config.py", b"raise SystemExit('run')")),
    Spoiled("a link for a notebook", link(FILE, "/etc/passwd"), NO_FILE),
    Spoiled("a folder for a notebook", folder_for(FILE)),
    Spoiled("a folder for a date", folder_for("timestamp.txt")),
    Spoiled("a folder for a secret", folder_for("submission_secret.txt")),
    Spoiled("a name in no letters", file("\udcff\udcfe.csv", b"x")),
    Spoiled("a name with lines", file("a\n[ERROR] b\x1b[2J.csv", b"x")),
    Spoiled("a very long name", file("x" * 251 + ".csv", b"x")),
    # What nbgrader reads of it.
    Spoiled("a date that is garbage", file("timestamp.txt", b"garbage")),
    Spoiled("a date that is a file of zones", file("timestamp.txt", date(2, 0, "/etc/passwd").encode())),
    Spoiled("a date in no letters", file("timestamp.txt", b"\xff\xfe\x00")),
    Spoiled("an earlier date inside", file("timestamp.txt", date(1, -999).encode())),
    Spoiled("an endless date", file("timestamp.txt", 90_000_000)),
    Spoiled("no date inside", without("timestamp.txt")),
    Spoiled("no secret", without("submission_secret.txt")),
]
# fmt: on
