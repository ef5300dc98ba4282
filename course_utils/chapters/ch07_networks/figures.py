"""What notebook 07 draws."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.figures import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REACH = 2.2
"""How far the pictures of the plane go to each side."""


def draw_moons(
    X: Array,
    Y: Array,
    models: Mapping[str, tuple[Callable[[Array], Array], Sequence[float]]],
) -> Figure:
    """Draw two classes of points, what each model makes of the plane, and how its cost fell.

    Parameters
    ----------
    X : ndarray, shape (q, 2)
    Y : ndarray, shape (q, 1)
        Targets, 1 or -1.
    models : dict of str to (callable, sequence of float)
        Each model under its title: from points (q, 2) to outputs (q, 1); and its costs.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(models) + 1, figsize=(13, 4.2), layout="constrained")
    for ax, (title, (model, _)) in zip(axes, models.items(), strict=False):
        _draw_border(ax, model)
        for target, marker, colour in ((1, "o", COLOURS[0]), (-1, "^", COLOURS[1])):
            ax.scatter(*X[Y[:, 0] == target].T, s=22, marker=marker, color=colour,
                       edgecolor="black", lw=0.4, label=f"target {target:+d}")  # fmt: skip
        ax.set_title(title, fontsize=13)
    axes[0].legend(loc="lower left", fontsize=10)
    for (title, (_, costs)), colour in zip(models.items(), (COLOURS[5], COLOURS[2]), strict=True):
        name = title.split(":")[0]
        axes[-1].semilogy(costs, color=colour, lw=2)
        axes[-1].annotate(name, (len(costs), costs[-1]), xytext=(-4, 8), color=colour,
                          textcoords="offset points", ha="right", fontsize=13)  # fmt: skip
    axes[-1].set_xlabel("step", fontsize=13)
    axes[-1].set_title("cost $C$, logarithmic", fontsize=13)
    return fig


def _draw_border(ax: Axes, model: Callable[[Array], Array]) -> None:
    side = np.linspace(-REACH, REACH, 150)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    values = np.asarray(model(grid)).reshape(side.size, side.size)
    ax.contourf(side, side, values, levels=[-9, 0, 9], colors=[COLOURS[1], COLOURS[0]], alpha=0.25)
    ax.contour(side, side, values, levels=[0], colors="black", linewidths=1.5)
    ax.set_xlabel("$X_{i1}$", fontsize=13)
    ax.set_ylabel("$X_{i2}$", fontsize=13)
    ax.set_aspect("equal")


def draw_way_back() -> Figure:
    """Draw a network of three modules and its loss: forward on top, the way back below.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    boxes = ("nn.Linear", "nn.Tanh", "nn.Linear", "MSE")
    arrays = ("X", "A", "H", r"\hat Y", "C")
    fig, ax = plt.subplots(figsize=(11, 3.4), layout="constrained")
    ax.set(xlim=(-0.7, 8.7), ylim=(-1.9, 1.3))
    ax.set_axis_off()
    for k, name in enumerate(boxes):
        ax.text(2 * k + 1, 0, name, fontsize=13, ha="center", va="center",
                bbox={"boxstyle": "round,pad=0.6", "fc": "0.95", "ec": "0.3"})  # fmt: skip
    for k, name in enumerate(arrays):
        back = "1" if name == "C" else f"$G_{{{name}}}$"
        rows = ((0.55, f"${name}$", COLOURS[0], 1), (-0.55, back, COLOURS[5], -1))
        for y, text, colour, way in rows:
            arrow = {"arrowstyle": "-|>", "lw": 2, "color": colour}
            ax.annotate("", (2 * k + 0.45 * way, y), (2 * k - 0.45 * way, y), arrowprops=arrow)
            place = (2 * k, y + 0.3 * way)
            ax.text(*place, text, fontsize=15, ha="center", va="center", color=colour)
    down = {"arrowstyle": "-|>", "lw": 2, "ls": "--", "color": COLOURS[2]}
    for k, number in ((0, 1), (2, 2)):
        ax.annotate("", (2 * k + 1, -1.4), (2 * k + 1, -0.45), arrowprops=down)
        added = rf"added to $W_{number}$.grad, $b_{number}$.grad"
        place = (2 * k + 1, -1.65)
        ax.text(*place, added, fontsize=12, ha="center", va="center", color=COLOURS[2])
    return fig


def draw_jacobians(jacobians: Mapping[str, Array], edges: Sequence[int]) -> Figure:
    """Draw the Jacobians of a small network's output with respect to all its parameters.

    Parameters
    ----------
    jacobians : dict of str to ndarray, shape (4, 17)
        Each under its title; what is nan is left empty.
    edges : sequence of int
        Where the columns of each parameter begin, and where the last ends.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(len(jacobians), 1, figsize=(11, 6.2), layout="constrained")
    names = ["$W_1$, $2\\times3$", "$b_1$", "$W_2$, $3\\times2$", "$b_2$"]
    middles = [(a + b - 1) / 2 for a, b in itertools.pairwise(edges)]
    for ax, (title, J) in zip(axes, jacobians.items(), strict=True):
        ax.imshow(J, cmap="PuOr_r", vmin=-1.8, vmax=1.8, aspect="auto")
        for place, value in np.ndenumerate(J):
            if not np.isnan(value):
                ax.text(place[1], place[0], f"{value:.2f}", ha="center", va="center", fontsize=11)
        for edge in edges[1:-1]:
            ax.axvline(edge - 0.5, color="black", lw=1.5)
        ax.set_xticks(middles, names, fontsize=13)
        ax.set_yticks(range(4), ["$Y_{11}$", "$Y_{12}$", "$Y_{21}$", "$Y_{22}$"], fontsize=13)
        ax.tick_params(length=0)
        ax.set_title(title, fontsize=13)
    return fig


def draw_depth(sizes: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Draw the typical size of the gradients at each layer of deep networks.

    Parameters
    ----------
    sizes : dict of str to dict of str to sequence of float
        For each network, under its title: for "b" and for "W" one size for each layer.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(sizes), figsize=(11, 4.4), sharey=True, layout="constrained")
    for ax, (title, values) in zip(axes, sizes.items(), strict=True):
        for name, colour, marker in (("b", COLOURS[0], "o"), ("W", COLOURS[5], "s")):
            layers = range(1, len(values[name]) + 1)
            ax.semilogy(layers, values[name], color=colour, marker=marker, lw=2,
                        label=f"with respect to ${name}$")  # fmt: skip
        ax.set_title(title, fontsize=13)
        ax.set_xlabel("layer (1 is next to the input)", fontsize=13)
        ax.set_xticks(layers)
        ax.grid(alpha=0.3)
    axes[0].set_ylim(1e-7, 1e9)
    axes[0].set_ylabel("typical size of the gradient", fontsize=13)
    axes[1].legend(fontsize=12)
    return fig
