"""Every exercise, derivation and section that docs/sources.md names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograde.course.course import ROOT
from autograde.notebooks.notebook import read

PAGE = ROOT / "docs" / "sources.md"
PLACE = re.compile(r"(?<![\d.])(\d\d), (?=exercise|section|derivation)")
RANGE = re.compile(r"(\d\.)(\d+) to \1(\d+)")


def named(cell: str) -> list[tuple[str, str]]:
    """Return (number of a notebook, what it must have) for each place that a cell names."""
    found, number = [], ""
    for part in re.split(r"[;,] (?=\d\d, )", cell):
        if place := PLACE.match(part):
            number = place[1]
        spread = RANGE.sub(spelt_out, part)
        found += [(number, f"Exercise {each}") for each in re.findall(r"\b\d\.\d+\b", spread)]
        found += [(number, f"By hand {each}") for each in re.findall(r"\b[A-D]\b", spread)]
        for sections in re.findall(r"sections? ([\d, and]+)", spread):
            found += [(number, f"{each}.") for each in re.findall(r"\b\d\b(?!\.)", sections)]
    return found


def spelt_out(match: re.Match[str]) -> str:
    """Return "6.2 to 6.4" as "6.2, 6.3, 6.4"."""
    first, last = int(match[2]), int(match[3])
    return ", ".join(f"{match[1]}{each}" for each in range(first, last + 1))


def headings(number: str, folder: Path = ROOT / "solutions") -> str:
    """Return the lines of a notebook that begin with #."""
    (path,) = folder.glob(f"{number}_*/*.ipynb")
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    return "\n".join(line for line in text.splitlines() if line.startswith("#"))


ROWS = [
    [each.strip() for each in line.strip("|").rsplit("|", 1)]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and PLACE.search(line)
]

READ = [
    ("01, exercises 1.2 and 1.3; 02, exercise 2.4", ["01 1.2", "01 1.3", "02 2.4"]),
    ("06, exercises 6.2 to 6.4; derivation B", ["06 6.2", "06 6.3", "06 6.4", "06 B"]),
    ("04, section 1", ["04 1."]),
    ("04, exercises 4.1 and 4.2, sections 1 and 3", ["04 4.1", "04 4.2", "04 1.", "04 3."]),
]


@pytest.mark.parametrize(("cell", "places"), READ)
def test_a_cell_is_read_as_it_is_meant(cell, places):
    assert [f"{number} {what.split()[-1]}" for number, what in named(cell)] == places


@pytest.mark.parametrize(("topic", "cell"), ROWS, ids=[row[0][:50] for row in ROWS])
def test_what_the_page_names_is_there(topic, cell):
    places = named(cell)
    assert places, topic
    assert [
        place
        for place in places
        if not re.search(rf"^#+ {re.escape(place[1])}(?!\w)", headings(place[0]), re.MULTILINE)
    ] == []


def test_the_page_has_both_tables():
    assert len(ROWS) > 25
