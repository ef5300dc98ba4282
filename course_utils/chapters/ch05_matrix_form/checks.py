"""What catches the mistakes of notebook 05."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch01_jacobians.checks import contracted
from course_utils.chapters.ch05_matrix_form.exercises import (
    MSE,
    Linear,
    Order,
    contract_output,
    input_jacobian,
    weight_jacobian_bytes,
    weight_jacobian_matrix,
)
from course_utils.checker.candidate import Adapted
from course_utils.checks.declarations import Examiner, compared, declare
from course_utils.checks.extreme_inputs import Case, Level, entries, first_big, normal, product
from course_utils.checks.methods import number
from course_utils.checks.plain_functions import Confusion
from course_utils.measure.numerical import jacobian

declare(Linear, extreme=product)
declare(MSE, extreme=entries)


def _tensor(X: Array, p: int) -> Array:
    """Measure the Jacobian of the output with respect to the weights, all four axes of it."""
    return jacobian(lambda W: X @ W, np.zeros((X.shape[1], p)), analytic=True)


def _as_matrix(T: Array, rows: Order, columns: Order) -> Array:
    """Flatten the outputs in one order, and the weights in another one."""
    q, p, n, _ = T.shape
    flat = T.reshape((q * p, n, p))
    if rows == "F":
        flat = T.transpose(1, 0, 2, 3).reshape((q * p, n, p))
    if columns == "F":
        flat = flat.swapaxes(1, 2)
    return flat.reshape((q * p, n * p))


def _flattened(X: Array, p: int, order: Order) -> Array:
    return _as_matrix(_tensor(X, p), order, order)


_OTHER: dict[Order, Order] = {"C": "F", "F": "C"}


def _without_delta(X: Array, p: int, order: Order) -> Array:
    """Let every output depend on every column of W."""
    T = _tensor(X, p)
    return _as_matrix(np.broadcast_to(T.sum(axis=3, keepdims=True), T.shape), order, order)


def _examine_flattened(order: Order) -> Examiner:
    other = _OTHER[order]
    return compared(
        lambda X, p: _flattened(X, p, order),
        lambda rng, q=3, n=4, p=2: (rng.normal(size=(q, n)), p),
        adapt=lambda candidate: Adapted(candidate, lambda X, p: (X, p, order)),
        confusions=[
            Confusion(
                "wrong-order",
                f"With order={order!r} you return the matrix that belongs to order={other!r}.",
                lambda X, p: _flattened(X, p, other),
            ),
            Confusion(
                "wrong-order",
                f"With order={order!r} the rows, which belong to Y, are in that order, and the "
                f"columns, which belong to W, in the order {other!r}.",
                lambda X, p: _as_matrix(_tensor(X, p), order, other),
            ),
            Confusion(
                "wrong-order",
                f"With order={order!r} the columns, which belong to W, are in that order, and the "
                f"rows, which belong to Y, in the order {other!r}.",
                lambda X, p: _as_matrix(_tensor(X, p), other, order),
            ),
            Confusion(
                "missing-local",
                "Every output depends on all columns of W here. Which columns of W does Y_ij "
                "depend on?",
                lambda X, p: _without_delta(X, p, order),
            ),
        ],
        result_name="J",
    )


def _far_apart(part: str, level: Level, rng: np.random.Generator) -> Case:
    """Let the first column of X be large, what is beside it small."""
    e = first_big(4, level)
    (X,) = normal(rng, (3, 4))
    columns = np.repeat(e, 2) if part == "C" else np.tile(e, 2)
    return (X, 2, part), (e, None, None), (columns,)


declare(
    weight_jacobian_matrix,
    parts={order: _examine_flattened(order) for order in _OTHER},
    stand_in=_flattened,
    extreme=_far_apart,
)


def _by_inputs(z: Array, W: Array) -> Array:
    return jacobian(lambda z: z @ W, z, analytic=True)


def _in_terms(z: Array, W: Array) -> Array:
    """Return the terms that the outputs are the sums of."""
    return _by_inputs(z, W) * z


def _one_sample_far_apart(part: str, level: Level, rng: np.random.Generator) -> Case:
    e = first_big(5, level)
    return tuple(normal(rng, (5,), (5, 3))), (e, e[:, None]), (e,)


declare(
    input_jacobian,
    reference=_by_inputs,
    make_inputs=lambda rng, n=5, p=3: (rng.normal(size=n), rng.normal(size=(n, p))),
    confusions=[
        Confusion(
            "missing-local",
            "Entry [j, k] is the term of y_j with z_k in it, z_k and all. It has to say how y_j "
            "moves with z_k.",
            _in_terms,
        ),
        Confusion(
            "wrong-input",
            "Every row is z. This is how the outputs would move with W; return how they move "
            "with z.",
            lambda z, W: np.tile(z, (W.shape[1], 1)),
        ),
        Confusion(
            "missing-local",
            "Every entry is 1: how y moves with z depends on W.",
            lambda z, W: np.ones(W.shape[::-1]),
        ),
    ],
    result_name="J",
    extreme=_one_sample_far_apart,
)


def _counted(rows: slice, columns: slice) -> Callable[[Array, Array], Array]:
    """Return what is left where only some entries of G are counted."""

    def measured(G: Array, T: Array) -> Array:
        kept = np.zeros_like(G)
        kept[rows, columns] = G[rows, columns]
        return contracted(kept, T)

    return measured


_ALL, _FIRST, _LAST = slice(None), slice(0, 1), slice(-1, None)
_NOT_FIRST, _NOT_LAST = slice(1, None), slice(None, -1)

_COUNTED = {
    "Only the last entry of G is counted. Is there an = where += is meant?": (_LAST, _LAST),
    "Only the first entry of G is counted.": (_FIRST, _FIRST),
    "Only the last column of G is counted.": (_ALL, _LAST),
    "Only the first column of G is counted.": (_ALL, _FIRST),
    "Only the last row of G is counted.": (_LAST, _ALL),
    "Only the first row of G is counted.": (_FIRST, _ALL),
    "The first row of G is left out.": (_NOT_FIRST, _ALL),
    "The last row of G is left out.": (_NOT_LAST, _ALL),
    "The first column of G is left out.": (_ALL, _NOT_FIRST),
    "The last column of G is left out.": (_ALL, _NOT_LAST),
    "The first row and the first column of G are left out.": (_NOT_FIRST, _NOT_FIRST),
    "The last row and the last column of G are left out.": (_NOT_LAST, _NOT_LAST),
}


def _spread(axis: int | None) -> Callable[[Array, Array], Array]:
    """Return what comes of adding up G along an axis, or altogether, before T is used."""

    def measured(G: Array, T: Array) -> Array:
        return contracted(np.broadcast_to(G.sum(axis=axis, keepdims=True), G.shape), T)

    return measured


declare(
    contract_output,
    reference=contracted,
    make_inputs=lambda rng, q=3, p=2, n=4, m=5: (
        rng.normal(size=(q, p)),
        rng.normal(size=(q, p, n, m)),
    ),
    confusions=[
        *(
            Confusion("missing-term", message, _counted(*which))
            for message, which in _COUNTED.items()
        ),
        Confusion(
            "no-upstream",
            "T is summed over the outputs, but what arrives from above, G, is not used.",
            lambda G, T: contracted(np.ones_like(G), T),
        ),
        Confusion(
            "upstream-misused",
            "G is added up altogether, and then meets a sum of T. Each entry of G belongs to its "
            "own [i, j] of T.",
            _spread(None),
        ),
        Confusion(
            "upstream-misused",
            "G is added up over its rows first. Each entry of G belongs to its own [i, j] of T.",
            _spread(0),
        ),
        Confusion(
            "upstream-misused",
            "G is added up over its columns first. Each entry of G belongs to its own [i, j] of T.",
            _spread(1),
        ),
        Confusion(
            "added",
            "G is added to T, where it should be multiplied by it.",
            lambda G, T: contracted(np.ones_like(G), G[:, :, None, None] + T),
        ),
        Confusion(
            "upstream-misused",
            "G is used squared.",
            lambda G, T: contracted(G**2, T),
        ),
    ],
    result_name="gradient",
    no_extreme="the derivatives are given, and only multiplied and added up",
)


@functools.lru_cache(maxsize=256)
def _measured_bytes(q: int, n: int, p: int) -> Array:
    X = np.ones((q, n))  # the same sizes are asked for again and again
    return np.array(float(jacobian(lambda W: X @ W, np.ones((n, p))).nbytes))


def _bytes_of(*shape: int) -> Array:
    return np.array(float(np.ones(shape).nbytes))


_OTHERS = [
    ("the gradient with respect to W", "factor:1/(q*p)", lambda q, n, p: _bytes_of(n, p)),
    ("Y", "factor:1/(n*p)", lambda q, n, p: _bytes_of(q, p)),
    ("X", "factor:1/(p*p)", lambda q, n, p: _bytes_of(q, n)),
]

_UNITS = [
    ("kilobytes", 1024),
    ("kilobytes", 1000),
    ("megabytes", 1024**2),
    ("megabytes", 1000**2),
]


def _in_units(unit: int) -> Callable[[int, int, int], Array]:
    return lambda q, n, p: _measured_bytes(q, n, p) / unit


declare(
    weight_jacobian_bytes,
    parts={
        "": compared(
            _measured_bytes,
            lambda rng, q=5, n=4, p=3: (q, n, p),
            adapt=lambda candidate: Adapted(candidate, result=number),
            confusions=[
                Confusion(
                    "added",
                    "The bytes of the bias's Jacobian are counted as well. Count those with "
                    "respect to W.",
                    lambda q, n, p: _measured_bytes(q, n + 1, p),
                ),
                Confusion(
                    "added",
                    "These are the bytes of Y and of W. The Jacobian has an entry for each pair "
                    "of them.",
                    lambda q, n, p: _bytes_of(q, p) + _bytes_of(n, p),
                ),
                *(
                    Confusion(
                        code,
                        f"These are the bytes of {name}. The Jacobian has an entry for each pair "
                        "of an entry of Y and one of W.",
                        of,
                    )
                    for name, code, of in _OTHERS
                ),
                *(
                    Confusion(
                        f"factor:1/{unit}",
                        f"These are {name} of {unit} bytes each; return bytes.",
                        _in_units(unit),
                    )
                    for name, unit in _UNITS
                ),
            ],
            result_name="bytes",
        )
    },
    # A view of one number measures as the whole array does, without its memory.
    stand_in=lambda q, n, p: np.broadcast_to(np.float64(0.0), (q, p, n, p)).nbytes,
    no_extreme="a number of bytes is asked for, and no derivative",
)
