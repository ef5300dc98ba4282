"""What notebook 08 draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.figures import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def _draw_picture(ax: Axes, pixels: Array, **how: Any) -> None:
    ax.imshow(pixels.reshape(8, 8), **how)
    ax.set_xticks([])
    ax.set_yticks([])


INK: dict[str, Any] = {"cmap": "gray_r", "vmin": 0, "vmax": 1}


def draw_digits(X: Array, labels: Array) -> Figure:
    """Draw two pictures of each digit.

    Parameters
    ----------
    X : ndarray, shape (q, 64)
    labels : ndarray, shape (q,)

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(2, 10, figsize=(11, 2.7), layout="constrained")
    for digit, column in enumerate(axes.T):
        for ax, row in zip(column, np.flatnonzero(labels == digit)[[0, 7]], strict=True):
            _draw_picture(ax, X[row], **INK)
        column[0].set_title(f"{digit}", fontsize=13)
    return fig


def draw_run(train: Array, test: Array) -> Figure:
    """Draw cost and accuracy over the epochs.

    Parameters
    ----------
    train, test : ndarray, shape (2, epochs + 1)
        Cost and accuracy, before the first epoch and after each.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(11, 3.9), layout="constrained")
    kinds = ((train, COLOURS[0], "-", "training"), (test, COLOURS[5], "--", "test"))
    for k, title in enumerate(("cost $C$, logarithmic", "accuracy")):
        for values, colour, style, name in kinds:
            axes[k].plot(values[k], color=colour, ls=style, lw=2, label=name)
        axes[k].set_xlabel("epoch", fontsize=13)
        axes[k].set_title(title, fontsize=13)
        axes[k].grid(alpha=0.3)
        axes[k].legend(fontsize=12)
    axes[0].set_yscale("log")
    axes[0].axhline(np.log(10), color="grey", lw=1)
    end = (train.shape[1] - 1, np.log(10))
    axes[0].annotate("knowing nothing: log 10", end, xytext=(0, -14), textcoords="offset points",
                     ha="right", color="dimgrey", fontsize=12)  # fmt: skip
    return fig


def draw_weights(W: Array, largest: float) -> Figure:
    """Draw the weights that lead into each of 32 hidden units as a picture.

    Parameters
    ----------
    W : ndarray, shape (64, 32)
    largest : float
        Where the scale of colours ends, at both sides of zero.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(4, 8, figsize=(8.4, 4.6), layout="constrained")
    colours = plt.get_cmap("PuOr_r", 9)
    for ax, column in zip(axes.flat, W.T, strict=True):
        _draw_picture(ax, column, cmap=colours, vmin=-largest, vmax=largest)
    fig.suptitle("the 32 columns of $W_1$: orange positive, purple negative", fontsize=13)
    return fig


def draw_confusion(counts: Array) -> Figure:
    """Draw a confusion matrix of ten classes, with what is off the diagonal in colour.

    Parameters
    ----------
    counts : ndarray, shape (10, 10)

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    wrong = counts * (1 - np.eye(10))
    fig, ax = plt.subplots(figsize=(5.6, 5.2), layout="constrained")
    ax.imshow(np.where(wrong > 0, wrong, np.nan), cmap="Oranges", vmin=0, vmax=max(4, wrong.max()))
    for (i, j), count in np.ndenumerate(counts):
        if count:
            colour = "grey" if i == j else "black"
            ax.text(j, i, f"{count:.0f}", ha="center", va="center", fontsize=12, color=colour)
    ax.set_xticks(range(10))
    ax.set_yticks(range(10))
    ax.set_xlabel("taken for", fontsize=13)
    ax.set_ylabel("label", fontsize=13)
    ax.set_title(f"{wrong.sum():.0f} of {counts.sum():.0f} test pictures wrong", fontsize=13)
    return fig


def draw_wrong(X: Array, P: Array, labels: Sequence[int]) -> Figure:
    """Draw pictures, and below each the ten probabilities that it was given.

    Parameters
    ----------
    X : ndarray, shape (q, 64)
    P : ndarray, shape (q, 10)
    labels : sequence of q ints

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    size = (2.3 * len(X), 4.2)
    fig, axes = plt.subplots(
        2, len(X), figsize=size, squeeze=False, height_ratios=[3, 2], layout="constrained"
    )
    for (above, below), pixels, p, label in zip(axes.T, X, P, labels, strict=True):
        _draw_picture(above, pixels, **INK)
        above.set_title(f"label {label}, taken for {np.argmax(p)}", fontsize=12)
        colours = [COLOURS[2] if k == label else COLOURS[5] for k in range(10)]
        below.bar(range(10), p, color=colours)
        below.set_xticks(range(10))
        below.set_ylim(0, 1)
        below.set_yticks([0, 1])
    axes[1, 0].set_ylabel("$P_{ij}$", fontsize=13)
    return fig
