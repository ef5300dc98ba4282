"""How difficult each exercise was, and how well it tells the strong from the weak."""

from dataclasses import asdict, dataclass
from statistics import StatisticsError, correlation, fmean
from typing import Any

from autograde.reporting.entries import NOT_GRADED, STATES, Group
from autograde.reporting.exercises import Question

UNMARKED = "not all are marked"
FEWEST = 10
"""With fewer students a correlation is mostly chance, and is not shown."""


@dataclass(frozen=True)
class Figures:
    """One exercise in numbers.

    Attributes
    ----------
    counts : dict
        How many students are in each of `STATES`.
    mean_share : float or None
        The points reached, as a share of those there are, on average over whoever is graded: 1 is
        easy, 0 is hard. None of a derivation before everybody's is marked.
    discrimination : float or None
        Pearson's correlation between the score here and the sum of the other exercises' scores.
    undefined : str
        Why there is no discrimination.
    marks : dict
        How many students have each score.
    """

    name: str
    title: str
    max_score: float
    by_hand: bool
    counts: dict[str, int]
    mean_share: float | None
    discrimination: float | None
    undefined: str
    marks: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Everything, for the JSON report."""
        return asdict(self)


def figures_of(group: Group) -> list[Figures]:
    """Return the numbers of every exercise, in order."""
    return [_figures(group, question) for question in group.questions]


def _figures(group: Group, question: Question) -> Figures:
    entries = group.of(question)
    scores = [each.score for each in entries if each.score is not None]
    # Blank derivations have their 0 before anybody's has a mark.
    unmarked = question.by_hand and any(each.waits for each in entries)
    known = bool(scores and question.max_score) and not unmarked
    shared = fmean(scores) / question.max_score if known else None
    found, why = (None, UNMARKED) if unmarked else discrimination(group, question)
    return Figures(
        question.name,
        question.title,
        question.max_score,
        question.by_hand,
        {state: sum(each.state == state for each in entries) for state in STATES},
        shared,
        found,
        why,
        {f"{score:g}": scores.count(score) for score in sorted(set(scores))},
    )


def discrimination(group: Group, question: Question) -> tuple[float | None, str]:
    """Correlate an exercise with the rest of the assignment (the corrected item-total correlation).

    The rest is the sum of those other exercises that are graded for every student in question.

    Returns
    -------
    float or None
    str
        Why it is not defined; "" if it is.
    """
    students = [each for each in group.entries.values() if each[question.name].state != NOT_GRADED]
    if len(students) < FEWEST:
        return None, f"fewer than {FEWEST} students"
    others = [
        other.name
        for other in group.questions
        if other is not question and all(each[other.name].state != NOT_GRADED for each in students)
    ]
    if not others:
        return None, "no other exercise is graded for all"
    here = [each[question.name].score or 0.0 for each in students]
    rest = [sum(each[name].score or 0.0 for name in others) for each in students]
    try:
        return correlation(here, rest), ""
    except StatisticsError:  # one of them is constant
        return None, "all have the same score"
