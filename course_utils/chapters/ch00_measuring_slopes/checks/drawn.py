"""Functions whose slopes are asked for: smooth, curved, analytic, and new each time."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.measure.drawn import Drawn, of_one_number, of_several


def random_scalar_function(rng: np.random.Generator) -> Drawn:
    """Draw a smooth, curved function of one number, analytic as well."""
    numbers = rng.uniform(0.5, 1.5, size=4) * rng.choice([-1.0, 1.0], size=4)
    return Drawn(of_one_number.__name__, *numbers)


def random_vector_function(rng: np.random.Generator, m: int, n: int) -> Drawn:
    """Draw a smooth, curved function from R^n to R^m."""
    inner, outer = rng.normal(size=(m, n)) / np.sqrt(n), rng.uniform(0.5, 1.5, size=m)
    return Drawn(of_several.__name__, inner, outer)


def random_step(rng: np.random.Generator) -> float:
    """Draw a step, long or short, to either side."""
    return float(rng.choice([-1.0, 1.0]) * 10 ** rng.uniform(-3.5, 0.4))


def scalar_inputs(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw a function of one number, a place and a step."""
    return random_scalar_function(rng), float(rng.normal()), random_step(rng)


def vector_inputs(rng: np.random.Generator, m: int = 5, n: int = 3) -> tuple[Any, ...]:
    """Draw a function of several numbers, a place and a step."""
    return random_vector_function(rng, m, n), rng.normal(size=n), random_step(rng)


def step_to_the_right(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw a positive step: with the short one, which is negative, both signs are tried."""
    f, x, h = scalar_inputs(rng)
    return f, x, abs(h)


def step_to_the_right_of_several(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw a positive step for a function of several numbers."""
    f, x, h = vector_inputs(rng)
    return f, x, abs(h)


def integer_inputs(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw a place that is an array of integers."""
    return random_vector_function(rng, 5, 3), np.array([1, -2, 3]), 0.1


SHORT = 1e-6
"""A step that a clamp would lengthen; it has digits left where the graph is steep."""


BESIDE = 0.01
"""How far from a place it is seen how bent the graph is."""


def short_step(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw a place so steep that a short step leaves digits, and so bent that another one shows."""
    while True:
        f, x, _ = scalar_inputs(rng)
        slope = (f(x + SHORT) - f(x)) / SHORT
        bend = (f(x + BESIDE) - 2 * f(x) + f(x - BESIDE)) / BESIDE**2
        if 0.5 < abs(slope) < abs(bend):
            return f, x, -SHORT


def short_step_of_several(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw a short step for a function of several numbers."""
    f, x, _ = vector_inputs(rng)
    return f, x, -SHORT
