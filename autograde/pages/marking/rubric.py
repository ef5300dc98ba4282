"""The rubric of a derivation, as items that add up."""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograde.pages.markdown import html_of

HEADING = re.compile(r"^\*\*Rubric\b.*$", re.MULTILINE)
ITEM = re.compile(r"^- (?:([\d.]+) points?: )?(.*(?:\n(?!- |###).*)*)", re.MULTILINE)


@dataclass(frozen=True)
class Item:
    """One line of a rubric; a remark has no points."""

    text: str
    points: float | None
    whole: str
    """With its points, as the rubric has it."""

    def html(self) -> str:
        """What a page shows of it."""
        return html_of(self.text)


def items_in(source: str) -> list[Item]:
    """The items of the rubric in a cell of the instructor's notebook; none if it has none."""
    heading = HEADING.search(source)
    if heading is None:
        return []
    rest = source[heading.end() :].partition("### END")[0]
    return [
        Item(found[2].strip(), float(found[1]) if found[1] else None, found[0][2:].strip())
        for found in ITEM.finditer(rest)
    ]


def adding_up(items: list[Item], points: float) -> list[Item]:
    """The items, as remarks where they do not add up to what there is to be had."""
    if sum(each.points or 0.0 for each in items) == points:
        return items
    return [Item(each.whole, None, each.whole) for each in items]


def rubrics_in(path: Path) -> dict[str, list[Item]]:
    """The rubrics of an instructor's notebook, by grade_id."""
    if not path.is_file():
        return {}
    found = {}
    nb = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in nb.cells:
        mark = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and mark.get("grade") and (items := items_in(cell.source)):
            found[mark["grade_id"]] = items
    return found
