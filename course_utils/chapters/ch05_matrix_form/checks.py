"""What catches the mistakes of notebook 05."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

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
from course_utils.checks.plain_functions import Confusion
from course_utils.measure.numerical import jacobian

declare(Linear, extreme=product)
declare(MSE, extreme=entries)


def _flattened(X: Array, p: int, order: Order) -> Array:
    """Measure the Jacobian of the flattened output by the flattened weights."""
    shape = X.shape[1], p

    def flat(w: Any) -> Any:
        return (X @ w.reshape(shape, order=order)).ravel(order)

    return jacobian(flat, np.zeros(X.shape[1] * p), analytic=True)


_OTHER: dict[Order, Order] = {"C": "F", "F": "C"}


def _examine_flattened(order: Order) -> Examiner:
    return compared(
        lambda X, p: _flattened(X, p, order),
        lambda rng, q=3, n=4, p=2: (rng.normal(size=(q, n)), p),
        adapt=lambda candidate: Adapted(candidate, lambda X, p: (X, p, order)),
        confusions=[
            Confusion(
                "wrong-order",
                f"With order={order!r} you return the matrix that belongs to "
                f"order={_OTHER[order]!r}.",
                lambda X, p: _flattened(X, p, _OTHER[order]),
            )
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


def _one_sample_far_apart(part: str, level: Level, rng: np.random.Generator) -> Case:
    e = first_big(5, level)
    return tuple(normal(rng, (5,), (5, 3))), (e, e[:, None]), (e,)


declare(
    input_jacobian,
    reference=_by_inputs,
    make_inputs=lambda rng, n=5, p=3: (rng.normal(size=n), rng.normal(size=(n, p))),
    result_name="J",
    extreme=_one_sample_far_apart,
)


def _one_output(index: int) -> Callable[[Array, Array], Array]:
    def measured(G: Array, T: Array) -> Array:
        kept = np.zeros_like(G)
        kept[:, index] = G[:, index]
        return contracted(kept, T)

    return measured


declare(
    contract_output,
    reference=contracted,
    make_inputs=lambda rng, q=3, p=2, n=4, m=5: (
        rng.normal(size=(q, p)),
        rng.normal(size=(q, p, n, m)),
    ),
    confusions=[
        Confusion("missing-term", "Only the last column of G is counted.", _one_output(-1)),
        Confusion("missing-term", "Only the first column of G is counted.", _one_output(0)),
        Confusion(
            "no-upstream",
            "T is summed over the outputs, but what arrives from above, G, is not used.",
            lambda G, T: contracted(np.ones_like(G), T),
        ),
    ],
    result_name="gradient",
    no_extreme="the derivatives are given, and only multiplied and added up",
)


@functools.lru_cache(maxsize=256)
def _measured_bytes(q: int, n: int, p: int) -> Array:
    X = np.ones((q, n))  # the same sizes are asked for again and again
    return np.array(float(jacobian(lambda W: X @ W, np.ones((n, p))).nbytes))


declare(
    weight_jacobian_bytes,
    parts={
        "": compared(
            _measured_bytes,
            lambda rng, q=5, n=4, p=3: (q, n, p),
            adapt=lambda candidate: Adapted(candidate, result=float),
            result_name="bytes",
        )
    },
    # A view of one number measures as the whole array does, without its memory.
    stand_in=lambda q, n, p: np.broadcast_to(np.float64(0.0), (q, p, n, p)).nbytes,
    no_extreme="a number of bytes is asked for, and no derivative",
)
