"""How 8.4 is examined: the batches of an epoch."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.checks.declarations import declare
from course_utils.checks.methods import Notes, RunExaminer

LONG_ENOUGH = 12
"""Rows whose order does not come out twice, or sorted, by chance: once in 479 001 600."""


def _run_minibatches(
    candidate: Callable[..., Any], notes: Notes, q: int, size: int, start: int
) -> Any:
    """Draw batches several times; return which rows there are, and how large the batches."""
    drawn = [candidate(np.random.default_rng(seed), q, size) for seed in (start, start, start + 1)]
    if drawn[0] is None:
        return None
    notes += _on_kind(drawn)
    if notes:
        return np.zeros(q)
    first, again, other = ([int(row) for batch in batches for row in batch] for batches in drawn)
    sizes = [len(batch) for batch in drawn[0]]
    if sorted(first) != list(range(q)):
        notes.append(("rows", _which_rows(first, q)))
    elif sizes != _sizes(q, size):
        message = (
            f"With q = {q} and size = {size}, the batches have {sizes} rows. All must have "
            "`size` rows, but the last, which has what is left."
        )
        notes.append(("batch-sizes", message))
    elif q >= LONG_ENOUGH and first == sorted(first):
        notes.append(("not-shuffled", "The rows are in the order of the data: shuffle them."))
    elif q >= LONG_ENOUGH and _in_sequence(first) >= q // 2:
        message = (
            "Most rows still follow on the one that they follow in the data, or keep one distance "
            "from it: shuffle the rows, and not the batches, or where the rows begin."
        )
        notes.append(("not-shuffled", message))
    elif first != again:
        message = (
            "The same rng does not give the same batches. Draw from the rng that is handed in, "
            "so that a run can be repeated."
        )
        notes.append(("own-generator", message))
    elif q >= LONG_ENOUGH and first == other:
        message = "The batches are the same for every rng. Draw the order from the one handed in."
        notes.append(("own-generator", message))
    return np.array([*sorted(first), *sizes], dtype=np.float64)


def _on_kind(drawn: list[Any]) -> Notes:
    """Say what is returned where a list of arrays of rows is wanted."""
    wanted = "Return a list of index arrays, one with one axis for each batch."
    for batches in drawn:
        if not isinstance(batches, list | tuple | np.ndarray):
            return [("type", f"It returns a {type(batches).__name__}. {wanted}")]
        for batch in batches:
            if np.ndim(batch) != 1:
                return [("type", wanted)]
            kind = np.asarray(batch).dtype
            if kind.kind not in "iu" and len(batch):
                return [("type", f"A batch has dtype {kind}, and no row can be picked by that.")]
    return []


def _in_sequence(rows: list[int]) -> int:
    """Count how many rows have the distance from the one before that most of them have.

    Of 23 rows in random order, 4 or 5 have; half of them never.
    """
    distances = [(later - row) % len(rows) for row, later in itertools.pairwise(rows)]
    return max(Counter(distances).values())


def _sizes(q: int, size: int) -> list[int]:
    return [min(size, q - begin) for begin in range(0, q, size)]


def _which_rows(rows: list[int], q: int) -> str:
    if rows and not 0 <= min(rows) <= max(rows) < q:
        return f"There are {q} rows, numbered 0 to {q - 1}; yours go up to {max(rows)}."
    missing = len(set(range(q)) - set(rows))
    twice = len(rows) - len(set(rows))
    return (
        f"Every row must be in exactly one batch. With q = {q}, {missing} of the rows are in "
        f"none, and {twice} are there once more than they should."
    )


def _every_so_many(rng: np.random.Generator, q: int, size: int) -> list[Any]:
    """Return every so many-th row, at most `size` at a time, in the order of the data."""
    batches = -(-q // size)
    return [np.arange(first, q, batches) for first in range(batches)]


declare(
    "minibatches",
    parts={
        "": RunExaminer(
            _run_minibatches,
            lambda q, size, start: np.array([*range(q), *_sizes(q, size)], dtype=np.float64),
            lambda rng, q=23, size=5: (q, size, int(rng.integers(2**31))),
            result_name="rows and sizes",
        )
    },
    stand_in=_every_so_many,
    meanwhile="for now a batch has every so many-th row, always the same ones and not shuffled",
    no_extreme="nothing is differentiated",
)
