"""What an assignment asks: each graded cell, what it is called, and where it is answered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autograde.notebooks.released import Released, ReleasedNotebook


@dataclass(frozen=True)
class Question:
    """One graded cell.

    Attributes
    ----------
    name : str
        Its grade_id.
    title : str
        What the notebook calls it.
    max_score : float
    by_hand : bool
        Whether a person marks it.
    test : str
        The recorded text of a test; "" of a derivation.
    stubs : dict
        The released text of each cell in which it is answered, by grade_id.
    """

    name: str
    title: str
    max_score: float
    by_hand: bool
    test: str
    stubs: dict[str, str]


def questions_of(released: Released) -> list[Question]:
    """Return the graded cells of an assignment, in the order of its notebooks."""
    return [each for notebook in released.notebooks.values() for each in questions_in(notebook)]


def questions_in(notebook: ReleasedNotebook) -> list[Question]:
    """Return the graded cells of one notebook, in their order."""
    return list(_in_order(notebook))


def _in_order(notebook: ReleasedNotebook) -> Iterator[Question]:
    title = ""
    answers: dict[str, str] = {}
    asked = False  # whether a test has come since the last answer
    for cell in notebook.source:
        original = notebook.originals.get(cell.name or "")
        if not cell.code and not cell.answer and (heading := _last_heading(cell.source)):
            title = heading
        if original is None:
            continue
        by_hand = original.task or (original.grade and original.solution)
        if original.solution and not by_hand:
            answers = {} if asked else answers
            answers[original.name], asked = original.source, False
        elif by_hand or original.grade:
            stubs = {original.name: original.source} if by_hand else dict(answers)
            asked = asked or not by_hand
            test = "" if by_hand else original.source
            yield Question(
                original.name, title or original.name, original.points or 0.0, by_hand, test, stubs
            )


def _last_heading(text: str) -> str:
    """Return the last heading of a Markdown cell as plain text, without the word "Exercise"."""
    found = re.findall(r"^#{1,6} +(.+)$", text, re.MULTILINE)
    return re.sub(r"\\[a-z]+ |[`#$]|\*\*|^Exercise ", "", found[-1]).strip() if found else ""
