"""Functions whose slopes are asked for: smooth, curved, analytic, and new each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def random_scalar_function(rng: np.random.Generator) -> Callable[[Any], Any]:
    """Draw a smooth, curved function of one number, analytic as well."""
    a, b, c, d = rng.uniform(0.5, 1.5, size=4) * rng.choice([-1.0, 1.0], size=4)

    def f(x: Any) -> Any:
        return a * np.exp(b * x) + c * np.sin(d * x + 1.0)

    return f


def random_vector_function(rng: np.random.Generator, m: int, n: int) -> Callable[[Any], Any]:
    """Draw a smooth, curved function from R^n to R^m."""
    inner, outer = rng.normal(size=(m, n)) / np.sqrt(n), rng.uniform(0.5, 1.5, size=m)

    def f(x: Any) -> Any:
        u = inner @ x
        return outer * np.exp(u) + np.sin(u + 1.0)

    return f


def random_step(rng: np.random.Generator) -> float:
    """Draw a step, long or short, to either side."""
    return float(rng.choice([-1.0, 1.0]) * 10 ** rng.uniform(-3.5, 0.4))
