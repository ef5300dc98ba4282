"""Which mistakes a class made, by the codes of the checker, and what to teach next."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from autograde.jail.worker import PASSED, WRONG
from autograde.reporting.contents import PAGE, sections
from autograde.reporting.entries import Entry, Group
from course_utils.checker import codes

SHARED = 3
NO_ANSWER = "not-filled-in"


@dataclass(frozen=True)
class Mistake:
    """One mistake, all over the assignment.

    Attributes
    ----------
    code : str
        As the checker gave it; in parentheses how the test ended where it gave no code.
    meaning : str
    count : int
        In how many answers.
    students : tuple of str
    exercises : dict
        In how many answers to each exercise, by its title.
    example : str
        What the checker said of one of them.
    section : str
        Where there is more about it.
    taught : str
        The notebooks that teach it.
    teachable : bool
        Whether it names a mistake, and not only that something is wrong.
    """

    code: str
    meaning: str
    count: int
    students: tuple[str, ...]
    exercises: dict[str, int]
    example: str
    section: str
    taught: str
    teachable: bool

    def as_dict(self, *, names: bool) -> dict[str, Any]:
        """Everything for the JSON report, the students only if asked."""
        found = asdict(self)
        found["students"] = list(self.students) if names else len(self.students)
        return found


def mistakes_of(group: Group) -> list[Mistake]:
    """Return what cost points, that of the most students first."""
    by_code: dict[str, list[Entry]] = {}
    for entry in group.mistaken:
        by_code.setdefault(label_of(entry), []).append(entry)
    named = {question.name: question.title for question in group.questions}
    found = [_mistake(label, entries, named) for label, entries in by_code.items()]
    return sorted(found, key=lambda each: (-len(each.students), -each.count, each.code))


def label_of(entry: Entry) -> str:
    """Return what a mistake is counted under."""
    if entry.code:
        return entry.code
    return "(no name)" if entry.verdict in (PASSED, WRONG) else f"({entry.verdict or 'not kept'})"


def _mistake(label: str, entries: Sequence[Entry], titles: dict[str, str]) -> Mistake:
    known = codes.find(label)
    has_section = known is not None and known.name in codes.CODES
    return Mistake(
        code=label,
        meaning=known.meaning if known else "The test gave no name to it.",
        count=len(entries),
        students=tuple(sorted({each.student for each in entries})),
        exercises=dict(Counter(titles[each.question] for each in entries).most_common()),
        example=next((each.says for each in entries if each.says), ""),
        section=f"{PAGE}#{known.slug}" if known and has_section else "",
        taught=taught().get(known.slug, "") if known and has_section else "",
        teachable=known is not None and not known.is_general and label != NO_ANSWER,
    )


def teach_next(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Return the named mistakes that most students share: three at most, none of a single one."""
    shared = [each for each in mistakes if each.teachable and len(each.students) > 1]
    return shared[:SHARED]


@cache
def taught() -> dict[str, str]:
    """Return the notebooks that teach each section of the page on diagnoses, as it says itself."""
    found = {}
    for heading, section in sections().items():
        line = re.search(r"^\*Where it is taught\.\* (.+?)\.$", section, re.MULTILINE)
        found[heading] = line[1].replace("`", "") if line else ""
    return found
