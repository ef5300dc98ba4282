"""What of `course_utils` a submission finds in the jail, and what it does not."""

from __future__ import annotations

import shutil

import pytest

from autograde.course.config import CHECKOUT
from autograde.jail import view
from tests.test_house import catches_mistakes

ALL = {view.name_of(path, CHECKOUT) for path in (CHECKOUT / "course_utils").rglob("*.py")}
EVERYTHING = {
    name.removesuffix(".__init__")
    for name in ALL
    if not name.startswith(("course_utils.filled_in.", "course_utils.own."))
}
HIDDEN = EVERYTHING - set(view.modules())


def test_only_what_compares_is_not_there():
    """Something new is at one place or the other; here it is said at which."""
    assert {name for name in HIDDEN if not catches_mistakes(name)} == {
        "course_utils.__main__",
        "course_utils.exercises.direct_calls",  # while a notebook is worked on
        "course_utils.measure.branches",  # what a check asks of a forward pass
        "course_utils.measure.watched",
    }
    assert [name for name in view.modules() if catches_mistakes(name)] == []
    assert len(HIDDEN) > 40


def test_nothing_of_it_can_be_imported(run):
    names = sorted(HIDDEN - {"course_utils.checks"})
    outputs, done = run(
        f"""
import importlib, sys
found = []
for name in {names}:
    try:
        found.append(importlib.import_module(name))
    except ImportError:
        pass
found, [name for name in sys.modules if ".checks." in name or ".checker" in name]
"""
    )
    assert (outputs[0]["data"]["text/plain"], done) == ("([], [])", True)


@pytest.fixture
def checkout(tmp_path):
    """A copy of the package, in which an instructor adds exercises."""
    shutil.copytree(
        CHECKOUT / "course_utils",
        tmp_path / "course_utils",
        ignore=shutil.ignore_patterns("filled_in", "__pycache__"),
    )
    return tmp_path


OWN = [  # (a file of an instructor's own exercises, what it holds, what there is of it)
    ("mine.py", "import numpy", ["mine.py"]),
    ("mine.py", "from course_utils.own import _helper", ["_helper.py", "mine.py"]),
    ("mine.py", "from ._helper import x", ["_helper.py", "mine.py"]),
    ("mine.py", "def broken(", ["mine.py"]),
    ("mine_checks.py", "from course_utils.own import _helper", ["mine.py"]),
    ("spell_checks.py", "import numpy", ["spell_checks.py"]),  # a file of exercises, by its name
    ("_notes.py", "import course_utils.own._helper", []),
]


@pytest.mark.parametrize(("name", "source", "seen"), OWN)
def test_an_exercise_of_ones_own_is_there_and_how_it_is_examined_is_not(
    checkout, name, source, seen
):
    own = checkout / "course_utils" / "own"
    (own / "_helper.py").write_text("x = 1")
    (own / name).write_text(source)
    if name == "mine_checks.py":
        (own / "mine.py").write_text("import numpy")
    found = [each.rsplit("/", 1)[-1] for each in view.files(checkout) if "/own/" in each]
    assert found == ["__init__.py", *seen]
