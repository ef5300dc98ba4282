"""What the notebooks and pages tell of many draws, measured again.

Plain NumPy, so that none of it needs an exercise that is filled in.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from autograde.course.course import ROOT

DRAWS = 60


def depth(act: str, s: float, seed: int, width: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Return the sizes of the gradients for b and for W at each of 10 layers (07, section 7)."""
    draw = np.random.default_rng(seed)
    weights = [s / np.sqrt(width) * draw.normal(size=(width, width)) for _ in range(10)]
    X, Y = draw.normal(size=(2, 10, width))
    H = [X]
    for W in weights:
        A = H[-1] @ W
        H.append(np.tanh(A) if act == "tanh" else np.maximum(A, 0))
    G, found = 2 / len(X) * (H[-1] - Y), []
    for W, given, made in zip(weights[::-1], H[-2::-1], H[:0:-1], strict=True):
        G = G * (1 - made**2 if act == "tanh" else made > 0)
        found.append([np.sqrt(np.mean(each**2)) for each in (G.sum(axis=0), given.T @ G)])
        G = G @ W.T
    sizes = np.array(found[::-1]).T
    return sizes[0], sizes[1]


def level(act: str, s: float) -> float:
    """Return by what factor the layers' gradients for b differ, the median over the draws."""
    spread = [b.max() / b.min() for b, _ in (depth(act, s, seed) for seed in range(DRAWS))]
    return float(np.median(spread))


def largest_weights_gradient() -> float:
    """Return the size of ReLU's gradients for W at s = 3, the median over the draws."""
    return float(np.median([depth("relu", 3, seed)[1].mean() for seed in range(DRAWS)]))


def batches(q: int) -> np.ndarray:
    return np.random.default_rng(q).normal(size=(DRAWS, q, 4))


def rate(q: int) -> float:
    """Return the largest rate with 1/q for q samples of 4 inputs, the median over the draws."""
    return float(np.median([q / np.linalg.norm(X, 2) ** 2 for X in batches(q)]))


def growth(first: int, last: int, power: int) -> float:
    """Return how the gradient's length grows between batch sizes, divided by q to a power."""
    W = np.random.default_rng(4).normal(size=(4, 3))
    long = {q: np.median([np.linalg.norm(X.T @ X @ W) for X in batches(q)]) for q in (first, last)}
    return float(long[last] / last**power / (long[first] / first**power))


CLAIMS: list[tuple[str, str, Callable[[], float], tuple[float, float]]] = [
    ("04_batch", "falls by 30 %", lambda: growth(2, 256, 1), (0.6, 0.8)),
    ("04_batch", "nearly doubles whenever the batch does", lambda: growth(16, 32, 0), (1.7, 2.1)),
    ("04_batch", "more samples allow a larger one", lambda: rate(256) / rate(2), (1.8, 3.5)),
    ("07_networks", "about 80 000 with tanh", lambda: level("tanh", 0.3), (5e4, 1.2e5)),
    ("07_networks", "2 million with ReLU", lambda: level("relu", 0.3), (1e6, 4e6)),
    ("07_networks", "near 600 000", largest_weights_gradient, (3e5, 1.2e6)),
    ("07_networks", "differ by a factor of 4", lambda: level("relu", 2**0.5), (2.8, 5)),
    ("07_networks", "against about 50 with $s=1$", lambda: level("relu", 1), (30, 80)),
    ("07_networks", "a factor of 2.6", lambda: level("tanh", 1.4), (2.2, 3.1)),
    ("07_networks", "against 5)", lambda: level("tanh", 1), (4, 6)),
]


@pytest.mark.parametrize(
    ("notebook", "told", "measure", "between"), CLAIMS, ids=[row[1] for row in CLAIMS]
)
def test_what_is_told_is_measured(notebook, told, measure, between):
    text = (ROOT / "solutions" / notebook / f"{notebook}.ipynb").read_text(encoding="utf-8")
    assert told in text, "the notebook no longer says it: change the row as well"
    assert between[0] < measure() < between[1]
