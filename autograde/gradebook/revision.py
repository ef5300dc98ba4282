"""An assignment that was changed after it had been recorded: what is new, and the way to it.

nbgrader records an assignment once, and refuses cells that come or go as soon as somebody has
handed in. Here the gradebook follows: marks stay, in one transaction, or nothing happens.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader import api
from nbgrader.api import MissingEntry
from nbgrader.preprocessors import SaveCells

from autograde.base.errors import AutogradeError
from autograde.base.tables import points
from autograde.course.course import Course
from autograde.release.release import generate

KINDS = {
    "grade_cells": api.GradeCell,
    "solution_cells": api.SolutionCell,
    "task_cells": api.TaskCell,
    "source_cells": api.SourceCell,
}
"""What nbgrader keeps of a notebook: a derivation is of the first two, and all are of the last."""

KEPT = {"max_score": "points", "cell_type": "type", "source": "text", "locked": "text"}
"""What is kept of a cell, and what to call it."""

Cells = dict[str, dict[str, dict[str, Any]]]
"""What nbgrader would record now, by kind and grade_id."""


@dataclass
class Change:
    """What became of one cell, by its grade_id.

    Attributes
    ----------
    old, new : dict
        The rows of the gradebook and what would be recorded now, by kind; empty where the cell is
        not there.
    """

    notebook: str
    name: str
    old: dict[str, Any]
    new: dict[str, dict[str, Any]]

    @property
    def points(self) -> tuple[float | None, float | None]:
        """The points before and now; None where nothing is graded."""
        before = (each.max_score for each in self.old.values() if hasattr(each, "max_score"))
        now = (each["max_score"] for each in self.new.values() if "max_score" in each)
        return next(before, None), next(now, None)

    @property
    def marks(self) -> list[Any]:
        """The grades in which a person has entered a score."""
        return [
            grade
            for row in self.old.values()
            for grade in getattr(row, "grades", ())
            if grade.manual_score is not None
        ]

    @property
    def graded_otherwise(self) -> bool:
        """Whether the tests may give other points than they gave."""
        code = any(each.get("cell_type") == "code" for each in self.new.values())
        return code and (bool(self.old) or self.points[1] is not None)

    def __str__(self) -> str:
        before, now = self.points
        if not self.old:
            return "new" if now is None else f"new, {points(now)} points"
        if not self.new:
            return "removed" if before is None else f"removed, it had {points(before)} points"
        said = [] if before == now else [f"{_named(before)} before, {_named(now)} now"]
        if self.old.keys() != self.new.keys():
            said.append("of another kind")
        named = {word for row, other in self.pairs() for word in differing(row, other)}
        return ", ".join([*said, *(f"another {word}" for word in sorted(named - {"points"}))])

    def pairs(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """What was there and is there."""
        for kind in self.old.keys() & self.new.keys():
            yield self.old[kind], self.new[kind]


def _named(score: float | None) -> str:
    return "no points" if score is None else f"{points(score)} points"


def differing(row: Any, now: dict[str, Any]) -> set[str]:
    """What differs in a row and what would be recorded now."""
    return {
        word for field, word in KEPT.items() if field in now and getattr(row, field) != now[field]
    }


class Revision:
    """The difference of what is recorded and ``solutions/``; the gradebook is open until `close`.

    Parameters
    ----------
    course : Course
    assignment : str
    scratch : Path
        An empty folder, in which there is the fresh release then.

    Raises
    ------
    AutogradeError
        If the source has an error, or the assignment is not recorded.
    """

    def __init__(self, course: Course, assignment: str, scratch: Path) -> None:
        new = recorded_now(course, assignment, scratch)
        self.assignment = assignment
        self.release = scratch / assignment
        self.gradebook = course.gradebook()
        try:
            recorded = self.gradebook.find_assignment(assignment).notebooks
        except MissingEntry:
            self.close()
            raise AutogradeError(
                f"the gradebook has no {assignment}: it is recorded when it is first graded"
            ) from None
        self.old = {each.name: each for each in recorded}
        self.other_notebooks = sorted(self.old.keys() ^ new.keys())
        self.changes = [
            change
            for name in sorted(self.old.keys() & new.keys())
            for change in changes(self.old[name], new[name])
        ]

    def close(self) -> None:
        """Close the gradebook."""
        self.gradebook.close()

    @property
    def grades_again(self) -> bool:
        """Whether what is handed in has to be graded again."""
        return any(each.graded_otherwise and each.new for each in self.changes)

    def refuse(self, *, marks: str, drop: bool) -> None:
        """Stop if it cannot be done, or if marks would be lost or be too many without a word.

        Parameters
        ----------
        marks : str
            "keep", "scale" or "": what becomes of marks where the points are others.
        drop : bool
            Whether marks of cells that are gone may go with them.
        """
        if self.other_notebooks:
            raise AutogradeError(
                f"{self.assignment} has gained or lost a whole notebook"
                f" ({', '.join(self.other_notebooks)}); make that an assignment of its own"
            )
        for each in self.changes:
            before, now = each.points
            if not each.marks or before == now:
                continue
            count = f"{len(each.marks)} {'mark' if len(each.marks) == 1 else 'marks'} by hand"
            if now is None and not drop:
                raise AutogradeError(
                    f"'{each.name}' is graded no more, and has {count}: --drop-marks takes them"
                    " away (the backup has them)"
                )
            if now is not None and not marks:
                raise AutogradeError(
                    f"'{each.name}' has {count}, and {points(now)} points now instead of"
                    f" {_named(before)}: --marks keep leaves the marks as they are, --marks scale"
                    " makes them larger or smaller by as much"
                )
            if now is not None and marks == "keep":
                self._refuse_too_many(each, now)

    def _refuse_too_many(self, change: Change, now: float) -> None:
        most = max(grade.manual_score for grade in change.marks)
        if most > now:
            raise AutogradeError(
                f"'{change.name}' has a mark of {points(most)}, and {points(now)} points now:"
                " --marks scale makes the marks smaller by as much, or change it in the form grader"
            )

    def apply(self, marks: str) -> None:
        """Bring the gradebook to where ``solutions/`` is, in one transaction."""
        again = self.grades_again
        try:
            for each in self.changes:
                self._apply(each, marks)
            if again:
                self._to_be_graded()
            self.gradebook.db.commit()
        except BaseException:
            self.gradebook.db.rollback()
            raise

    def _apply(self, change: Change, marks: str) -> None:
        before, now = change.points
        if marks == "scale" and before and now is not None:
            for grade in change.marks:
                grade.manual_score *= now / before
        for row, fields in change.pairs():
            for field, value in fields.items():
                if field in (*KEPT, "checksum"):
                    setattr(row, field, value)
        for kind in change.old.keys() - change.new.keys():
            self._remove(change.old[kind])
        for kind in change.new.keys() - change.old.keys():
            row = KINDS[kind](name=change.name, **change.new[kind])
            self._add(self.old[change.notebook], row)

    def _remove(self, row: Any) -> None:
        for each in [*getattr(row, "grades", ()), *getattr(row, "comments", ())]:
            self.gradebook.db.delete(each)
        self.gradebook.db.delete(row)

    def _add(self, notebook: Any, row: Any) -> None:
        """Add a cell, and to each submission what nbgrader's `add_submission` would have added."""
        row.notebook = notebook
        self.gradebook.db.add(row)
        for submitted in notebook.submissions:
            if hasattr(row, "max_score"):
                self.gradebook.db.add(api.Grade(cell=row, notebook=submitted))
            if isinstance(row, api.SolutionCell | api.TaskCell):
                self.gradebook.db.add(api.Comment(cell=row, notebook=submitted))

    def _to_be_graded(self) -> None:
        """Take away what the old tests gave; a person's marks stay."""
        for notebook in self.old.values():
            for submitted in notebook.submissions:
                for grade in submitted.grades:
                    if grade.auto_score is not None:
                        grade.auto_score = None
                        grade.needs_manual_grade = grade.manual_score is None


def changes(notebook: Any, new: Cells) -> Iterator[Change]:
    """Yield the cells of a notebook that are not as they were."""
    old = {kind: {row.name: row for row in getattr(notebook, kind)} for kind in KINDS}
    names = {name for rows in (*old.values(), *new.values()) for name in rows}
    for name in sorted(names):
        before, now = (
            {kind: rows[kind][name] for kind in KINDS if name in rows[kind]} for rows in (old, new)
        )
        change = Change(notebook.name, name, before, now)
        if before.keys() != now.keys() or any(differing(*pair) for pair in change.pairs()):
            yield change


def recorded_now(course: Course, assignment: str, scratch: Path) -> dict[str, Cells]:
    """Generate the release into `scratch`; returns what nbgrader would record, by notebook."""
    found: dict[str, Cells] = {}

    class Noted(SaveCells):
        def _create_notebook(self, nb: Any) -> None:
            found[self.notebook_id] = {kind: getattr(self, f"new_{kind}") for kind in KINDS}

    generate(course, assignment, scratch, record=Noted)
    return found
