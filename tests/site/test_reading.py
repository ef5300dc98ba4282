"""The site in a browser: without a network, light and dark, on a telephone and on paper."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.browsing import listen

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path.relative_to(ROOT / "docs").with_suffix(".html").as_posix()
    for path in (ROOT / "docs").rglob("*.md")
    if not {"_build", "hub", "lite"} & set(path.parts) and path.name != "teaching.md"
)
PAGES += ["grading.html", "search.html"]
PAGES += [f"course/{path.stem}.html" for path in sorted((ROOT / "notebooks").glob("*/*.ipynb"))]

AXE = (
    "https://registry.npmjs.org/axe-core/-/axe-core-4.10.3.tgz",
    "5e6edba515e70d25f6604d9815f064d859c5d1ea7ab661bbc4f87c88779ef0c2"
    "1cae0abbeb636471ef39e9d62d2582e4b88a1866f19f4ecfcf6d986275e4dc12",
)


@pytest.fixture(scope="module")
def axe():
    """The accessibility checker, as text to be run in a page."""
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    (script,) = build.members(build.fetched(*AXE), ["package/axe.min.js"])
    return script.decode("utf-8")


def opened(page, address):
    page.goto(address)
    page.wait_for_function("!window.MathJax || MathJax.startup && MathJax.startup.promise")
    page.evaluate("window.MathJax && MathJax.startup.promise")


@pytest.mark.parametrize("name", PAGES)
def test_a_page(page, site, axe, name):
    """It asks nobody else, draws its formulas, fits a telephone, and serves every reader."""
    errors, asked = listen(page), []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, site + name)
    assert errors == []
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []

    text = page.locator("article").inner_text()
    assert page.locator("mjx-merror, [data-mjx-error]").all_inner_texts() == []
    assert "\\(" not in text
    assert "$$" not in text
    formulas = page.locator("article .math").count()
    assert page.locator("article mjx-container svg").count() >= formulas

    for theme, width in (("light", 1280), ("dark", 375)):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{wide} dots wider than a window of {width}"
        page.evaluate(axe)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        serious = [
            (each["id"], each["help"], [node["html"][:200] for node in each["nodes"][:4]])
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        assert serious == [], theme


def test_the_search_finds(page, site):
    opened(page, site + "search.html?q=contraction")
    page.locator("#search-results li a").first.wait_for()
    assert "05 · The matrix form" in page.locator("#search-results").inner_text()


def test_the_theme_is_changed_by_a_click_and_kept(page, site):
    opened(page, site + "index.html")
    theme = "document.documentElement.dataset.theme"
    button = page.locator("button.theme-switch-button").first
    seen = []
    for _ in range(3):
        button.click()
        seen.append(page.evaluate(theme))
    assert {"light", "dark"} <= set(seen)
    while page.evaluate(theme) != "dark":
        button.click()
    opened(page, site + "students.html")
    assert page.evaluate(theme) == "dark"


def test_the_product_is_seen_before_scrolling(page, site):
    opened(page, site + "index.html")
    box = page.locator("img.product").bounding_box()
    assert box["y"] + box["height"] < 900
    assert page.evaluate("document.querySelector('img.product').naturalWidth") > 600


def test_on_paper_there_is_nothing_but_the_page(page, site):
    opened(page, site + "course/05_matrix_form.html")
    page.emulate_media(media="print")
    for part in (".bd-sidebar-primary", ".bd-header", ".doors", ".prev-next-footer"):
        assert not page.locator(part).first.is_visible(), part
    assert page.locator("article h1").is_visible()
    sheet = {"width": 794, "height": 1123}
    page.set_viewport_size(sheet)
    assert page.evaluate("document.documentElement.scrollWidth") <= sheet["width"]


def test_a_hint_opens_by_keyboard(page, site):
    opened(page, site + "course/05_matrix_form.html")
    hint = page.locator("details summary").first
    hint.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('details').open")
