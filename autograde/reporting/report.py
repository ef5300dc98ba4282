"""The report on one assignment, for a terminal, a page or a program."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from autograde.course.course import Course
from autograde.reporting.alike import ALIKE, Pair, alike, most_shared
from autograde.reporting.changes import Changes, changes_since_last
from autograde.reporting.entries import STATES, Entry, Group, group_of
from autograde.reporting.figures import FEWEST, Figures, figures_of
from autograde.reporting.mistakes import Mistake, mistakes_of, teach_next

DISCRIMINATION = (
    "Discrimination is Pearson's correlation between the score in an exercise and the sum of the"
    " scores in the others that are graded for the same students. With fewer than"
    f" {FEWEST} students, or where all have the same score, there is none."
)
SHARE = "Of the points: their mean share, of those who are graded; blank answers count as 0."


@dataclass(frozen=True)
class Report:
    """What a class did, at one time."""

    at: str
    group: Group
    figures: list[Figures]
    mistakes: list[Mistake]
    pairs: list[Pair]
    changes: Changes

    @property
    def graded(self) -> int:
        """How many submissions are graded."""
        return len(self.group.answers)

    @property
    def teach_next(self) -> list[Mistake]:
        """The mistakes that most students share."""
        return teach_next(self.mistakes)

    @property
    def derivations(self) -> list[Figures]:
        """The exercises that a person marks."""
        return [each for each in self.figures if each.by_hand]

    @property
    def about_pairs(self) -> str:
        """What it means that answers are alike, and what it does not."""
        return (
            f"At least {ALIKE:.0%} of what is left of both is the same, without given text, own"
            f" names, and what more than {most_shared(self.graded)} students wrote. Right answers"
            " are alike by nature, so this is worth a look, and says nothing by itself."
        )

    def as_dict(self, *, names: bool) -> dict[str, Any]:
        """Everything for machines; who it was only if asked."""
        pairs = [asdict(each) for each in self.pairs]
        return {
            "assignment": self.group.assignment,
            "at": self.at,
            "enrolled": self.group.enrolled,
            "submissions": len(self.group.entries),
            "graded": self.graded,
            "notes": self.group.notes,
            "discrimination": DISCRIMINATION,
            "exercises": [each.as_dict() for each in self.figures],
            "mistakes": [each.as_dict(names=names) for each in self.mistakes],
            "teach_next": [each.code for each in self.teach_next],
            "alike": pairs if names else [{"share": each["share"]} for each in pairs],
            "about_alike": self.about_pairs,
            "changes": asdict(self.changes),
            **({"students": self._students()} if names else {}),
        }

    def _students(self) -> dict[str, Any]:
        return {
            student: {name: _shown(entry) for name, entry in entries.items()}
            for student, entries in self.group.entries.items()
        }


def _shown(entry: Entry) -> dict[str, Any]:
    kept = ("state", "score", "verdict", "code", "waits")
    return {name: getattr(entry, name) for name in kept}


def report_on(course: Course, assignment: str, now: datetime) -> Report:
    """Read what there is now, and compare with the last time."""
    group = group_of(course, assignment)
    return Report(
        f"{now:%Y-%m-%d %H:%M} UTC",
        group,
        figures_of(group),
        mistakes_of(group),
        alike(group),
        changes_since_last(course, group, now),
    )


__all__ = ["DISCRIMINATION", "SHARE", "STATES", "Report", "report_on"]
