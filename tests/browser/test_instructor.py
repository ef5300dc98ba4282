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
from tests.browser.jupyter import lab, look, menu, source
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
    assert answer.locator("math").count() >= 2  # once MathJax is done, the rubric has its own
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
    for work in (assignments, students, submission, in_a_frame):
        work(lab, page)
        assert (work, errors) == (work, [])

    feedback = lab.folder / "autograde" / "feedback" / STUDENT / NAME / f"{NAME}.html"
    page = page.context.new_page()  # the other one may still ask for what JupyterLab needs
    errors, asked = listen(page), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(feedback.as_uri())
    text = page.locator("body").inner_text()
    for said in ("A 2 is missing", "The target is missing", "2.0 / 3.0"):
        assert said in text
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


# ---- everything else that can be clicked ----------------------------------------------


def window(page, title):
    """Return the window that is open, with this title."""
    shown = page.locator(".modal.in").filter(has=page.locator(".modal-title", has_text=title))
    shown.wait_for()
    return shown


def close(page, button="Cancel"):
    page.locator(".modal.in .modal-footer button", has_text=button).click()
    page.locator(".modal").wait_for(state="detached")


def assignments(lab, page):
    page.goto(lab.url("/formgrader"))
    for panel, text in [("Instructions", "release button"), ("Current conf", "CourseDirectory")]:
        page.get_by_role("button", name=panel).click()
        page.locator(".panel-collapse.in", has_text=text).wait_for()
    row = page.locator("tr").filter(has=page.get_by_text(NAME, exact=True))
    row.locator(".glyphicon-pencil").click()
    assert window(page, f"Editing {NAME}").locator(".modal-name").input_value() == NAME
    close(page)
    page.get_by_text("Add new assignment...", exact=True).last.click()
    window(page, "Add New Assignment").locator("input.name").fill("a+b")
    page.locator(".modal.in .save").click()
    page.locator("#create-error", has_text="may not include").wait_for()
    close(page)
    page.get_by_label("Search:").fill("one_sample")
    assert page.locator("#main-table tr").count() == 1


def students(lab, page):
    page.get_by_role("link", name="Manage Students").click()
    row = page.locator("tr").filter(has=page.get_by_text(STUDENT, exact=True))
    row.locator(".glyphicon-pencil").click()
    window(page, f"Editing {STUDENT}").locator(".modal-first-name").fill("Ada <b>")
    page.locator(".modal.in .modal-last-name").fill("King & Co")
    page.locator(".modal.in .save").click()
    page.get_by_role("link", name="King & Co, Ada <b>", exact=True).wait_for()
    page.get_by_text("Add new student...", exact=True).click()
    window(page, "Add New Student").locator("input.id").fill("somebody")
    page.locator(".modal.in .save").click()
    page.locator("#main-table .id", has_text="somebody").wait_for()
    page.get_by_role("link", name="King & Co, Ada <b>", exact=True).click()
    page.get_by_role("link", name=NAME, exact=True).click()
    page.get_by_role("link", name=NAME, exact=True).last.click()
    page.locator("#ex-3-A-derivation").wait_for()


def submission(lab, page):
    page.locator(".help").click()
    assert "Flag the submission" in window(page, "Keyboard shortcuts").inner_text()
    close(page, "Close")
    page.locator(".glyphicon-eye-open").click()
    assert "King & Co, Ada <b>" in page.locator("nav").inner_text()
    answer = page.locator(".nbgrader_cell").filter(has=page.locator("#ex-3-A-derivation"))
    for button, points in (("Full credit", "3"), ("No credit", "0")):
        with page.expect_response(lambda answer: "/api/grade/" in answer.url):
            answer.get_by_role("button", name=button).click()
        assert page.locator("#ex-3-A-derivation").input_value() == points
    page.keyboard.press("Control+Shift+F")
    page.locator("#statusmessage", has_text="Submission flagged").wait_for()
    page.keyboard.press("Control+Shift+F")
    page.locator("#statusmessage", has_text="Submission unflagged").wait_for()
    page.get_by_role("link", name="Next").click()
    page.get_by_role("link", name="Submission #1").wait_for()
    page.get_by_text("Show All Names").click()
    page.get_by_text("Hide All Names").click()
    page.get_by_text("Show All Names").wait_for()
    page.get_by_role("link", name="Submission #1").click()
    page.get_by_role("link", name="Prev").click()
    page.get_by_role("link", name=NAME).first.click()
    page.get_by_role("link", name=NAME, exact=True).wait_for()


def in_a_frame(lab, page):
    """As JupyterLab shows it, in which a click opens a notebook beside it."""
    page.goto(lab.url("/lab?reset"))
    menu(page, "Nbgrader", "Formgrader")
    inside = page.frame_locator("#formgrader-iframe iframe")
    inside.get_by_role("link", name="Manual Grading").click()
    inside.get_by_role("link", name=NAME, exact=True).click()
    inside.get_by_role("link", name=NAME, exact=True).click()
    inside.get_by_role("link", name="Submission #1").click()
    inside.locator("#ex-3-A-derivation").wait_for()
    look(page, "fg_in_jupyterlab")
    inside.locator(".live-notebook .name-hidden").first.click()
    page.locator(".jp-NotebookPanel").wait_for()
