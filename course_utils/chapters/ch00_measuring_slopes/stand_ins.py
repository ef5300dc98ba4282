"""What stands in for notebook 00's exercises where another notebook is graded.

It measures, and takes no heed of the step that it is given: so it is no answer to any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, as_float64
from course_utils.measure.numerical import jacobian


def slope(f: Callable[[Any], Any], x: float, h: float = 0.0) -> float:
    """Measure the slope of f at `x`."""
    return float(jacobian(f, np.float64(x)))


def measured_jacobian(
    f: Callable[[Array], Array], x: Array, h: float = 0.0, method: str = "central"
) -> Array:
    """Measure the Jacobian of f at `x`, outputs first."""
    x = as_float64(x)
    return jacobian(lambda x: np.ravel(f(x)), x).reshape(-1, x.size)
