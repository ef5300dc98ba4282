"""What notebook 05 draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.autodiff.function import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_blocks(jacobians: Mapping[tuple[int, str], Array], p: int = 2) -> Figure:
    """Draw the Jacobians of Y with respect to W as matrices, in both flattening orders.

    Parameters
    ----------
    jacobians : dict of (int, {"C", "F"}) to ndarray, shape (q p, n p)
        For each batch size q and each order, "C" first.
    p : int
        The number of outputs.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    batches = list(dict.fromkeys(q for q, _ in jacobians))
    names = {
        "C": "rows one after the other (order C)",
        "F": "columns one after the other (order F)",
    }
    fig, axes = plt.subplots(
        len(batches),
        2,
        figsize=(11, 6.2),
        height_ratios=batches,
        squeeze=False,
        layout="constrained",
    )
    for ax, ((q, order), J) in zip(axes.flat, jacobians.items(), strict=True):
        _write_table(ax, J, "Blues", (-3, 11), aspect="auto")
        w = _flat_names("W", J.shape[1] // p, p, order)
        ax.set_xticks(range(len(w)), w, fontsize=12)
        y = _flat_names("Y", q, p, order)
        ax.set_yticks(range(len(y)), y, fontsize=12)
        ax.set_title(f"$q={q}$, {names[order]}", fontsize=13)
    return fig


def _flat_names(letter: str, rows: int, columns: int, order: str) -> list[str]:
    names = [[f"${letter}_{{{i + 1}{j + 1}}}$" for j in range(columns)] for i in range(rows)]
    return [str(name) for name in np.ravel(np.array(names), order="C" if order == "C" else "F")]


def _write_table(
    ax: Axes, values: Array, colours: str, ends: tuple[float, float], aspect: str = "equal"
) -> None:
    shown = np.where(values == 0, np.nan, values)
    ax.imshow(shown, cmap=colours, vmin=ends[0], vmax=ends[1], aspect=aspect)  # type: ignore[arg-type]
    for (row, column), value in np.ndenumerate(values):
        ax.text(column, row, f"{value + 0:g}", ha="center", va="center", fontsize=14)


def draw_contraction(G: Array, T: Array, order: Sequence[tuple[int, int]], count: int) -> Figure:
    """Draw how G and a 4-D Jacobian are contracted, after some of the tiles are added.

    Parameters
    ----------
    G : ndarray, shape (q, p)
    T : ndarray, shape (q, p, n, p)
    order : sequence of (int, int)
        The entries of G, in the order in which their tiles are added.
    count : int
        How many have been added.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    nothing = np.zeros(T.shape[2:])
    so_far = sum((G[at] * T[at] for at in order[:count]), nothing)
    tile, name = nothing, "no tile yet"
    if count:
        i, j = order[count - 1]
        tile = G[i, j] * T[i, j]
        name = f"${G[i, j]:g}$ times the tile of $Y_{{{i + 1}{j + 1}}}$"
    fig, axes = plt.subplots(1, 3, figsize=(10, 3.6), layout="constrained")
    titles = ("upstream gradient $G$", name, "sum so far")
    for ax, title, shown in zip(axes, titles, (G, tile, so_far), strict=True):
        _write_table(ax, shown, "PuOr_r", (-18, 18))
        ax.set_title(title, fontsize=14)
        columns, rows = range(shown.shape[1]), range(shown.shape[0])
        ax.set_xticks(columns, [str(each + 1) for each in columns], fontsize=12)
        ax.set_yticks(rows, [str(each + 1) for each in rows], fontsize=12)
    if count:
        frame = Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, ec="black", lw=3)
        axes[0].add_patch(frame)
    return fig
