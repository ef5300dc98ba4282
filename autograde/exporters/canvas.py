"""Grades for Canvas: Grades > Import.

Canvas asks for the columns Student, ID, SIS User ID, SIS Login ID and Section, in this order, then
one for each assignment, and under them a line "Points Possible". See "How do I import grades in
the Gradebook?" in Canvas's instructor guide. As its importer reads a line
(``lib/gradebook_importer.rb``), a person is found by ID, else by SIS User ID, else by SIS Login ID,
else by a name that is equal; an assignment by the number in ``Title (number)``, else by a title
that is equal, else it is a new one, and Canvas asks.

IDs are Canvas's own, so the safe way is to download its gradebook first and name the file:
``--CanvasExporter.roster=Grades.csv``. People and titles are then copied from there.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from traitlets import Enum, Unicode

from autograde.base.errors import AutogradeError
from autograde.base.spreadsheets import read_spreadsheet
from autograde.exporters.base import Platform, harmless, identified, points

PEOPLE = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]

POINTS = "Points Possible"


class CanvasExporter(Platform):
    """``nbgrader export --exporter=autograde.exporters.canvas.CanvasExporter``."""

    file = "canvas.csv"

    roster = Unicode(help="the CSV that Canvas exported: Grades > Export").tag(config=True)

    login = Enum(
        ["id", "email"],
        default_value="id",
        help="what of a student in the gradebook is Canvas's SIS Login ID",
    ).tag(config=True)

    def header(self, assignments: Sequence[Any]) -> list[list[str]]:
        """The names of the columns, and the points."""
        return [
            PEOPLE + [self.title(each) for each in assignments],
            [f"    {POINTS}", "", "", "", ""] + [points(each.max_score) for each in assignments],
        ]

    def title(self, assignment: Any) -> str:
        """An assignment as the roster calls it: with Canvas's number."""
        title = super().title(assignment)
        if not self.roster:
            return title
        there = [
            each for each in read(self.roster)[0] if each == title or bare(each) == bare(title)
        ]
        return there[0] if len(there) == 1 else title

    def lines(self, students: Sequence[Any], notes: list[str]) -> Iterator[tuple[Any, list[str]]]:
        """Students whom Canvas can find."""
        if self.roster:
            yield from self.copied(students, notes)
            return
        keys = [getattr(each, self.login) for each in students]
        numbers = [canvas_id(each) for each in students]
        often = Counter(numbers)
        ids = dict(zip((each.id for each in students), numbers, strict=True))
        for student, key in identified(students, keys, "SIS login ID", notes):
            # Canvas looks at the ID first: one that two have would give both scores to one.
            number = ids[student.id] if often[ids[student.id]] == 1 else ""
            yield student, [name(student), number, "", key, ""]

    def copied(self, students: Sequence[Any], notes: list[str]) -> Iterator[tuple[Any, list[str]]]:
        """Students with the roster's cells, each found by an ID or a login that is one person's."""
        _, rows = read(self.roster)
        file = Path(self.roster).name
        found = {each.id: places(each, rows) for each in students}
        often = Counter(each[0] for each in found.values() if len(each) == 1)
        for student in students:
            mine = found[student.id]
            if len(mine) != 1:
                notes.append(
                    f"left out: {student.id} is {'several people' if mine else 'nobody'} in {file}"
                )
            elif often[mine[0]] > 1:
                notes.append(f"left out: {student.id} is the same person in {file} as another")
            else:
                yield student, [harmless(rows[mine[0]][each]) for each in PEOPLE]


def places(student: Any, rows: Sequence[dict[str, str]]) -> list[int]:
    """Who a student may be in the roster: by the ID, or else by a login."""
    number = canvas_id(student)
    mine = {each.casefold() for each in (student.id, student.email) if each}
    return [place for place, row in enumerate(rows) if number and row["ID"] == number] or [
        place
        for place, row in enumerate(rows)
        if {row["SIS User ID"].casefold(), row["SIS Login ID"].casefold()} & mine
    ]


def canvas_id(student: Any) -> str:
    """Canvas's number for a student; another platform's id that is none must not be taken for one.

    Canvas reads 0101 as 101.
    """
    number = (student.lms_user_id or "").strip()
    return str(int(number)) if number.isascii() and number.isdecimal() else ""


def name(student: Any) -> str:
    """A student as Canvas sorts them; the line with the points is known by its first cell."""
    text = ", ".join(each for each in (student.last_name, student.first_name) if each)
    return harmless("" if POINTS in text else text)


def bare(title: str) -> str:
    """A column's title without Canvas's number."""
    return re.sub(r"\s*\(\d+\)$", "", title).strip()


def read(path: str) -> tuple[list[str], list[dict[str, str]]]:
    """The columns after the people, and the people, of a gradebook that Canvas exported."""
    rows = read_spreadsheet(Path(path), "the roster")
    head = rows[0] if rows else []
    missing = [each for each in PEOPLE if each not in head and not each.startswith("SIS")]
    if missing:
        raise AutogradeError(
            f"the roster {path} has no column {missing[0]}: download it in Canvas with Grades >"
            " Export"
        )
    people = [
        {each: row[head.index(each)] if each in head else "" for each in PEOPLE}
        for row in rows[1:]
        if len(row) >= len(PEOPLE) - 2 and POINTS not in row[0] and any(map(str.strip, row[:2]))
    ]
    return head[head.index("Section") + 1 :], people
