"""What examining a backward and examining a plain function have in common.

Trials are drawn and answered, each answer is compared with what is measured, what is wrong is
explained, and a report says all of it.
"""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr
from typing import Any, Generic, TypeVar

from course_utils.checker.evidence import Failure
from course_utils.checker.report import Finding, Report
from course_utils.checker.trials import Trial
from course_utils.checker.waiting import tick, waiting
from course_utils.measure.numerical import quiet

Answered = TypeVar("Answered")


class Examination(ABC, Generic[Answered]):
    """One run of the checker: what it tried, and how many numbers it compared.

    A trial is dropped if nothing could be measured in it, or nothing be asked of an answer.
    """

    def __init__(self, name: str, inputs: tuple[str, ...]) -> None:
        self.name = name
        self.inputs = inputs
        self.tried: list[Trial] = []
        self.dropped: list[Trial] = []
        self.entries = 0

    def report(self) -> Report:
        """Run all trials and put the findings together."""
        # What a learner's code warns of is nobody's business here, least of all the grade's.
        with quiet(), redirect_stderr(io.StringIO()), waiting(self.name):
            for trial, answer in self.answered():
                tick()
                self.tried.append(trial)
                self.look(trial, answer)
                if self.seen_enough():
                    break
            findings = tuple(self.findings())
        return Report(
            name=self.name,
            passed=not findings,
            findings=findings,
            inputs=self.inputs,
            trials=tuple(t.label for t in self.tried if all(t is not d for d in self.dropped)),
            entries=self.entries,
            unproven=tuple(self.unproven()),
            unreached=tuple(self.unreached()),
        )

    @abstractmethod
    def answered(self) -> Iterator[tuple[Trial, Answered]]:
        """Yield every trial with what was answered."""

    @abstractmethod
    def look(self, trial: Trial, answer: Answered) -> None:
        """Sort what one trial showed."""

    @abstractmethod
    def seen_enough(self) -> bool:
        """Tell whether what is wrong can be named without further trials."""

    @abstractmethod
    def findings(self) -> Iterable[Finding]:
        """Return what is wrong, the most telling first."""

    def unproven(self) -> Iterable[str]:
        """Return the parts that were not compared, or not found right."""
        return ()

    def unreached(self) -> Iterable[str]:
        """Say what of the trusted function no trial has reached."""
        return ()


def details_of(failure: Failure, label: str) -> dict[str, Any]:
    """Return what a rendering shows of numbers that are wrong."""
    return {
        "trial": failure.trial.label,
        "result": label,
        "received": failure.received,
        "expected": failure.expected,
        "wrong": failure.comparison.wrong,
    }


def wrong_way_round(matrix: str, elsewhere: str) -> str:
    """Say that a matrix fits only where it is square, and what happens elsewhere."""
    return (
        f"{matrix} is used the wrong way round, transposed or not. Where it is square the shapes "
        f"fit all the same and the numbers are wrong; elsewhere it does not run. {elsewhere}"
    )
