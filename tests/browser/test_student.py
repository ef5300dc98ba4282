"""One exercise as a student meets it: wrong, told why, right, and there in the next one."""

from __future__ import annotations

import re

from tests.browser.jupyter import cell, idle, lab, look, menu, open_notebook, run, source, write
from tests.browsing import chromium, listen, page

__all__ = ["chromium", "lab", "page"]  # fixtures

NAME, NEXT = "03_one_sample", "04_batch"


def test_wrong_then_right_then_in_the_next_notebook(lab, page):
    errors = listen(page)
    right = re.sub(r"\n *### (BEGIN|END) SOLUTION", "", source(NAME, "ex-3-1-answer"))
    wrong = right.replace("* 2 ", "")
    assert wrong != right

    open_notebook(page, lab, NAME)
    run(page, cell(page, "import numpy"))
    write(page, cell(page, "@fill_in(SquaredError)"), wrong)
    run(page, cell(page, "@fill_in(SquaredError)"))
    check = cell(page, "score(SquaredError,")
    said = run(page, check)
    assert "SquaredError.backward: not right yet" in said
    assert "times the right value. A 2 is missing" in said
    output = check.locator(".jp-OutputArea-output").first
    output.scroll_into_view_if_needed()
    assert output.is_visible()
    assert "Traceback" not in said
    look(page, "wrong")

    write(page, cell(page, "@fill_in(SquaredError)"), right)
    # From the keyboard alone: Shift-Enter runs and goes on to the check, once more runs that.
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    page.get_by_text("SquaredError.backward: right, 2 of 2 points").wait_for()
    page.keyboard.press("Escape")

    menu(page, "Kernel", "Restart Kernel…")
    page.locator(".jp-Dialog").get_by_role("button", name="Confirm Kernel Restart").click()
    page.wait_for_timeout(1000)
    idle(page)
    assert "right, 2 of 2 points" in run_after_restart(page)
    page.keyboard.press("ControlOrMeta+s")

    open_notebook(page, lab, NEXT)
    first = cell(page, "import")
    write(
        page,
        first,
        "from course_utils import SquaredError, saved_answer\nprint(saved_answer('SquaredError'))",
    )
    said = run(page, first)
    assert "grad_output * 2 * (y_hat - y)" in said
    assert errors == []


def run_after_restart(page):
    """Run the first cell and the check, and not the answer: it was saved."""
    run(page, cell(page, "import numpy"))
    return run(page, cell(page, "score(SquaredError,"))


def test_validate_says_what_is_missing(lab, page):
    open_notebook(page, lab, NAME)
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog, .modal, .nbgrader-ErrorDialog, .nbgrader-ValidationDialog")
    dialog.first.wait_for(timeout=120_000)
    said = dialog.first.inner_text()
    look(page, "validate")
    assert "failed" in said.lower()
