"""Who is late, and what it costs, by the deadline and the scores as they are when somebody asks.

nbgrader computes a penalty when it grades. A deadline that is moved afterwards, or a mark given by
hand, would not change it; so it is computed here again wherever a score is read.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties

from autograde.base.writing import write_whole

Penalty = Callable[[str, float, float], float | None]
"""Of a student, a notebook's score and the seconds it is late: the points to take off."""


@dataclass(frozen=True)
class Deadline:
    """Until when an assignment is to be handed in."""

    due: datetime | None = None
    later: dict[str, datetime] = field(default_factory=dict)
    """By student, who has until then."""

    def of(self, student: str) -> datetime | None:
        """One student's: a deadline that is moved takes no time away."""
        return self.due and max(self.due, self.later.get(student, self.due))

    def seconds_late(self, student: str, when: datetime | None) -> float:
        """By how much; without a date or a deadline nobody is late."""
        due = self.of(student)
        return max(0.0, (when - due).total_seconds()) if when and due else 0.0


def deadline_in(gradebook: Gradebook, root: Path, assignment: str) -> Deadline:
    """Read the deadline of the gradebook, and who has more time, there or by ``due``."""
    try:
        due: datetime | None = gradebook.find_assignment(assignment).duedate
    except MissingEntry:
        return Deadline()
    later = read_extensions(root).get(assignment, {})
    for each in gradebook.assignment_submissions(assignment):
        if each.extension and due:
            until, student = due + each.extension, each.student.id
            later[student] = max(until, later.get(student, until))
    return Deadline(due, later)


def place(root: Path) -> Path:
    """Where it is kept who has more time: nbgrader can only do so after the work came in."""
    return root / "autograde" / "extensions.json"


def read_extensions(root: Path) -> dict[str, dict[str, datetime]]:
    """Until when, by assignment and student."""
    if not place(root).is_file():
        return {}
    kept = json.loads(place(root).read_text(encoding="utf-8"))
    return {
        name: {student: datetime.fromisoformat(until) for student, until in each.items()}
        for name, each in kept.items()
    }


def write_extensions(root: Path, extensions: dict[str, dict[str, datetime]]) -> None:
    """Keep them."""
    dates = {
        name: {student: until.isoformat() for student, until in sorted(each.items())}
        for name, each in sorted(extensions.items())
        if each
    }
    write_whole(place(root), json.dumps(dates, indent=1) + "\n")


def late_penalty(config: Any) -> Penalty:
    """What is taken off for being late, as the course's plugin says."""
    step = AssignLatePenalties(config=config)
    step.init_plugin()

    def penalty(student: str, score: float, seconds: float) -> float | None:
        if seconds <= 0:
            return None
        found = step.plugin_inst.late_submission_penalty(student, score, seconds)
        if found is None:
            return None
        return float(step._check_late_penalty(SimpleNamespace(score=score), found))

    return penalty


def settle(gradebook: Gradebook, config: Any, assignment: str) -> None:
    """Write what each submission loses by now, for what nbgrader itself then reads."""
    deadline = deadline_in(gradebook, Path(config.CourseDirectory.get("root", ".")), assignment)
    penalty = late_penalty(config)
    changed = False
    for submission in gradebook.assignment_submissions(assignment):
        student = submission.student.id
        late = deadline.seconds_late(student, submission.timestamp)
        for notebook in submission.notebooks:
            now = penalty(student, notebook.score, late)
            if notebook.late_submission_penalty != now:
                notebook.late_submission_penalty = now
                changed = True
    if changed:
        gradebook.db.commit()
