"""What an answer reaches is found however it is spelled, and nothing in what is derived."""

from __future__ import annotations

import pytest

from autograde.course.config import CHECKOUT
from autograde.judging import cost, judge
from autograde.judging.reached import looked_at, patched_in, signs_of
from autograde.notebooks.notebook import read
from course_utils.exercises.registry import find
from tests.autograde.judging.exact_answers import EXACT, REACH
from tests.autograde.judging.odd_answers import ODD

EVERYTHING = "import numpy as np\nfrom course_utils import *"


@pytest.fixture
def judged(connection, monkeypatch):
    """``judged(exercise, source)``: what grading says of an answer, whatever it costs."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr(cost, "look", lambda *of: "")

    def of(exercise, source):
        connection.sources = [EVERYTHING, *source.split("# ---\n")]
        for cell in connection.sources:
            reply = connection.run({"op": "cell", "source": cell}, 60)
            assert reply["done"], reply["outputs"]
        return judge.run(f"check({exercise!r})", {}, connection, seed=5)

    return of


REACHING = [row for row in EXACT if row[3] == REACH]


@pytest.mark.parametrize("row", REACHING, ids=lambda row: f"{row[0]}-{row[1]}")
def test_what_is_reached_is_told_of(judged, row):
    found = judged(row[0], row[2])
    assert found.verdict == "passed", found.outputs
    assert any(f"the answer to {row[0]}" in note for note in found.notes), found.notes


@pytest.mark.parametrize("row", ODD, ids=lambda row: f"{row[0]}-{row[1]}")
def test_nothing_is_said_of_what_is_derived(judged, row):
    found = judged(row[0], row[2])
    assert found.verdict == "passed", found.outputs
    assert found.notes == []


FINE = {"names": [], "codes": [], "numbers": [], "imaginary": False, "all": True}

TOLD = [  # (what the jail says, what is said of it)
    (FINE, ""),
    (None, "reaches more"),
    ([], "reaches more"),
    ({**FINE, "all": False}, "reaches more"),
    ({**FINE, "all": "yes"}, "reaches more"),
    ({**FINE, "names": ["imag"]}, "complex"),
    ({**FINE, "names": [["imag"], 3, None]}, ""),
    ({**FINE, "names": "imag"}, ""),
    ({**FINE, "numbers": [1e-9]}, "small number 1e-09"),
    ({**FINE, "numbers": ["1e-9", None, 0.5, True]}, ""),
    ({**FINE, "codes": ["quotient"]}, "divides a difference"),
]
QUOTIENT = "def quotient(f, x, h):\n    return (f(x + h) - f(x)) / h"


@pytest.mark.parametrize(("told", "said"), TOLD)
def test_what_the_jail_tells_is_data(told, said):
    found = looked_at(find("Sine"), told, [QUOTIENT])
    assert said in found if said else found == "", found


def test_an_exercise_that_is_to_measure_is_let_be():
    told = {**FINE, "names": ["imag", "spacing"]}
    assert list(signs_of(find("complex_step"), told, []))
    assert looked_at(find("complex_step"), told, []) == ""


PATCHED = [  # (a cell, what in it could change what the jail tells)
    ("import inside.runner", ["inside"]),
    ("from inside import runner", ["inside"]),
    ("%matplotlib inline\nimport inside.runner", ["inside"]),
    ("%%time\nimport inside.runner", ["inside"]),
    ("    !ls\nimport inside.runner", ["inside"]),
    ("found = !ls\nimport inside.runner", ["inside"]),
    ("import gc\nrunner = gc.get_objects()", ["gc"]),
    ("find.__globals__['x'] = 1", ["__globals__"]),
    ("object.__subclasses__()", ["__subclasses__"]),
    ("print.__self__", ["__self__"]),
    ("__import__('in' + 'side')", ["__import__"]),
    ("import importlib\nimportlib.import_module('in' + 'side')", ["importlib"]),
    ("import builtins\nbuiltins.sorted = list", ["builtins"]),
    ("__builtins__.sorted = list", ["__builtins__"]),
    ("exec(compile('def helper(x): ...', np.__file__, 'exec'))", ["compile", "exec"]),
    ("getattr(f, '__code__')", ["__code__"]),
    ("import sys\nsys.modules['inside']", ["inside", "modules"]),
    # and what could not
    ("for layer in self.modules: pass", []),
    ("modules = [nn.Tanh()]", []),
    ("self.sizes = sizes  # inside a class, compile nothing", []),
    ("inside = X[mask]", []),
    ("eval('A')\nre.compile('x')", []),  # notebook 05 does the first
    ("print('it runs inside')", []),
    ("%matplotlib inline\n# inside", []),
    ("!pip list\nx = 1  # exec", []),
]


@pytest.mark.parametrize(("cell", "signs"), PATCHED)
def test_what_could_change_what_is_told_is_seen_in_any_cell(cell, signs):
    assert patched_in((cell,)) == tuple(f"stands beside a cell that uses `{s}`" for s in signs)


@pytest.mark.parametrize("path", sorted(CHECKOUT.glob("solutions/*/*.ipynb")), ids=lambda p: p.stem)
def test_no_cell_of_the_course_looks_as_if_it_changed_what_is_told(path):
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    assert patched_in(tuple(cells)) == ()
