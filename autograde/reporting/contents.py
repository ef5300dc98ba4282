"""What a page of feedback begins with: each exercise by its name, its points, and its mistake."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from autograde.course.config import CHECKOUT
from autograde.gradebook.shown import waits_for_a_mark
from autograde.grading.verdicts import verdict_of
from autograde.reporting.exercises import Question
from course_utils.checker import codes

PAGE = "docs/diagnoses.md"


@dataclass(frozen=True)
class Line:
    """One exercise, or one derivation.

    Attributes
    ----------
    name : str
        Its grade_id, where the page has a place of this name.
    title : str
    score, max_score : float
    waits : bool
        Whether a person is to mark it and has not.
    comment : bool
    code : str
        The mistake, if it has a name.
    section : str
        What the page on diagnoses says of it, in Markdown.
    """

    name: str
    title: str
    score: float
    max_score: float
    waits: bool
    comment: bool
    code: str = ""
    section: str = ""


def contents_of(
    questions: list[Question], notebook: Any, cells: Mapping[str, Any]
) -> Iterator[Line]:
    """Yield the lines of one submitted notebook.

    Parameters
    ----------
    questions : list of Question
    notebook : nbgrader.api.SubmittedNotebook
    cells : mapping
        The cells of the graded notebook, by grade_id.
    """
    titles = {each.name: each.title for each in questions}
    order = {name: place for place, name in enumerate(titles)}
    comments = {each.name for each in notebook.comments if each.comment}
    for grade in sorted(notebook.grades, key=lambda each: order.get(each.name, len(order))):
        code = "" if grade.score >= grade.max_score else _code_in(cells.get(grade.name, {}))
        known = codes.find(code) if code else None
        yield Line(
            grade.name,
            titles.get(grade.name, grade.name),
            round(float(grade.score), 2),
            float(grade.max_score),
            waits_for_a_mark(grade),
            grade.name in comments,
            code if known else "",
            sections().get(known.slug, "") if known else "",
        )


def _code_in(cell: Mapping[str, Any]) -> str:
    return verdict_of(cell).get("code", "") if cell else ""


@cache
def sections() -> dict[str, str]:
    """Return the sections of the page on diagnoses, by their headings."""
    path = CHECKOUT / PAGE
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    parts = (re.split(r"^## ", each, flags=re.MULTILINE)[0].partition("\n") for each in found)
    return {heading.strip(): rest.strip() for heading, _, rest in parts}
