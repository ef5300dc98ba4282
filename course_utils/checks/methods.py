"""How exercises are examined that leave something behind: methods, and steps of a training.

Such an answer is run on objects that the checker made and trusts. What it returned, or what the
objects hold afterwards, is put into one array and compared with what is measured on the forward
pass; so nothing that a learner filled in elsewhere takes part.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker import Report
from course_utils.checker.backward_call import Problem, as_array, crash
from course_utils.checker.candidate import Adapted, Candidate, LocalCandidate, Raised
from course_utils.checker.tolerance import compared
from course_utils.checks.plain_functions import Confusion, examine_named, with_finding
from course_utils.exercises.notices import silence
from course_utils.exercises.registry import as_if_empty
from course_utils.measure.memo import copied
from course_utils.measure.numerical import quiet

Run = Callable[..., Any]
"""``run(function, notes, *inputs)`` makes use of an answer and returns what is compared."""

Note = tuple[str, str]
"""A code and a message."""

Notes = list[Note]
"""What a run saw beside the numbers."""

Explain = Callable[..., Note | None]
"""``explain(function, *inputs)`` makes one more run, and returns what it shows of a mistake."""

Edge = tuple[str, Callable[[np.random.Generator], tuple[Any, ...]]]
"""A case that is like no other, in a few words that end a sentence, and what draws it."""

ASKED_AGAIN = 3
"""Runs that must all show the same before it is said."""


def whole_run(run: Run, function: Callable[..., Any]) -> Callable[..., tuple[Any, Notes]]:
    """Return what makes a run for some inputs, and returns what it came to and its notes."""

    def make(*inputs: Any) -> tuple[Any, Notes]:
        notes: Notes = []
        return run(function, notes, *inputs), notes

    return make


@dataclasses.dataclass(frozen=True)
class RunExaminer:
    """Examines what ``run(function, notes, *inputs)`` returns; the first note is what is reported.

    Attributes
    ----------
    run : callable
        Does with the function what cannot be done from outside, such as making it a method.
    reference, make_inputs, confusions, result_name
        As for `examine_named`.
    explain : callable, optional
        Asked where the numbers are wrong and none of `confusions` says why.
    edges : sequence of Edge
        Tried once each, where all else is right.
    """

    run: Run
    reference: Callable[..., Any]
    make_inputs: Callable[..., tuple[Any, ...]]
    _: dataclasses.KW_ONLY
    confusions: Sequence[Confusion] = ()
    result_name: str
    explain: Explain | None = None
    edges: Sequence[Edge] = ()

    def __call__(self, candidate: Callable[..., Any], seed: int | None = None) -> Report:
        """Examine a function, also one of another process: the runs are made here."""
        made_here = LocalCandidate(whole_run(self.run, candidate), candidate.__name__)
        notes: Notes = []

        def value(made: tuple[Any, Notes]) -> Any:
            notes.extend(made[1])
            return made[0]

        report = examine_named(
            Adapted(made_here, result=value),
            self.reference,
            self.make_inputs,
            confusions=self.confusions,
            result_name=self.result_name,
            seed=seed,
        )
        # A crash has a line to show, and comes before what was seen on the way to it.
        if notes and report.code != "crash":
            return with_finding(report, *notes[0], self.result_name, with_numbers=False)
        if report.passed:
            return self._at_edges(report, made_here, seed)
        return self._explained(report, candidate, seed)

    def _at_edges(self, report: Report, made_here: Candidate, seed: int | None) -> Report:
        rng = np.random.default_rng(seed)
        for words, build in self.edges:
            inputs = build(rng)
            with quiet():
                (outcome,) = made_here.call_each([copied(inputs)])
                note = self._wrong_at(inputs, outcome)
            if note is not None:
                text = f"Right, but not for {words}. {note[1]}"
                return with_finding(report, note[0], text, self.result_name)
        return report

    def _wrong_at(self, inputs: tuple[Any, ...], outcome: Any) -> Note | None:
        if isinstance(outcome, Raised):
            problem = crash(outcome.error)
            return problem.code, problem.message
        value, notes = outcome
        if notes:
            return tuple(notes[0])
        if value is None:
            return "type", "It returned None: is there a return statement?"
        expected = np.asarray(self.reference(*inputs), dtype=np.float64)
        received = as_array(value, self.result_name, None)
        if isinstance(received, Problem):
            return received.code, received.message
        if received.shape == expected.shape and compared(received, expected).ok:
            return None
        return "wrong-local", f"There, {self.result_name} is not what it should be."

    def _explained(self, report: Report, candidate: Callable[..., Any], seed: int | None) -> Report:
        if self.explain is None or not says_little(report):
            return report
        rng = np.random.default_rng(seed)
        with quiet():
            drawn = (self.explain(candidate, *self.make_inputs(rng)) for _ in range(ASKED_AGAIN))
            notes = [note for note in drawn if note]
        # The words may name the step at which it shows, which is another one for other inputs.
        if len({code for code, _ in notes}) != 1:
            return report
        return with_finding(report, *notes[0], self.result_name)


CHANCE = ("stateful", "nondeterministic")
"""Codes of what two calls with the same inputs show, whatever the mistake behind it is."""


def says_little(report: Report) -> bool:
    """Tell whether a report does not name the mistake, though numbers were compared."""
    return report.code in ("wrong-local", "entries", *CHANCE)


def number(value: Any) -> Any:
    """Return a number of any type as a float; what is no number stays what it is."""
    value = value[()] if type(value) is np.ndarray and not value.ndim else value
    is_one = isinstance(value, int | np.integer | np.floating) and not isinstance(value, bool)
    return float(value) if is_one else value


def numbers(value: Any) -> Any:
    """Return an array of numbers of any type as float64, where no gradient is asked for."""
    is_one = type(value) is np.ndarray and value.dtype.kind in "iuf"
    return value.astype(np.float64) if is_one else value


def one_array(notes: Notes, returned: Any, of: str, code: str, of_none: str) -> None:
    """Note what is returned where one array is wanted, if it is none.

    Parameters
    ----------
    of : str
        What the array is, for the message.
    code, of_none : str
        What is said of None.
    """
    if returned is None:
        notes.append((code, of_none))
    elif isinstance(returned, tuple | list):
        message = f"It returns {len(returned)} things in a {type(returned).__name__}. "
        notes.append(("count", f"{message}Return one array, {of}."))
    elif not isinstance(returned, np.ndarray | np.generic | float | int):
        notes.append(("type", f"It returns a {type(returned).__name__}. Return {of}, an array."))
    elif isinstance(returned, np.matrix):
        notes.append(("type", MATRIX.format("It returns")))


MATRIX = "{} an np.matrix, whose * multiplies matrices: it must be a plain array."


def flat(*arrays: Any) -> Array:
    """Return the numbers of all arrays, one after the other."""
    return np.concatenate([np.empty(0), *(np.ravel(np.asarray(a, np.float64)) for a in arrays)])


@contextmanager
def earlier_work_trusted(*names: str) -> Iterator[None]:
    """Compute earlier exercises as if they were not filled in: their mistakes are not this one's.

    Parameters
    ----------
    *names : str
        The exercises, which have a numerical stand-in.
    """
    token = _trusted.set(names)
    try:
        with silence(), as_if_empty(names):
            yield
    finally:
        _trusted.reset(token)


_trusted: ContextVar[tuple[str, ...]] = ContextVar("trusted", default=())


def trusted_now() -> tuple[str, ...]:
    """Return the exercises that an answer which is called now finds not filled in."""
    return _trusted.get()
