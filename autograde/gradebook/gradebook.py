"""The gradebook of one assignment, read and written for many submissions at a time.

nbgrader's own functions ask for one cell at a time, and add scores up by going through the whole
table of grades, so that each submission costs more the more there are. Here are the same tables
and the same rules, with a few statements for a whole batch.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from nbgrader import api
from sqlalchemy import bindparam, insert, select, update

from autograde.course.course import Course
from autograde.gradebook.lateness import deadline_in, late_penalty
from autograde.gradebook.patience import patiently
from autograde.gradebook.rows import (
    ANSWER_CELL,
    ASSIGNMENT,
    CELL,
    COMMENT,
    GRADE,
    GRADED_CELL,
    NOTEBOOK,
    STUDENT,
    SUBMISSION,
    SUBMITTED,
    TASK_CELL,
    BookCell,
    Entry,
    Remark,
    Rows,
    Score,
    Submitted,
    rows,
)
from autograde.grading.pipeline import Outcome
from autograde.grading.result import GRADED, KEPT, CellScore, Result

Answer = TypeVar("Answer")


class Book:
    """One assignment in the gradebook, which is open until `close`.

    Parameters
    ----------
    course : Course
    assignment : str
    """

    def __init__(self, course: Course, assignment: str) -> None:
        self.assignment = assignment
        self.penalty = late_penalty(course.app.config)
        self.gradebook = course.gradebook()
        self.deadline = deadline_in(self.gradebook, course.root, assignment)
        self.db = self.gradebook.db
        self.id = self.db.execute(
            select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.name == assignment)
        ).scalar_one()
        self.notebooks = {
            name: notebook_id
            for notebook_id, name in self.db.execute(
                select(NOTEBOOK.c.id, NOTEBOOK.c.name).where(NOTEBOOK.c.assignment_id == self.id)
            )
        }
        self.cells = {name: self._cells(each) for name, each in self.notebooks.items()}
        self.db.rollback()

    def answers(self, notebook: str) -> set[str]:
        """The cells of a notebook in which something is answered that a test grades."""
        cells = self.cells[notebook]
        graded = {each.name for each in cells if each.max_score is not None}
        return {each.name for each in cells if each.commented} - graded

    def close(self) -> None:
        """Close the connection."""
        self.gradebook.close()

    def _cells(self, notebook_id: str) -> list[BookCell]:
        rows = self.db.execute(
            select(
                CELL.c.id,
                CELL.c.name,
                GRADED_CELL.c.max_score.label("test"),
                TASK_CELL.c.max_score.label("task"),
                ANSWER_CELL.c.id.label("answer"),
            )
            .outerjoin(GRADED_CELL, GRADED_CELL.c.id == CELL.c.id)
            .outerjoin(TASK_CELL, TASK_CELL.c.id == CELL.c.id)
            .outerjoin(ANSWER_CELL, ANSWER_CELL.c.id == CELL.c.id)
            .where(CELL.c.notebook_id == notebook_id)
            .order_by(CELL.c.name)
        ).all()
        # A derivation is there twice, as what is graded and as an answer.
        answers = {row.name for row in rows if row.answer is not None}
        return [
            BookCell(
                row.id,
                row.name,
                row.task if row.test is None else row.test,
                row.answer is not None or row.task is not None,
                row.name in answers,
            )
            for row in rows
        ]

    def students(self) -> set[str]:
        """The students of whom a submission has a grade."""
        return self._patiently(
            lambda: set(
                self.db.execute(
                    select(SUBMISSION.c.student_id)
                    .join(SUBMITTED, SUBMITTED.c.assignment_id == SUBMISSION.c.id)
                    .join(GRADE, GRADE.c.notebook_id == SUBMITTED.c.id)
                    .where(SUBMISSION.c.assignment_id == self.id, GRADE.c.auto_score.is_not(None))
                    .distinct()
                ).scalars()
            )
        )

    def results(self, students: Sequence[str]) -> list[Result]:
        """What the gradebook holds of some students, who all have a submission there."""

        def look_up() -> list[Result]:
            entries = self._entries(students)
            return [self._result(each, entries[each], KEPT) for each in students if each in entries]

        return self._patiently(look_up)

    def record(
        self,
        outcomes: Sequence[Outcome],
        timestamps: Mapping[str, datetime | None],
        same: Mapping[str, set[str]],
    ) -> list[Result]:
        """Enter graded submissions, all of them or none; manual marks stay.

        Parameters
        ----------
        outcomes : sequence of Outcome
        timestamps : mapping
            When each student handed in.
        same : mapping
            Of each student, the cells that hold what they held when they were graded before: a
            person who has decided is not asked again.

        Raises
        ------
        OperationalError
            If the gradebook cannot be written, also after a while.
        """
        return self._patiently(lambda: self._record(outcomes, timestamps, same))

    def _record(
        self,
        outcomes: Sequence[Outcome],
        timestamps: Mapping[str, datetime | None],
        same: Mapping[str, set[str]],
    ) -> list[Result]:
        names = [each.student for each in outcomes]
        there = set(self.db.execute(select(STUDENT.c.id).where(STUDENT.c.id.in_(names))).scalars())
        self._insert(STUDENT, [{"id": name} for name in names if name not in there])
        entries = self._entries(names)
        before = {
            name: rows(self.id, self.notebooks, name, entry) for name, entry in entries.items()
        }
        results = []
        after: dict[str, Rows] = {}
        for outcome in outcomes:
            student, when = outcome.student, timestamps.get(outcome.student)
            if student not in entries:
                entries[student] = self._new_entry()
            entry = entries[student]
            entry.timestamp = when  # also none: the date of what was here before is not its date
            self._grade(outcome, entry, same.get(student, set()))
            self._take_off(student, entry)
            after[student] = self._rows(student, entry)
            result = self._result(student, entry, GRADED)
            result.notes = outcome.notes
            for graded in outcome.notebooks.values():
                result.verdicts |= graded.verdicts
            results.append(result)
        for table in (SUBMISSION, SUBMITTED, GRADE, COMMENT):
            new, changed = [], []
            for student in names:
                old = before[student][table] if student in before else {}
                for key, row in after[student][table].items():
                    if key not in old:
                        new.append(row)
                    elif old[key] != row:
                        changed.append({f"new_{name}": value for name, value in row.items()})
            self._insert(table, new)
            self._update(table, changed)
        self.db.commit()
        return results

    def _rows(self, student: str, entry: Entry) -> Rows:
        return rows(self.id, self.notebooks, student, entry)

    def _new_entry(self) -> Entry:
        """Every row of a submission that the gradebook does not have, still without grades."""
        entry = Entry(api.new_uuid(), None)
        for name in self.notebooks:
            entry.notebooks[name] = Submitted(
                api.new_uuid(),
                {c.id: Score(api.new_uuid()) for c in self.cells[name] if c.max_score is not None},
                {c.id: Remark(api.new_uuid()) for c in self.cells[name] if c.commented},
            )
        return entry

    def _grade(self, outcome: Outcome, entry: Entry, same: set[str]) -> None:
        """Fill grades and comments in, as nbgrader's ``SaveAutoGrades`` does."""
        for name, graded in outcome.notebooks.items():
            submitted = entry.notebooks[name]
            for cell in self.cells[name]:
                score, remark = submitted.grades.get(cell.id), submitted.comments.get(cell.id)
                if score is not None and cell.name in graded.grades:
                    points, marked = graded.grades[cell.name], score.manual_score is not None
                    decided = marked and not score.needs_manual_grade
                    asked = {cell.name} if cell.by_hand else self.answers(name)
                    waits = "waits" in graded.verdicts.get(cell.name, {})
                    score.needs_manual_grade = (marked or waits or points is None) and not (
                        decided and points == score.auto_score and asked <= same
                    )
                    score.auto_score = points
                if remark is not None and cell.name in graded.comments:
                    remark.auto_comment = graded.comments[cell.name]

    def _take_off(self, student: str, entry: Entry) -> float:
        """Compute what is taken off by now; returns the seconds that the submission is late."""
        late = self.deadline.seconds_late(student, entry.timestamp)
        for submitted in entry.notebooks.values():
            submitted.penalty = self.penalty(student, submitted.points, late)
        return late

    def _entries(self, students: Sequence[str]) -> dict[str, Entry]:
        """What there is of some students."""
        found: dict[str, tuple[str, Entry]] = {}
        for row in self.db.execute(
            select(SUBMISSION.c.id, SUBMISSION.c.student_id, SUBMISSION.c.timestamp).where(
                SUBMISSION.c.assignment_id == self.id, SUBMISSION.c.student_id.in_(students)
            )
        ):
            found[row.id] = row.student_id, Entry(row.id, row.timestamp)
        for name, notebook_id in self.notebooks.items():
            there: dict[str, Submitted] = {}
            for row in self.db.execute(
                select(
                    SUBMITTED.c.id, SUBMITTED.c.assignment_id, SUBMITTED.c.late_submission_penalty
                )
                .where(SUBMITTED.c.notebook_id == notebook_id)
                .where(SUBMITTED.c.assignment_id.in_(list(found)))
            ):
                there[row.id] = Submitted(row.id, penalty=row.late_submission_penalty)
                found[row.assignment_id][1].notebooks[name] = there[row.id]
            # The index of these tables is on both columns, so both are asked for.
            cells, ids = [cell.id for cell in self.cells[name]], list(there)
            for row in self.db.execute(
                select(GRADE).where(GRADE.c.cell_id.in_(cells), GRADE.c.notebook_id.in_(ids))
            ):
                there[row.notebook_id].grades[row.cell_id] = Score(
                    row.id,
                    row.auto_score,
                    row.manual_score,
                    row.extra_credit,
                    row.needs_manual_grade,
                )
            for row in self.db.execute(
                select(COMMENT).where(COMMENT.c.cell_id.in_(cells), COMMENT.c.notebook_id.in_(ids))
            ):
                there[row.notebook_id].comments[row.cell_id] = Remark(row.id, row.auto_comment)
        return dict(found.values())

    def _result(self, student: str, entry: Entry, status: str) -> Result:
        """Tell what an entry comes to."""
        result = Result(student, status, score=0.0, max_score=0.0)
        result.dated = entry.timestamp is not None or self.deadline.due is None
        result.seconds_late = self._take_off(student, entry)
        for name, submitted in entry.notebooks.items():
            for cell in self.cells[name]:
                score = submitted.grades.get(cell.id)
                if cell.max_score is None:
                    continue
                result.max_score = (result.max_score or 0.0) + cell.max_score
                if score is None:
                    continue
                result.cells[cell.name] = CellScore(
                    score.auto_score,
                    score.manual_score,
                    score.points,
                    cell.max_score,
                    cell.by_hand,
                )
                if score.needs_manual_grade:
                    result.needs_manual.append(cell.name)
            result.score = (result.score or 0.0) + submitted.points - (submitted.penalty or 0.0)
        return result.add_up()

    def _insert(self, table: Any, new: list[dict[str, Any]]) -> None:
        if new:
            self.db.execute(insert(table), new)

    def _update(self, table: Any, changed: list[dict[str, Any]]) -> None:
        if changed:
            values: dict[str, Any] = {
                name.removeprefix("new_"): bindparam(name)
                for name in changed[0]
                if name != "new_id"
            }
            self.db.connection().execute(
                update(table).where(table.c.id == bindparam("new_id")).values(values), changed
            )

    def _patiently(self, action: Callable[[], Answer]) -> Answer:
        """Do something as one transaction; while the gradebook is locked, do it again."""

        def transaction() -> Answer:
            try:
                return action()
            finally:
                self.db.rollback()

        return patiently(transaction)
