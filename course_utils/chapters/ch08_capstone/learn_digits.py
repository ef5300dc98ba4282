"""A network that learns to read digits, from pieces that are measured until you write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from course_utils.autodiff.function import Array
from course_utils.chapters.ch07_networks import nn
from course_utils.chapters.ch08_capstone.exercises import (
    IN_TRAINING,
    accuracy,
    minibatches,
    train_epoch,
)
from course_utils.data.digits import Digits, load_digits
from course_utils.exercises import store
from course_utils.exercises.notices import silence
from course_utils.exercises.registry import find
from course_utils.figures.figure import COLOURS, show

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PIECES = (*IN_TRAINING, "minibatches", "accuracy")
"""The exercises that the program runs through."""

EPOCHS, SIZE, RATE, HIDDEN = 6, 32, 0.4, 16


@dataclass(frozen=True)
class Learnt:
    """What came of a training.

    Attributes
    ----------
    accuracies : tuple of float
        On the test pictures: before the first epoch, and after each.
    guesses : ndarray of int, shape (360,)
        What the network takes each test picture for, at the end.
    yours : dict of str to bool
        For each piece whether it was the learner's own: written, and right.
    """

    accuracies: tuple[float, ...]
    guesses: NDArray[np.int64]
    yours: dict[str, bool]


def train(digits: Digits, seed: int = 0) -> Learnt:
    """Train a network of one hidden layer of 16 units, with minibatches of 32."""
    rng = np.random.default_rng(seed)
    network = nn.Sequential(nn.Linear(64, HIDDEN, rng), nn.ReLU(), nn.Linear(HIDDEN, 10, rng))
    T = np.eye(10)[digits.labels_train]

    def measured() -> float:
        return float(accuracy(network(digits.X_test), digits.labels_test))

    with silence():  # the picture says which pieces are measured
        accuracies = [measured()]
        for _ in range(EPOCHS):
            train_epoch(network, digits.X_train, T, minibatches(rng, len(T), SIZE), RATE)
            accuracies.append(measured())
        guesses = np.argmax(network(digits.X_test), axis=1)
        slots = [find(name) for name in PIECES]
        yours = {slot.name: slot.implementation is not None and not slot.fault() for slot in slots}
    return Learnt(tuple(accuracies), guesses, yours)


def learn_digits(seed: int = 0) -> None:
    """Let a small network learn to read digits, and show how well it does.

    It runs through eleven exercises of notebooks 05, 07 and 08. Those that you have written, and
    that are right, are used; the others are computed numerically. Nothing is trained while a
    notebook is graded.

    Parameters
    ----------
    seed : int, optional
        Of the weights at the start and of the minibatches.
    """
    if store.grading():
        print("No network is trained here while the notebook is graded.")
        return
    digits = load_digits()
    learnt = train(digits, seed)
    show(drawn(digits, learnt), alt=told(digits, learnt))


def told(digits: Digits, learnt: Learnt) -> str:
    """Say what there is to see."""
    rows = one_of_each(digits)
    right = int(np.sum(learnt.guesses[rows] == digits.labels_test[rows]))
    mine = [name for name, own in learnt.yours.items() if own]
    return (
        f"Ten test pictures, {right} of them read rightly. The accuracy on all "
        f"{len(digits.labels_test)} test pictures goes from {learnt.accuracies[0]:.0%} to "
        f"{learnt.accuracies[-1]:.0%} in {EPOCHS} epochs. {title(learnt)}"
        + (f" Yours: {', '.join(mine)}." if mine else "")
    )


def one_of_each(digits: Digits) -> list[int]:
    """Return the row of the first test picture of each digit."""
    return [int(np.flatnonzero(digits.labels_test == digit)[0]) for digit in range(10)]


def title(learnt: Learnt) -> str:
    """Say whose the pieces are."""
    own, every = sum(learnt.yours.values()), len(learnt.yours)
    if own == every:
        return f"All {every} pieces are yours."
    return f"{own} of {every} pieces are yours; the others are computed for you."


def drawn(digits: Digits, learnt: Learnt) -> Figure:
    """Draw some pictures with what they are taken for, the accuracy, and the pieces."""
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(9, 4.8), layout="constrained")
    halves: Any = figure.subfigures(2, 1, height_ratios=[1.5, 1])
    above, below = halves
    left, right = above.subfigures(1, 2, width_ratios=[1.3, 1])
    for row, ax in zip(one_of_each(digits), left.subplots(2, 5).flat, strict=True):
        _draw_digit(ax, digits.X_test[row], int(digits.labels_test[row]), int(learnt.guesses[row]))
    _draw_accuracy(right.subplots(), learnt.accuracies)
    _draw_pieces(below.subplots(), learnt)
    return figure


def _draw_digit(ax: Axes, pixels: Array, label: int, guess: int) -> None:
    ax.imshow(pixels.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])
    right = guess == label
    ax.set_title(
        f"reads {guess}" + ("" if right else f", is {label}"),
        color="black" if right else COLOURS[5],
        fontsize=10,
    )


def _draw_accuracy(ax: Axes, accuracies: tuple[float, ...]) -> None:
    ax.plot(np.multiply(accuracies, 100), "o-", color=COLOURS[0])
    ax.set(ylim=(0, 100), xlabel="epoch", ylabel="test pictures read rightly (%)")
    ax.grid(alpha=0.3)
    ax.annotate(
        f"{accuracies[-1]:.0%}", (len(accuracies) - 1, 100 * accuracies[-1]), (0, -16),
        textcoords="offset points", ha="right",
    )  # fmt: skip


def _draw_pieces(ax: Axes, learnt: Learnt) -> None:
    columns = 4
    for k, (name, own) in enumerate(learnt.yours.items()):
        x, y = k % columns, -(k // columns)
        ax.barh(y, 0.96, 0.86, left=x, edgecolor="black", color=COLOURS[4] if own else "white")
        ax.text(x + 0.48, y + 0.18, name, ha="center", va="center", fontsize=9, family="monospace")
        words, weight = ("yours", "bold") if own else ("computed for you", "normal")
        ax.text(x + 0.48, y - 0.18, words, ha="center", va="center", fontsize=10, weight=weight)
    ax.set(xlim=(0, columns), xticks=[], yticks=[])
    ax.set_title(title(learnt), fontsize=12)
    ax.set_axis_off()
