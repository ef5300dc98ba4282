"""What the gradebook has of one submission, and the rows that it is kept in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nbgrader import api

ASSIGNMENT = api.Assignment.__table__
NOTEBOOK = api.Notebook.__table__
CELL = api.BaseCell.__table__
GRADED_CELL = api.GradeCell.__table__
TASK_CELL = api.TaskCell.__table__
ANSWER_CELL = api.SolutionCell.__table__
STUDENT = api.Student.__table__
SUBMISSION = api.SubmittedAssignment.__table__
SUBMITTED = api.SubmittedNotebook.__table__
GRADE = api.Grade.__table__
COMMENT = api.Comment.__table__


@dataclass(frozen=True)
class BookCell:
    """One row that each submission has a grade, a comment or both for."""

    id: str
    name: str
    max_score: float | None
    """None where nothing is graded."""
    commented: bool
    by_hand: bool
    """Whether a person marks what has this name."""


@dataclass
class Score:
    """One row of the table of grades."""

    id: str
    auto_score: float | None = None
    manual_score: float | None = None
    extra_credit: float | None = None
    needs_manual_grade: bool = True

    @property
    def points(self) -> float:
        """A person's mark goes before the tests', and extra credit on top of either."""
        marked = self.auto_score if self.manual_score is None else self.manual_score
        return 0.0 if marked is None else marked + (self.extra_credit or 0.0)


@dataclass
class Remark:
    """One row of the table of comments."""

    id: str
    auto_comment: str | None = None


@dataclass
class Submitted:
    """One submitted notebook; its rows by the id of the cell that they are about."""

    id: str
    grades: dict[str, Score] = field(default_factory=dict)
    comments: dict[str, Remark] = field(default_factory=dict)
    penalty: float | None = None

    @property
    def points(self) -> float:
        """Before any penalty."""
        return sum(each.points for each in self.grades.values())


@dataclass
class Entry:
    """One submission; its notebooks by name."""

    id: str
    timestamp: datetime | None
    notebooks: dict[str, Submitted] = field(default_factory=dict)


Rows = dict[Any, dict[str, dict[str, Any]]]
"""By table, then by their id."""


def rows(assignment: str, notebooks: Mapping[str, str], student: str, entry: Entry) -> Rows:
    """Every row of one submission, as it should be; ids of the assignment and the notebooks."""
    found: Rows = {SUBMISSION: {}, SUBMITTED: {}, GRADE: {}, COMMENT: {}}
    found[SUBMISSION][entry.id] = {
        "id": entry.id,
        "assignment_id": assignment,
        "student_id": student,
        "timestamp": entry.timestamp,
    }
    for name, submitted in entry.notebooks.items():
        found[SUBMITTED][submitted.id] = {
            "id": submitted.id,
            "assignment_id": entry.id,
            "notebook_id": notebooks[name],
            "late_submission_penalty": submitted.penalty,
        }
        for cell_id, score in submitted.grades.items():
            found[GRADE][score.id] = {
                "id": score.id,
                "notebook_id": submitted.id,
                "cell_id": cell_id,
                "auto_score": score.auto_score,
                "needs_manual_grade": score.needs_manual_grade,
            }
        for cell_id, remark in submitted.comments.items():
            found[COMMENT][remark.id] = {
                "id": remark.id,
                "notebook_id": submitted.id,
                "cell_id": cell_id,
                "auto_comment": remark.auto_comment,
            }
    return found
