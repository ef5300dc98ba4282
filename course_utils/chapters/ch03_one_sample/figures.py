"""What notebook 03 draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.figures import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_parabola(target: float, predictions: Sequence[float], slopes: Sequence[float]) -> Figure:
    """Draw the squared error against the prediction, with a tangent at each of three predictions.

    Parameters
    ----------
    target : float
    predictions, slopes : sequence of 3 floats
        Where the tangents touch, and their slopes as measured.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    grid = np.linspace(-1.2, 3.2, 300)
    fig, ax = plt.subplots(figsize=(8, 4.8), layout="constrained")
    ax.plot(grid, (grid - target) ** 2, color="0.35", lw=2)
    colours = (COLOURS[0], COLOURS[5], COLOURS[2])
    for each, slope, colour in zip(predictions, slopes, colours, strict=True):
        height = (each - target) ** 2
        nearby = each + np.array([-0.55, 0.55])
        ax.plot(nearby, height + slope * (nearby - each), color=colour, lw=3)
        ax.plot(each, height, "o", color=colour, ms=9)
        ax.annotate(
            rf"$\hat y={each:g}$, slope ${slope:+.2f}$",
            (each, height),
            (14, -4) if slope > 0 else (14, 12) if slope else (-66, -26),
            textcoords="offset points",
            fontsize=13,
            color=colour,
        )
    ax.set_xlabel(rf"prediction $\hat y$ (the target is $y={target:g}$)", fontsize=13)
    ax.set_ylabel(r"$(\hat y-y)^2$", fontsize=13)
    ax.set_ylim(-0.6, 5)
    ax.tick_params(labelsize=12)
    ax.grid(True, color="0.92")
    return fig


def draw_gradients(x: Array, errors: Sequence[float], gradients: Sequence[Array]) -> Figure:
    """Draw the input, and beside it the gradient with respect to w for three errors.

    Parameters
    ----------
    x : ndarray, shape (n,)
    errors : sequence of 3 floats
        Prediction minus target.
    gradients : sequence of 3 ndarrays, shape (n,)

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    places = range(1, len(x) + 1)
    fig, axes = plt.subplots(1, 4, figsize=(12, 3.6), sharey=True, layout="constrained")
    titles = [rf"grad_w, $\hat y-y={error:+.1f}$" for error in errors]
    panels = [(r"the input $\mathbf{x}$", x), *zip(titles, gradients, strict=True)]
    for ax, (title, values), colour in zip(axes, panels, COLOURS[:4], strict=True):
        bars = ax.bar(places, values, color=colour)
        ax.bar_label(bars, [f"{round(v, 4) + 0.0:.1f}" for v in values], fontsize=12, padding=2)
        ax.set_title(title, fontsize=13)
        ax.set_xticks(places, [f"$i={i}$" for i in places], fontsize=12)
        ax.axhline(0, color="0.3", lw=1)
        ax.margins(y=0.15)
        ax.tick_params(labelsize=12)
    return fig
