"""The derivative of one forward pass, pushed through its steps, some of them treated wrongly.

A direction of one input goes in, and the tape says step by step how each value moves along. Each
step is measured by a complex step, or by real differences where that is lost, so no slope of any
operation is written down here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.evidence import GradientEvidence, Projection
from course_utils.measure.numerical import COMPLEX_STEP
from course_utils.measure.tracer import Step, Tape

MOST_STEPS = 80
"""Of a tape that is replayed: what loops over entries is not, as each replay takes as long."""
MOST_TRIALS = 3  # that are replayed
_STEP = 1e-5
_REAL = {"sign", "absolute", "abs"}  # complex numbers give them another meaning

Moves = Mapping[int, Any]
"""Of each argument that moves, by its position: how."""
Treatment = Callable[[Step, Moves, list[Any]], Any]
"""What a step makes of the moves of its arguments, or of earlier values, and should not."""


def _nth(index: int) -> str:
    return ("the first", "the second", "the third")[index] if index < 3 else f"number {index + 1}"


class Replay:
    """One forward pass, and how its values move along a direction of one input."""

    def __init__(
        self,
        forward: Callable[..., Any],
        inputs: tuple[Any, ...],
        names: Sequence[str] = (),
    ) -> None:
        self.names = names
        self.constant: set[int] = set()
        self.tape = Tape(forward, inputs, decisions=True)
        self.first = len(self.tape.inputs)

    def push(
        self,
        k: int,
        direction: Array,
        treated: Mapping[int, Treatment] | None = None,
        base: list[Any] | None = None,
    ) -> list[Any]:
        """Return how each value of the tape moves, None for what stays.

        Parameters
        ----------
        k, direction
            Which input moves, and how.
        treated : mapping, optional
            Steps, by their numbers, that are treated otherwise.
        base : list, optional
            What was found without; what comes before the first such step is taken from it.
        """
        treated = treated or {}
        begin = 0
        found: list[Any] = [direction if i == k else None for i in range(self.first)]
        if base is not None and treated:
            begin = min(treated)
            found = base[: self.first + begin]
        for number in range(begin, len(self.tape.steps)):
            step = self.tape.steps[number]
            moves = self.moves_of(step, found)
            treat = treated.get(number)
            if not moves or number in self.constant:
                found.append(None)
            else:
                found.append(moved(step, moves) if treat is None else treat(step, moves, found))
        return found

    def moves_of(self, step: Step, found: list[Any]) -> dict[int, Any]:
        """Return which arguments of a step move, and how."""
        places = step.places.items()
        return {at: found[place] for at, place in places if found[place] is not None}

    def named(self, place: int) -> str:
        """Return what to call a value: the step that made it, with its number if there are more."""
        if place < self.first:
            return f"the input {self.names[place]}"
        step = self.tape.steps[place - self.first].name
        alike = [n for n, other in enumerate(self.tape.steps) if other.name == step]
        return (
            f"`{step}`"
            if len(alike) == 1
            else f"`{step}` ({_nth(alike.index(place - self.first))})"
        )

    def reached(self, k: int) -> set[int]:
        """Return the values that depend on input `k`, by their places."""
        touched = {k}
        for number, step in enumerate(self.tape.steps):
            if number not in self.constant and not touched.isdisjoint(step.places.values()):
                touched.add(self.first + number)
        return touched


def moved(step: Step, moves: Moves) -> Any:
    """Return how the result of a step moves with its arguments; None if it stays."""
    if np.asarray(step.value).dtype.kind != "f":
        return None
    if step.name not in _REAL:
        out = step.again(_along(step, moves, 1j * COMPLEX_STEP))
        if out.dtype.kind == "c":
            return out.imag / COMPLEX_STEP
    forth, back = (step.again(_along(step, moves, h)) for h in (_STEP, -_STEP))
    return (forth - back) / (2 * _STEP)


def _along(step: Step, moves: Moves, h: complex) -> list[Any]:
    given = list(step.arguments)
    for at, move in moves.items():
        given[at] = given[at] + h * move
    return given


class Replayed:
    """One failing trial: what was received along random directions, beside what is replayed.

    Parameters
    ----------
    evidence : GradientEvidence
    projection : Projection
        The trial along its first direction.
    received : ndarray, optional
        The wrong gradient, where it was kept; without it there are no further directions.
    """

    def __init__(
        self, evidence: GradientEvidence, projection: Projection, received: Array | None = None
    ) -> None:
        self.k, self.rng, self.whole = evidence.k, evidence.rng, received
        self.trial, self.size = projection.trial, projection.size
        subject = evidence.subject
        self.replay = Replay(subject.forward, self.trial.inputs, subject.names)
        if len(self.replay.tape.steps) > MOST_STEPS:
            raise ValueError("too long to be replayed many times")
        self.directions = [projection.direction]
        self.bases = [self.replay.push(self.k, projection.direction)]
        self.received = [projection.received]
        right = float(np.vdot(self.trial.upstream, projection.slope()))
        self._leave_out_shifts()
        # Where the tape does not reproduce the derivative it proves nothing.
        self.faithful = self.near(self.along(self.bases[0]), right)

    def _leave_out_shifts(self) -> None:
        """Take largest entries as constants where that changes nothing, as everybody does."""
        steps = self.replay.tape.steps
        shifts = {
            n for n, step in enumerate(steps) if step.name in ("max", "amax", "maximum.reduce")
        }
        before = self.along(self.bases[0])
        self.replay.constant = shifts
        without = self.replay.push(self.k, self.directions[0]) if shifts else self.bases[0]
        if self.near(self.along(without), before):
            self.bases = [without]
        else:
            self.replay.constant = set()

    def add_directions(self, wanted: int) -> None:
        """Draw as many directions as are wanted in all, if the gradient was kept."""
        while self.whole is not None and len(self.directions) < wanted:
            direction = self.rng.normal(size=self.whole.shape)
            self.directions.append(direction)
            self.bases.append(self.replay.push(self.k, direction))
            self.received.append(float(np.vdot(self.whole, direction)))

    def along(self, found: list[Any]) -> float:
        """Return how what is differentiated moves, if the values move as found."""
        return self.contracted(found[self.replay.tape.result])

    def contracted(self, out: Any) -> float:
        """Return grad_output times a move of the output; nan if that has not its shape."""
        g = self.trial.upstream
        if out is None or np.shape(out) != g.shape:
            return float("nan")
        return float(np.sum(g * out))

    def near(self, a: float, b: float) -> bool:
        """Tell whether two numbers agree as well as replaying allows."""
        return bool(abs(a - b) <= 1e-6 * max(self.size, abs(a), abs(b)))

    def is_explained_by(self, treated: Mapping[int, Treatment]) -> bool:
        """Tell whether the received gradient is the derivative with some steps so treated."""
        try:
            return all(
                self.near(self.along(self.replay.push(self.k, direction, treated, base)), received)
                for direction, base, received in zip(
                    self.directions, self.bases, self.received, strict=True
                )
            )
        except (ValueError, TypeError, IndexError, np.linalg.LinAlgError):
            return False


def replayed(evidence: GradientEvidence) -> list[Replayed]:
    """Return failing trials that can be replayed; none if one of them cannot be relied on."""
    if evidence.replayed is None:  # several hypotheses ask
        evidence.replayed = _replayed(evidence)
    return evidence.replayed


def _replayed(evidence: GradientEvidence) -> list[Replayed]:
    kept = [(evidence.projection(f), f.received) for f in evidence.failures]
    looked_at = [*kept, *((projection, None) for projection in evidence.more)]
    plain = [one for one in looked_at if one[0].trial.kind not in ("zeros", "large")]
    plain = plain or [one for one in looked_at if one[0].trial.kind == "large"]
    if not plain or not all(np.isfinite(p.received) for p, _ in plain):
        return []
    try:
        found = [Replayed(evidence, *one) for one in plain[:MOST_TRIALS]]
    # A forward may do anything with the recording arrays; then there is nothing to say.
    except Exception:
        return []
    return found if all(trial.faithful for trial in found) else []
