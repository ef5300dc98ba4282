"""One step inside the forward pass treated wrongly; see `course_utils.checker.trace`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.checker.evidence import Evidence, Failure
from course_utils.checker.report import Finding
from course_utils.checker.trace import Change, Tape

_CODES = {
    "skip": "missing-local",
    "value": "missing-local",
    "output": "wrong-point",
    "inverse": "wrong-point",
    "cut": "missing-term",
    "primal": "wrong-point",
}


class _Replay:
    """One failing trial, with its tape and a random direction to compare along."""

    def __init__(self, evidence: Evidence, failure: Failure) -> None:
        self.g = failure.trial.upstream
        self.tape = Tape(evidence.subject.forward, failure.trial.inputs)
        self.direction = evidence.rng.normal(size=failure.expected.shape)
        self.tangents = {evidence.k: self.direction}
        self.base = self.tape.push(self.tangents)
        self.received = float(np.sum(failure.received * self.direction))
        self.size = float(np.sum(np.abs(failure.received * self.direction)))
        expected = float(np.sum(failure.expected * self.direction))
        # Where the tape does not reproduce the derivative it proves nothing.
        self.faithful = self._near(self._read(self.base), expected)

    def _read(self, tangents: list[Any]) -> float:
        out = tangents[self.tape.result]
        if out is None or np.shape(out) != self.g.shape:
            return float("nan")
        return float(np.sum(self.g * out))

    def _near(self, a: float, b: float) -> bool:
        return abs(a - b) <= 1e-6 * max(self.size, abs(a), abs(b))

    def explained_by(self, change: Change) -> bool:
        """Tell whether the received gradient is the derivative with `change` in it."""
        try:
            return self._near(
                self._read(self.tape.push(self.tangents, change, self.base)), self.received
            )
        except (ValueError, TypeError, IndexError):
            return False


def one_step(evidence: Evidence) -> Finding | None:
    """Report a step whose derivative was left out, cut off, or taken at the wrong value."""
    return _first_change(evidence, lambda change: change.kind != "primal")


def other_value(evidence: Evidence) -> Finding | None:
    """Report a product that uses another value of the same shape."""
    return _first_change(evidence, lambda change: change.kind == "primal")


def _first_change(evidence: Evidence, wanted: Callable[[Change], bool]) -> Finding | None:
    failures = [f for f in evidence.failures if f.trial.kind not in ("zeros", "large")][:3]
    failures = [f for f in failures if np.all(np.isfinite(f.received))]
    if not failures:
        return None
    try:
        replays = [_Replay(evidence, f) for f in failures]
    # A forward may do anything with the recording arrays; then there is nothing to say.
    except Exception:
        return None
    if not all(replay.faithful for replay in replays):
        return None
    first = replays[0]
    for change in filter(wanted, first.tape.changes(evidence.k)):
        if first.explained_by(change) and all(r.explained_by(change) for r in replays[1:]):
            code = _CODES[change.kind]
            if change.kind == "primal" and change.other < first.tape.inputs:
                code = "wrong-input"
            return Finding(code, _message(evidence, change, first.tape))
    return None


def _message(evidence: Evidence, change: Change, tape: Tape) -> str:
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
    other = tape.steps[change.other].name
    value = (
        f"the input {evidence.subject.names[change.other]}"
        if change.other < tape.inputs
        else f"the result of `{other}`"
    )
    return f"In {name} a product uses {value}, where another value of the same shape belongs."
