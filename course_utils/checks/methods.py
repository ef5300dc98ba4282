"""How exercises are examined that leave something behind: methods, and steps of a training.

Such an answer is run on objects that the checker made and trusts. What it returned, or what the
objects hold afterwards, is put into one array and compared with what is measured on the forward
pass; so nothing that a learner filled in elsewhere takes part.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker import Report
from course_utils.checks.plain_functions import Confusion, Notes, apply, examine_named, with_finding
from course_utils.exercises.notices import silence
from course_utils.exercises.registry import registry

Run = Callable[..., Any]
"""``run(candidate, notes, *inputs)`` makes use of an answer and returns what is compared.

It puts into `notes` what it saw beside the numbers, as (code, message).
"""


@dataclass(frozen=True)
class RunExaminer:
    """Examines what a run returns; of what it noted the first is reported instead.

    Attributes
    ----------
    run : callable
        Does with an answer what cannot be done from outside, such as making it a method.
    reference, make_inputs, confusions, result_name
        As for `examine_named`.
    """

    run: Run
    reference: Callable[..., Any]
    make_inputs: Callable[..., tuple[Any, ...]]
    _: KW_ONLY
    confusions: Sequence[Confusion] = ()
    result_name: str

    def __call__(self, candidate: Callable[..., Any], seed: int | None = None) -> Report:
        """Examine an answer."""
        notes: Notes = []

        @functools.wraps(candidate)
        def collected(*inputs: Any) -> Any:
            value, found = apply(self.run, candidate, inputs)
            notes.extend(found)
            return value

        report = examine_named(
            collected,
            self.reference,
            self.make_inputs,
            confusions=self.confusions,
            result_name=self.result_name,
            seed=seed,
        )
        # A crash has a line to show, and comes before what was seen on the way to it.
        if notes and report.code != "crash":
            return with_finding(report, *notes[0], self.result_name, with_numbers=False)
        return report


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
