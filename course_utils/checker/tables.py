"""Arrays in a diagnosis: as aligned text, and as tables of coloured cells."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from course_utils.checker.report import Example, Finding

_SHOWN = 12  # rows and columns of the picture
_SLICES = 6  # of an array of three or more dimensions
_DIGITS = (4, 6, 8, 10, 12, 15, 17)


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to tell them apart, at least six."""
    return _texts([one], [other], [True], _DIGITS[1:])[0]


def _texts(
    ones: Any, others: Any, wrong: Any, digits: tuple[int, ...] = _DIGITS
) -> list[tuple[str, str]]:
    """Return pairs of numbers as text, with as many digits as tell those apart that are wrong."""
    pairs = [(float(a), float(b)) for a, b in zip(np.ravel(ones), np.ravel(others), strict=True)]
    for most in digits:
        texts = [(f"{a:.{most}g}", f"{b:.{most}g}") for a, b in pairs]
        if all(x != y for (x, y), bad in zip(texts, np.ravel(wrong), strict=True) if bad):
            break
    return texts


# ---- as text -------------------------------------------------------------------------------


def by_hand(finding: Finding, *, again: bool) -> list[str]:
    """Return an example as lines of text; the inputs only if they were not shown before."""
    example = finding.example
    assert example is not None
    lines = [] if again else [_opening(example)]
    if not again:
        for name, array in example.inputs.items():
            lines += _input(name, array)
    name = _result(finding)
    if example.wrong is None:
        for which, array in (("yours", example.received), ("measured", example.expected)):
            lines += [f"{name}, {which}, shape {np.shape(array)}:", *_rows(array, _plain(array))]
        return lines
    yours, measured = marked(example)
    lines.append(f"{name}, shape {np.shape(example.expected)}, yours (≠ is wrong) | measured:")
    beside = zip(_rows(example.expected, yours), _rows(example.expected, measured), strict=True)
    return [*lines, *(f"{mine}  |{right}" for mine, right in beside)]


def _input(name: str, value: Any) -> list[str]:
    """Return an input as lines: what is no array in one."""
    if not isinstance(value, np.ndarray):
        return [f"{name} = {value!r}"]
    return [f"{name}, shape {np.shape(value)}:", *_rows(value, _plain(value))]


def _opening(example: Example) -> str:
    sizes = f" at {example.sizes}" if example.sizes else ""
    return f"The same{sizes}, to be redone by hand:"


def _result(finding: Finding) -> str:
    return str(finding.details.get("result") or f"grad_{finding.input}")


def _plain(array: Any) -> list[str]:
    return [f"{float(value):.4g}" for value in np.ravel(array)]


def marked(example: Example) -> tuple[list[str], list[str]]:
    """Return the entries of both arrays as text, the wrong ones with a sign."""
    texts = _texts(example.received, example.expected, example.wrong)
    signs = [" ≠" if bad else "  " for bad in np.ravel(example.wrong)]
    yours = [mine + sign for (mine, _), sign in zip(texts, signs, strict=True)]
    return yours, [right for _, right in texts]


def _rows(array: Any, texts: list[str]) -> list[str]:
    """Lay out the entries of an array in rows; slices follow each other, with a line between."""
    *above, across = np.shape(array) or (1,)
    down = above[-1] if len(above) > 1 else 0
    width = max(map(len, texts), default=0) + 2
    lines = []
    for start in range(0, len(texts), max(across, 1)):
        if down and start and start % (across * down) == 0:
            lines.append("")
        lines.append("".join(text.rjust(width) for text in texts[start : start + across]))
    return lines


# ---- as HTML -------------------------------------------------------------------------------

_CELL = "padding: 2px 10px; text-align: left; color: #1a1a1a; background: #ffffff;"
_CAPTION = f"{_CELL} white-space: nowrap; font-weight: bold;"
_NUMBER = (
    "padding: 1px 6px; border: 1px solid #ffffff; color: #1a1a1a; text-align: right; "
    "font-family: monospace; font-size: 90%;"
)
_BAD, _GOOD, _NEITHER = "#E69F00", "#D6E9F5", "#eeeeee"


def shapes_table(finding: Finding, seen: str) -> str:
    """Return the table of the shapes wanted and received; "" where there is none."""
    if not finding.details.get("shapes"):
        return ""
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
    caption = f'<caption style="{_CAPTION}">{html.escape(seen)}</caption>' if seen else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def inputs_table(finding: Finding) -> str:
    """Return what went into an example, an array beside the other."""
    example = finding.example
    assert example is not None
    arrays = "".join(
        _array(name, value)
        if isinstance(value, np.ndarray)
        else f'<p style="{_CAPTION}">{html.escape(f"{name} = {value!r}")}</p>'
        for name, value in example.inputs.items()
    )
    return f'<p style="{_CAPTION}">{html.escape(_opening(example))}</p>{arrays}'


def example_table(finding: Finding) -> str:
    """Return what came out of an example beside what was measured; "" where there is none."""
    example = finding.example
    if example is None:
        return ""
    name = _result(finding)
    texts = marked(example)[0] if example.wrong is not None else _plain(example.received)
    wrong = np.ones(np.shape(example.received)) if example.wrong is None else example.wrong
    colours = [_BAD if bad else _GOOD for bad in np.ravel(wrong)]
    yours = _array(f"{name}, yours", example.received, texts, colours)
    measured = marked(example)[1] if example.wrong is not None else _plain(example.expected)
    return f"<div>{yours}{_array(f'{name}, measured', example.expected, measured)}</div>"


def _array(
    name: str, array: Any, texts: list[str] | None = None, colours: list[str] | None = None
) -> str:
    """Return one array as a table; more than two axes are laid out as rows."""
    texts = _plain(array) if texts is None else texts
    colours = [_NEITHER] * len(texts) if colours is None else colours
    across = max(1, (np.shape(array) or (1,))[-1])
    cells = [
        f'<td style="{_NUMBER} background: {colour};">{html.escape(text.strip())}</td>'
        for text, colour in zip(texts, colours, strict=True)
    ]
    rows = [f"<tr>{''.join(cells[i : i + across])}</tr>" for i in range(0, len(cells), across)]
    caption = f"{html.escape(name)} {np.shape(array)}"
    return (
        '<table style="display: inline-table; margin: 2px 12px 6px 0; vertical-align: top;">'
        f'<caption style="{_CAPTION}">{caption}</caption><tbody>{"".join(rows)}</tbody></table>'
    )


def picture(finding: Finding) -> str:
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
            colour, sign = (_BAD, "≠") if bad else (_GOOD, "=")
            cells.append(
                f'<td title="yours {a:.6g}, measured {b:.6g}" '
                f'style="{_NUMBER} background: {colour};">{a:.3g} {sign}</td>'
            )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    label = html.escape(label)
    bad = int(np.sum(wrong))
    said = f"{label}: your entries, {bad} of {np.size(wrong)} differ from the measured ones"
    return (
        f'<table aria-label="{said}" style="display: inline-table; margin: 2px 12px 6px 0;">'
        f'<caption style="{_CAPTION}">{label}</caption><tbody>{"".join(rows)}</tbody></table>'
    )
