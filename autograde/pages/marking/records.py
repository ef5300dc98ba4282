"""Who marked what, and by which items of the rubric: a line for each mark, none is ever changed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Mark:
    """One mark of one person.

    Attributes
    ----------
    when, who : str
    grade : str
        nbgrader's id of what was marked; it stays when a student gets another name.
    about : dict
        Of which student, assignment, notebook and cell, for a person who reads it.
    score : float or None
    extra : float or None
    parts : list of float or None
        Of each item of the rubric, how much of its points was given; None for a mark without.
    """

    when: str
    who: str
    grade: str
    about: dict[str, str]
    score: float | None
    extra: float | None
    parts: list[float | None] | None


def place(root: Path) -> Path:
    """Where a course keeps its marks' history."""
    return root / "autograde" / "marks.jsonl"


def record(root: Path, grade: Any, who: str, parts: list[float | None] | None) -> Mark:
    """Add a line for what a grade of the gradebook has now."""
    submission = grade.notebook
    made = Mark(
        datetime.now(UTC).isoformat(timespec="seconds"),
        who,
        grade.id,
        {
            "student": submission.student.id,
            "assignment": submission.assignment.name,
            "notebook": submission.name,
            "cell": grade.name,
        },
        grade.manual_score,
        grade.extra_credit,
        parts,
    )
    place(root).parent.mkdir(parents=True, exist_ok=True)
    with place(root).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(made)) + "\n")
    return made


def last_marks(root: Path) -> Mapping[str, Mark]:
    """The last line of each grade, by its id; a line that was cut off counts for nothing."""
    found = {}
    if place(root).is_file():
        for line in place(root).read_text(encoding="utf-8").splitlines():
            try:
                mark = Mark(**json.loads(line))
            except (ValueError, TypeError):
                continue
            found[mark.grade] = mark
    return found
