"""What the hypotheses look at: the failing trials of one gradient, and ways to ask again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.checker.judge import Judge, Verdict
from course_utils.checker.subject import Subject
from course_utils.checker.trials import Trial
from course_utils.function import Array


@dataclass
class Failure:
    """One trial in which the gradient is wrong."""

    trial: Trial
    verdict: Verdict

    @property
    def received(self) -> Array:
        """The learner's gradient."""
        return self.verdict.received

    @property
    def expected(self) -> Array:
        """The measured gradient."""
        return self.verdict.expected


@dataclass
class Evidence:
    """All that is known of the gradient by one input.

    Attributes
    ----------
    k, name : int, str
        The input.
    failures : list of Failure
        Trials measured entry by entry, generic ones first.
    wrong_in, right_in : list of Trial
        Every trial by its outcome.
    """

    k: int
    name: str
    subject: Subject
    judge: Judge
    batch: str | None
    failures: list[Failure] = field(default_factory=list)
    wrong_in: list[Trial] = field(default_factory=list)
    right_in: list[Trial] = field(default_factory=list)
    other_failing: bool = False
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(11))

    @property
    def label(self) -> str:
        """What the wrong array is called in messages."""
        return f"grad_{self.name}"

    def ask(
        self, trial: Trial, inputs: tuple[Any, ...] | None = None, g: Array | None = None
    ) -> Array | None:
        """Call the learner's backward again, at other inputs or another upstream."""
        answer = self.subject.answer(
            trial.inputs if inputs is None else inputs, trial.upstream if g is None else g
        )
        if answer.grads is None:
            return None
        found = answer.grads[self.subject.wrt.index(self.k)]
        return found if found.shape == trial.inputs[self.k].shape else None

    def measured(
        self, trial: Trial, inputs: tuple[Any, ...] | None = None, g: Array | None = None
    ) -> Array:
        """Measure the gradient at other inputs or another upstream."""
        return self.judge.measure(trial, self.k, inputs, g)[0]

    def every(self, claim: Callable[[Failure], Any]) -> bool:
        """Tell whether a claim on received numbers holds in every failing trial."""
        for failure in self.failures:
            try:
                with np.errstate(all="ignore"):
                    claimed = claim(failure)
            except (ValueError, IndexError, TypeError, np.linalg.LinAlgError):
                return False
            if claimed is None or not same(failure.received, claimed):
                return False
        return bool(self.failures)

    def few(self, most: int = 3) -> list[Failure]:
        """Return the failing trials for claims that are expensive to test."""
        return self.failures[:most]


def same(a: Any, b: Any, tolerance: float = 1e-5) -> bool:
    """Tell whether two arrays of one shape agree, measured by their largest entry."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return False
    size = max(float(np.max(np.abs(a), initial=0.0)), float(np.max(np.abs(b), initial=0.0)))
    return bool(np.max(np.abs(a - b), initial=0.0) <= tolerance * size)
