from __future__ import annotations

import os

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograde.notebooks.leaks import solution_fragments
from autograde.release.preprocessors import RefuseLeaks

OUTPUT = new_output("stream", text="6\n")

# a cell that somebody added to the student version -> what is said of it
LEAKS = [
    (new_code_cell("### BEGIN SOLUTION"), "holds 'BEGIN SOLUTION'"),
    (new_code_cell("### END SOLUTION"), "holds 'END SOLUTION'"),
    (new_markdown_cell("Use `math.sqrt(4.0)+math.cos(0.0) - 1.0`."), "solution text: math.sqrt"),
    (
        new_markdown_cell("```python\nk = [x / 2 + math.sin(0.), x / 4]\n```"),
        "solution text: [x / 2",
    ),
    (new_code_cell("def f(x):\n    return scale*x"), "solution text: return scale * x"),
    (new_code_cell("### BEGIN HIDDEN TESTS"), "holds 'BEGIN HIDDEN TESTS'"),
    (new_markdown_cell("### BEGIN MARK SCHEME"), "holds 'BEGIN MARK SCHEME'"),
    (new_code_cell("k = math.sqrt(4.) + math.cos(0.0)-1.0  # mine"), "solution text: math.sqrt"),
    (
        new_markdown_cell(
            "* *Doubling* is linear, and the slope of a linear function is the same everywhere."
        ),
        "solution text: doublingislinear",
    ),
    (new_code_cell(f"open('{os.path.expanduser('~')}/data.csv')"), "holds the path"),
    (new_code_cell("1", outputs=[OUTPUT]), "has output"),
    (new_code_cell("1", execution_count=3), "has output"),
]
HARMLESS = [
    new_code_cell("scale = 2.0 * math.sqrt(4.0)"),
    new_code_cell("def double(x):\n    return 2 * x"),
    new_markdown_cell("Doubling is linear."),
    new_code_cell("%matplotlib inline"),
]


@pytest.mark.parametrize(("cell", "said"), LEAKS)
def test_leaks_are_refused(source, released, resources, cell, said):
    resources["solution_fragments"] = solution_fragments(source)
    released.cells.append(cell)
    with pytest.raises(ValueError, match="must not be released") as stopped:
        RefuseLeaks().preprocess(released, resources)
    assert said in str(stopped.value)


@pytest.mark.parametrize("cell", HARMLESS)
def test_harmless_cells_pass(source, released, resources, cell):
    resources["solution_fragments"] = solution_fragments(source)
    released.cells.append(cell)
    assert RefuseLeaks().preprocess(released, resources) == (released, resources)
