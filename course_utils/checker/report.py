"""What a check found: one finding for each thing that is wrong, with its code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes
    ----------
    code : str
        Machine-readable name of the mistake, such as ``"transpose"`` or ``"factor:q"``.
    message : str
        The same for a person, in a sentence or two; never the answer.
    input : str or None
        The input whose gradient it is about; None where it is about all of them.
    details : mapping
        What the rendering shows: ``sizes``, ``shapes`` (rows of name, input shape,
        received shape, verdict), ``received``, ``expected``, ``wrong`` (a mask).
    """

    code: str
    message: str
    input: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """The first sentence of the message."""
        line = self.message.strip().split("\n")[0]
        end = re.search(r"[.?!](?= )", line)
        return line[: end.end()] if end else line

    @property
    def seen_with(self) -> str:
        """The inputs with which it shows; that numbers were random needs no saying."""
        trial = str(self.details.get("trial", ""))
        return trial.removeprefix("random numbers: ") if ":" in trial else ""

    def to_dict(self) -> dict[str, Any]:
        """Return what can be written as JSON."""
        return {
            "code": self.code,
            "message": self.message,
            "input": self.input,
            "details": {key: _plain(value) for key, value in self.details.items()},
        }


@dataclass(frozen=True)
class Report:
    """The outcome of one check.

    Attributes
    ----------
    name : str
        What was checked.
    passed : bool
    findings : tuple of Finding
        The most telling first; empty if it passed.
    inputs : tuple of str
        The inputs whose gradients were checked.
    trials : tuple of str
        What was tried, one label each.
    entries : int
        How many gradient entries were seen.
    unproven : tuple of str
        The inputs whose gradients were not compared, or not found right.
    """

    name: str
    passed: bool
    findings: tuple[Finding, ...] = ()
    inputs: tuple[str, ...] = ()
    trials: tuple[str, ...] = ()
    entries: int = 0
    unproven: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The code of the first finding, "" if there is none."""
        return self.findings[0].code if self.findings else ""

    def by_input(self) -> dict[str, bool]:
        """Tell for each input whether its gradient is right."""
        wrong = {finding.input for finding in self.findings}
        return {
            name: not ({name, None} & wrong) and name not in self.unproven for name in self.inputs
        }

    def summary(self) -> str:
        """Say in one line what was tried."""
        kinds = _counted(self.trials)
        entries = f"{self.entries} {'entry' if self.entries == 1 else 'entries'} compared"
        return f"Tried {len(self.trials)} sets of inputs{kinds}; {entries}."

    def text(self) -> str:
        """Return the diagnosis as plain text."""
        if self.passed:
            return f"{self.name}: right. {self.summary()}"
        lines = [f"{self.name}: not right yet."]
        for finding in self.findings:
            lines += ["", finding.message]
            lines += [f"    {line}" for line in _where(finding)]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return what can be written as JSON."""
        return {
            "name": self.name,
            "passed": self.passed,
            "code": self.code,
            "findings": [finding.to_dict() for finding in self.findings],
            "trials": list(self.trials),
            "entries": self.entries,
        }


def not_filled_in(name: str, where: str) -> Report:
    """Return the report on an exercise that was not begun."""
    message = f"{name} is not filled in yet: {where}."
    return Report(name, passed=False, findings=(Finding("not-filled-in", message),))


def _where(finding: Finding) -> list[str]:
    """Return the trial and the entry in which the finding shows."""
    details = finding.details
    lines = []
    if details.get("line"):
        lines.append(str(details["line"]))
    if finding.seen_with:
        lines.append(f"Seen with {finding.seen_with}.")
    entry = _worst(details)
    if entry is not None:
        index, received, expected = entry
        at = f"[{', '.join(map(str, index))}]" if index else ""
        name = details.get("result", "")
        lines.append(f"{name}{at} is {received:.6g}; measured on the forward pass: {expected:.6g}.")
    return lines


def _worst(details: Any) -> tuple[tuple[int, ...], float, float] | None:
    received, expected = details.get("received"), details.get("expected")
    if received is None or expected is None or np.shape(received) != np.shape(expected):
        return None
    gap = np.abs(received - expected)
    gap = np.where(np.isfinite(gap), gap, np.inf)
    if gap.size == 0:
        return None
    index = np.unravel_index(int(np.argmax(gap)), gap.shape)
    return tuple(int(i) for i in index), float(received[index]), float(expected[index])


def _counted(labels: tuple[str, ...]) -> str:
    kinds: dict[str, int] = {}
    for label in labels:
        kind = label if label.startswith("special") else label.split(":")[0]
        kinds[kind] = kinds.get(kind, 0) + 1
    if len(kinds) < 2:
        return ""
    return f" ({', '.join(f'{n} {kind}' for kind, n in kinds.items())})"


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
