"""Each notebook in JupyterLab, with its answers: what is on the screen."""

from __future__ import annotations

import re

import nbformat
import pytest

from tests.browser.jupyter import DONE, NAMES, RUNNING, idle, lab, menu, open_notebook, source
from tests.browsing import chromium, listen, page
from tests.thoroughly import rows

__all__ = ["chromium", "lab", "page"]  # fixtures

# They train networks, which takes a minute; other tests run them, and look at their figures.
ONLY_READ = ("07_networks", "08_capstone")
SCROLL = """async () => {  // as a reader does, so that everything has been drawn once
  const pane = document.querySelector('.jp-WindowedPanel-outer');
  for (let y = 0; y < pane.scrollHeight; y += pane.clientHeight) {
    pane.scrollTo(0, y);
    await new Promise(resolve => setTimeout(resolve, 60));
  }
}"""
# What a reader would see of broken mathematics, and where: not in code, where a $ is a $.
BROKEN = r"""() => {
  const found = [...document.querySelectorAll('mjx-merror, [data-mjx-error]')].map(
    each => 'formula: ' + each.textContent);
  for (const each of document.querySelectorAll('.jp-RenderedMarkdown')) {
    const copy = each.cloneNode(true);
    copy.querySelectorAll('code, pre, mjx-container, .MathJax').forEach(part => part.remove());
    const text = copy.textContent.match(/.{0,30}(\$|\\[a-z]+\{|\*\*|<\/?[a-z]+>).{0,30}/);
    if (text) found.push('markup: ' + text[0]);
  }
  return found;
}"""
PICTURES = """() => [...document.querySelectorAll('.jp-OutputArea img')].map(
  each => [each.naturalWidth, each.alt, each.getAttribute('src').slice(0, 22)])"""
# A picture or a formula that sticks out is cut off; long lines of code may be scrolled.
WIDE = """() => [...document.querySelectorAll('.jp-OutputArea img')].filter(
  each => each.getBoundingClientRect().right > innerWidth && !each.closest('[style*="overflow-x"]')
  ).map(each => each.alt)"""


def fill_in(lab, name):
    """Write the instructor's answers into the student's notebook, and return it."""
    path = lab.folder / "notebooks" / name / f"{name}.ipynb"
    nb = nbformat.read(path, as_version=4)
    for each in nb.cells:
        mark = each.metadata.get("nbgrader", {})
        if mark.get("solution"):
            answer = source(name, mark["grade_id"])
            each.source = re.sub(r"\n? *### (BEGIN|END) SOLUTION", "", answer).strip()
    nbformat.write(nb, path)
    return nb


def run_all(page, nb):
    """Choose Run All Cells, and wait for the last one."""
    menu(page, "Run", "Run All Cells")
    last = [each for each in nb.cells if each.cell_type == "code"][-1].source.splitlines()[0]
    ran = page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=last)).last
    ran.locator(".jp-InputPrompt", has_text=DONE).wait_for(timeout=2 * RUNNING)
    idle(page)


@pytest.mark.parametrize("name", rows(NAMES, ["05_matrix_form", "08_capstone"]))
def test_a_notebook_is_drawn(lab, page, name):
    nb = fill_in(lab, name)
    errors = listen(page)
    open_notebook(page, lab, name)
    if name not in ONLY_READ:
        run_all(page, nb)
    page.evaluate(SCROLL)

    # A cell is drawn when it comes into view, and then its formulas are: on a busy machine, later.
    markdown = "\n".join(each.source for each in nb.cells if each.cell_type == "markdown")
    hints, formulas = markdown.count("<details>"), markdown.count("$$") // 2
    for _ in range(20):
        if page.locator("details").count() == hints:
            break
        page.wait_for_timeout(1000)
        page.evaluate(SCROLL)
    assert page.locator("details").count() == hints
    page.wait_for_function(
        "least => document.querySelectorAll('mjx-container').length > least", arg=formulas
    )
    assert page.evaluate(BROKEN) == []
    assert page.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0

    pictures = page.evaluate(PICTURES)
    drawn = sum("show(fig" in each.source for each in nb.cells if each.cell_type == "code")
    assert len(pictures) >= drawn or name in ONLY_READ
    assert [each for each in pictures if each[0] < 100] == []
    assert errors == []

    # Hints open with a click, and again from the keyboard.
    hint = page.locator("details").first
    hint.locator("summary").scroll_into_view_if_needed()
    hint.locator("summary").click()
    assert hint.get_attribute("open") is not None
    hint.locator("summary").press("Enter")
    assert hint.get_attribute("open") is None

    page.set_viewport_size({"width": 800, "height": 900})
    page.wait_for_timeout(500)  # the panels move
    assert page.evaluate(WIDE) == []
    menu(page, "Kernel", "Shut Down Kernel")
