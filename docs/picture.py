"""Draw the picture of a diagnosis again: ``python3 course.py run python docs/picture.py``.

It is what a browser shows of a notebook that was really run; the answer in it has a mistake, and
its function is none of the course's, so that the picture gives nothing away. Needs Chromium.
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

STATIC = Path(__file__).resolve().parent / "_static"

GIVEN = """\
import numpy as np
from course_utils import Function, check"""

ANSWER = '''\
class ShiftedSoftplus(Function):
    """log(1 + exp(X + b)), entry by entry; b is one row, added to every sample."""

    @staticmethod
    def forward(ctx, X, b):
        ctx.save_for_backward(X, b)
        return np.log1p(np.exp(X + b))

    @staticmethod
    def backward(ctx, grad_output):
        X, b = ctx.saved_tensors
        grad_X = grad_output / (1 + np.exp(-X - b))
        grad_b = grad_X.mean(axis=0, keepdims=True)
        return grad_X, grad_b

    @staticmethod
    def make_inputs(rng, q=7, n=5):
        return rng.normal(size=(q, n)), rng.normal(size=(1, n))'''

CHECK = "check(ShiftedSoftplus)"

# A telephone gets the check and what it says; the code would be too small to read there.
PICTURES = {"diagnosis.png": (920, 0), "diagnosis-narrow.png": (400, 1)}
"""File: how wide the window is, and how many cells are left out."""


def main() -> None:
    """Run the notebook, and write the pictures."""
    cells = [nbformat.v4.new_code_cell(each) for each in (GIVEN, ANSWER, CHECK)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COURSE_UTILS_FILLED_IN"] = folder
        NotebookClient(notebook, allow_errors=True).execute()
    del notebook.cells[0]
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (width, left_out) in PICTURES.items():
            shown = nbformat.v4.new_notebook(cells=notebook.cells[left_out:])
            html, _ = HTMLExporter(template_name="lab").from_notebook_node(shown)
            page = browser.new_page(viewport={"width": width, "height": 300}, device_scale_factor=2)
            page.route("http*://**", lambda route: route.abort())
            page.set_content(html)
            page.add_style_tag(content=".jp-InputPrompt, .jp-OutputPrompt { display: none }")
            page.locator("main, body").first.screenshot(path=STATIC / name)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
