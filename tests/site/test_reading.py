"""The site in a browser: without a network, light and dark, on a telephone and on paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browsing import listen
from tests.thoroughly import rows

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path.relative_to(ROOT / "docs").with_suffix(".html").as_posix()
    for path in (ROOT / "docs").rglob("*.md")
    if not {"_build", "hub", "lite"} & set(path.parts) and path.name != "teaching.md"
)
PAGES += ["grading.html", "search.html"]
COURSE = [f"course/{path.stem}.html" for path in sorted((ROOT / "notebooks").glob("*/*.ipynb"))]

AXE = (
    "https://registry.npmjs.org/axe-core/-/axe-core-4.14.1.tgz",
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73"
    "4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5",
)


@pytest.fixture(scope="module")
def axe(npm):
    """The accessibility checker, as text to be run in a page."""
    (script,) = npm.members(npm.fetched(*AXE), ["package/axe.min.js"])
    return script.decode("utf-8")


CHANGING = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
"""What can be right in one theme and width and wrong in another."""


def serious(page, axe, rules=None):
    """What axe finds that keeps somebody out; the strokes of drawn formulas need no look."""
    page.evaluate(axe)
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found = page.evaluate(
        "options => axe.run({exclude: [['mjx-container > svg'], ['mjx-assistive-mml']]}, options)",
        options,
    )
    return [
        (each["id"], each["help"], [node["html"][:200] for node in each["nodes"][:4]])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def opened(page, address):
    page.goto(address)
    page.wait_for_function("!window.MathJax || MathJax.startup && MathJax.startup.promise")
    page.evaluate("window.MathJax && MathJax.startup.promise")


NOW = ["course/05_matrix_form.html"]


@pytest.mark.parametrize("name", [*PAGES, *rows(COURSE, NOW)])
def test_a_page(page, site, axe, name):
    """It asks nobody else, draws its formulas, fits a telephone, and serves every reader."""
    errors, asked = listen(page), []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, site + name)
    assert errors == []
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []

    text = page.locator("main").inner_text()
    assert page.locator("mjx-merror, [data-mjx-error]").all_inner_texts() == []
    assert "\\(" not in text
    assert "$$" not in text
    formulas = page.locator("article .math").count()
    assert page.locator("article mjx-container svg").count() >= formulas

    for theme, width, rules in (("light", 1280, None), ("dark", 375, CHANGING)):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        page.wait_for_timeout(500)  # what scrolls is found a moment after the window has changed
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{wide} dots wider than a window of {width}"
        assert serious(page, axe, rules) == [], theme


def test_axe_would_find_something(page, site, axe):
    opened(page, site + "index.html")
    assert serious(page, axe) == []
    page.evaluate(
        "document.querySelector('article').innerHTML += '<img src=x><p style=color:#eee>pale</p>'"
    )
    assert [each[0] for each in serious(page, axe)] == ["color-contrast", "image-alt"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("contraction", "05 · The matrix form"),
        ("minibatches", "08 · Capstone"),
        ("numerical_vjp", "Reference"),
    ],
)
def test_the_search_finds(page, site, words, found):
    opened(page, site + "index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.locator("#search-results li a").first.wait_for()
    page.get_by_text("Search finished").first.wait_for()
    assert found in page.locator("#search-results").inner_text()


def test_the_theme_is_changed_by_a_click_and_kept(page, site):
    opened(page, site + "index.html")
    theme, colour = (
        "document.documentElement.dataset.theme",
        "getComputedStyle(document.body).backgroundColor",
    )
    seen = {}
    for name in ("Light", "Dark"):
        page.locator("button.theme-switch-button:visible").click()
        page.locator("button.theme-change-button:visible", has_text=name).click()
        seen[page.evaluate(theme)] = page.evaluate(colour)
    assert seen.keys() == {"light", "dark"}
    assert seen["light"] != seen["dark"]
    opened(page, site + "students.html")
    assert page.evaluate(theme) == "dark"


def test_the_product_is_seen_before_scrolling(page, site):
    opened(page, site + "index.html")
    box = page.locator("img.product").bounding_box()
    assert box["y"] + box["height"] < 900
    assert page.evaluate("document.querySelector('img.product').naturalWidth") > 600


def test_on_a_telephone_the_picture_can_be_read(page, site):
    page.set_viewport_size({"width": 375, "height": 812})
    opened(page, site + "index.html")
    source = page.evaluate("document.querySelector('img.product').currentSrc")
    assert source.endswith("diagnosis-narrow.png")
    assert page.locator("img.product").bounding_box()["width"] <= 375


def test_on_paper_there_is_nothing_but_the_page(page, site):
    opened(page, site + "course/05_matrix_form.html")
    page.emulate_media(media="print")
    for part in (".bd-sidebar-primary", ".bd-header", ".doors", ".prev-next-footer"):
        assert not page.locator(part).first.is_visible(), part
    assert page.locator("article h1").is_visible()
    assert page.locator("details p").first.is_visible()  # nobody can open a hint on paper
    sheet = {"width": 794, "height": 1123}
    page.set_viewport_size(sheet)
    assert page.evaluate("document.documentElement.scrollWidth") <= sheet["width"]
    cut = "[...document.querySelectorAll('article pre')].filter(e => e.scrollWidth > e.clientWidth)"
    assert page.evaluate(f"{cut}.map(e => e.innerText.slice(0, 80))") == []


def test_a_hint_opens_by_keyboard(page, site):
    opened(page, site + "course/05_matrix_form.html")
    hint = page.locator("details summary").first
    hint.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('details').open")


def test_the_keyboard_reaches_the_text_first(page, site):
    opened(page, site + "students.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main-content"


def test_code_is_copied_by_a_click_and_without_its_prompt(page, site):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, site + "instructors.html")
    block = page.locator("div.highlight", has_text="course.py demo").first
    block.hover()
    block.locator("button.copybtn").click()
    page.locator("button.copybtn.success").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[-1] == "python3 course.py demo"
