"""What the last notebook relies on besides its exercises."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import CheckFailed, check, weak_check
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


# ------------------------------------------------------------------ counted without counting


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [1.0, 1e3, 1e-3])
def test_what_is_measured_is_what_is_counted(seed, size):
    draw = np.random.default_rng(seed)
    Z, labels = size * draw.normal(size=(200, 10)), draw.integers(10, size=200)
    counts = np.zeros((10, 10))
    np.add.at(counts, (labels, Z.argmax(axis=1)), 1)
    assert capstone.accuracy(Z, labels) == pytest.approx(np.trace(counts) / 200, rel=1e-14)
    # No field of the figure may show a count that is not there.
    np.testing.assert_array_equal(capstone.confusion_matrix(Z, labels), counts)


def almost_the_largest(Z, labels):
    return float(np.mean(np.isclose(Z.max(axis=1), Z[np.arange(len(Z)), labels])))


def pairs_almost(Z, labels):
    p = Z.shape[1]
    return np.eye(p)[labels].T @ np.isclose(Z, Z.max(axis=1, keepdims=True)).astype(float)


def in_float32(Z, labels):
    return float(np.mean(Z.astype(np.float32).argmax(axis=1) == labels))


@pytest.mark.parametrize(
    ("name", "answer"), [("accuracy", almost_the_largest), ("confusion_matrix", pairs_almost)]
)
def test_a_tolerance_is_refused(name, answer):
    registry[name].put(answer)
    for seed in range(3):
        with pytest.raises(CheckFailed) as failed:
            check(name, seed=seed)
        assert failed.value.report.code == "wrong-local"
        assert "without a tolerance" in str(failed.value)


def test_rounding_that_keeps_the_order_is_no_mistake():
    registry["accuracy"].put(in_float32)
    for seed in range(3):
        check("accuracy", seed=seed)


@pytest.mark.parametrize(("q", "size"), [(23, 5), (20, 5), (5, 23), (1, 1), (1437, 32)])
def test_without_an_answer_every_row_is_still_in_one_batch(q, size):
    batches = capstone.minibatches(np.random.default_rng(0), q, size)
    assert sorted(np.concatenate(batches)) == list(range(q))
    assert len(batches) == -(-q // size)
    assert max(map(len, batches)) <= size


@pytest.mark.parametrize("name", ["accuracy", "confusion_matrix", "minibatches"])
def test_what_is_done_meanwhile_is_told(name, capsys):
    draw = np.random.default_rng(0)
    given = (draw, 7, 3) if name == "minibatches" else (np.eye(3), np.arange(3))
    registry[name](*given)
    told = capsys.readouterr().out
    assert told.startswith(f"{name} is not filled in yet (notebook 08_capstone, exercise 8.")
    assert declaration_of(name).meanwhile in told
    assert "computed numerically" not in told
