"""What the hypotheses look at: the failing trials of one array, and ways to ask again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.backward_call import Subject
from course_utils.checker.tolerance import Comparison, Yardstick
from course_utils.checker.trials import Trial
from course_utils.measure import numerical


class Projection:
    """A gradient along one random direction.

    A claim "this is the gradient at other inputs, or of another upstream" takes one
    evaluation of the forward along the direction, in place of one for each entry.
    """

    def __init__(self, yardstick: Yardstick, trial: Trial, k: int, grad: Array) -> None:
        self.yardstick, self.trial, self.k = yardstick, trial, k
        self.direction = np.asarray(yardstick.draw(grad.shape))
        self.received = float(np.vdot(grad, self.direction))
        self.length = float(np.vdot(grad, grad)) ** 0.5
        norm = float(np.vdot(grad, grad)) * float(np.vdot(self.direction, self.direction))
        self.size = (norm / max(grad.size, 1)) ** 0.5
        self._slope: Array | None = None

    def slope(self, inputs: tuple[Any, ...] | None = None, rows: Any = None) -> Array:
        """Measure how the output moves along the direction, or along its first `rows`."""
        if inputs is None and rows is None:
            if self._slope is None:
                self._slope = self.yardstick.along(self.trial, self.k, self.direction)
            return self._slope
        direction = self.direction
        if rows is not None:
            direction = np.zeros(direction.shape)
            direction[rows] = self.direction[rows]
        if inputs is None:
            return self.yardstick.along(self.trial, self.k, direction)
        directions: list[Any] = [None] * len(inputs)
        directions[self.k] = direction
        return numerical.derivative(
            self.yardstick.forward, inputs, directions, self.yardstick.analytic
        )

    def is_gradient(self, inputs: tuple[Any, ...] | None = None, g: Array | None = None) -> bool:
        """Tell whether the wrong gradient is the right one at `inputs` for the upstream `g`."""
        try:
            slope = self.slope(inputs)
        except Exception:  # mixed inputs that the forward does not take prove nothing
            return False
        upstream = self.trial.upstream if g is None else g
        if slope.shape != upstream.shape:
            return False
        return self.is_received(float(np.vdot(upstream, slope)))

    def along(self, k: int, direction: Array) -> Array:
        """Measure how the output moves along another direction, of any input."""
        return self.yardstick.along(self.trial, k, direction)

    def is_received(self, claimed: float) -> bool:
        """Tell whether what was received comes to `claimed` along the direction."""
        return bool(abs(claimed - self.received) <= 3e-6 * max(self.size, abs(claimed)))

    def ratio(self) -> float:
        """Return received / right along the direction."""
        right = float(np.vdot(self.trial.upstream, self.slope()))
        return self.received / right if right else float("nan")


@dataclass
class Failure:
    """One trial in which an array is wrong."""

    trial: Trial
    comparison: Comparison
    projection: Projection | None = None

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
        """The learner's array."""
        return self.comparison.received

    @property
    def expected(self) -> Array:
        """The measured one."""
        return self.comparison.expected


@dataclass(kw_only=True)
class Evidence:
    """All that is known of one array that is examined.

    Attributes
    ----------
    name : str
        What it is about: the input of a gradient.
    label : str
        What the array is called in messages.
    failures : list of Failure
        Trials in which it is wrong, entry by entry, generic ones first.
    more : list of Projection
        Further failing trials, looked at along one direction only.
    passed : list of (Trial, ndarray)
        Every trial in which it is right, with the array.
    """

    name: str
    label: str
    failures: list[Failure] = field(default_factory=list)
    more: list[Projection] = field(default_factory=list)
    passed: list[tuple[Trial, Array]] = field(default_factory=list)

    @property
    def right_in(self) -> list[Trial]:
        """The trials in which the array is right, and not zero.

        Zero is a multiple of anything: such a trial tells no mistake from another.
        """
        return [t for t, array in self.passed if np.max(np.abs(array), initial=0.0) > 1e-12]

    def every(self, claim: Callable[[Failure], Any]) -> bool:
        """Tell whether a claim on received numbers holds in every failing trial."""
        for failure in self.failures:
            try:
                claimed = claim(failure)
            except Exception:  # the forward may not take what was mixed, in its own way
                return False
            if claimed is None or not same(failure.received, claimed):
                return False
        return bool(self.failures)


@dataclass(kw_only=True)
class GradientEvidence(Evidence):
    """All that is known of the gradient with respect to one input, and ways to ask again.

    Attributes
    ----------
    k : int
        The position of the input.
    wrong_in : list of Trial
        Every trial in which it is wrong.
    replayed : list of hypotheses.replay.Replayed, or None
        Failing trials that were replayed, once one of the hypotheses has asked for that.
    """

    k: int
    subject: Subject
    yardstick: Yardstick
    batch: str | None
    rng: np.random.Generator
    wrong_in: list[Trial] = field(default_factory=list)
    replayed: list[Any] | None = None

    def ask(
        self, trial: Trial, inputs: tuple[Any, ...] | None = None, g: Array | None = None
    ) -> Array | None:
        """Call the learner's backward again, at other inputs or another upstream."""
        given = trial.inputs if inputs is None else inputs
        try:
            started = self.subject.start(given)
        except Exception:  # inputs that the forward does not take
            return None
        call = self.subject.finish(started, trial.upstream if g is None else g)
        if call.grads is None:
            return None
        found = call.grads[self.subject.wrt.index(self.k)]
        return found if found.shape == trial.inputs[self.k].shape else None

    def measured(
        self, trial: Trial, inputs: tuple[Any, ...] | None = None, g: Array | None = None
    ) -> Array:
        """Measure the gradient at other inputs or another upstream."""
        return self.yardstick.measure(trial, self.k, inputs, g)[0]

    def projection(self, f: Failure) -> Projection:
        """Return the failing trial along one random direction."""
        if f.projection is None:
            f.projection = Projection(self.yardstick, f.trial, self.k, f.received)
        return f.projection

    def projections(self) -> list[Projection]:
        """Return every failing trial that was kept, along one random direction."""
        return [*map(self.projection, self.failures), *self.more]

    def every_projection(self, claim: Callable[[Trial], tuple[Any, Any] | None]) -> bool:
        """Tell whether the wrong gradient is the right one at the claimed inputs and upstream.

        `claim` returns (inputs, upstream) for a trial, each None for the trial's own.
        """
        for projection in self.projections():
            try:
                claimed = claim(projection.trial)
                if claimed is None or not projection.is_gradient(*claimed):
                    return False
            except Exception:  # the forward may not take what was mixed, in its own way
                return False
        return bool(self.failures)

    def few(self, most: int = 2) -> list[Failure]:
        """Return the failing trials for claims that are expensive to test.

        Where everything is small, large or zero, two mistakes may look alike.
        """
        telling = [f for f in self.failures if f.trial.kind not in ("small", "zeros", "large")]
        return (telling or self.failures)[:most]


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
