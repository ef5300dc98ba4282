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

PAGE = "diagnoses.md"
"""Where each code has a section: in docs, without a slash, of which JupyterLab makes a link."""

RIGHT, PARTLY, WRONG = "right", "partly", "wrong"
_COLOURS = {RIGHT: "#009E73", PARTLY: "#E69F00", WRONG: "#D55E00"}
_WIDTH = {RIGHT: "", PARTLY: "max-width: 60em;", WRONG: "max-width: 60em;"}
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
    if report.unreached:
        lines += ["", *report.unreached]
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
    return f"More: section {known.slug} of {PAGE}, in docs."


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
    for finding in report.findings:
        said.append(f"<p>{html.escape(finding.message)}</p>")
        if finding.details.get("line"):
            line = html.escape(str(finding.details["line"]))
            said.append(f'<pre style="color: #1a1a1a;">{line}</pre>')
        said.append(f"<p>{_page(finding)}</p>" if _page(finding) else "")
    return framed("".join(said) + _tables(report), verdict(report))


def tables_as_html(report: Report) -> str:
    """Return the tables alone, to stand below the text; "" where there are none."""
    found = _tables(report)
    head = f"<p><strong>{html.escape(headline(report))}</strong></p>"
    return framed(head + found, verdict(report)) if found else ""


def _tables(report: Report) -> str:
    """Return the tables of all findings; what several of them have in common is shown once."""
    found: list[str] = []
    for finding in report.findings:
        once = [tables.shapes_table(finding, _seen_with(finding))]
        if finding.example is not None:
            once.append(tables.inputs_table(finding))
        found += [table for table in once if table not in found]
        found.append(tables.example_table(finding) or tables.picture(finding))
    return "".join(found)


def line(text: str, which: str) -> str:
    """Return one line as HTML, in the colour of a verdict."""
    return framed(html.escape(text), which)


def framed(inside: str, which: str) -> str:
    """Return HTML in a frame of a verdict's colour."""
    return (
        f'<div style="border-left: 6px solid {_COLOURS[which]}; padding: 4px 12px; '
        f'background: #ffffff; color: #1a1a1a; {_WIDTH[which]}">{inside}</div>'
    )


def show(text: str, which: str) -> None:
    """Show a line in the colour of a verdict, where there are colours."""
    if _notebook() is not None:
        _display({"text/plain": text, "text/html": line(text, which)})
        return
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(f"\x1b[{_ANSI[which]}m{text}\x1b[0m" if coloured else text)


def show_tables(report: Report) -> None:
    """Display the tables, where there is a notebook for it."""
    rich = tables_as_html(report)
    if rich and _notebook() is not None:
        _display({"text/plain": headline(report), "text/html": rich})


def show_tables_later(report: Report) -> None:
    """Display the tables when the cell has ended, and its error with the sentence is there."""
    shell = _notebook()
    if shell is None:
        return

    def once(result: Any) -> None:
        shell.events.unregister("post_run_cell", once)
        show_tables(report)

    shell.events.register("post_run_cell", once)


def _notebook() -> Any:
    """Return IPython's shell in a notebook; a terminal would print the name of the HTML object."""
    # Where nobody has loaded it there is no notebook, and it takes as long as a hundred checks.
    if sys.modules.get("IPython.core.getipython") is None:
        return None
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return shell if hasattr(shell, "kernel") else None


def _display(bundle: dict[str, str]) -> None:
    from IPython.display import display

    display(bundle, raw=True)  # type: ignore[no-untyped-call]
