"""Every exercise says how it is examined; what is not enough, or too much, is refused."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import Function, Linear, chain_rule
from course_utils.checks.declarations import compared, declaration_of, declare, stand_in_of
from course_utils.exercises.registry import (
    NotFilledIn,
    exercise,
    find,
    provide_stand_ins,
    registry,
)
from tests.functions import function_of

pytestmark = pytest.mark.usefixtures("only_here")


def place(name: str) -> tuple[str, list[int]]:
    slot = registry[name]
    return slot.notebook, [int(n) for n in slot.number.split(".")]


@pytest.mark.parametrize("name", list(registry))
def test_every_exercise_is_declared_as_a_whole(name):
    declared = declaration_of(name)
    assert declared.parts
    # How it is examined where a difference has no digits, or why that is not needed.
    assert (declared.probing is None) == bool(declared.no_extreme)
    assert all(place(earlier) < place(name) for earlier in declared.builds_on)


def twice(x):
    raise NotImplementedError


def inputs(rng, n=5):
    return (rng.normal(size=n),)


def double(x):
    return 2 * x


NO_DERIVATIVE = {"no_extreme": "no derivative is asked for"}
COMPARED = {"reference": double, "make_inputs": inputs}

REFUSED = [  # (of a plain function or of a Function, what is declared, what is said of it)
    (twice, {}, "give its parts, or a reference and make_inputs"),
    (twice, {"reference": double}, "give its parts, or a reference and make_inputs"),
    (twice, COMPARED, "give extreme inputs, or say why none are needed"),
    (twice, {**COMPARED, **NO_DERIVATIVE, "extreme": double}, "and a reason why there are none"),
    (twice, {"parts": {"": compared(double, inputs)}, "reference": double, **NO_DERIVATIVE},
     "reference cannot be used beside parts"),
    (twice, {"parts": {"": compared(double, inputs)}, "extreme": double}, "without a stand-in"),
    (twice, {**COMPARED, **NO_DERIVATIVE, "confusion": ()}, "unexpected keyword argument"),
    (twice, {**COMPARED, **NO_DERIVATIVE, "builds_on": ["Lienar"]}, "Lienar is no exercise"),
    (Linear, {"reference": double}, "unexpected keyword argument 'reference'"),
    (Linear, {"confusions": ()}, "unexpected keyword argument 'confusions'"),
    (len, NO_DERIVATIVE, "len is no exercise of this course"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "how", "said"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_is_declared_is_enough_and_used(target, how, said):
    if target is twice:
        target = exercise("09_mine", "9.1")(twice)
    with pytest.raises(TypeError, match=said):
        declare(target, **how)


def test_a_plain_function_of_which_nothing_is_declared_says_where_it_belongs():
    exercise("09_mine", "9.1")(twice)
    with pytest.raises(TypeError, match=r"declared of twice: .*test_declarations_checks$"):
        declaration_of("twice")


def test_the_reference_is_the_stand_in_if_there_is_no_other():
    marked = exercise("09_mine", "9.1")(twice)
    declare(marked, **COMPARED, **NO_DERIVATIVE)
    assert declaration_of(marked).stand_in is double
    assert marked(np.array([1.0])).tolist() == [2.0]
    declare(marked, **COMPARED, **NO_DERIVATIVE, stand_in=lambda x: x + x)
    assert declaration_of(marked).stand_in is not double


def test_kinds_of_trials_can_be_left_out():
    marked = exercise("09_mine", "9.1")(function_of(double, lambda G, x: G, inputs))
    declare(marked, without=["large", "zeros"])
    report = declaration_of(marked).parts[""](lambda ctx, grad_output: 2 * grad_output, 0)
    assert report.passed, report.text()
    tried = " ".join(report.trials)
    assert [kind in tried for kind in ("small", "large", "zeros")] == [True, False, False]


MARKS = [  # (arguments of exercise, what is marked)
    ({"fallback": double}, twice),
    ({"parts": {}}, twice),
    ({"stand_in": double}, twice),
    ({"name": "Mine"}, type("Mine", (Function,), {})),
    ({"parts": {}}, type("Mine", (Function,), {})),
]


@pytest.mark.parametrize(
    ("how", "target"),
    MARKS,
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value.__name__,
)
def test_an_argument_that_marking_does_not_use_is_refused(how, target):
    with pytest.raises(TypeError):
        exercise("09_mine", "9.1", **how)(target)
    assert "Mine.backward" not in registry
    assert "twice" not in registry


def test_an_exercise_holds_nothing_that_computes_its_answer():
    for name in ("Linear.backward", "chain_rule"):
        held = vars(find(name))
        assert sorted(held) == [
            *("implementation", "judged", "load_error", "module", "name", "notebook", "number"),
            *("parameters", "refused", "running", "stub_in_notebook", "target", "times_filled"),
        ]


def test_without_a_provider_nothing_stands_in():
    find("chain_rule").empty()
    provide_stand_ins(lambda slot: None)
    try:
        with pytest.raises(NotFilledIn, match="chain_rule is not filled in yet"):
            chain_rule(np.ones(2), np.ones((2, 2)))
    finally:
        provide_stand_ins(stand_in_of)
    assert chain_rule(np.ones(2), np.ones((2, 2))).tolist() == [2.0, 2.0]
