"""A factor that differs from entry to entry, and is one of the forward pass's own numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.evidence import Failure, GradientEvidence, same
from course_utils.checker.report import Finding
from course_utils.measure.tracer import Tape

_CONSTANTS = (1.0, -1.0, 2.0, 0.5, -2.0, -0.5)
_ROOTS = ("`sqrt`", "`std`", "`norm`", "`cbrt`")


def scaled_by_a_value(evidence: GradientEvidence) -> Finding | None:
    """Report a gradient that is the right one times or over a value of the forward pass."""
    failures = [f for f in evidence.failures if f.trial.kind not in ("zeros", "large")]
    found = [_named_values(evidence, f) for f in failures]
    if not failures or sum(f.expected.size for f in failures) + len(evidence.more) < 4:
        return None
    for name, power, constant in _claims(found):
        if all(
            same(f.received, f.expected * constant * values[name] ** power)
            for f, values in zip(failures, found, strict=True)
            if name in values
        ):
            return _finding(evidence, name, power, constant)
    return None


def scaled_by_itself(evidence: GradientEvidence) -> Finding | None:
    """Report a gradient that is the right one times its own input, where nothing else says why."""
    failures = [f for f in evidence.failures if f.trial.kind not in ("zeros", "large")]
    if not failures or sum(f.expected.size for f in failures) + len(evidence.more) < 4:
        return None
    if all(same(f.received, f.expected * f.trial.inputs[evidence.k]) for f in failures):
        return _finding(evidence, f"{evidence.name} itself", 1, 1.0)
    return None


def _claims(found: list[dict[str, Array]]) -> Iterator[tuple[str, int, float]]:
    for name in found[0]:
        if all(name in values for values in found):
            # Of a sign nobody can tell whether it is a factor too many or one too few.
            signs = all(np.all(np.abs(values[name]) == 1) for values in found)
            for power in (1,) if signs else (-1, 1, -2, 2):
                for constant in _CONSTANTS:
                    yield name, power, constant


def _named_values(evidence: GradientEvidence, f: Failure) -> dict[str, Array]:
    """Return the output and the values on the way to it that may be factors of the gradient."""
    values: dict[str, Any] = {}
    try:
        tape = Tape(evidence.subject.forward, f.trial.inputs, decisions=True)
    # A forward may do anything with the recording arrays; then there is the output alone.
    except Exception:
        tape = None
    steps = tape.steps if tape else []
    last = f", the result of `{steps[-1].name}`" if steps else ""
    values[f"the output{last}"] = f.trial.output
    for step in steps[:-1]:
        values.setdefault(f"the result of `{step.name}`", step.value)
    found = {}
    for name, value in values.items():
        fitting = _fitting(np.asarray(value), f.expected.shape)
        if fitting is not None:
            found[name] = fitting
    return found


def _fitting(value: Array, shape: tuple[int, ...]) -> Array | None:
    """Return a value laid over the entries of a gradient, or one number for each of its rows."""
    if value.dtype.kind != "f" or not np.all(np.isfinite(value)) or not np.all(value):
        return None
    if value.ndim and value.shape == shape[: value.ndim]:
        value = value.reshape(value.shape + (1,) * (len(shape) - value.ndim))
    try:
        return np.broadcast_to(value, shape)
    except ValueError:
        return None


def _finding(evidence: GradientEvidence, name: str, power: int, constant: float) -> Finding:
    label = evidence.label
    value = name + (" squared" if abs(power) == 2 else "")
    times = "" if constant == 1 else f"{constant:g} times "
    if power < 0:
        return Finding(
            "missing-local",
            f"{label} is {times}the right gradient divided by {value}: that factor is left out.",
        )
    is_root = power == 1 and any(root in name for root in _ROOTS)
    why = "as it is when the root is not differentiated" if is_root else "that is a factor too many"
    return Finding(
        "missing-local" if is_root else "wrong-local",
        f"{label} is {times}the right gradient multiplied by {value}: {why}.",
    )
