"""An import for figures is left out where nobody can miss it, and nowhere else."""

from __future__ import annotations

import pytest

from autograde.speed.cell_dependencies import Cell
from autograde.speed.unused_imports import draws, without_unused_imports

TOP = "import numpy as np\nimport matplotlib.pyplot as plt\nfrom course_utils.figures import show\n"
WITHOUT = "import numpy as np\n\nfrom course_utils.figures import show\n"
MORE = "from matplotlib.patches import (\n    Circle,\n    Wedge as W,\n)\nx = 1\n"


def given(source):
    return Cell(source, given=True)


def answer(source):
    return Cell(source, given=False, answer=True)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        pytest.param([given(TOP)], WITHOUT, id="nobody draws"),
        pytest.param([given(TOP), answer("y = np.ones(3)")], WITHOUT, id="an answer does not"),
        pytest.param([given(TOP), answer("plt.plot([1])")], TOP, id="an answer draws"),
        pytest.param([given(TOP), answer("def f():\n    plt.show()")], TOP, id="in a function"),
        pytest.param([given(TOP), answer("eval('plt').plot([1])")], TOP, id="by a text"),
        pytest.param([given(TOP), answer("%pylab\nplt.plot(1)")], TOP, id="after a magic"),
        pytest.param([given(TOP), answer("import matplotlib")], TOP, id="the whole of it"),
        pytest.param([given(TOP), answer("f(x")], WITHOUT, id="a cell that does not run"),
        pytest.param([given(TOP), given("plt.plot([1])")], TOP, id="a given cell draws"),
        pytest.param([answer(TOP)], TOP, id="not a given one"),
        pytest.param([given(TOP + "plt.rcParams['font.size'] = 9\n")], None, id="it sets up"),
        pytest.param([given(TOP), answer("simplt = 1")], WITHOUT, id="a word within a word"),
        pytest.param([given(MORE)], "\n\n\n\nx = 1\n", id="several lines keep their number"),
        pytest.param([given(MORE), answer("W(1)")], MORE, id="by another name"),
        pytest.param([given(MORE), answer("Wedge(1)")], "\n\n\n\nx = 1\n", id="another's name"),
        pytest.param(
            [given("import matplotlib as m; y = 1\n")], None, id="another statement on its line"
        ),
        pytest.param([given("import os, matplotlib\n")], None, id="another module with it"),
        pytest.param([given("import matplotlib.pyplot as plt\n%timeit 1\n")], None, id="a magic"),
        pytest.param([given("if x:\n    import matplotlib\n")], None, id="not always"),
    ],
)
def test_the_first_cell(cells, expected):
    texts = without_unused_imports(dict(enumerate(cells)))
    assert texts[0] == (cells[0].source if expected is None else expected)
    assert [texts[i] for i in range(1, len(cells))] == [cell.source for cell in cells[1:]]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plt.plot([1])", True),
        ("show(figure)", True),
        ("play_frames(frames)", True),
        ("%matplotlib inline", True),
        ("from matplotlib.figure import Figure", True),
        (WITHOUT + "from course_utils.players import play_frames, play_graph\n", False),
        ("shown = simplt(np.ones(3))\nprint(shown)", False),
    ],
)
def test_whether_a_cell_draws(source, expected):
    assert draws(["x = 1", source]) == expected
