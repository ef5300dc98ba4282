"""Who of the gradebook is meant by a person in a platform's list, or by a name."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook

from autograde.exporters.canvas import canvas_id
from autograde.gradebook.exchange import a_name
from autograde.platforms.people import Person


@dataclass(frozen=True)
class ClassList:
    """The students of the gradebook."""

    students: list[Person]

    def like(self, person: Person) -> list[str]:
        """Who a person of a list may be: also by the name, where nothing speaks against it."""
        return self.known_as(person) or [
            each.id
            for each in self.students
            if each.words == person.words
            and person.words
            and not (each.email and person.email)
            and not (each.number and person.number)
        ]

    def known_as(self, person: Person) -> list[str]:
        """Who a person of a list is by the platform's number, or else by a login."""
        return [
            each.id for each in self.students if each.number and each.number == person.number
        ] or [each.id for each in self.students if each.logins & person.logins]

    def bare(self, person: Person) -> list[str]:
        """Who may be a person because the address begins with the id, and no more is known."""
        start = person.email.casefold().partition("@")[0]
        return [
            each.id
            for each in self.students
            if start == each.id.casefold() and not each.words and not each.email
        ]

    def named(self, words: tuple[str, ...]) -> list[str]:
        """Who has a name."""
        return [each.id for each in self.students if words and each.words == words]

    def who(self, people: Mapping[str, Person]) -> dict[str, list[str]]:
        """For each key who it may be; two of a list are never the same one."""
        found = {key: self.like(person) for key, person in people.items()}
        often = Counter(ids[0] for ids in found.values() if len(ids) == 1)
        return {
            key: ids if len(ids) != 1 or often[ids[0]] == 1 else [ids[0], ids[0]]
            for key, ids in found.items()
        }


def class_list(gradebook: Gradebook) -> ClassList:
    """Read the gradebook's students."""
    return ClassList([student_of(each) for each in gradebook.students])


def student_of(student: Any) -> Person:
    """A student of the gradebook."""
    logins = [each.casefold() for each in (student.id, student.email) if each]
    return Person(
        student.id,
        student.first_name or "",
        student.last_name or "",
        email=student.email or "",
        number=canvas_id(student) or student.lms_user_id or "",
        logins=frozenset(logins),
    )


@dataclass
class Imported:
    """What became of a class list."""

    added: list[str]
    changed: list[str]
    left_out: list[str]
    """Sentences."""


def import_people(gradebook: Gradebook, people: Iterable[Person]) -> Imported:
    """Enter people into the gradebook; nobody becomes two, and nothing that is known is lost."""
    done = Imported([], [], [])
    known = class_list(gradebook)
    for person in people:
        ids = {each.id for each in known.students}
        same = [person.id] if person.id in ids else known.known_as(person) or known.bare(person)
        details = {
            "first_name": person.first or (person.name if not person.last else ""),
            "last_name": person.last,
            "email": person.email,
            "lms_user_id": person.number,
        }
        details = {name: value for name, value in details.items() if value}
        if not a_name(person.id) or "/" in person.id:
            done.left_out.append(f"{person.name or person.id or 'a line'} has no usable id")
        elif not same:
            gradebook.add_student(person.id, **details)
            done.added.append(person.id)
            known.students.append(student_of(gradebook.find_student(person.id)))
        elif same != [person.id]:
            done.left_out.append(
                f"{person.id} seems to be {' or '.join(same)}, whom the gradebook has; if so:"
                f" python -m autograde students rename {same[0]} {person.id}"
            )
        else:
            student = gradebook.find_student(person.id)
            if any(getattr(student, name) != value for name, value in details.items()):
                gradebook.update_or_create_student(person.id, **details)
                done.changed.append(person.id)
    return done
