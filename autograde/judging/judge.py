"""Run one graded test cell here, against a submission that runs elsewhere.

The test is the instructor's, so it may run in this process; the submission's functions
that it calls are proxies. What it prints, returns or raises becomes the outputs of the
cell, from which nbgrader reads the score.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import random
import traceback
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import CodeType
from typing import Any

import numpy as np

import course_utils
from autograde.jail.worker import (
    ERROR,
    INFRASTRUCTURE,
    PASSED,
    WRONG,
    Ended,
    Infrastructure,
)
from autograde.judging import complex_step_review as gates
from autograde.judging import cost
from autograde.judging.proxy import Connection, Halt
from autograde.judging.reached import looked_at, said_of
from autograde.notebooks.names import names_of
from course_utils.autodiff.function import Function
from course_utils.checker import CheckFailed, Report
from course_utils.checker.candidate import Candidate
from course_utils.checks import rests_on
from course_utils.checks.check import examine_exercise, examining
from course_utils.checks.declarations import declaration_of
from course_utils.exercises.registry import Exercise, registry

ASIDE = 1
"""The seed of what is examined aside: no point depends on it."""


@dataclass
class Judged:
    """What came of one test cell.

    Attributes
    ----------
    outputs : list
        As nbformat has them.
    verdict : str
        One of the names in `autograde.jail.worker`.
    code : str
        The checker's code for the mistake, where it named one.
    failure : Infrastructure or None
        What of ours broke, so that nothing can be said.
    notes : list of str
        What a person should look at.
    waits : list of str
        Why the points are not sure before a person has looked.
    says : str
        What the checker says of the mistake.
    """

    outputs: list[dict[str, Any]]
    verdict: str
    code: str = ""
    failure: Infrastructure | None = None
    notes: list[str] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    says: str = ""


@dataclass
class Remote:
    """The answer to one exercise."""

    implementation: Any
    stub_in_notebook: bool = False
    refused: str = ""


@dataclass
class Answers:
    """A submission, as `course_utils.checks.check.examining` wants it."""

    seed: int
    connection: Connection
    filled: frozenset[str]
    stubs: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    candidates: dict[tuple[str, str], Candidate] = field(default_factory=dict)
    right: dict[Exercise, tuple[int, ...]] = field(default_factory=dict)
    waits: list[str] = field(default_factory=list)
    parts: set[tuple[str, str]] = field(default_factory=set)
    reports: dict[tuple[str, str], Report] = field(default_factory=dict)
    failed: list[Report] = field(default_factory=list)

    def candidate(self, slot: Exercise, part: str) -> Candidate:
        """Return the function, as one part examines it."""
        if (slot.name, part) not in self.candidates:
            self.candidates[slot.name, part] = self.connection.proxy(slot.name, slot.entry)
        return self.candidates[slot.name, part]

    def reviewed(self, slot: Exercise, part: str, report: Report) -> Report:
        """Return the report after a look for complex steps; keep whether it is right."""
        faults = self.connection.faults()
        report = rests_on.reviewed(
            slot,
            report,
            self.stood_in(slot),
            lambda names: self.with_others(slot, part, names),
            lambda name: faults[name][1] if name in faults else "",
        )
        candidate = self.candidate(slot, part)
        rests = partial(self.resting, slot, part, report)
        report, note = gates.reviewed(slot, part, candidate, report, self.seed, rests)
        self.reports[slot.name, part] = report
        self.notes += [note] if note else []
        if report.passed:
            self.parts.add((slot.name, part))
        else:
            self.failed.append(report)
        if all((slot.name, each) in self.parts for each in declaration_of(slot).parts):
            self.right[slot] = ()
            self.connection.standing.passed(self.version(slot))
        elif isinstance(slot.target, type):
            function: type[Function] = slot.target
            by_input = report.by_input()
            names = enumerate(function.input_names())
            if right := tuple(k for k, name in names if by_input.get(name)):
                self.right[slot] = right
        return report

    def stood_in(self, slot: Exercise) -> set[str]:
        """Return the exercises in whose place something was computed for an answer."""
        return self.connection.stood_in.get(self.version(slot), set())

    def with_others(self, slot: Exercise, part: str, names: Collection[str]) -> Report:
        """Return the report on a part where other numbers stand in for some exercises."""
        proxy = self.connection.proxy(slot.name, slot.entry)
        self.connection.changed = names
        try:
            return declaration_of(slot).parts[part](proxy, self.seed)
        finally:
            self.connection.changed = ()

    def resting(self, slot: Exercise, part: str, report: Report) -> list[str | None]:
        """Return what is right of a part, and not without what stands in for other exercises.

        To name them, or to use them for nothing, excuses nothing.
        """
        used = self.stood_in(slot)
        return rests_on.resting(report, self.with_others(slot, part, used)) if used else []

    def rests(self, slot: Exercise) -> bool:
        """Tell whether something of an answer rests on what stands in for other exercises."""
        return any(
            self.resting(slot, part, self.reports[slot.name, part])
            for part in declaration_of(slot).parts
            if (slot.name, part) in self.reports
        )

    def look(self) -> None:
        """Find what a person should look at in the answers that are right, or in a part."""
        sources = self.connection.sources
        for slot, only in self.right.items():
            told = self.connection.reached.get(self.version(slot))
            found = [looked_at(slot, told, sources)]
            # What stands in for an earlier exercise measures, and takes its time.
            if not self.rests(slot):
                watch = cost.JailWatch(self.connection, slot)
                found.append(cost.look(slot, watch, self.seed, only))
            self.notes += filter(None, found)
            # What its text says was noted with its cell.
            self.waits += [*said_of(slot, sources), *filter(None, found)]

    def answer(self, slot: Exercise) -> Remote:
        """Return the answer to an exercise: a proxy where the submission has one."""
        there = slot.name in self.filled
        if there and slot.name not in self.stubs:
            for earlier in self.unknown_before(slot):
                self.examine_aside(earlier)
            self.connection.standing.begin(self.version(slot))
        return Remote(
            self.connection.proxy(slot.name, slot.entry) if there else None,
            slot.name in self.stubs,
            self.stubs.get(slot.name, ""),
        )

    def version(self, slot: Exercise) -> tuple[str, int]:
        """Return which answer to an exercise is there now."""
        return slot.name, self.connection.times.get(slot.name, 0)

    def unknown_before(self, slot: Exercise) -> list[Exercise]:
        """Return the earlier exercises whose answers have not been examined, in order."""
        found = self.connection.standing.found
        asked = [registry[name] for name in self.filled]
        unknown = [e for e in asked if e.order < slot.order and self.version(e) not in found]
        return sorted(unknown, key=lambda each: each.order)

    def examine_aside(self, slot: Exercise) -> None:
        """Find out whether an answer is right that is used, and whose test has not come."""
        standing = self.connection.standing
        # A person is told with the exercise's own test.
        noted = self.notes[:], self.right.copy(), self.failed[:]
        try:
            examine_exercise(slot, self.seed)
        except Halt as halt:
            standing.interrupted = isinstance(halt.reason, Ended)
            if not standing.interrupted:
                standing.found.pop(self.version(slot), None)
            raise
        except (Exception, SystemExit):  # its own test will say what is the matter
            return
        finally:
            self.notes[:], self.right, self.failed = noted


def answers_of(connection: Connection, seed: int) -> Answers:
    """Return which exercises a notebook has filled in so far."""
    filled, stubs = connection.slots.get("filled"), connection.slots.get("stubs")
    return Answers(
        seed,
        connection,
        frozenset(n for n in filled if n in registry) if isinstance(filled, list) else frozenset(),
        {str(n): str(text)[:1000] for n, text in stubs.items() if n in registry}
        if isinstance(stubs, dict)
        else {},
    )


def aside(connection: Connection, slot: Exercise) -> None:
    """Find out whether an answer is right that a cell uses, and whose test has not come."""
    answers = answers_of(connection, ASIDE)
    answers.filled |= {slot.name}  # maybe by this very cell
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        examining(answers),
    ):
        warnings.simplefilter("ignore")
        answers.examine_aside(slot)


def run(source: str, trusted: Mapping[str, Any], connection: Connection, seed: int) -> Judged:
    """Run a test cell.

    Parameters
    ----------
    source : str
        The cell, from the instructor.
    trusted : mapping
        What the instructor's notebook imports; it goes before the submission's names.
    connection : Connection
        To a job in which the cells before the test have been run.
    seed : int
        For everything random, in the checks and in the cell.
    """
    answers = answers_of(connection, seed)
    judged = examined(source, trusted, connection, seed, answers)
    try:
        answers.look()
    except Halt as halt:  # of ours: what ended the submission is noted
        return halted(halt.reason)
    judged.waits = answers.waits
    return judged


def examined(
    source: str, trusted: Mapping[str, Any], connection: Connection, seed: int, answers: Answers
) -> Judged:
    """Run a test cell, and nothing after it."""
    connection.printed.clear()
    printed = io.StringIO()
    notes = answers.notes
    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
            examining(answers),
        ):
            warnings.simplefilter("ignore")
            random.seed(seed)
            np.random.seed(seed % 2**32)  # noqa: NPY002  (a test may use it)
            value = evaluate(source, namespace(source, trusted, connection))
    except Halt as halt:
        return halted(halt.reason)
    except CheckFailed as failure:
        outputs = said(printed, connection)
        text = failure.report.text()
        outputs.append(error_output("CheckFailed", text, text.splitlines()))
        return Judged(outputs, WRONG, failure.report.code, notes=notes, says=text)
    except (Exception, SystemExit) as error:
        lines = traceback.format_exception_only(error)
        where = line_of(error, source)
        outputs = said(printed, connection)
        outputs.append(
            error_output(type(error).__name__, str(error), [where] if where else [], lines)
        )
        return Judged(outputs, WRONG if isinstance(error, AssertionError) else ERROR, notes=notes)
    outputs = said(printed, connection)
    if value is not None:
        outputs.append(
            {
                "output_type": "execute_result",
                "execution_count": None,
                "data": {"text/plain": repr(value)},
                "metadata": {},
            }
        )
    judged = Judged(outputs, PASSED, notes=notes)
    if answers.failed:  # a part of the points, or none, and the test said so itself
        judged.code, judged.says = answers.failed[0].code, answers.failed[0].text()
    return judged


def halted(reason: Ended | Infrastructure) -> Judged:
    """Return what is written under a test whose submission ended."""
    if isinstance(reason, Infrastructure):
        return Judged([], INFRASTRUCTURE, failure=reason)
    text = f"The answer could not be examined: {reason}."
    return Judged([error_output(reason.verdict.capitalize(), text, [text])], reason.verdict)


def error_output(name: str, value: str, *lines: list[str]) -> dict[str, Any]:
    """Return an error as nbformat has it."""
    shown = [line.rstrip("\n") for part in lines for line in part]
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": shown}


def said(printed: io.StringIO, connection: Connection) -> list[dict[str, Any]]:
    """Return what the submission's functions printed, and then what the test did."""
    texts = ["".join(connection.printed), printed.getvalue()]
    return [{"output_type": "stream", "name": "stdout", "text": text} for text in texts if text]


def evaluate(source: str, names: dict[str, Any]) -> Any:
    """Run a cell; the value of its last line, if that is an expression, is returned."""
    code, last = compiled(source)
    exec(code, names)
    return None if last is None else eval(last, names)


@lru_cache(maxsize=512)  # the same tests for a whole class
def compiled(source: str) -> tuple[CodeType, CodeType | None]:
    """Return the code of a cell, that of a last line which is an expression by itself."""
    tree = ast.parse(source, "<test>")
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    code = compile(tree, "<test>", "exec")
    if not isinstance(last, ast.Expr):
        return code, None
    return code, compile(ast.Expression(last.value), "<test>", "eval")


def line_of(error: BaseException, source: str) -> str:
    """Return the line of the test on which an error was raised."""
    numbers = [
        f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "<test>"
    ]
    lines = source.splitlines()
    if numbers and numbers[-1] and numbers[-1] <= len(lines):
        return f"line {numbers[-1]} of this cell: {lines[numbers[-1] - 1].strip()}"
    return ""


def namespace(source: str, trusted: Mapping[str, Any], connection: Connection) -> dict[str, Any]:
    """Return the names that a test needs: the instructor's, the course's, then the student's."""
    names: dict[str, Any] = {"__name__": "__main__"}
    wanted = []
    for name in sorted(names_of(source).uses):
        if name in trusted:
            names[name] = trusted[name]
        elif name in course_utils.__all__:
            names[name] = getattr(course_utils, name)
        elif not hasattr(builtins, name):
            wanted.append(name)
    if wanted:
        values = connection.request({"op": "names", "names": wanted}).get("values")
        for name in wanted:
            if isinstance(values, dict) and name in values:
                names[name] = named(connection.read(values[name]), name)
    return names


def named(value: Any, name: str) -> Any:
    """Give a proxy the name that the notebook gives it."""
    if callable(value) and hasattr(value, "__qualname__"):
        value.__name__ = value.__qualname__ = name
    return value
