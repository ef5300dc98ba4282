"""One step inside the forward pass treated wrongly.

A backward that forgets one inner derivative, or evaluates it at the wrong value, is the
derivative of a forward pass in which one step was treated wrongly. So the derivative of the
forward pass along a direction is pushed through its steps, each measured by a complex step, with
one of them changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.evidence import Failure, GradientEvidence
from course_utils.checker.report import Finding
from course_utils.measure.numerical import COMPLEX_STEP
from course_utils.measure.tracer import Step, Tape

_CODES = {
    "skip": "missing-local",
    "value": "missing-local",
    "output": "wrong-point",
    "inverse": "wrong-point",
    "cut": "missing-term",
    "primal": "wrong-point",
}
_INVERSES: dict[str, Callable[[Any], Any]] = {
    "tanh": np.arctanh,
    "exp": np.log,
    "log": np.exp,
    "sin": np.arcsin,
    "cos": np.arccos,
    "sqrt": np.square,
    "square": np.sqrt,
    "reciprocal": np.reciprocal,
}
_PRODUCTS = ("multiply", "matmul", "einsum", "dot", "divide", "tensordot")


@dataclass(frozen=True)
class Change:
    """One step treated wrongly.

    Attributes
    ----------
    kind : str
        "skip" (its derivative left out), "value" (not differentiated), "output" and
        "inverse" (differentiated at the wrong point), "cut" (one way through it
        left out), "primal" (another value used in a product).
    step, argument, other : int
        Which step, which of its traced arguments, and which value of the tape instead.
    """

    kind: str
    step: int
    argument: int = -1
    other: int = -1


class Replay:
    """The derivative of one forward pass along the direction of one input, step by step."""

    def __init__(self, forward: Callable[..., Any], inputs: tuple[Any, ...]) -> None:
        self.tape = Tape(forward, inputs, decisions=True)

    def push(
        self, k: int, direction: Array, change: Change | None = None, base: list[Any] | None = None
    ) -> list[Any]:
        """Return how each value of the tape moves, None for what stays.

        Parameters
        ----------
        k, direction
            Which input moves, and how.
        change : Change, optional
            What is done differently.
        base : list, optional
            What was found without a change; what comes before the change is taken from it.
        """
        first = len(self.tape.inputs)
        found: list[Any] = [direction if i == k else None for i in range(first)]
        begin = 0
        if change is not None and base is not None:
            begin, found = change.step, base[: first + change.step]
        for number in range(begin, len(self.tape.steps)):
            changed = change if change is not None and change.step == number else None
            found.append(self._one(self.tape.steps[number], found, changed))
        return found

    def _one(self, step: Step, found: list[Any], change: Change | None) -> Any:
        if all(found[place] is None for place in step.places.values()):
            return None
        if change is not None and change.kind in ("skip", "value", "output", "inverse"):
            return _of_one_argument(step, found, change)
        given = list(step.arguments)
        for argument, (position, place) in enumerate(step.places.items()):
            tangent = found[place]
            if change is not None and change.argument == argument:
                if change.kind == "cut":
                    tangent = None
                else:
                    given[position] = self.tape.value(change.other)
            if tangent is not None:
                given[position] = given[position] + (1j * COMPLEX_STEP) * tangent
        out = step.again(given)
        return out.imag / COMPLEX_STEP if out.dtype.kind == "c" else None

    def changes(self, k: int) -> Iterator[Change]:
        """List what may have been done wrongly on the way from input `k` to the output."""
        first = len(self.tape.inputs)
        touched = {k}
        products = []
        for number, step in enumerate(self.tape.steps):
            places = list(step.places.values())
            if touched.isdisjoint(places):
                continue
            touched.add(first + number)
            if len(places) > 1:
                cut = [argument for argument, place in enumerate(places) if place in touched]
                yield from (Change("cut", number, argument) for argument in cut)
                products += [number] if step.name in _PRODUCTS else []
            elif np.shape(self.tape.value(places[0])) == np.shape(step.value):
                kinds = ("skip", "value", "output", "inverse")[: 4 if step.name in _INVERSES else 3]
                yield from (Change(kind, number) for kind in kinds)
        # Last, as there are many: another value of the same shape in a product.
        for number in products:
            for argument, place in enumerate(self.tape.steps[number].places.values()):
                yield from self._others(number, argument, place)

    def _others(self, number: int, argument: int, place: int) -> Iterator[Change]:
        shape = np.shape(self.tape.value(place))
        for other in range(len(self.tape.inputs) + len(self.tape.steps)):
            if other != place and shape and np.shape(self.tape.value(other)) == shape:
                yield Change("primal", number, argument, other)


def _of_one_argument(step: Step, found: list[Any], change: Change) -> Any:
    """Return how a step of one argument moves, treated wrongly."""
    ((position, place),) = step.places.items()
    tangent = found[place]
    if change.kind == "skip":
        return tangent
    if change.kind == "value":
        return step.value * tangent

    def run(x: Any) -> Any:
        return step.again([*step.arguments[:position], x, *step.arguments[position + 1 :]])

    if change.kind == "output":
        return run(step.value + (1j * COMPLEX_STEP) * tangent).imag / COMPLEX_STEP
    value = np.asarray(step.arguments[position], dtype=np.complex128)
    point = _INVERSES[step.name](value)
    slope = (run(point + 1e-5) - run(point - 1e-5)) / 2e-5
    return slope.real * tangent


class _Trial:
    """One failing trial, replayed along a random direction."""

    def __init__(self, evidence: GradientEvidence, failure: Failure) -> None:
        self.g = failure.trial.upstream
        self.k = evidence.k
        self.replay = Replay(evidence.subject.forward, failure.trial.inputs)
        self.direction = evidence.rng.normal(size=failure.expected.shape)
        self.base = self.replay.push(self.k, self.direction)
        self.received = float(np.sum(failure.received * self.direction))
        self.size = float(np.sum(np.abs(failure.received * self.direction)))
        expected = float(np.sum(failure.expected * self.direction))
        # Where the tape does not reproduce the derivative it proves nothing.
        self.faithful = self._near(self._read(self.base), expected)

    def _read(self, found: list[Any]) -> float:
        out = found[self.replay.tape.result]
        if out is None or np.shape(out) != self.g.shape:
            return float("nan")
        return float(np.sum(self.g * out))

    def _near(self, a: float, b: float) -> bool:
        return abs(a - b) <= 1e-6 * max(self.size, abs(a), abs(b))

    def explained_by(self, change: Change) -> bool:
        """Tell whether the received gradient is the derivative with `change` in it."""
        try:
            found = self.replay.push(self.k, self.direction, change, self.base)
            return self._near(self._read(found), self.received)
        except (ValueError, TypeError, IndexError):
            return False


def one_step(evidence: GradientEvidence) -> Finding | None:
    """Report a step whose derivative was left out, cut off, or taken at the wrong value."""
    return _first_change(evidence, lambda change: change.kind != "primal")


def other_value(evidence: GradientEvidence) -> Finding | None:
    """Report a product that uses another value of the same shape."""
    return _first_change(evidence, lambda change: change.kind == "primal")


def _first_change(evidence: GradientEvidence, wanted: Callable[[Change], bool]) -> Finding | None:
    failures = [f for f in evidence.failures if f.trial.kind not in ("zeros", "large")][:3]
    failures = [f for f in failures if np.all(np.isfinite(f.received))]
    if not failures:
        return None
    try:
        trials = [_Trial(evidence, f) for f in failures]
    # A forward may do anything with the recording arrays; then there is nothing to say.
    except Exception:
        return None
    if not all(trial.faithful for trial in trials):
        return None
    replay = trials[0].replay
    for change in filter(wanted, replay.changes(evidence.k)):
        if all(trial.explained_by(change) for trial in trials):
            code = _CODES[change.kind]
            if change.kind == "primal" and change.other < len(replay.tape.inputs):
                code = "wrong-input"
            return Finding(code, _message(evidence, change, replay.tape))
    return None


def _message(evidence: GradientEvidence, change: Change, tape: Tape) -> str:
    name, step = evidence.label, tape.steps[change.step].name
    if change.kind == "skip":
        return f"{name} is what remains when the derivative of the step `{step}` is left out."
    if change.kind == "value":
        return f"In {name} the step `{step}` is not differentiated: its value stands there instead."
    if change.kind in ("output", "inverse"):
        return f"{name} evaluates the derivative of the step `{step}` at the wrong value."
    if change.kind == "cut":
        return (
            f"{evidence.name} reaches the output in more than one way, and one of them, "
            f"through the step `{step}`, is left out of {name}."
        )
    other = change.other - len(tape.inputs)
    value = (
        f"the input {evidence.subject.names[change.other]}"
        if other < 0
        else f"the result of `{tape.steps[other].name}`"
    )
    return f"In {name} a product uses {value}, where another value of the same shape belongs."
