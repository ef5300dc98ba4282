"""Who handed something in, as far as the platform's files and the gradebook say."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from autograde.platforms.class_list import ClassList
from autograde.platforms.file_names import File, Reader, canvas, moodle
from autograde.platforms.people import Person, Row, words_of

NOBODY = "nobody of that name"
SEVERAL = "several of that name"
NOT_LISTED = "missing from the class list"
TEST = "Canvas's test student"


@dataclass(frozen=True)
class Unknown:
    """Why it is not known whose something is."""

    kind: str
    sentence: str


def one_of(ids: list[str], none: Unknown, several: str) -> str | Unknown:
    """The only one of some students."""
    if len(ids) == 1:
        return ids[0]
    return Unknown(SEVERAL, several) if ids else none


@dataclass(frozen=True)
class Moodle:
    """Moodle's download, with its grading worksheet if there is one."""

    known: ClassList
    worksheet: Mapping[str, Row] = field(default_factory=dict)
    reader: Reader = moodle
    name: str = "moodle"

    @cached_property
    def students(self) -> dict[str, list[str]]:
        """Who the lines of the worksheet may be."""
        return self.known.who({key: row.person for key, row in self.worksheet.items()})

    def whose(self, file: File) -> str | Unknown:
        """Whose a file is."""
        words, called = words_of(file.person), file.person
        if not self.worksheet:
            return one_of(
                self.known.named(words),
                Unknown(NOBODY, f"nobody in the gradebook is called {called}"),
                f"several are called {called}; with --worksheet they are told apart",
            )
        row = self.worksheet.get(file.key)
        if row is None:
            return Unknown(
                NOBODY, f"the worksheet has no {file.key} ({called}); is it of this assignment?"
            )
        name = row.person.name
        if words != row.person.words and any(
            words == each.person.words for each in self.worksheet.values()
        ):
            return Unknown(NOBODY, f"the worksheet says that {file.key} is {name}, not {called}")
        about = f"{name}{f' ({row.person.email})' if row.person.email else ''}"
        return one_of(
            self.students[file.key],
            Unknown(NOT_LISTED, f"{about} is not in the gradebook"),
            f"{about} may be several in the gradebook, which needs their addresses",
        )

    def late(self, file: File) -> bool:
        """Whether Moodle says so."""
        return file.key in self.worksheet and self.worksheet[file.key].late

    def when(self, file: File) -> datetime | None:
        """When it was handed in."""
        return self.worksheet[file.key].when if file.key in self.worksheet else None


@dataclass(frozen=True)
class Canvas:
    """Canvas's download, with its gradebook, which knows the numbers."""

    known: ClassList
    roster: Mapping[str, Person]
    tests: Collection[str] = ()
    """The numbers of those who are there for trying out."""
    reader: Reader = canvas
    name: str = "canvas"

    @cached_property
    def students(self) -> dict[str, list[str]]:
        """Who the people of the roster may be."""
        return self.known.who(self.roster)

    def whose(self, file: File) -> str | Unknown:
        """Whose a file is."""
        if file.key in self.tests:
            return Unknown(TEST, file.label)
        person = self.roster.get(file.key)
        if person is None:
            return Unknown(NOBODY, f"the roster has no {file.key} ({file.person})")
        about = f"{person.first} {person.last} ({person.id})".strip()
        return one_of(
            self.students[file.key],
            Unknown(NOT_LISTED, f"{about} is not in the gradebook"),
            f"{about} may be several in the gradebook, or one who is others of the roster as well",
        )

    def late(self, file: File) -> bool:
        """Whether Canvas says so."""
        return file.late

    def when(self, file: File) -> datetime | None:
        """Canvas does not say it."""
        return None


@dataclass(frozen=True)
class Folder:
    """Files that came by another way."""

    known: ClassList
    reader: Reader
    name: str = "folder"

    def whose(self, file: File) -> str | Unknown:
        """Whose a file is; where the gradebook has no students yet, the name is believed."""
        key = file.key.casefold()
        ids = [each.id for each in self.known.students if key in each.logins]
        if not ids and not self.known.students:
            ids = [file.key]
        return one_of(
            ids or self.known.named(words_of(file.person)),
            Unknown(NOT_LISTED, f"{file.person} is not in the gradebook"),
            f"{file.person} may be several in the gradebook",
        )

    def late(self, file: File) -> bool:
        """Nobody says so."""
        return False

    def when(self, file: File) -> datetime | None:
        """Nobody says it."""
        return None


Source = Moodle | Canvas | Folder
