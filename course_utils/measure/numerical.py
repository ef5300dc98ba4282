"""Derivatives measured on a forward pass: what the checker trusts.

Nothing here was written by a learner, and nothing here knows a formula. A
derivative along a direction is read off one evaluation at complex numbers, which
is exact to rounding for analytic functions. Because that is silently wrong
through `abs`, a norm, a variance or a cast, it is cross-checked by real
differences, and given up for extrapolated real differences where the two disagree.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, as_float64

Forward = Callable[..., Any]

COMPLEX_STEP = 1e-30
FIXED_SEED = 20240229
"""Of random numbers that are to be the same each time."""
_I_STEP = 1j * COMPLEX_STEP
_LEVELS = 3  # of the extrapolation table: exact to about 12 digits where there is no kink
FINE_LEVELS = 6  # for a step that gets below most kinks
ROUNDING = 2.0**-50
"""What float64 code loses of a number: a few roundings."""


def jvp(forward: Forward, inputs: Sequence[Any], directions: Sequence[Any]) -> Array | None:
    """Return the derivative of `forward` along `directions` by one complex evaluation.

    Parameters
    ----------
    forward : callable
        Takes `inputs`, returns an array.
    inputs : sequence of ndarray
    directions : sequence of ndarray or None
        One for each input, of its shape; None for an input that stays.

    Returns
    -------
    ndarray or None
        Of the output's shape. None where the output has lost its imaginary part,
        so that a complex step cannot be read.
    """
    moved = [x if d is None else x + _I_STEP * d for x, d in zip(inputs, directions, strict=True)]
    out = np.asarray(forward(*moved))
    if out.dtype.kind != "c":
        return None
    derivative: Array = out.imag / COMPLEX_STEP
    return derivative


def jvp_by_differences(
    forward: Forward,
    inputs: Sequence[Any],
    directions: Sequence[Any],
    step: float = 1e-2,
    levels: int = _LEVELS,
    far: float | None = None,
) -> tuple[Array, Array]:
    """Return the derivative along `directions` by extrapolated real differences.

    `far` is how far along the directions a step of 1 goes; as far as the largest of the inputs
    is large, and no less than 1, if it is left out.

    Returns
    -------
    derivative, error : ndarray
        Of the output's shape. `error` estimates what is left, from how much the
        last two refinements differ (Ridders' method).
    """
    if far is None:
        size = _largest([x for x, d in zip(inputs, directions, strict=True) if d is not None])
        far = max(1.0, size) / max(_largest(directions), 1e-300)
    h = step * far

    def difference(t: float) -> Array:
        forth = [x if d is None else x + t * d for x, d in zip(inputs, directions, strict=True)]
        back = [x if d is None else x - t * d for x, d in zip(inputs, directions, strict=True)]
        result: Array = (np.asarray(forward(*forth)) - np.asarray(forward(*back))) / (2 * t)
        return result

    rows = [[difference(h)]]
    best, error = rows[0][0], np.full(np.shape(rows[0][0]), np.inf)
    for level in range(1, levels):
        h /= 4
        row = [difference(h)]
        for column in range(level):
            factor = 16.0 ** (column + 1)
            row.append((factor * row[column] - rows[-1][column]) / (factor - 1))
            left, above = np.abs(row[-1] - row[-2]), np.abs(row[-1] - rows[-1][column])
            estimate = np.maximum(left, above)
            better = estimate <= error
            best = np.where(better, row[-1], best)
            error = np.where(better, estimate, error)
        rows.append(row)
    return best, error


def one_sided(
    forward: Forward, inputs: Sequence[Any], directions: Sequence[Any], output: Array | None = None
) -> tuple[Array, Array]:
    """Return the derivatives towards and from `directions`; they differ at a kink.

    The `output` at the inputs themselves is taken as it is, if it is known.
    """
    size = max(1.0, _largest([x for x, d in zip(inputs, directions, strict=True) if d is not None]))
    h = 1e-7 * size / max(_largest(directions), 1e-300)

    def at(t: float) -> Array:
        moved = [x if d is None else x + t * d for x, d in zip(inputs, directions, strict=True)]
        return np.asarray(forward(*moved), dtype=np.float64)

    here = at(0.0) if output is None else output
    # Two steps on each side: what is left is of second order, far below a kink's jump.
    right = 2 * (at(h / 2) - here) / (h / 2) - (at(h) - here) / h
    left = 2 * (here - at(-h / 2)) / (h / 2) - (here - at(-h)) / h
    return right, left


_is_quiet: ContextVar[bool] = ContextVar("is_quiet", default=False)


def quiet() -> AbstractContextManager[None]:
    """Silence what a forward warns of when it is given complex or far-off numbers.

    Where that is silenced already nothing is done: it takes longer than to measure a few slopes.
    """
    return nullcontext() if _is_quiet.get() else _silenced()


@contextmanager
def _silenced() -> Iterator[None]:
    token = _is_quiet.set(True)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        _is_quiet.reset(token)


def reach(inputs: Sequence[Any], directions: Sequence[Any]) -> float:
    """Return how far along `directions` an input changes by its own size, the first that does."""
    pairs = zip(inputs, directions, strict=True)
    moved = [(_largest([x]) or 1.0, _largest([d])) for x, d in pairs if d is not None]
    return min((size / d for size, d in moved if d), default=1.0)


def confirmed(
    forward: Forward,
    inputs: Sequence[Any],
    directions: Sequence[Any],
    slope: Array,
    output: Array | None = None,
    far: float | None = None,
) -> Any:
    """Tell for each entry of the output whether real differences confirm the measured `slope`.

    A slope is compared by its own size: a small one may stand beside a large one. The first step
    costs two evaluations; others are tried where it was too long, or told nothing. Where the
    `output` is given, it is seen how much the slope changes within a step. `far` is their
    `reach`, if it is known.
    """
    sure = np.zeros(slope.shape, dtype=bool)
    far = reach(inputs, directions) if far is None else far
    for step in _CONFIRMING:
        h = step * far
        moves = [None if d is None else h * d for d in directions]
        pairs = list(zip(inputs, moves, strict=True))
        forth = np.asarray(forward(*(x if move is None else x + move for x, move in pairs)))
        back = np.asarray(forward(*(x if move is None else x - move for x, move in pairs)))
        if forth.shape != sure.shape or back.shape != sure.shape:
            return np.zeros(sure.shape, dtype=bool)
        real = (forth - back) / (2 * h)
        # Five digits of a slope that is not zero: that is no chance, and most are so at once.
        if (np.abs(real - slope) < 1e-5 * np.abs(slope)).all():
            return np.ones(sure.shape, dtype=bool)
        rounding = ROUNDING * np.maximum(np.abs(forth), np.abs(back)) / h
        bend = 0.0 if output is None else np.abs(forth + back - 2 * output) / h
        size = np.maximum(np.abs(real), np.abs(slope))
        tells = 1e-2 * bend + rounding <= np.maximum(1e-2 * size, 1e-7 * np.abs(forth) / far)
        sure |= tells & (np.abs(real - slope) <= 1e-5 * size + 1e-2 * bend + rounding)
        if sure.all():
            break
    return sure


_CONFIRMING = (1e-5, 1e-7, 1e-3)  # steps, of an input's size


def is_analytic(
    forward: Forward,
    inputs: Sequence[Any],
    wrt: Sequence[int],
    rng: np.random.Generator | None = None,
) -> bool:
    """Tell whether complex steps may be trusted for `forward` at `inputs`.

    One random direction through all of `wrt`, by a complex step and by real differences: they
    agree in every entry of the output, or the complex step is not to be used.
    """
    directions: list[Any] = [None] * len(inputs)
    shapes = tuple(np.shape(inputs[k]) for k in wrt)
    drawn = _some_directions(shapes) if rng is None else [rng.normal(size=s) for s in shapes]
    for k, direction in zip(wrt, drawn, strict=True):
        directions[k] = direction
    slope = complex_slope(forward, inputs, directions)
    return slope is not None and bool(confirmed(forward, inputs, directions, slope).all())


def complex_slope(
    forward: Forward, inputs: Sequence[Any], directions: Sequence[Any]
) -> Array | None:
    """Return what a complex step says, None where it says nothing that is a number."""
    try:
        slope = jvp(forward, inputs, directions)
    # A forward that cannot take complex numbers at all says so in many ways.
    except Exception:
        return None
    return slope if slope is not None and np.isfinite(slope).all() else None


@functools.lru_cache(maxsize=1024)
def _some_directions(shapes: tuple[tuple[int, ...], ...]) -> tuple[Array, ...]:
    """Draw one direction for each shape, always the same: whoever measures asks many times."""
    rng = np.random.default_rng(FIXED_SEED)
    return tuple(np.asarray(rng.normal(size=shape)) for shape in shapes)


def derivative(
    forward: Forward, inputs: Sequence[Any], directions: Sequence[Any], analytic: bool
) -> Array:
    """Return the derivative of `forward` along `directions`, the best way there is."""
    if analytic:
        found = jvp(forward, inputs, directions)
        if found is not None:
            return found
    return jvp_by_differences(forward, inputs, directions)[0]


def jacobian_transposed(
    forward: Forward,
    inputs: Sequence[Any],
    k: int,
    analytic: bool,
    only: Sequence[int] | None = None,
    levels: int = _LEVELS,
) -> Array:
    """Measure the Jacobian with respect to input `k`, one entry after the other, transposed.

    Returns
    -------
    ndarray, shape (entries, size of the output)
        Row j is the derivative of the flattened output along entry j of input `k`,
        entries counted in C order; all of them, or those in `only`.
    """
    entries = range(np.size(inputs[k])) if only is None else only
    rows = []
    if analytic:
        moved = list(inputs)
        moved[k] = x = np.array(inputs[k], dtype=np.complex128, order="C")
        flat = x.reshape(-1)
        for j in entries:
            here = flat[j]
            flat[j] = here + _I_STEP
            # Copied: a forward that only reshapes returns a view of what changes next.
            rows.append(np.asarray(forward(*moved)).flatten())
            flat[j] = here
        if rows:
            return np.array(rows).imag / COMPLEX_STEP
        return np.zeros((0, np.size(forward(*inputs))))
    directions: list[Any] = [None] * len(inputs)
    for j in entries:
        unit = np.zeros(np.shape(inputs[k]))
        unit.flat[j] = 1.0
        directions[k] = unit
        rows.append(jvp_by_differences(forward, inputs, directions, levels=levels)[0].ravel())
    if rows:
        return np.array(rows)
    return np.zeros((0, np.size(forward(*inputs))))


def jacobian(f: Callable[[Any], Any], x: Any, *, analytic: bool | None = None) -> Array:
    """Measure every derivative of `f` at `x`.

    Parameters
    ----------
    f : callable
        Takes an array of x's shape, returns an array.
    x : array_like
    analytic : bool, optional
        True for what is made of sums and products alone: nothing is tried then to find out
        whether a complex step may be trusted, which takes as long as the measuring itself.

    Returns
    -------
    ndarray, shape f(x).shape + x.shape
        Outputs first: entry [i..., j...] is the slope of output [i...] along x[j...].
    """
    x = as_float64(x, "x")
    shape = np.shape(f(x))
    with quiet():
        analytic = is_analytic(f, (x,), (0,)) if analytic is None else analytic
        rows = jacobian_transposed(f, (x,), 0, analytic, levels=FINE_LEVELS)
    return rows.T.reshape(shape + x.shape)


def numerical_vjp(
    forward: Forward,
    inputs: Sequence[Any],
    grad_output: Any,
    analytic: bool | None = None,
) -> tuple[Array, ...]:
    """Measure what the backward of `forward` should return: one gradient for each input.

    Parameters
    ----------
    forward : callable
        Takes `inputs`, without a context.
    inputs : sequence of array_like
    grad_output : array_like
        Of the output's shape.
    analytic : bool, optional
        Whether complex steps may be trusted; asked if left out.
    """
    arrays = [as_float64(x) for x in inputs]
    upstream = np.asarray(grad_output, dtype=np.float64).ravel()
    with quiet():
        if analytic is None:
            analytic = is_analytic(forward, arrays, range(len(arrays)))
        return tuple(
            (
                jacobian_transposed(forward, arrays, k, analytic, levels=FINE_LEVELS) @ upstream
            ).reshape(x.shape)
            for k, x in enumerate(arrays)
        )


def _largest(arrays: Sequence[Any]) -> float:
    # The method: NumPy's function of the same name takes longer to begin than to do it.
    return max((float(np.abs(a).max(initial=0.0)) for a in arrays if a is not None), default=1.0)
