"""Name the mix-up that explains a wrong result of a plain function."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from course_utils.checker.mixed_arguments import (
    Arguments,
    Confusion,
    mixed_arguments,
    names_of,
    turned_arguments,
)
from course_utils.checker.mixed_results import (
    Answer,
    Explanation,
    filled_slices,
    holds,
    mixed_results,
    other_indices,
    whole_numbers,
)
from course_utils.checker.report import Finding
from course_utils.checker.tolerance import compared
from course_utils.checker.trials import MakeInputs, sizes_of

FEWEST = 4
"""So few entries tell no mix-up from another."""

EQUAL_SIZES = (4, 5, 4, 5)
"""Where two indices that have changed places do not leave the array."""


def invited(
    label: str, answers: Sequence[Answer], confusions: Sequence[Confusion]
) -> Finding | None:
    """Return the first of the mix-ups that an exercise invites that explains all answers."""
    told = confusions if _tell_anything(answers) else [each for each in confusions if each.of_zero]
    return _first(label, answers, map(_as_explanation, told))


def surely(label: str, answers: Sequence[Answer]) -> Finding | None:
    """Return what no other sentence should be said of, if it explains all answers."""
    whole = whole_numbers(label) if _tell_anything(answers) else ()
    found = itertools.chain(whole, other_indices(label, answers))
    return _first(label, answers, found)


def mixed_up(
    label: str, answers: Sequence[Answer], reference: Callable[..., Any]
) -> Finding | None:
    """Return the first mix-up, of all that any exercise invites, that explains all answers."""
    if sum(answer.expected.size for answer in answers) < FEWEST:
        return None
    found = itertools.chain(
        filled_slices(label, answers[0].expected.ndim),
        map(_as_explanation, mixed_arguments(reference, answers[0].arguments)),
        mixed_results(label, names_of(reference), answers),
    )
    return _first(label, answers, found)


def _tell_anything(answers: Sequence[Answer]) -> bool:
    """Tell whether anything but zero was received, which may come of anything."""
    return any(np.any(a.received) for a in answers)


def _first(
    label: str, answers: Sequence[Answer], explanations: Iterable[Explanation]
) -> Finding | None:
    for code, message, claim in explanations:
        if holds(claim, answers):
            return Finding(code, message, label)
    return None


def _as_explanation(confusion: Confusion) -> Explanation:
    return confusion.code, confusion.message, lambda a: confusion.reference(*a.arguments)


def at_equal_sizes(
    label: str,
    answer: Callable[[Arguments], Answer | None],
    make_inputs: MakeInputs,
    reference: Callable[..., Any],
    confusions: Sequence[Confusion],
) -> Finding | None:
    """Return what explains an answer that runs where all sizes are equal, and stops elsewhere."""
    names = list(sizes_of(make_inputs, None))
    if len(names) < 2:
        return None
    rng = np.random.default_rng(0)
    answers = []
    for size in EQUAL_SIZES:
        found = answer(tuple(make_inputs(rng, **dict.fromkeys(names, size))))
        if found is None:
            return None
        answers.append(found)
    if all(compared(a.received, a.expected).ok for a in answers):
        text = (
            "Where all sizes are equal it runs, and is right: two sizes, or two indices, have "
            "changed places."
        )
        return Finding("crash", text)
    turned = [*confusions, *turned_arguments(reference, answers[0].arguments)]
    finding = (
        invited(label, answers, turned)
        or surely(label, answers)
        or mixed_up(label, answers, reference)
    )
    if finding is None:
        return None
    text = f"{finding.message} So it is where all sizes are equal; elsewhere it does not run."
    return Finding(finding.code, text, label)
