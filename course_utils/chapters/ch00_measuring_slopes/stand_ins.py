"""What stands in for notebook 00's slopes where a submission is graded.

They are called very often there, with functions of the submission's own process, which must not
know an answer. So a line is fitted to more than two points: over the steps its errors look the
same, and no check takes it for right. In the place of a complex step a slope is measured for which
the step plays no role, as the notebook says; no check takes that for right either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, as_float64
from course_utils.measure.numerical import jacobian as measured_jacobian

POINTS = {"forward": (0, 1, 2), "central": (-2, -1, 1, 2)}
"""Where they lie, in steps from x."""


def forward(f: Callable[[float], Any], x: float, h: float) -> float:
    """Return the slope of a line close to the graph, from x on."""
    return float(_slopes(f, x, h, "forward")[0])


def central(f: Callable[[float], Any], x: float, h: float) -> float:
    """Return the slope of a line close to the graph, around x."""
    return float(_slopes(f, x, h, "central")[0])


def jacobian(
    f: Callable[[Array], Array], x: Array, h: float = 1e-6, method: str = "central"
) -> Array:
    """Return such slopes of every output along every coordinate, outputs first."""
    x = as_float64(x)
    along = [lambda t, each=each: f(x + t * each) for each in np.eye(x.size)]
    return np.array([_slopes(g, 0.0, h, method) for g in along]).T


def complex_step(f: Callable[[Any], Any], x: float, h: float = 1e-20) -> float:
    """Return the slope at x, whatever the step is."""
    return float(measured_jacobian(f, np.float64(x)))


def _slopes(f: Callable[[float], Any], x: float, h: float, method: str) -> Array:
    steps = h * np.array(POINTS[method])
    heights = np.array([np.ravel(f(x + step)) for step in steps], dtype=np.float64)
    slopes: Array = np.polynomial.polynomial.polyfit(steps, heights, 1)[1]
    return slopes
