"""Every link of the README and of docs leads somewhere, read in the repository."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from autograde.course.course import ROOT

PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
PAGES = [page for page in PAGES if "_build" not in page.parts]

CODE = re.compile(r"^(```|~~~).*?^\1|(`+)(?!`).*?(?<!`)\2(?!`)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")


def dead(page: Path, text: str) -> list[str]:
    """The links in a page's text that lead to no file, or to no heading of one."""
    found = []
    for link in LINK.findall(CODE.sub("", text)):
        address, _, heading = link.partition("#")
        target = (page.parent / unquote(address)).resolve() if address else page
        if re.match(r"[a-z]+:", link):
            continue
        there = target.exists() and target.is_relative_to(ROOT)
        if not there or (
            heading
            and heading not in headings(text if target == page else target.read_text("utf-8"))
        ):
            found.append(link)
    return found


def headings(text: str) -> set[str]:
    """The places in a page, as a forge and Sphinx name them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles} | set(
        re.findall(r"^\((.+)\)=$", text, re.MULTILINE)
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    assert dead(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("link", "is_dead"),
    [
        ("[a](lms.md)", False),
        ("[a](lms.md#collecting)", False),
        ("[a](lms.md#no-such-heading)", True),
        ("[a](no_such_page.md)", True),
        ("[a](../autograde/README.md)", True),
        ("[a](../../elsewhere)", True),
        ("[a](https://example.org/x)", False),
        ("`[a](no_such_page.md)`", False),
    ],
)
def test_a_dead_link_is_found(link, is_dead):
    assert bool(dead(ROOT / "docs" / "index.md", link)) == is_dead, link
