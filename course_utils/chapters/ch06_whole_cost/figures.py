"""What notebook 06 draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.data import INPUTS, OUTPUTS
from course_utils.figures import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Walk = tuple[Array, Sequence[Array], Callable[[Array], float]]
"""The lowest point (2, 1), the points of a path (2, 1), and the cost at a point."""


def draw_penguins(X: Array, Y: Array) -> Figure:
    """Draw body mass against the length and against the depth of the bill.

    Parameters
    ----------
    X : ndarray, shape (q, 3)
        Length and depth of the bill in cm, and the sex, 0 or 1.
    Y : ndarray, shape (q, 2)
        Body mass in kg, and the length of the flipper in cm.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(11, 4.2), sharey=True, layout="constrained")
    kinds = ((0, "female", COLOURS[5], "o"), (1, "male", COLOURS[0], "^"))
    for column, ax in enumerate(axes):
        for sex, name, colour, marker in kinds:
            here = X[:, 2] == sex
            ax.scatter(X[here, column], Y[here, 0], s=26, color=colour, marker=marker,
                       edgecolor="white", linewidth=0.4, label=name)  # fmt: skip
        ax.set_xlabel(INPUTS[column], fontsize=13)
    axes[0].set_ylabel(OUTPUTS[0], fontsize=13)
    axes[0].legend(fontsize=12)
    return fig


RATES = {  # share of the limit: (colour, what is written, at which step, how high, on which side)
    0.02: (COLOURS[0], "too small", 96, 10, "center"),
    0.5: (COLOURS[2], "good", 22, 8, "left"),
    0.97: (COLOURS[1], "just below", 74, 14, "left"),
    1.03: (COLOURS[5], "diverges", 66, 18, "right"),
}


def draw_rates(curves: Mapping[float, Sequence[float]]) -> Figure:
    """Draw how far the cost is above its lowest value, at each step, for four rates.

    Parameters
    ----------
    curves : dict of float to sequence of float
        For each share of the largest rate, a key of `RATES`, the excess cost at each step.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(9.5, 5), layout="constrained")
    for share, values in curves.items():
        colour, note, x, shift, side = RATES[share]
        ax.semilogy(np.maximum(values, 1e-16), color=colour, lw=2)
        ax.annotate(
            f"{share:g} of the limit: {note}", (x, max(values[x], 1e-16)), color=colour,
            xytext=(6, shift), textcoords="offset points", fontsize=12, ha=side,
        )  # fmt: skip
    ax.set(ylim=(1e-14, 1e7), xlim=(0, 124))
    ax.set_xlabel("step", fontsize=13)
    ax.set_ylabel("$C$ minus the lowest $C$", fontsize=13)
    ax.grid(alpha=0.3)
    return fig


def draw_paths(walks: Mapping[str, Walk]) -> Figure:
    """Draw paths of descent over the contours of their costs, side by side.

    Parameters
    ----------
    walks : dict of str to `Walk`
        Each under its title.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(walks), figsize=(10.5, 5.4), layout="constrained")
    for ax, (title, walk) in zip(np.ravel(axes), walks.items(), strict=True):
        _draw_path(ax, *walk)
        ax.set_title(title, fontsize=12)
    return fig


def _draw_path(
    ax: Axes, best: Array, path: Sequence[Array], cost: Callable[[Array], float]
) -> None:
    reach = 1.35 * float(np.linalg.norm(best))
    u, v = (np.linspace(each - reach, each + reach, 90) for each in best[:, 0])
    heights = np.array([[cost(np.array([[a], [b]])) for a in u] for b in v])
    floor = cost(best)
    levels = floor + (heights.max() - floor) * np.linspace(0.01, 1, 9) ** 2
    ax.contour(u, v, heights, levels=levels, colors="grey", linewidths=0.8)
    ax.plot(*np.hstack(path), "o-", color=COLOURS[0], lw=1.5, ms=5)
    ax.plot(*best, "*", color=COLOURS[5], ms=16)
    ax.set(xlim=(u[0], u[-1]), ylim=(v[0], v[-1]), aspect="equal")
    ax.set_xlabel("$W_{11}$ (bill length)", fontsize=12)
    ax.set_ylabel("$W_{21}$ (bill depth)", fontsize=12)
