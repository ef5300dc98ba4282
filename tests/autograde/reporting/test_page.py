"""The page is whole by itself, and whatever students and notebooks are called is text in it."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from autograde.reporting.alike import Pair
from autograde.reporting.changes import Changes
from autograde.reporting.page import as_page
from tests.autograde.reporting.classes import OTHER, PLAIN, TWELVE, entry, group, report
from tests.browsing import chromium, listen, page  # noqa: F401  (fixtures)

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def hostile_report():
    questions = (replace(PLAIN, title=f"a {HOSTILE}"), OTHER)
    made = group((HOSTILE, 0, 3), ("ben", 2, 1), questions=questions)
    made.assignment = HOSTILE
    made.notes = [HOSTILE]
    made.entries[HOSTILE]["a-check"] = entry(HOSTILE, PLAIN, 0, HOSTILE, says=HOSTILE)
    changed = Changes("2030", 1, 0, {HOSTILE: {"wrong -> right": 1}}, {HOSTILE: (0, 1)})
    return report(made, pairs=[Pair(HOSTILE, "ben", 0.9)], changes=changed)


@pytest.mark.parametrize("names", [True, False])
def test_hostile_names_and_answers_are_text(names):
    text = as_page(hostile_report(), names=names)
    tags = Tags(text).found
    assert not {"script", "img", "iframe", "link", "object"} & {tag for tag, _ in tags}
    assert not [name for _, attrs in tags for name in attrs if name.startswith("on")]
    assert "{{ 7 * 7 }}" in text
    assert "49" not in text


def test_it_loads_nothing_and_every_picture_says_what_it_shows():
    tags = Tags(as_page(report(group(*TWELVE)), names=False)).found
    assert not [attrs for _, attrs in tags if {"src", "href"} & attrs.keys()]
    bars = [attrs for tag, attrs in tags if tag == "svg" and attrs.get("role") == "img"]
    said = [each["aria-label"] for each in bars]
    assert said[:2] == ["1.1: a: 6 right, 6 wrong", "1.2: b: 6 right, 3 partly, 3 wrong"]
    assert said[3:5] == ["transpose: 4 students", "shape: 3 students"]


def test_a_bar_is_as_long_as_its_number():
    tags = Tags(as_page(report(group(*TWELVE)), names=False)).found
    parts = [(attrs["class"], attrs["x"], attrs["width"]) for tag, attrs in tags if attrs.get("x")]
    assert parts[:5] == [
        *[("right", "0", "6"), ("wrong", "6", "6")],
        *[("right", "0", "6"), ("partly", "6", "3"), ("wrong", "9", "3")],
    ]


def test_names_are_there_only_if_asked():
    made = report(group(*TWELVE), pairs=[Pair("s01", "s02", 1.0)])
    assert "s01" not in as_page(made, names=False)
    assert "s04, s05, s07, s10" in as_page(made, names=True)
    assert "s01 and s02: 100%" in as_page(made, names=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_beside_the_page(page, scheme):  # noqa: F811
    errors = listen(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.set_content(as_page(hostile_report(), names=True))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert errors == []
