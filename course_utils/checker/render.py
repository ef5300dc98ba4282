"""A report as text and as HTML.

The text stands on its own: where HTML is stripped (feedback, an untrusted
notebook, a terminal) nothing that matters is lost. The HTML needs no script and
no style sheet; its colours carry their own background, for light and dark themes.
"""

from __future__ import annotations

import html
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from course_utils.checker.report import Finding, Report

_SHOWN = 12  # rows and columns of the picture
_SLICES = 6  # of an array of three or more dimensions


def as_text(report: Report) -> str:
    """Return the diagnosis as plain text."""
    if report.passed:
        return f"{report.name}: right. {report.summary()}"
    lines = [f"{report.name}: not right yet."]
    for finding in report.findings:
        lines += ["", finding.message]
        lines += [f"    {line}" for line in _where(finding)]
    if report.unreached:
        lines += ["", *report.unreached]
    return "\n".join(lines)


def _where(finding: Finding) -> list[str]:
    """Return the trial and the entry in which the finding shows."""
    details = finding.details
    lines = []
    if details.get("line"):
        lines.append(str(details["line"]))
    if seen := _seen_with(finding):
        lines.append(f"Seen with {seen}.")
    entry = _worst(details)
    if entry is not None:
        index, received, expected = entry
        at = f"[{', '.join(map(str, index))}]" if index else ""
        name = details.get("result", "")
        lines.append(f"{name}{at} is {received:.6g}; measured on the forward pass: {expected:.6g}.")
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
    """Return the diagnosis as HTML: what `as_text` says, then the evidence."""
    said = [f"<p><strong>{html.escape(report.name)}: not right yet.</strong></p>"]
    for finding in report.findings:
        said.append(f"<p>{html.escape(finding.message)}</p>")
        if finding.details.get("line"):
            line = html.escape(str(finding.details["line"]))
            said.append(f'<pre style="color: #1a1a1a;">{line}</pre>')
    return _framed("".join(said) + _evidence(report))


def evidence_as_html(report: Report) -> str:
    """Return the tables alone, to stand beside the text; "" where there are none."""
    evidence = _evidence(report)
    return _framed(evidence) if evidence else ""


def _framed(inside: str) -> str:
    return (
        '<div style="border-left: 4px solid #D55E00; padding: 4px 12px; '
        f'background: #ffffff; color: #1a1a1a; max-width: 60em;">{inside}</div>'
    )


def _evidence(report: Report) -> str:
    parts: list[str] = []
    for finding in report.findings:
        table = _shapes_table(finding) if finding.details.get("shapes") else ""
        if table not in parts:  # two gradients that fail in one trial have one table
            parts.append(table)
        parts.append(_picture(finding))
    return "".join(parts)


_CELL = "padding: 2px 10px; text-align: left; color: #1a1a1a; background: #ffffff;"
_CAPTION = f"{_CELL} white-space: nowrap; font-weight: bold;"


def _shapes_table(finding: Finding) -> str:
    head = "".join(
        f'<th scope="col" style="{_CELL}">{title}</th>'
        for title in ("", "shape wanted", "shape of yours", "verdict")
    )
    rows = [
        "<tr>"
        + "".join(f'<td style="{_CELL}">{html.escape(str(item))}</td>' for item in row)
        + "</tr>"
        for row in finding.details["shapes"]
    ]
    seen = html.escape(_seen_with(finding))
    caption = f'<caption style="{_CAPTION}">{seen}</caption>' if seen else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _picture(finding: Finding) -> str:
    """Draw where the received and the measured array differ, as tables of coloured cells."""
    received, expected = finding.details.get("received"), finding.details.get("expected")
    if received is None or expected is None or np.shape(received) != np.shape(expected):
        return ""
    if np.size(expected) < 2:
        return ""
    wrong = np.asarray(finding.details.get("wrong", np.ones(np.shape(expected), dtype=bool)))
    name = str(finding.details.get("result", "your result"))
    count = f"{int(np.sum(wrong))} of {np.size(expected)} entries differ from the measured ones"
    slices = [
        _slice(f"{name}{label}", *parts)
        for label, *parts in _slices(np.asarray(received), np.asarray(expected), wrong)
    ]
    return (
        f'<p style="color: #1a1a1a; margin: 8px 0 2px 0;">{html.escape(name)}: {count} '
        f"(orange, ≠). Point at an entry to see both numbers.</p>{''.join(slices)}"
    )


def _slices(*arrays: Any) -> list[tuple[Any, ...]]:
    """Lay arrays of any dimension out as labelled tables, cut to what fits."""
    ndim = arrays[0].ndim
    if ndim <= 2:
        return [("", *(np.atleast_2d(a)[:_SHOWN, :_SHOWN] for a in arrays))]
    found = []
    for index in list(np.ndindex(arrays[0].shape[: ndim - 2]))[:_SLICES]:
        label = f"[{', '.join(map(str, index))}]"
        found.append((label, *(a[index][:_SHOWN, :_SHOWN] for a in arrays)))
    return found


def _slice(label: str, received: Any, expected: Any, wrong: Any) -> str:
    rows = []
    for mine, right, off in zip(received, expected, wrong, strict=True):
        cells = []
        for a, b, bad in zip(mine, right, off, strict=True):
            colour, sign = ("#E69F00", "≠") if bad else ("#D6E9F5", "=")
            cells.append(
                f'<td title="yours {a:.6g}, measured {b:.6g}" style="padding: 1px 6px; '
                f"border: 1px solid #ffffff; background: {colour}; color: #1a1a1a; "
                f'text-align: right; font-family: monospace; font-size: 90%;">{a:.3g} {sign}</td>'
            )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    label = html.escape(label)
    bad = int(np.sum(wrong))
    said = f"{label}: your entries, {bad} of {np.size(wrong)} differ from the measured ones"
    return (
        f'<table aria-label="{said}" style="display: inline-table; margin: 2px 12px 6px 0;">'
        f'<caption style="{_CAPTION}">{label}</caption><tbody>{"".join(rows)}</tbody></table>'
    )


def show_html(text: str) -> None:
    """Display `text` where there is a notebook to display it; do nothing elsewhere."""
    # Where nobody has loaded it there is no notebook, and it takes as long as a hundred checks.
    if not text or sys.modules.get("IPython.core.getipython") is None:
        return
    from IPython.core.getipython import get_ipython
    from IPython.display import HTML, display

    shell = get_ipython()
    # A terminal would print "<IPython.core.display.HTML object>".
    if shell is not None and hasattr(shell, "kernel"):
        display(HTML(text))  # type: ignore[no-untyped-call]
