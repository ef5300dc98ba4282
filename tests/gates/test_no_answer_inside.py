"""Nothing in the students' package is an answer, wherever in it one looks."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from autograde.authoring.mistakes import nothing_filled_in
from autograde.course.course import ROOT
from autograde.jail import view
from course_utils.checks.declarations import NUMERICALLY, declaration_of
from course_utils.exercises.notices import silence
from course_utils.exercises.registry import registry

from .handing_in import (
    EVALUATES,
    HANDS_BACK,
    MEASURES,
    PACKAGE,
    code_of,
    first_call,
    functions,
    handed_in_everywhere,
)
from .solved import answers_of_the_solutions

MEMORY = "course_utils/measure/memo.py"
"""Where the code of every function is that remembers its results."""

NOT_COMPUTED_NUMERICALLY = [
    name for name in registry if declaration_of(name).meanwhile != NUMERICALLY
]
"""What is not filled in of these is bridged, and the bridge is no answer, measured or not."""


@pytest.fixture(scope="module")
def done():
    """What is right of all that can be handed in."""
    here = {**os.environ, "NBGRADER_EXECUTION": "autograde"}
    command = [sys.executable, "-m", "tests.gates.handing_in"]
    ran = subprocess.run(command, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)


@pytest.mark.thorough
def test_nothing_is_right_but_what_measures(done):
    """The other three: what is asked for is a measurement, a size, or the very argument."""
    assert [each for each in done["passed"] if not each["how"]] == []


@pytest.mark.thorough
def test_nothing_at_all_is_right_where_nothing_is_measured(done):
    assert sorted(NOT_COMPUTED_NUMERICALLY) == sorted(ONCE_THERE)
    found = [each for each in done["passed"] if each["exercise"] in NOT_COMPUTED_NUMERICALLY]
    assert found == []


@pytest.mark.thorough
def test_only_notebook_00_has_measuring_for_an_answer(done):
    asked = {each["exercise"] for each in done["passed"] if EVALUATES in each["how"]}
    assert {registry[name].notebook for name in asked} == {"00_measuring_slopes"}


IN_THE_JAIL = {  # what is right here and is there as well
    ("matvec_jacobian_x", "as_float64"),  # the Jacobian is the matrix that it is handed
    ("nn.Linear.backward", "backward"),  # finds nothing to measure on there: tests/attacks
}


@pytest.mark.thorough
def test_of_all_that_is_right_next_to_nothing_is_in_the_jail(done):
    seen = set(view.files())
    found = set()
    for each in done["passed"]:
        function, _, place = each["function"].rpartition(" (")
        if place.split(":")[0] in seen - {"course_utils/exercises/registry.py", MEMORY}:
            found.add((each["exercise"], function))
    assert found == IN_THE_JAIL


SPOIL = (
    # Change the exercises themselves, and what comes after them would mean nothing.
    "course_utils/exercises/registry.py",
    # Ask what they are given so often that it takes too long: whether something moves, and one
    # entry of a tensor that is measured whole.
    "moves_in_steps (",
    "_one_entry.<locals>.<lambda> (",
    # Draw whatever they are handed, for minutes.
    "/figures.py:",
    # Is there to end what runs.
    "_at_most.<locals>.stop (",
)


@pytest.mark.thorough
def test_all_of_the_package_was_handed_in(done):
    assert done["functions"] > 1000
    assert [each for each in done["ended"] if not any(spoils in each for spoils in SPOIL)] == []
    # What is handed in is right where it should be: measured slopes, and a Jacobian that is A.
    passed = {(each["exercise"], *each["how"]) for each in done["passed"]}
    assert {("cost_gradient", MEASURES), ("matvec_jacobian_x", HANDS_BACK)} <= passed


# ------------------------------------------------------------------ what this would find

ONCE_THERE = {
    "nn.Module.zero_grad": """
def fill_with_zeros(module):
    for each in module.parameters():
        each.grad.fill(0.0)
""",
    "nn.Sequential.forward": """
def composed(network, X):
    return functools.reduce(lambda value, module: module(value), network.modules, X)
""",
    "nn.Sequential.parameters": """
def held(network):
    found = {}
    for module in network.modules:
        found.update((id(each), each) for each in module.parameters())
    return list(found.values())
""",
    "accuracy": """
def counted_hits(Z, labels):
    of_label = np.take_along_axis(Z, labels[:, None], axis=1)
    return np.array(float(np.mean(np.sum(of_label <= Z, axis=1) == 1)))
""",
    "minibatches": """
def cut(rng, q, size):
    return np.split(np.argsort(rng.random(q)), np.arange(size, q, size))
""",
    "confusion_matrix": """
def counted_pairs(Z, labels):
    p = Z.shape[1]
    true = labels[:, None] == np.arange(p)
    predicted = Z.max(axis=1, keepdims=True) == Z
    return np.sum(true[:, :, None] & predicted[:, None, :], axis=0, dtype=np.float64)
""",
}


def planted(source, name):
    """Return what a name stands for in a source that pretends to be a file of the package."""
    names = {"np": np, "functools": functools, "SimpleNamespace": SimpleNamespace}
    exec(compile(source, str(PACKAGE / "planted.py"), "exec"), names)
    return names[name]


@pytest.fixture
def answers(monkeypatch):
    """The answers of the solutions, with nothing filled in."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with nothing_filled_in(), silence():
        yield answers_of_the_solutions()


@pytest.mark.parametrize("exercise", ONCE_THERE)
def test_what_was_there_once_would_be_found(answers, exercise):
    source = ONCE_THERE[exercise]
    function = planted(source, source.split("(")[0].split()[-1])
    asked = {exercise: first_call(registry[exercise], answers[exercise])}
    (found,) = handed_in_everywhere(function, asked)
    assert (found.exercise, found.how) == (exercise, [])


@pytest.mark.parametrize("exercise", NOT_COMPUTED_NUMERICALLY)
def test_the_bridge_is_no_answer(answers, exercise):
    asked = {exercise: first_call(registry[exercise], answers[exercise])}
    assert handed_in_everywhere(answers[exercise], asked), "the solution's own answer"
    assert handed_in_everywhere(declaration_of(exercise).stand_in, asked) == []


PLACES = {
    "a function": "def hidden(): pass\nkept = hidden",
    "a class": "class kept:\n    def hidden(self): pass",
    "a static method": "class kept:\n    @staticmethod\n    def hidden(): pass",
    "a default": "def hidden(): pass\ndef kept(x=hidden): pass\ndel hidden",
    "a closure": "def outer():\n    def hidden(): pass\n    return lambda: hidden\nkept = outer()",
    "an attribute": "def hidden(): pass\nkept = SimpleNamespace(it=[{1: hidden}])\ndel hidden",
    "a partial": "def hidden(x): pass\nkept = functools.partial(hidden, 1)\ndel hidden",
    "a memory": "@functools.lru_cache\ndef hidden(): pass\nkept = hidden",
    "another function": "def kept():\n    def hidden(): pass",
    "a class in a function": "def kept():\n    class Inner:\n        def hidden(self): pass",
}


@pytest.mark.parametrize("place", PLACES)
def test_it_is_looked_for_everywhere(place):
    name = f"hidden_in_{place.replace(' ', '_')}"
    kept = planted(PLACES[place].replace("hidden", name), "kept")
    assert name in [code.co_name for code in map(code_of, functions()) if code], kept
