"""Draw the picture of a diagnosis again: ``python3 course.py run python docs/picture.py``.

It is what a browser shows of a notebook that was really run: the answer in it has a mistake.
Needs Chromium.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).resolve().parent / "_static" / "diagnosis.png"

ANSWER = """\
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    grad_X = grad_output @ W.T
    grad_W = X.T @ grad_output
    grad_b = grad_output.mean(axis=0, keepdims=True)
    return grad_X, grad_W, grad_b"""

CHECK = "check(Linear)"


def main() -> None:
    """Run the notebook, and write the picture."""
    cells = ["import numpy as np\nfrom course_utils import Linear, check, fill_in", ANSWER, CHECK]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COURSE_UTILS_FILLED_IN"] = folder
        NotebookClient(notebook, allow_errors=True).execute()
    del notebook.cells[0]
    html, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook)
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 920, "height": 700}, device_scale_factor=2)
        page.route("http*://**", lambda route: route.abort())
        page.set_content(html)
        page.locator("main, body").first.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
