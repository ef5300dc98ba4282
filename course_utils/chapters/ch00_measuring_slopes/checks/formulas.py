"""Which formula a difference quotient has, read off its results, and whether its step matters.

Most are sums of heights of the graph near x, each times a number and a power of h. At enough
inputs these numbers follow from the results.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array

OFFSETS = (-2, -1, Fraction(-1, 2), 0, Fraction(1, 2), 1, 2)
POWERS = (-2, -1, 0, 1)
CALLS = 90
MOST = 4  # terms: what has more is no formula that a person writes


def formula(
    candidate: Callable[..., Any], draw: Callable[..., Any], seed: int | None
) -> str | None:
    """Return the formula behind the results of a quotient, None if it is none of that kind."""
    rng = np.random.default_rng(seed)
    rows, results = [], []
    for _ in range(CALLS):
        f, x, _ = draw(rng)
        h = float(rng.choice([-1.0, 1.0]) * rng.uniform(0.4, 1.2))
        try:
            result = np.asarray(candidate(f, x, h), dtype=np.float64)
        except Exception:
            return None
        heights = _heights(f, x, h)
        if result.shape != heights.shape[1:] or not np.all(np.isfinite(result)):
            return None
        terms = np.array([height * h**power for height in heights for power in POWERS])
        rows.append(terms.reshape(len(terms), -1).T)
        results.append(result.ravel())
    table, wanted = np.concatenate(rows), np.concatenate(results)
    numbers = np.linalg.lstsq(table, wanted, rcond=None)[0]
    simple = [Fraction(float(n)).limit_denominator(12) for n in numbers]
    if not 0 < sum(n != 0 for n in simple) <= MOST:
        return None
    missed = np.max(np.abs(table @ np.array(simple, dtype=np.float64) - wanted))
    if missed > 1e-6 * np.max(np.abs(wanted)):
        return None
    return _spelled(dict(zip(itertools.product(OFFSETS, POWERS), simple, strict=True)))


def _heights(f: Callable[[Any], Any], x: Any, h: float) -> Array:
    """Return the heights at all offsets, for a vector those of each output along each input."""
    if not np.ndim(x):
        return np.array([f(x + float(offset) * h) for offset in OFFSETS])
    steps = np.eye(np.size(x)) * h
    return np.array(
        [np.stack([f(x + float(offset) * d) for d in steps], axis=1) for offset in OFFSETS]
    )


def _spelled(numbers: dict[tuple[Any, int], Fraction]) -> str:
    """Write the formula as it is written in the notebook."""
    said = ""
    for power in POWERS:
        terms = [(n, o) for (o, p), n in numbers.items() if p == power and n]
        if not terms:
            continue
        terms.sort(key=lambda term: -term[1])
        inside = "".join(_term(n, o, first=not k) for k, (n, o) in enumerate(terms))
        if power < 0:
            inside = f"({inside}) / h" if len(terms) > 1 else f"{inside} / h"
            inside += "^2" * (power == -2)
        elif power > 0:
            inside = f"({inside}) h" if len(terms) > 1 else f"{inside} h"
        said += f" + {inside}" if said else inside
    return said


def _term(number: Fraction, offset: Any, *, first: bool) -> str:
    sign = "-" if number < 0 else "" if first else "+"
    sign = sign if first else f" {sign} "
    size = abs(number)
    times = "" if size == 1 else f"{size} " if size.denominator == 1 else f"({size}) "
    if not offset:
        return f"{sign}{times}f(x)"
    steps = "" if abs(offset) == 1 else f"{abs(offset)} " if abs(offset) > 1 else "(1/2) "
    return f"{sign}{times}f(x {'+' if offset > 0 else '-'} {steps}h)"


LONG_STEPS = 1.2, 1.8, 2.4
"""As long as they are drawn."""


def same_for_all_steps(
    candidate: Callable[..., Any],
    draw: Callable[..., Any],
    seed: int | None,
    steps: Sequence[float] = (0.05, 0.7),
) -> bool:
    """Tell whether an answer is the same for several steps; in general of very different sizes."""
    rng = np.random.default_rng(seed)
    for _ in range(3):
        f, x, _ = draw(rng)
        given = [(f, x, step) for step in steps]
        try:
            results = [np.asarray(candidate(*each)) for each in given]
        except Exception:
            return False
        if not all(np.array_equal(results[0], other) for other in results):
            return False
    return True
