"""What the hypotheses look at: the failing trials of one gradient, and ways to ask again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.backward_call import Subject
from course_utils.checker.tolerance import Judge, Verdict
from course_utils.checker.trials import Trial
from course_utils.measure import numerical


class Probe:
    """A gradient along one random direction.

    A claim "this is the gradient at other inputs, or of another upstream" takes one
    evaluation of the forward along the direction, in place of one for each entry.
    """

    def __init__(self, judge: Judge, trial: Trial, k: int, grad: Array) -> None:
        self.judge, self.trial, self.k = judge, trial, k
        self.direction = np.asarray(judge.draw(grad.shape))
        self.received = float(np.vdot(grad, self.direction))
        self.length = float(np.vdot(grad, grad)) ** 0.5
        norm = float(np.vdot(grad, grad)) * float(np.vdot(self.direction, self.direction))
        self.norm = norm**0.5
        self.size = self.norm / max(grad.size, 1) ** 0.5
        self._slope: Array | None = None

    def slope(self, inputs: tuple[Any, ...] | None = None, rows: Any = None) -> Array:
        """Measure how the output moves along the direction, or along its first `rows`."""
        if inputs is None and rows is None:
            if self._slope is None:
                self._slope = self._measure(self.trial.inputs, self.direction)
            return self._slope
        direction = self.direction
        if rows is not None:
            direction = np.zeros(direction.shape)
            direction[rows] = self.direction[rows]
        return self._measure(self.trial.inputs if inputs is None else inputs, direction)

    def _measure(self, inputs: tuple[Any, ...], direction: Array) -> Array:
        directions: list[Any] = [None] * len(inputs)
        directions[self.k] = direction
        return numerical.derivative(self.judge.forward, inputs, directions, self.judge.analytic)

    def is_gradient(self, inputs: tuple[Any, ...] | None = None, g: Array | None = None) -> bool:
        """Tell whether the wrong gradient is the right one at `inputs` for the upstream `g`."""
        slope = self.slope(inputs)
        upstream = self.trial.upstream if g is None else g
        if slope.shape != upstream.shape:
            return False
        claimed = float(np.vdot(upstream, slope))
        return bool(abs(claimed - self.received) <= 3e-6 * max(self.size, abs(claimed)))

    def agrees(self) -> bool:
        """Tell whether the gradient is right along the direction, to float64's exactness."""
        right = float(np.vdot(self.trial.upstream, self.slope()))
        return self.judge.is_exact(self.received, right, self.norm)

    def ratio(self) -> float:
        """Return received / right along the direction."""
        right = float(np.vdot(self.trial.upstream, self.slope()))
        return self.received / right if right else float("nan")


@dataclass
class Failure:
    """One trial in which the gradient is wrong."""

    trial: Trial
    verdict: Verdict
    probe: Probe | None = None

    @property
    def plenty(self) -> bool:
        """Whether the gradient has so many entries that no two mistakes look alike."""
        return self.expected.size >= 6 and self.expected.shape != ()

    @property
    def plain(self) -> bool:
        """Whether two gradients of one shape cannot be alike by chance, as zeros are."""
        return self.expected.size > 1 and bool(np.any(self.received))

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
    """All that is known of the gradient with respect to one input.

    Attributes
    ----------
    k, name : int, str
        The input.
    failures : list of Failure
        Trials measured entry by entry, generic ones first.
    more : list of Probe
        Further failing trials, looked at along one direction only.
    wrong_in : list of Trial
        Every trial in which it is wrong.
    passed : list of (Trial, ndarray)
        Every trial in which it is right, with the gradient.
    """

    k: int
    name: str
    subject: Subject
    judge: Judge
    batch: str | None
    rng: np.random.Generator
    failures: list[Failure] = field(default_factory=list)
    more: list[Probe] = field(default_factory=list)
    wrong_in: list[Trial] = field(default_factory=list)
    passed: list[tuple[Trial, Array]] = field(default_factory=list)

    @property
    def right_in(self) -> list[Trial]:
        """The trials in which the gradient is right, and not zero.

        Zero is a multiple of anything: such a trial tells no mistake from another.
        """
        return [t for t, grad in self.passed if np.max(np.abs(grad), initial=0.0) > 1e-12]

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
                claimed = claim(failure)
            except (ValueError, IndexError, TypeError, np.linalg.LinAlgError):
                return False
            if claimed is None or not same(failure.received, claimed):
                return False
        return bool(self.failures)

    def probe(self, f: Failure) -> Probe:
        """Return the failing trial along one random direction."""
        if f.probe is None:
            f.probe = Probe(self.judge, f.trial, self.k, f.received)
        return f.probe

    def every_probe(self, claim: Callable[[Trial], tuple[Any, Any] | None]) -> bool:
        """Tell whether the wrong gradient is the right one at the claimed inputs and upstream.

        `claim` returns (inputs, upstream) for a trial, each None for the trial's own.
        """
        for probe in [*map(self.probe, self.failures), *self.more]:
            try:
                claimed = claim(probe.trial)
                if claimed is None or not probe.is_gradient(*claimed):
                    return False
            except (ValueError, IndexError, TypeError, np.linalg.LinAlgError):
                return False
        return bool(self.failures)

    def few(self, most: int = 2) -> list[Failure]:
        """Return the failing trials for claims that are expensive to test."""
        return self.failures[:most]


def same(a: Any, b: Any, tolerance: float = 1e-5) -> bool:
    """Tell whether two arrays of one shape agree, measured by their largest entry."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    if a.size == 0:
        return True
    gap = float(np.abs(a - b).max())
    size = max(float(np.abs(a).max()), float(np.abs(b).max()))
    # Any nan makes the comparison false; an infinite size must not make it true.
    return gap <= tolerance * size < float("inf")
