"""Downloads as platforms make them."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

FIRST_DAY, SECOND_DAY = (2026, 3, 1, 12, 0, 0), (2026, 3, 8, 12, 0, 0)


def zipped(path: Path, files: Mapping[str, bytes | str], at: tuple[int, ...] = FIRST_DAY) -> Path:
    """A zip in which everything is of one moment: that of the download."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, at), content)
    return path


def csv_file(path: Path, lines: Iterable[Iterable[str]], **form: str) -> Path:
    encoding = form.pop("encoding", "utf-8")
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, **form).writerows(lines)
    return path


WORKSHEET = [
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
]


def worksheet_line(number: int, name: str, email: str, when: str, status: str = "") -> list[str]:
    status = status or "Submitted for grading"
    return [f"Participant {number}", name, email, status, "", "100.00", "Yes", when, "-"]


ROSTER = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Lab (71)"]
UNDER_IT = ["    Points Possible", "", "", "", "", "9"]
TESTER = ["Student, Test", "99", "", "f00d", "A", ""]


def roster_line(name: str, number: int, login: str) -> list[str]:
    return [name, str(number), f"s{number}", login, "A", ""]
