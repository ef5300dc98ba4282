"""The files of the site: no answers, no dead link, no picture without its sentence."""

from __future__ import annotations

import hashlib
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from autograde.notebooks.leaks import MARKERS, expressions, regions, solution_fragments, text_lines
from autograde.notebooks.notebook import read

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "solutions").glob("*/*.ipynb"))


@pytest.fixture(scope="module")
def hidden():
    """What gives an answer away, of all notebooks."""
    return set().union(*(solution_fragments(read(path)) for path in NOTEBOOKS))


def shown(page):
    """The pieces of a page that could be one of an answer."""
    found = set()
    for code in page.code:
        found |= set(expressions(code))
    for text in page.texts:
        found |= set(text_lines(text)) | set(expressions(text))
    return found


def test_no_page_shows_an_answer(pages, hidden):
    assert {
        path.name: found for path, page in pages.items() if (found := shown(page) & hidden)
    } == {}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_an_answer_on_a_page_would_be_seen(html, hidden, path, tmp_path):
    page = html / "course" / f"{path.stem}.html"
    sources = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    answers = "".join(f"<pre>{escape(each)}</pre>" for text in sources for each in regions(text))
    changed = tmp_path / page.name
    changed.write_text(page.read_text(encoding="utf-8").replace("</article>", answers), "utf-8")
    assert shown(Page(changed)) & hidden


def test_no_file_holds_a_marker_of_an_answer(html):
    # What is for instructors may name the markers; a notebook may not.
    explaining = {"grading", "safe_grading", "own_exercise", "contributing", "searchindex"}
    for path in html.rglob("*"):
        named = path.name.split(".")[0] in explaining
        if path.suffix in (".html", ".js", ".ipynb", ".txt", ".md") and not named:
            text = path.read_text(encoding="utf-8")
            assert [mark for mark in MARKERS if mark in text] == [], path
    assert not (html / "teaching.html").exists()  # it has the rubrics


class Page(HTMLParser):
    """What a page links to, the places in it, and its pictures."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.places, self.silent = [], [], set(), []
        self.code, self.texts, self.inside = [], [], ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        here = dict(attributes)
        self.places |= {here.get("id"), here.get("name")}
        if tag in ("a", "link", "script", "img", "source"):
            self.links.append(here.get("href") or here.get("src") or here.get("srcset") or "")
        if tag in ("link", "script", "img", "source") and here.get("rel") != "canonical":
            self.loaded.append(self.links[-1])
        if tag == "pre":
            self.code.append("")
        if tag in ("p", "li", "td", "th", "h1", "h2", "h3", "summary"):
            self.texts.append("")
        if tag in ("pre", "script", "style"):
            self.inside = tag
        if tag == "img" and not (here.get("alt") or "").strip():
            self.silent.append(here.get("src", "")[:80])

    def handle_endtag(self, tag):
        if tag == self.inside:
            self.inside = ""

    def handle_data(self, data):
        if self.inside == "pre":
            self.code[-1] += data
        elif not self.inside and self.texts:
            self.texts[-1] += data


@pytest.fixture(scope="module")
def pages(html):
    found = (path for path in html.rglob("*.html") if not {"lite", "_static"} & set(path.parts))
    return {path: Page(path) for path in found}


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


def test_nothing_is_loaded_from_another_place(pages):
    loaded = {(path.name, link) for path, page in pages.items() for link in page.loaded}
    assert {each for each in loaded if urlsplit(each[1]).netloc} == set()


def test_links_to_elsewhere_are_addresses(pages):
    """They are listed by ``-rP``; the site is tested without a network."""
    links = {link for page in pages.values() for link in page.links if urlsplit(link).netloc}
    print(*sorted(links), sep="\n")
    assert [link for link in links if not re.match(r"https://[\w.-]+\.\w+(/|$)", link)] == []


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
    assert len(pictures) > 10  # the notebooks' figures are there


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_downloaded_as_it_is_released(html, path):
    released = ROOT / "notebooks" / path.parent.name / path.name
    assert (html / "_static" / "notebooks" / path.name).read_bytes() == released.read_bytes()


def test_each_page_offers_the_notebook_in_the_browser(html, pages):
    for path in NOTEBOOKS:
        links = pages[html / "course" / f"{path.stem}.html"].links
        address = f"../lite/lab/index.html?path={path.parent.name}/{path.name}"
        assert [link for link in links if "/lite/" in link] == [address]


def test_a_file_that_is_another_one_is_refused(npm, tmp_path, monkeypatch):
    monkeypatch.setattr(npm, "KEPT", tmp_path / "kept")
    other = tmp_path / "mathjax.tgz"
    other.write_bytes(b"another one")
    with pytest.raises(SystemExit, match="is not the file that it was"):
        npm.fetched(other.as_uri(), "0" * 128)
    digest = hashlib.sha512(b"another one").hexdigest()
    assert npm.fetched(other.as_uri(), digest) == b"another one"
    other.unlink()
    assert npm.fetched(other.as_uri(), digest) == b"another one"  # it is kept
