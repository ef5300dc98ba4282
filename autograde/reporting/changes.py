"""What has changed since the last report, which leaves behind what it found."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from autograde.base.writing import write_whole
from autograde.course.course import Course
from autograde.reporting.entries import NOT_GRADED, Group
from autograde.reporting.mistakes import label_of

Found = dict[str, dict[str, list[str]]]
"""State and mistake, by student and exercise."""


@dataclass
class Changes:
    """What is another than in the last report.

    Attributes
    ----------
    since : str
        When that was; "" if there was none.
    new, gone : int
        Submissions that were not graded then and are now, and the other way round.
    exercises : dict
        How often an exercise went from one state to another, as ``"wrong -> right"``, by title;
        only of submissions that were graded both times.
    mistakes : dict
        In how many answers each mistake was and is, where that differs.
    """

    since: str = ""
    new: int = 0
    gone: int = 0
    exercises: dict[str, dict[str, int]] = field(default_factory=dict)
    mistakes: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether there is a difference."""
        return bool(self.new or self.gone or self.exercises or self.mistakes)


def found_in(group: Group) -> Found:
    """Return what is remembered of a report."""
    codes = {(each.student, each.question): label_of(each) for each in group.mistaken}
    return {
        student: {
            name: [entry.state, codes.get((student, name), "")] for name, entry in entries.items()
        }
        for student, entries in group.entries.items()
    }


def changes(group: Group, before: Found, since: str) -> Changes:
    """Compare with an earlier report."""
    now = found_in(group)
    then = {student for student in before if _is_graded(before[student])}
    today = {student for student in now if _is_graded(now[student])}
    result = Changes(since, len(today - then), len(then - today))
    for question in group.questions:
        steps = Counter(
            f"{old} -> {new}"
            for student in sorted(then & today)
            for old in [before[student].get(question.name, [NOT_GRADED])[0]]
            for new in [now[student][question.name][0]]
            if old != new
        )
        if steps:
            result.exercises[question.title] = dict(steps)
    old, new = _mistakes(before), _mistakes(now)
    result.mistakes = {
        code: (old[code], new[code]) for code in sorted({*old, *new}) if old[code] != new[code]
    }
    return result


def _is_graded(entries: dict[str, list[str]]) -> bool:
    return any(state != NOT_GRADED for state, _ in entries.values())


def _mistakes(found: Found) -> Counter[str]:
    return Counter(code for each in found.values() for _, code in each.values() if code)


def changes_since_last(course: Course, group: Group, now: datetime) -> Changes:
    """Compare with the last report, and be the last one from now on."""
    path = course.root / "autograde" / "reports" / f"{group.assignment}.json"
    last = _read(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"at": f"{now:%Y-%m-%d %H:%M} UTC", "found": found_in(group)}
    write_whole(path, json.dumps(content))
    return changes(group, last["found"], last["at"]) if last else Changes()


def _read(path: Path) -> dict[str, Any] | None:
    """Return what the last report left; None if it is not there or is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {"at": str(content["at"]), "found": dict(content["found"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
