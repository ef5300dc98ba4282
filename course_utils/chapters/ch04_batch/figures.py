"""What notebook 04 draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.figures import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_tiles(tensors: Mapping[str, Array]) -> Figure:
    """Draw 4-D Jacobians as grids of tiles, one tile for each entry of the output.

    Parameters
    ----------
    tensors : dict of str to ndarray, shape (q, p, r, s)
        Each under its title; the output's two indices come first.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    fig = plt.figure(figsize=(11, 6), layout="constrained")
    grid = fig.add_gridspec(1, len(tensors))
    for column, (title, T) in enumerate(tensors.items()):
        part = fig.add_subfigure(grid[0, column])
        part.suptitle(title, fontsize=15)
        axes: Any = part.subplots(*T.shape[:2], squeeze=False)
        for i, j in np.ndindex(T.shape[:2]):
            _draw_tile(axes[i, j], T[i, j], f"$Y_{{{i + 1}{j + 1}}}$")
    return fig


def _draw_tile(ax: Axes, tile: Array, title: str) -> None:
    rows, columns = tile.shape
    ax.imshow(np.where(tile == 0, np.nan, tile), cmap="PuOr", vmin=-9, vmax=9)
    for (k, l), value in np.ndenumerate(tile):  # noqa: E741
        ax.text(l, k, f"{value:g}", ha="center", va="center", fontsize=13)
    ax.set_title(title, fontsize=14)
    ax.set_xticks(range(columns), [str(l) for l in range(1, columns + 1)], fontsize=12)  # noqa: E741
    ax.set_yticks(range(rows), [str(k) for k in range(1, rows + 1)], fontsize=12)
    ax.set_xlabel("$l$", fontsize=13)
    ax.set_ylabel("$k$", fontsize=13)


def draw_ways(X: Array, G: Array) -> Figure:
    """Draw the ways from the weight W_11 to the loss, one through each sample.

    Parameters
    ----------
    X : ndarray, shape (q, n)
    G : ndarray, shape (q, p)
        The gradient of the loss with respect to Y = X W + b.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    q = len(X)
    heights = np.linspace(1, -1, q)
    fig, ax = plt.subplots(figsize=(9, 1.4 + 1.3 * q), layout="constrained")
    ax.set(xlim=(-0.5, 4.6), ylim=(-1.6, 1.6))
    ax.set_axis_off()
    places = {"$W_{11}$": (0.0, 0.0), "$L$": (4.0, 0.0)}
    places |= {f"$Y_{{{k + 1}1}}$": (2.0, height) for k, height in enumerate(heights)}
    round_box = {"boxstyle": "circle,pad=0.35", "fc": "white", "ec": "0.3", "lw": 1.5}
    for name, place in places.items():
        ax.text(*place, name, fontsize=17, ha="center", va="center", bbox=round_box)
    arrow = {"arrowstyle": "-|>", "lw": 2, "shrinkA": 26, "shrinkB": 26}
    for k, height in enumerate(heights):
        colour = (COLOURS[0], COLOURS[5], COLOURS[2])[k % 3]
        for start, end in (((0, 0), (2, height)), ((2, height), (4, 0))):
            ax.annotate("", end, start, arrowprops={**arrow, "color": colour})
        side = 0.28 if height >= 0 else -0.28
        written = {0.85: f"$X_{{{k + 1}1}}={X[k, 0]:g}$", 3.15: f"$G_{{{k + 1}1}}={G[k, 0]:g}$"}
        for x, text in written.items():
            place = (x, height / 2 + side)
            ax.text(*place, text, fontsize=14, ha="center", va="center", color=colour)
    products = "".join(f"{'+' if k else ''}({X[k, 0]:g})({G[k, 0]:g})" for k in range(q))
    ax.set_title(rf"$\partial L/\partial W_{{11}}={products}={X[:, 0] @ G[:, 0]:g}$", fontsize=16)
    return fig


def draw_sizes(sizes: Sequence[int], lengths: Mapping[str, Sequence[float]]) -> Figure:
    """Draw the length of the gradient against the batch size, for three normalisations.

    Parameters
    ----------
    sizes : sequence of int
    lengths : dict of str to sequence of float
        For each normalisation, one length for each size.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(8, 4.8), layout="constrained")
    colours = (COLOURS[0], COLOURS[5], COLOURS[2])
    for (name, values), colour, marker in zip(lengths.items(), colours, "os^", strict=True):
        ax.loglog(sizes, values, marker + "-", color=colour, lw=2)
        ax.annotate(f"${name}$", (sizes[-1], values[-1]), (8, -4), textcoords="offset points",
                    fontsize=14, color=colour)  # fmt: skip
    ax.set_xlabel("$q$, samples in the batch", fontsize=13)
    ax.set_ylabel("length of the gradient with respect to $W$", fontsize=13)
    ax.set_xlim(right=700)
    ax.tick_params(labelsize=12)
    ax.grid(True, color="0.92")
    return fig
