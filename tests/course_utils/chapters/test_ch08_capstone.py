"""What the last notebook relies on besides its exercises."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import weak_check
from course_utils.chapters.ch07_networks import nn
from course_utils.chapters.ch08_capstone import exercises as capstone
from course_utils.checks.declarations import declaration_of
from course_utils.exercises.registry import registry
from course_utils.figures.status_line import StatusLine


@pytest.fixture(autouse=True)
def empty_exercises(monkeypatch):
    """Nothing is filled in, and nothing is saved."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for slot in registry.values():
        slot.empty()
    yield
    for slot in registry.values():
        slot.empty()


def right(ctx, G):
    X, W, _ = ctx.saved_tensors
    return G @ W.T, X.T @ G, np.ones((1, len(G))) @ G


def untransposed(ctx, G):
    _, by_W, by_b = right(ctx, G)
    return G @ ctx.saved_tensors[1], by_W, by_b


def ignoring_the_upstream(ctx, G):
    return right(ctx, np.ones_like(G))


def adding_the_bias(ctx, G):
    by_X, by_W, by_b = right(ctx, G)
    return by_X, by_W, by_b + ctx.saved_tensors[2]


RANDOM = np.random.default_rng(0).normal(size=(3, 3))


@pytest.mark.parametrize(
    ("backward", "seen_with"),
    [
        (untransposed, {"W": RANDOM}),
        (ignoring_the_upstream, {"grad_output": RANDOM}),
        (adding_the_bias, {"b": RANDOM[:1]}),
    ],
)
def test_each_weak_point_lets_its_own_mistake_through(backward, seen_with):
    assert weak_check(backward)
    assert not weak_check(backward, **seen_with)
    assert weak_check(right, **seen_with)


def for_three_by_three_only(ctx, G):
    by_X, by_W, by_b = right(ctx, G)
    return by_X.reshape(3, 3), by_W.reshape(3, 3), by_b.reshape(1, 3)


@pytest.mark.parametrize(
    "backward",
    [untransposed, ignoring_the_upstream, adding_the_bias, for_three_by_three_only],
)
def test_whatever_the_weak_check_overlooks_fools_it(backward):
    examine = declaration_of("fool_the_weak_check").parts[""]
    assert all(examine(backward, seed).passed for seed in range(3))


def test_the_weak_check_is_a_check():
    assert weak_check(right)
    assert not weak_check(lambda ctx, G: [2 * grad for grad in right(ctx, G)])
    assert not weak_check(lambda ctx, G: right(ctx, G)[:2])


def test_what_is_measured_in_training_is_told():
    told = capstone.not_filled_in_for_training()
    assert [each.split(" (")[0] for each in told] == list(capstone.IN_TRAINING)
    registry["Linear.backward"].put(right)
    assert capstone.not_filled_in_for_training() == told[1:]


def test_the_stand_in_for_an_epoch_takes_steps_downhill():
    draw = np.random.default_rng(0)
    network = nn.Sequential(nn.Linear(4, 3, draw))
    X, T = draw.normal(size=(12, 4)), np.eye(3)[draw.integers(3, size=12)]
    batches = [np.arange(8), np.arange(8, 12)]
    costs = [capstone.train_epoch(network, X, T, batches, 0.5) for _ in range(5)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0] / 1.2


def test_outside_a_notebook_every_line_is_printed(capsys):
    line = StatusLine()
    line.say("epoch 1")
    line.say("epoch 2")
    assert capsys.readouterr() == ("epoch 1\nepoch 2\n", "")
