"""What a check found: one finding for each thing that is wrong, with its code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.checker import codes, render


@dataclass(frozen=True)
class Example:
    """A finding at a few small numbers, so that it can be redone by hand.

    Attributes
    ----------
    sizes : str
        What is small, such as ``"q = 2, n = 3"``.
    inputs : mapping
        What went in, by name; ``grad_output`` is among it.
    received, expected : ndarray
        What came out, and what was measured.
    wrong : ndarray of bool or None
        The entries that are wrong; None where the shape is.
    """

    sizes: str
    inputs: Mapping[str, Any]
    received: Any
    expected: Any
    wrong: Any = None


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes
    ----------
    code : str
        Machine-readable name of the mistake, such as ``"transpose"`` or ``"factor:q"``: one of
        `course_utils.checker.codes`.
    message : str
        The same for a person, in a sentence or two; never the answer.
    input : str or None
        The input whose gradient it is about; None where it is about all of them.
    details : mapping
        What the rendering shows: ``sizes``, ``shapes`` (rows of name, input shape,
        received shape, verdict), ``received``, ``expected``, ``wrong`` (a mask).
    example : Example or None
        The same at small numbers, if it shows there.
    """

    code: str
    message: str
    input: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    example: Example | None = None

    def __post_init__(self) -> None:
        codes.require(self.code)

    @property
    def headline(self) -> str:
        """The first sentence of the message."""
        line = self.message.strip().split("\n")[0]
        end = re.search(r"[.?!](?= )", line)
        return line[: end.end()] if end else line

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
    unreached : tuple of str
        A sentence for each branch of the forward that no input has reached.
    seed : int or None
        What everything was drawn with.
    failing : mapping
        The arrays at which the first finding shows, by name; ``grad_output`` is among them.
    """

    name: str
    passed: bool
    findings: tuple[Finding, ...] = ()
    inputs: tuple[str, ...] = ()
    trials: tuple[str, ...] = ()
    entries: int = 0
    unproven: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    seed: int | None = None
    failing: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The code of the first finding, "" if there is none."""
        return self.findings[0].code if self.findings else ""

    def by_input(self) -> dict[str, bool]:
        """Tell for each input whether its gradient is right."""
        wrong = {finding.input for finding in self.findings}
        if not wrong <= {*self.inputs}:  # what is said of none of them is said of all
            return dict.fromkeys(self.inputs, False)
        return {name: name not in wrong | {*self.unproven} for name in self.inputs}

    def summary(self) -> str:
        """Say in one line what was tried, and in one more each which branch was not."""
        kinds = _counted(self.trials)
        entries = f"{self.entries} {'entry' if self.entries == 1 else 'entries'} compared"
        tried = f"Tried {len(self.trials)} sets of inputs{kinds}; {entries}."
        return "\n".join([tried, *self.unreached])

    def text(self) -> str:
        """Return the diagnosis as plain text."""
        return render.as_text(self)

    def html(self) -> str:
        """Return the diagnosis as HTML: what the text says, then tables."""
        return render.as_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Return what can be written as JSON."""
        return {
            "name": self.name,
            "passed": self.passed,
            "code": self.code,
            "findings": [finding.to_dict() for finding in self.findings],
            "trials": list(self.trials),
            "entries": self.entries,
            "unreached": list(self.unreached),
            "seed": self.seed,
        }


class CheckFailed(AssertionError):
    """A check found a mistake; `report` says which.

    In a notebook it shows as the diagnosis alone.
    """

    def __init__(self, report: Report) -> None:
        self.report = report
        self._shown = False
        super().__init__(report.text())

    def _render_traceback_(self) -> list[str]:
        # IPython asks for this in place of a stack, which would hold nothing of the learner's.
        # It may ask twice.
        if not self._shown:
            render.show_tables_later(self.report)
            self._shown = True
        return self.report.text().splitlines()


_failing: dict[str, Report] = {}
"""The last check that failed, by the name of what it checked."""


def tell(report: Report, said: str = "") -> None:
    """Print that a check passed, in one line, or raise its diagnosis.

    Parameters
    ----------
    said : str
        The line, where it is not the report's own.
    """
    remember(report)
    if not report.passed:
        raise CheckFailed(report)
    render.show(said or report.text(), render.RIGHT)


def remember(report: Report) -> None:
    """Keep a report that failed for `failing_inputs`, until the same passes."""
    if not report.passed:
        _failing.clear()
        _failing[report.name] = report
    else:
        _failing.pop(report.name, None)


def failing_inputs() -> dict[str, Any]:
    """Return the arrays at which the last check that failed shows its mistake.

    Returns
    -------
    dict
        The inputs by their names, in order, and ``grad_output`` where there is one: copies
        of what the diagnosis prints.

    Raises
    ------
    LookupError
        If no check has failed, or what failed has passed since then, or stopped before it
        had any inputs.

    Examples
    --------
    ``X, W, b, grad_output = failing_inputs().values()``
    """
    for report in _failing.values():
        if report.failing:
            return {name: copy(value) for name, value in report.failing.items()}
        raise LookupError(f"{report.name} failed before there were inputs")
    raise LookupError("no check has failed, or what failed is right by now")


def new_seed() -> int:
    """Draw a seed, short enough to be typed."""
    return int(np.random.default_rng().integers(10**6))


def not_filled_in(name: str, where: str) -> Report:
    """Return the report on an exercise that was not begun."""
    message = f"{name} is not filled in yet: {where}."
    return Report(name, passed=False, findings=(Finding("not-filled-in", message),))


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
