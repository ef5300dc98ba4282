"""One assignment through the form grader: generate, release, collect, grade, mark, feedback."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import nbformat
import pytest

from autograde.course.config import COURSE_ID
from autograde.jail import jail
from tests.browser.jupyter import lab, look, source
from tests.browsing import chromium, listen, page

__all__ = ["chromium", "lab", "page"]  # fixtures

NAME, STUDENT = "03_one_sample", "ada"
DERIVED = (
    "Inner: $$\\frac{\\partial\\ell}{\\partial\\hat y_i}=\\sum_j 2(\\hat y_j-y_j)\\delta_{ij}$$"
    " and $\\mathbf{W}<1$ <script>document.title = 'taken over'</script>"
)
GRADING = 240_000


def hand_in(lab):
    """Fill in all answers, one of them wrongly, and submit as a student does."""
    folder = lab.folder.parent / STUDENT
    path = folder / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nb = nbformat.read(lab.folder / "notebooks" / NAME / path.name, as_version=4)
    for each in nb.cells:
        mark = each.metadata.get("nbgrader", {})
        if mark.get("solution"):
            answer = source(NAME, mark["grade_id"])
            each.source = re.sub(r"\n? *### (BEGIN|END) SOLUTION", "", answer).strip()
        if mark.get("grade_id") == "ex-3-1-answer":
            each.source = each.source.replace("* 2 ", "")
        if mark.get("grade_id") == "ex-3-A-derivation":
            each.source = DERIVED
    nbformat.write(nb, path)
    command = [sys.executable, "-m", "nbgrader", "submit", NAME, f"--student={STUDENT}"]
    command += [f"--CourseDirectory.course_id={COURSE_ID}"]
    command += [f"--Exchange.root={lab.folder.parent / 'exchange'}"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def press(page, button, said):
    """Click one of the form grader's icons; read and close the window that tells how it went."""
    button.click()
    window = page.locator(".modal.in")
    window.wait_for(timeout=GRADING)
    text = window.inner_text()
    assert said in text, text
    window.locator("button", has_text=re.compile("Close|OK")).first.click()
    window.wait_for(state="detached")


def test_from_release_to_feedback(lab, page):
    if (why := jail.missing()) and not os.environ.get("CI"):
        pytest.skip(f"no jail here: {why}")
    errors = listen(page)

    page.goto(lab.url("/formgrader"))
    row = page.locator("tr").filter(has=page.get_by_text(NAME, exact=True))
    press(page, row.locator(".glyphicon-education"), "Successfully created")
    press(page, row.locator(".glyphicon-cloud-upload"), "Successfully released")
    hand_in(lab)
    press(page, row.locator(".glyphicon-cloud-download"), "Successfully collected")
    look(page, "fg_assignments")

    page.goto(lab.url(f"/formgrader/manage_submissions/{NAME}"))
    row = page.locator("tr").filter(has=page.get_by_text(STUDENT, exact=True))
    press(page, row.locator(".glyphicon-flash"), "Successfully autograded")
    assert "needs manual grading" in row.inner_text()

    # Mark the derivation, and comment on it.
    page.goto(lab.url(f"/formgrader/gradebook/{NAME}/{NAME}"))
    page.get_by_role("link", name="Submission #1").click()
    marks = page.locator("#ex-3-A-derivation")
    marks.wait_for()
    answer = page.locator(".nbgrader_cell").filter(has=marks)
    assert answer.locator("math").count() == 2
    answer.scroll_into_view_if_needed()
    look(page, "fg_grading")
    marks.fill("2")
    marks.press("Tab")
    comment = page.locator("#ex-3-A-derivation-comment")
    comment.fill("The target is missing: $\\partial\\ell/\\partial y_i$.")
    with page.expect_response(lambda answer: "/api/comment/" in answer.url):
        comment.press("Tab")
    assert page.title() != "taken over"

    page.goto(lab.url(f"/formgrader/manage_submissions/{NAME}"))
    row = page.locator("tr").filter(has=page.get_by_text(STUDENT, exact=True))
    press(page, row.locator(".glyphicon-comment"), "Successfully generated feedback")
    assert errors == []

    feedback = lab.folder / "autograde" / "feedback" / STUDENT / NAME / f"{NAME}.html"
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(feedback.as_uri())
    text = page.locator("body").inner_text()
    assert "A 2 is missing" in text
    assert "The target is missing" in text
    assert "2.0 / 3.0" in text
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.locator("math").count() > 50
    assert not re.search(r"\$|\\[a-z]+\{", prose(page))
    look(page, "feedback")
    for width in (1280, 500):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert errors == []


def prose(page):
    """Return the page's text without its code and formulas."""
    return page.evaluate(
        """() => {
          const copy = document.querySelector('#notebook').cloneNode(true);
          copy.querySelectorAll('code, pre, math, style').forEach(each => each.remove());
          return copy.textContent;
        }"""
    )
