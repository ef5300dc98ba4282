"""Lists of people: Excel's, Canvas's gradebook, Moodle's participants and grading worksheet."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autograde.base.dates import date_of
from autograde.base.errors import AutogradeError
from autograde.base.spreadsheets import read_spreadsheet
from autograde.exporters.canvas import PEOPLE, read

HEADS = {
    "id": ("id", "username", "user name", "login", "student id", "student_id", "benutzername"),
    "number": ("lms_user_id", "id number", "idnumber", "id-nummer", "matrikelnummer"),
    "first": ("first_name", "first name", "firstname", "given name", "vorname", "prénom"),
    "last": ("last_name", "last name", "lastname", "surname", "family name", "nachname", "nom"),
    "name": ("full name", "fullname", "name", "vollständiger name"),
    "email": ("email", "email address", "e-mail", "e-mail-adresse", "mail"),
}
"""What the columns of a class list are called, in small letters."""

TEST_STUDENT = "Student, Test"
"""The person as whom a teacher tries Canvas out."""

Columns = Mapping[str, str]
"""The head of a column for a field of `HEADS`, where it is called otherwise."""


@dataclass(frozen=True)
class Person:
    """Somebody in the gradebook, or in a list of a learning platform."""

    id: str
    """What nbgrader calls the student, or is to."""
    first: str = ""
    last: str = ""
    name: str = ""
    """In full, where the list does not take it apart."""
    email: str = ""
    number: str = ""
    """The platform's: nbgrader's ``lms_user_id``."""
    logins: frozenset[str] = frozenset()
    """All by which the person may be known, in small letters."""

    @property
    def words(self) -> tuple[str, ...]:
        """The name for comparing."""
        return words_of(self.name or f"{self.first} {self.last}")


@dataclass(frozen=True)
class Row:
    """One line of Moodle's grading worksheet."""

    person: Person
    late: bool
    when: datetime | None
    """When the submission was last changed, in UTC; None if that cannot be read."""


def words_of(name: str) -> tuple[str, ...]:
    """A name in any order, without what platforms drop from names of files."""
    text = unicodedata.normalize("NFC", name).casefold()
    words = ("".join(filter(str.isalnum, each)) for each in re.split(r"[\s,_]+", text))
    return tuple(sorted(filter(None, words)))


def read_people(path: Path, columns: Columns) -> list[Person]:
    """Read a class list of any of these forms."""
    lines = read_spreadsheet(path, "the class list")
    head = lines[0] if lines else []
    if {"Student", "ID", "Section"} <= set(head) and not columns:
        return list(read_roster(path).values())
    if not columns and is_worksheet(lines):
        return [row.person for row in read_worksheet(path, "").values()]
    return from_table(path, lines, columns)


def from_table(path: Path, lines: Sequence[Sequence[str]], columns: Columns) -> list[Person]:
    """People of a table whose columns are found by their heads."""
    head = [each.casefold() for each in lines[0]] if lines else []
    if absent := [each for each in columns.values() if each.casefold() not in head]:
        raise AutogradeError(f"{path} has no column {absent[0]}; it has {', '.join(lines[0])}")
    places = {
        field: next((head.index(each) for each in names if each in head), None)
        for field, names in {
            **HEADS,
            **{field: (each.casefold(),) for field, each in columns.items()},
        }.items()
    }
    if not any(places[each] is not None for each in ("id", "email", "number")):
        raise AutogradeError(
            f"{path} has no column that says who a person is; it has"
            f" {', '.join(lines[0]) if lines else 'none'}. Say which it is with --column"
            " id=HEAD, and others with email=, number=, first=, last=, name="
        )
    return [
        person_of({field: cell(line, place) for field, place in places.items()})
        for line in lines[1:]
        if any(line)
    ]


def cell(line: Sequence[str], place: int | None) -> str:
    """A cell of a line that may be too short."""
    return line[place] if place is not None and place < len(line) else ""


def person_of(fields: Mapping[str, str]) -> Person:
    """A person with all by which the list knows them; the id is what there is first of it."""
    known = [fields.get(each, "") for each in ("id", "email", "number")]
    first, last, name, email, number = (
        fields.get(each, "") for each in ("first", "last", "name", "email", "number")
    )
    logins = frozenset(each.casefold() for each in known if each)
    return Person(next(filter(None, known), ""), first, last, name, email, number, logins)


def read_roster(path: Path) -> dict[str, Person]:
    """The people in Canvas's gradebook by Canvas's number, which is in the names of files."""
    found = {}
    for row in read(str(path))[1]:
        name, number, sis, login, _ = (row[each] for each in PEOPLE)
        if name == TEST_STUDENT or not number:
            continue
        last, _, first = name.rpartition(", ")
        logins = [each for each in (login, sis) if each]
        found[number] = Person(
            (*logins, number)[0],
            first,
            last,
            email=next((each for each in logins if "@" in each), ""),
            number=number,
            logins=frozenset(each.casefold() for each in logins),
        )
    return found


def made_up_students(path: Path) -> set[str]:
    """The numbers of whom Canvas made for trying out."""
    return {row["ID"] for row in read(str(path))[1] if row["Student"] == TEST_STUDENT}


def is_worksheet(lines: Sequence[Sequence[str]]) -> bool:
    """Whether these are the lines of Moodle's grading worksheet, in any language."""
    return len(lines) > 1 and all(
        len(line) > 2 and re.fullmatch(r"\D*\s\d+", line[0]) for line in lines[1:] if any(line)
    )


def read_worksheet(path: Path, zone: str) -> dict[str, Row]:
    """The lines of Moodle's grading worksheet by the number that is in the names of files.

    Parameters
    ----------
    path : Path
    zone : str
        The time zone of its dates; empty for this computer's.
    """
    lines = read_spreadsheet(path, "the worksheet")
    if not is_worksheet(lines):
        raise AutogradeError(
            f"{path} is no grading worksheet: its first column should be 'Participant 912345' and"
            " the like; download it in Moodle with View all submissions > Grading action"
        )
    try:
        there = ZoneInfo(zone) if zone else None
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise AutogradeError(f"there is no time zone {zone}; say it as in Europe/Berlin") from None
    head = [each.casefold() for each in lines[0]]
    status = next((place for place, each in enumerate(head) if each == "status"), None)
    when = next((place for place, each in enumerate(head) if "(submission)" in each), None)
    people = from_table(path, worksheet_columns(lines), {})
    return {
        line[0].split()[-1]: Row(
            person,
            bool(re.search(r"\blate\b", cell(line, status))),
            moodle_date(cell(line, when), there),
        )
        for line, person in zip([each for each in lines[1:] if any(each)], people, strict=True)
    }


def worksheet_columns(lines: Sequence[Sequence[str]]) -> list[list[str]]:
    """The worksheet with heads that are known: a site's language may have others."""
    head = list(lines[0])
    known = {each for names in HEADS.values() for each in names}
    if len(head) > 1 and head[1].casefold() not in known:
        head[1] = "name"
    for place, each in enumerate(head):
        addresses = [cell(line, place) for line in lines[1:] if cell(line, place)]
        if each.casefold() not in known and addresses and all("@" in one for one in addresses):
            head[place] = "email"
            break
    return [head, *(list(line) for line in lines[1:])]


def moodle_date(text: str, zone: ZoneInfo | None) -> datetime | None:
    """A date such as "Monday, 30 November 2026, 9:46 PM"; other languages' are not read."""
    when = date_of(text)
    return when and when.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
