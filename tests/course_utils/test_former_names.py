"""Notebooks that were handed out, and exercises of one's own, import modules by former names."""

import importlib
import sys

import pytest

from course_utils.former_names import FORMER

IMPORTED = [
    "from course_utils.exercise import exercise, registry",
    "from course_utils.function import Array, Context, Function",
    "from course_utils.figures import COLOURS, show",
    "from course_utils.players import Node, play_frames, play_graph",
    "from course_utils.live import StatusLine",
    "from course_utils.penguins import INPUTS, OUTPUTS, load_penguins",
    "from course_utils.capstone import not_filled_in_for_training",
    "from course_utils.torch_bridge import as_torch",
    "from course_utils.nn import Linear, Module",
]


@pytest.mark.parametrize("line", IMPORTED)
def test_what_notebooks_imported_is_there(line: str) -> None:
    exec(line, {})


@pytest.mark.parametrize("former", FORMER)
def test_it_is_the_module_of_today(former: str) -> None:
    sys.modules.pop(f"course_utils.{former}", None)
    found = importlib.import_module(f"course_utils.{former}")
    today = importlib.import_module(f"course_utils.{FORMER[former]}")
    assert found is today
    assert found.__spec__ is not None
    assert found.__spec__.name == found.__name__ == f"course_utils.{FORMER[former]}"


def test_other_names_are_not_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("course_utils.never_was")
