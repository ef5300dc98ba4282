"""The answers of the solutions, put together, read handwritten digits."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import accuracy, load_digits, minibatches, train_epoch
from course_utils.chapters.ch07_networks import nn
from course_utils.chapters.ch08_capstone.exercises import IN_TRAINING, not_filled_in_for_training
from course_utils.exercises.registry import registry

from .solved import fill_in_from_the_solutions

ENOUGH = 0.95
"""Of 50 seeds the worst reached 96.1 %."""


@pytest.fixture
def solved(monkeypatch):
    """Every exercise that takes part in the training, from the solutions."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    fill_in_from_the_solutions({registry[name].notebook for name in IN_TRAINING})
    yield
    for slot in registry.values():
        slot.empty()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_network_of_the_solutions_reads_digits(solved, seed):
    assert not_filled_in_for_training() == []
    digits, draw = load_digits(), np.random.default_rng(seed)
    T = np.eye(10)[digits.labels_train]
    network = nn.Sequential(nn.Linear(64, 32, draw), nn.ReLU(), nn.Linear(32, 10, draw))
    for _ in range(60):
        train_epoch(network, digits.X_train, T, minibatches(draw, len(T), 32), 0.2)
    assert accuracy(network(digits.X_test), digits.labels_test) >= ENOUGH
