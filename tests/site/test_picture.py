"""The picture on the first page is of the program, and gives no answer away."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from autograde.notebooks.leaks import regions
from autograde.notebooks.notebook import read

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def drawn():
    """The texts of docs/picture.py, which imports a browser and so is not imported here."""
    tree = ast.parse((ROOT / "docs" / "picture.py").read_text(encoding="utf-8"))
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }


def lines(code):
    """The lines of some code that compute something."""
    return {line.strip() for line in code.splitlines() if re.search(r"[@*/(]", line)}


def test_the_picture_shows_no_answer_of_the_course(drawn):
    answers = set()
    for path in (ROOT / "solutions").glob("*/*.ipynb"):
        for cell in read(path).cells:
            answers |= lines("\n".join(regions(cell.source))) if cell.cell_type == "code" else set()
    assert "grad_W = X.T @ grad_output" in answers  # there is something to be found
    assert lines(drawn["ANSWER"]) & answers == set()


def test_the_sentence_that_stands_for_the_picture_says_what_the_check_says(drawn):
    from course_utils import CheckFailed

    names = {}
    with pytest.raises(CheckFailed) as failed:
        exec("\n".join([drawn["GIVEN"], drawn["ANSWER"], drawn["CHECK"]]), names)
    page = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    (sentence,) = re.findall(r'<img class="product[^>]* alt="([^"]+)"', page)
    for words in ("exactly 1/q times the right value", "to be redone by hand"):
        assert words in str(failed.value)
        assert words in sentence
