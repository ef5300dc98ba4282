"""The files of the site: no answers, no dead link, no picture without its sentence."""

from __future__ import annotations

import html as entities
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "solutions").glob("*/*.ipynb"))


def answers(path):
    """The lines of a notebook's answers and rubrics that its release does not hold."""
    released = (ROOT / "notebooks" / path.parent.name / path.name).read_text(encoding="utf-8")
    for cell in nbformat.read(path, 4).cells:
        inside = cell.cell_type == "markdown" and bool(cell.metadata.get("nbgrader"))
        for line in cell.source.splitlines():
            if "### BEGIN SOLUTION" in line or "### END SOLUTION" in line:
                inside = "BEGIN" in line
            elif inside and len(line.strip()) > 16 and escaped(line) not in released:
                yield line.strip()


def escaped(line):
    """A line as it stands in a notebook's file."""
    return line.strip().replace("\\", "\\\\").replace('"', '\\"')


def words(text):
    """A page's or a line's words, whatever marks it up."""
    return " ".join(re.findall(r"\w+", entities.unescape(re.sub(r"<[^>]*>", "", text))))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_page_holds_an_answer(html, path):
    lines = list(answers(path))
    assert len(lines) > 3  # there is something to be found
    pages = {page.name: words(page.read_text(encoding="utf-8")) for page in html.rglob("*.html")}
    pages |= {file.name: words(file.read_text(encoding="utf-8")) for file in html.rglob("*.ipynb")}
    pages["search"] = words((html / "searchindex.js").read_text(encoding="utf-8"))
    assert len(pages) > 20
    found = [
        (name, line)
        for line in lines
        if len(words(line)) > 16
        for name, text in pages.items()
        if words(line) in text
    ]
    assert found == []


class Page(HTMLParser):
    """What a page links to, the places in it, and its pictures."""

    def __init__(self, path):
        super().__init__()
        self.links, self.places, self.silent = [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        here = dict(attributes)
        self.places |= {here.get("id"), here.get("name")}
        if tag in ("a", "link", "script", "img"):
            self.links.append(here.get("href") or here.get("src") or "")
        if tag == "img" and not (here.get("alt") or "").strip():
            self.silent.append(here.get("src", "")[:80])


@pytest.fixture(scope="module")
def pages(html):
    return {path: Page(path) for path in html.rglob("*.html") if "lite" not in path.parts}


def test_every_link_leads_somewhere(html, pages):
    dead = []
    for path, page in pages.items():
        for link in page.links:
            address, place = urldefrag(link)
            if urlsplit(link).scheme or "/lite/" in link:
                continue
            target = (path.parent / unquote(urlsplit(address).path)).resolve() if address else path
            if target.is_dir():
                target /= "index.html"
            known = pages[target].places if target in pages else set()
            if not target.exists() or (place and target in pages and unquote(place) not in known):
                dead.append((path.relative_to(html), link))
    assert dead == []


def test_every_page_can_be_reached(html, pages):
    seen, todo = set(), [html / "index.html"]
    while todo:
        path = todo.pop()
        if path in seen or path not in pages:
            continue
        seen.add(path)
        links = (urldefrag(link)[0] for link in pages[path].links if not urlsplit(link).scheme)
        todo += [(path.parent / unquote(link)).resolve() for link in links if link]
    made_by_sphinx = {"genindex.html", "py-modindex.html", "search.html"}
    assert {p.name for p in pages.keys() - seen} <= made_by_sphinx


def test_every_picture_says_what_it_shows(pages):
    assert {path.name: page.silent for path, page in pages.items() if page.silent} == {}
    pictures = [link for page in pages.values() for link in page.links if "data:image" in link]
    assert len(pictures) > 20  # the notebooks' figures are there


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_downloaded_as_it_is_released(html, path):
    released = ROOT / "notebooks" / path.parent.name / path.name
    assert (html / "_static" / "notebooks" / path.name).read_bytes() == released.read_bytes()
