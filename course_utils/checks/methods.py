"""How exercises are examined that leave something behind: methods, and steps of a training.

Such an answer is run on objects that the checker made and trusts. What it returned, or what the
objects hold afterwards, is put into one array and compared with what is measured on the forward
pass; so nothing that a learner filled in elsewhere takes part.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker import Report
from course_utils.checks.plain_functions import Confusion, Notes, apply, examine_named, with_finding
from course_utils.exercises.notices import silence
from course_utils.exercises.registry import registry

Examiner = Callable[..., Report]
Run = Callable[..., Any]
"""``run(candidate, notes, *inputs)`` makes use of an answer and returns what is compared.

It puts into `notes` what it saw beside the numbers, as (code, message).
"""


def examiner(
    run: Run,
    reference: Callable[..., Any],
    make_inputs: Callable[..., tuple[Any, ...]],
    *,
    confusions: Sequence[Confusion] = (),
    result_name: str,
) -> Examiner:
    """Return what compares a run of an answer with `reference`; its first note comes before that.

    Parameters
    ----------
    run : callable
    reference, make_inputs, confusions, result_name
        As for `examine_named`.
    """

    def examine(candidate: Callable[..., Any], seed: int | None = None) -> Report:
        notes: Notes = []

        @functools.wraps(candidate)
        def collected(*inputs: Any) -> Any:
            value, found = apply(run, candidate, inputs)
            notes.extend(found)
            return value

        report = examine_named(
            collected,
            reference,
            make_inputs,
            confusions=confusions,
            result_name=result_name,
            seed=seed,
        )
        # A crash has a line to show, and comes before what was seen on the way to it.
        if notes and report.code != "crash":
            return with_finding(report, *notes[0], result_name, with_numbers=False)
        return report

    examine.run = run  # type: ignore[attr-defined]  # for `apply` in another process
    return examine


def flat(*arrays: Any) -> Array:
    """Return the numbers of all arrays, one after the other."""
    return np.concatenate([np.ravel(np.asarray(a, dtype=np.float64)) for a in arrays])


@contextmanager
def earlier_work_trusted(*names: str) -> Iterator[None]:
    """Compute earlier exercises as if they were not filled in: their mistakes are not this one's.

    Parameters
    ----------
    *names : str
        The exercises, which have a numerical stand-in.
    """
    slots = [registry[name] for name in names]
    written = [slot.implementation for slot in slots]
    for slot in slots:
        slot.implementation = None
    try:
        with silence():
            yield
    finally:
        for slot, implementation in zip(slots, written, strict=True):
            slot.implementation = implementation
