"""What became of each exercise of each submission, read from what there is now.

Nothing is kept from an earlier report: the scores are the gradebook's, the verdicts those of the
graded notebooks. What was handed in after it was graded, or was graded by another test than the
recorded one, is not graded.
"""

import contextlib
from dataclasses import dataclass, field

from autograde.course.course import Course
from autograde.gradebook.gradebook import Book
from autograde.grading.result import CellScore, Result
from autograde.grading.verdicts import graded_cells, verdict_of
from autograde.reporting.exercises import Question, questions_of
from autograde.workers.run import Run

RIGHT, PARTLY, WRONG, BLANK, NOT_GRADED = "right", "partly", "wrong", "blank", "not graded"
STATES = (RIGHT, PARTLY, WRONG, BLANK, NOT_GRADED)

Cells = dict[str, str]
"""The text of each cell by its grade_id."""


@dataclass(frozen=True)
class Entry:
    """One exercise of one submission.

    Attributes
    ----------
    state : str
        One of `STATES`.
    score : float or None
        None where it is not graded.
    verdict, code, says : str
        What the test found, "" where that was not kept.
    waits : bool
        Whether a person has to look.
    """

    student: str
    question: str
    state: str
    score: float | None = None
    verdict: str = ""
    code: str = ""
    says: str = ""
    waits: bool = False


@dataclass
class Group:
    """A class: what it was asked, and what it answered."""

    assignment: str
    questions: list[Question]
    enrolled: int
    """How many students the gradebook has."""
    entries: dict[str, dict[str, Entry]] = field(default_factory=dict)
    """By student, then by grade_id."""
    answers: dict[str, Cells] = field(default_factory=dict)
    """What the students who are graded wrote, by student."""
    notes: list[str] = field(default_factory=list)

    def of(self, question: Question) -> list[Entry]:
        """Every student's entry of one exercise."""
        return [each[question.name] for each in self.entries.values()]

    @property
    def mistaken(self) -> list[Entry]:
        """The entries to which a test gave not all points; what a person marks has no code."""
        tests = [question.name for question in self.questions if not question.by_hand]
        found = [each[name] for each in self.entries.values() for name in tests]
        return [entry for entry in found if entry.state in (PARTLY, WRONG)]


def group_of(course: Course, assignment: str) -> Group:
    """Read everything that there is of an assignment."""
    run = Run(course, assignment)
    with contextlib.closing(Book(course, assignment)) as book:
        graded = book.students()
        results = {each.student: each for each in book.results(sorted(graded))}
    with course.gradebook() as gradebook:
        enrolled = len(gradebook.students)
    group = Group(assignment, questions_of(run.released), enrolled)
    waiting = {each for each in run.folders if run.to_be_graded(each, graded)}
    other_tests, unkept = set(), set()
    for student in sorted({*run.folders, *graded}):
        group.entries[student] = {
            q.name: Entry(student, q.name, NOT_GRADED) for q in group.questions
        }
        if student in waiting:
            continue
        cells = graded_cells(run.graded(student), run.released.notebooks)
        group.answers[student] = {name: cell["source"] for name, cell in cells.items()}
        for question in group.questions:
            cell = cells.get(question.name, {})
            if cell and not question.by_hand and cell["source"] != question.test:
                other_tests.add(student)
                continue
            verdict = verdict_of(cell)
            if cell and not question.by_hand and not verdict:
                unkept.add(student)
            group.entries[student][question.name] = entry_of(
                student, question, results[student], group.answers[student], verdict
            )
    group.notes += _notes(assignment, len(waiting), len(other_tests), len(unkept))
    return group


def entry_of(
    student: str, question: Question, result: Result, answers: Cells, verdict: dict[str, str]
) -> Entry:
    """Tell what became of one exercise of a submission that was graded."""
    score = result.cells.get(question.name)
    waits = question.name in result.needs_manual
    unmarked = question.by_hand and waits and (score is None or score.manual_score is None)
    if score is None or unmarked or (score.auto_score is None and score.manual_score is None):
        return Entry(student, question.name, NOT_GRADED, waits=waits)
    return Entry(
        student,
        question.name,
        state_of(question, score, answers, verdict),
        score.score,
        verdict.get("verdict", ""),
        verdict.get("code", ""),
        verdict.get("says", ""),
        waits,
    )


def state_of(question: Question, score: CellScore, answers: Cells, verdict: dict[str, str]) -> str:
    """Tell how much of an exercise is right; blank is what holds nothing but the released text."""
    if score.score <= 0 and all(
        answers.get(name, "").strip() in ("", stub.strip()) for name, stub in question.stubs.items()
    ):
        return BLANK
    if score.max_score == 0:  # then only the test can tell
        return RIGHT if verdict.get("verdict") == "passed" else WRONG
    if score.score >= score.max_score:
        return RIGHT
    return PARTLY if score.score > 0 else WRONG


def _notes(assignment: str, waiting: int, other_tests: int, unkept: int) -> list[str]:
    """Say of whom the report does not tell, and what to do."""
    again = f"python -m autograde grade {assignment}"
    cases = [
        (waiting, f"handed in and not graded, or handed in again since: {again}"),
        (other_tests, f"graded by tests that have changed since, and not counted: {again} --force"),
        (unkept, f"graded without keeping what was wrong, so unnamed here: {again} --force"),
    ]
    return [f"{count} {_submissions(count)} {what}" for count, what in cases if count]


def _submissions(count: int) -> str:
    return "submission" if count == 1 else "submissions"
