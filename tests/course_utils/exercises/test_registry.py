"""An exercise is found by what a notebook calls it; what is none has its nearest names told."""

import re

import pytest

import course_utils
from course_utils import central_difference, nn
from course_utils.autodiff.function import Function
from course_utils.exercises.registry import find, named, registry


def of_notebook(name, kind=lambda: None):
    """Make what a cell defines under `name`."""
    made = type(name, (Function,), {}) if kind is Function else lambda: None
    made.__name__, made.__module__ = name, "__main__"
    return made


# (what is asked for, the exercise)
FOUND = [
    ("Sine", "Sine.backward"),
    ("Sine.backward", "Sine.backward"),
    (course_utils.Sine, "Sine.backward"),
    (nn.Linear.backward, "nn.Linear.backward"),
    (course_utils.Linear, "Linear.backward"),
    (central_difference, "central_difference"),
    (of_notebook("central_difference"), "central_difference"),
    (of_notebook("Sine", Function), "Sine.backward"),
]


@pytest.mark.parametrize(("target", "name"), FOUND)
def test_what_is_found(target, name):
    assert find(target) is registry[name]


# (what is asked for, what is said)
NOT_FOUND = [
    ("Sin", "Sin is no exercise of this course. Near it are: Sine."),
    (
        "central_diference",
        "central_diference is no exercise of this course. Near it are: central_difference, ",
    ),
    ("nn.Linear.backwards", "Near it are: nn.Linear.backward, "),
    ("backward", "backward is no exercise of this course."),
    (of_notebook("backward"), "backward is no exercise of this course."),
    (nn.Linear, f"{nn.Linear.__module__}.Linear is no exercise of this course."),
    (len, "len is no exercise of this course."),
    (3, "3 is no exercise of this course."),
    (None, "None is no exercise of this course."),
]


@pytest.mark.parametrize(("target", "said"), NOT_FOUND)
def test_what_is_not_found_has_its_nearest_names_told(target, said):
    with pytest.raises(TypeError, match=re.escape(said)) as error:
        find(target)
    assert len(str(error.value)) < 200


# (the code, the exercise)
NAMED = [
    ("Sine", "Sine.backward"),
    ("course_utils.Sine", "Sine.backward"),
    ("cu.nn.Linear.backward", "nn.Linear.backward"),
    ("nn.Module.zero_grad", "nn.Module.zero_grad"),
    ("Sin", None),
    ("backward", None),
    ("", None),
]


@pytest.mark.parametrize(("code", "name"), NAMED)
def test_what_code_names(code, name):
    assert named(code) is (registry[name] if name else None)


def test_every_exercise_is_named_by_its_short_name():
    assert [named(slot.short) for slot in registry.values()] == list(registry.values())
