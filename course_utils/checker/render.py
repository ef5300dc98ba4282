"""A report as text and as HTML.

The text stands on its own: where HTML is stripped (feedback, an untrusted
notebook, a terminal) nothing that matters is lost. The HTML needs no script and
no style sheet; its colours carry their own background, for light and dark themes,
and say nothing that words and signs do not say too.
"""

from __future__ import annotations

import html
import os
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.checker import codes, tables

if TYPE_CHECKING:
    from course_utils.checker.report import Finding, Report

PAGE = "docs/diagnoses.md"
"""Where each code has a section."""

RIGHT, PARTLY, WRONG = "right", "partly", "wrong"
_COLOURS = {RIGHT: "#009E73", PARTLY: "#E69F00", WRONG: "#D55E00"}
_ANSI = {RIGHT: 32, PARTLY: 33}


def as_text(report: Report) -> str:
    """Return the diagnosis as plain text: the sentence first, then the numbers."""
    lines = [headline(report)]
    before: Any = None
    for finding in report.findings:
        lines += ["", finding.message]
        lines += [f"    {line}" for line in _where(finding)]
        if finding.example is not None:
            again = finding.example.inputs is before
            before = finding.example.inputs
            lines += [f"    {line}".rstrip() for line in tables.by_hand(finding, again=again)]
        if page := _page(finding):
            lines.append(f"    {page}")
    if drawn := _drawn(report):
        lines += ["", drawn]
    return "\n".join(lines)


def headline(report: Report) -> str:
    """Return the first line: what is right, and what is not."""
    if report.passed:
        return f"{report.name}: right. {report.summary()}"
    if verdict(report) is WRONG:
        return f"{report.name}: not right yet."
    right = [name for name, good in report.by_input().items() if good]
    wrong = [name for name, good in report.by_input().items() if not good]
    gradients = "gradient" if len(right) == 1 else "gradients"
    return (
        f"{report.name}: partly right. Right: the {gradients} with respect to {_and(right)}. "
        f"Not yet: {_and(wrong)}."
    )


def verdict(report: Report) -> str:
    """Return whether all of it is right, a part, or nothing."""
    if report.passed:
        return RIGHT
    return PARTLY if any(report.by_input().values()) else WRONG


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _page(finding: Finding) -> str:
    """Return where more is said about a finding; "" for a code of an instructor's own."""
    known = codes.find(finding.code)
    if known is None or known.name not in codes.CODES or finding.code == "not-filled-in":
        return ""
    return f"More: {PAGE}, section {known.slug}."


def _drawn(report: Report) -> str:
    if report.seed is None or not report.failing:
        return ""
    return f"seed={report.seed} draws the same again; failing_inputs() returns what went in."


def _where(finding: Finding) -> list[str]:
    """Return the trial and the entry in which the finding shows."""
    details = finding.details
    lines = []
    if details.get("line"):
        lines.append(str(details["line"]))
    if seen := _seen_with(finding):
        lines.append(f"Seen with {seen}.")
    entry = None if finding.example else _worst(details)
    if entry is not None:
        index, received, expected = entry
        at = f"[{', '.join(map(str, index))}]" if index else ""
        name = details.get("result", "")
        one, other = tables.told_apart(received, expected)
        lines.append(f"{name}{at} is {one}; measured on the forward pass: {other}.")
    return lines


def _seen_with(finding: Finding) -> str:
    """Return the inputs with which it shows; that numbers were random needs no saying."""
    trial = str(finding.details.get("trial", ""))
    return trial.removeprefix("random numbers: ") if ":" in trial else ""


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


def as_html(report: Report) -> str:
    """Return the diagnosis as HTML: what `as_text` says, then the tables."""
    said = [f"<p><strong>{html.escape(headline(report))}</strong></p>"]
    before: Any = None
    drawn: list[str] = []
    for finding in report.findings:
        said.append(f"<p>{html.escape(finding.message)}</p>")
        said += [f"<p>{html.escape(line)}</p>" for line in _where(finding)]
        for table in _tables(finding, again=before is not None and _inputs(finding) is before):
            if table not in drawn:  # two gradients that fail in one trial have one table
                said.append(table)
                drawn.append(table)
        before = _inputs(finding)
        if page := _page(finding):
            said.append(f"<p>{page}</p>")
    if again := _drawn(report):
        said.append(f"<p>{html.escape(again)}</p>")
    return framed("".join(said), verdict(report))


def line(text: str, which: str) -> str:
    """Return one line as HTML, in the colour of a verdict."""
    return framed(html.escape(text), which)


def framed(inside: str, which: str) -> str:
    """Return HTML in a frame of a verdict's colour."""
    return (
        f'<div style="border-left: 6px solid {_COLOURS[which]}; padding: 4px 12px; '
        f'background: #ffffff; color: #1a1a1a; max-width: 60em;">{inside}</div>'
    )


def _inputs(finding: Finding) -> Any:
    return finding.example.inputs if finding.example else None


def _tables(finding: Finding, *, again: bool) -> list[str]:
    """Return the tables of a finding; an example has the inputs, which are shown once."""
    found = [tables.shapes_table(finding, _seen_with(finding))]
    if finding.example is None:
        found.append(tables.picture(finding))
    else:
        found += [] if again else [tables.inputs_table(finding)]
        found.append(tables.example_table(finding))
    return [table for table in found if table]


def show(text: str, rich: str, which: str = RIGHT) -> None:
    """Show a line: as HTML in a notebook, in a terminal with its colour, else as it is."""
    if display(text, rich):
        return
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(f"\x1b[{_ANSI[which]}m{text}\x1b[0m" if coloured else text)


def display(text: str, rich: str) -> bool:
    """Display HTML where there is a notebook, with `text` where that is not shown; tell whether."""
    # Where nobody has loaded it there is no notebook, and it takes as long as a hundred checks.
    if sys.modules.get("IPython.core.getipython") is None:
        return False
    from IPython.core.getipython import get_ipython
    from IPython.display import display as show_in_notebook

    shell = get_ipython()
    # A terminal would print "<IPython.core.display.HTML object>".
    if shell is None or not hasattr(shell, "kernel"):
        return False
    show_in_notebook({"text/plain": text, "text/html": rich}, raw=True)  # type: ignore[no-untyped-call]
    return True
