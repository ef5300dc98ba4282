"""What catches the mistakes of notebook 01.

The answer key is a forward pass: y = A x itself, or the linear map that a given Jacobian stands
for, differentiated numerically.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch01_jacobians.exercises import (
    contract,
    flatten_jacobian,
    jacobian_shape,
    matvec_jacobian_A,
    matvec_jacobian_x,
    to_denominator_layout,
)
from course_utils.checker.candidate import Adapted, Unreadable
from course_utils.checks.declarations import Examiner, compared, declare
from course_utils.checks.extreme_inputs import Case, Level, first_big, normal
from course_utils.checks.methods import numbers
from course_utils.checks.plain_functions import Confusion
from course_utils.checks.wide_inputs import Wide
from course_utils.measure.numerical import jacobian


def _matvec(rng: np.random.Generator, m: int = 5, n: int = 3) -> tuple[Array, ...]:
    return rng.normal(size=(m, n)), rng.normal(size=n)


def _measured_shape(n: int, m: int) -> Array:
    weights = np.ones((m, n))
    return np.array(jacobian(lambda x: weights @ x, np.ones(n)).shape, dtype=np.float64)


def _sizes(shape: Any) -> Any:
    """Return whole numbers as what the checker compares: they cut nothing off."""
    if np.asarray(shape).dtype.kind == "f":
        raise Unreadable("type", "A shape is made of whole numbers, and these are floats.")
    return numbers(shape)


declare(
    jacobian_shape,
    parts={
        "": compared(
            _measured_shape,
            lambda rng: tuple(int(k) for k in rng.choice([2, 3, 4, 5, 7], size=2, replace=False)),
            adapt=lambda candidate: Adapted(candidate, result=_sizes),
            confusions=[
                Confusion(
                    "transpose",
                    "These are the right two numbers in the other order: "
                    "measure the Jacobian of a function from R^2 to R^3 and look at its shape.",
                    lambda n, m: _measured_shape(m, n),
                ),
                *(
                    Confusion(
                        "transpose",
                        f"The {which} number comes first, whichever it is: one of the two always "
                        "counts the rows.",
                        lambda n, m, order=order: order(_measured_shape(n, m)),
                    )
                    for which, order in (("smaller", np.sort), ("larger", lambda s: -np.sort(-s)))
                ),
            ],
            result_name="shape",
        )
    },
    stand_in=lambda n, m: tuple(int(k) for k in _measured_shape(n, m)),
    no_extreme="a shape is asked for, and no derivative",
)


def _jacobian_x(A: Array, x: Array) -> Array:
    return jacobian(lambda x: A @ x, x, analytic=True)


def _jacobian_A(A: Array, x: Array) -> Array:
    return jacobian(lambda A: A @ x, A, analytic=True)


def _everywhere(A: Array, x: Array) -> Array:
    """Let every output depend on every row of A."""
    T = _jacobian_A(A, x)
    return np.broadcast_to(T.sum(axis=0), T.shape)


_TENSOR_CONFUSIONS = [
    Confusion(
        "entries",
        "Every output is said to depend on every row of A. "
        "Move one entry of A: which outputs move?",
        _everywhere,
    ),
    Confusion(
        "wrong-input",
        "The entries come from A. Move one entry of A: by how much does y move?",
        lambda A, x: _jacobian_A(A, A[0]),
    ),
    Confusion(
        "missing-local",
        "The right entries are not zero, but they do not depend on x. "
        "Move one entry of A: by how much does y move?",
        lambda A, x: _jacobian_A(A, np.ones(x.shape)),
    ),
]


def _far_apart(part: str, level: Level, rng: np.random.Generator) -> Case:
    """Let the first column of A and the first entry of x be large, what is beside them small."""
    e = first_big(3, level)
    return tuple(normal(rng, (4, 3), (3,))), (e, e), (e,)


def _wide_x(rng: np.random.Generator, size: int) -> Wide:
    (A, x), u = _matvec(rng, 2, size), rng.normal(size=2)
    return Wide((A.copy(), x.copy()), lambda x: A @ x, (x,), u, lambda J: (u @ J,))


def _wide_A(rng: np.random.Generator, size: int) -> Wide:
    (A, x), u = _matvec(rng, 2, size), rng.normal(size=2)
    weighted = partial(np.tensordot, u, axes=1)
    return Wide((A.copy(), x.copy()), lambda A: A @ x, (A,), u, lambda T: (weighted(T),))


declare(
    matvec_jacobian_x,
    reference=_jacobian_x,
    make_inputs=_matvec,
    result_name="J",
    extreme=_far_apart,
    wide=_wide_x,
)


declare(
    matvec_jacobian_A,
    reference=_jacobian_A,
    make_inputs=_matvec,
    confusions=_TENSOR_CONFUSIONS,
    result_name="J",
    extreme=_far_apart,
    wide=_wide_A,
)


def _gradients_as_columns(J: Array) -> Array:
    """Measure each output's gradient on its own and set them side by side."""
    origin = np.zeros(J.shape[1])
    gradients = [jacobian(partial(np.dot, row), origin) for row in J]
    return np.stack(gradients, axis=1)


declare(
    to_denominator_layout,
    reference=_gradients_as_columns,
    make_inputs=lambda rng, m=5, n=3: (rng.normal(size=(m, n)),),
    confusions=[
        Confusion(
            "wrong-local",
            "This is the pseudo-inverse of J. Another layout changes no number, only its place.",
            np.linalg.pinv,
        )
    ],
    result_name="J",
    no_extreme="the derivatives are given, and only change their places",
)


def _measured_flat(T: Array, order: str) -> Array:
    """Measure the matrix that takes the flattened A to y."""
    m, n = T.shape[1:]

    def from_flat(a: Any) -> Any:
        return np.tensordot(T, np.reshape(a, (m, n), order=order), axes=2)  # type: ignore[call-overload]

    return jacobian(from_flat, np.zeros(m * n))


def _examine_flat(order: str, other: str) -> Examiner:
    return compared(
        lambda T: _measured_flat(T, order),
        lambda rng, m=5, n=3: (rng.normal(size=(m, m, n)),),
        adapt=lambda candidate: Adapted(candidate, lambda T: (T, order)),
        confusions=[
            Confusion(
                "reshape",
                f"With order={order!r} you return the matrix that belongs to order={other!r}.",
                lambda T: _measured_flat(T, other),
            )
        ],
        result_name=f'flatten_jacobian(T, "{order}")',
    )


declare(
    flatten_jacobian,
    parts={"C": _examine_flat("C", "F"), "F": _examine_flat("F", "C")},
    stand_in=_measured_flat,
    no_extreme="the derivatives are given, and only change their places",
)


def contracted(grad_y: Array, T: Array) -> Array:
    """Measure the gradient of Σ grad_y ⊙ y for the linear map A ↦ y that T stands for."""
    rows = T.reshape(grad_y.size, -1)  # one for each entry of y

    def loss(A: Any) -> Any:
        return grad_y.ravel() @ (rows @ A.ravel())

    return jacobian(loss, np.zeros(T.shape[grad_y.ndim :]), analytic=True)


_CONTRACT_CONFUSIONS = [
    Confusion(
        "wrong-axis",
        "The sum runs over another index of the tensor than the one that counts the outputs.",
        lambda g, T: contracted(g, T.swapaxes(0, 1)),
    ),
    Confusion(
        "no-upstream",
        "grad_y does not take part: the outputs are added up as if all counted alike.",
        lambda g, T: contracted(np.ones(g.shape), T),
    ),
    Confusion(
        "upstream-misused",
        "Only the sum of grad_y is used; each of its entries belongs to one output.",
        lambda g, T: contracted(np.full(g.shape, g.sum()), T),
    ),
    Confusion(
        "upstream-misused",
        "The entries of grad_y are multiplied in along j, the row of A; each belongs to one "
        "output, which is what the sum runs over.",
        lambda g, T: contracted(np.ones(g.shape), T) * g[:, None],
    ),
    Confusion(
        "wrong-input",
        "One row of T is taken for all, as if T were the tensor of y = A x. Any entry of it may "
        "be anything.",
        lambda g, T: np.outer(g, T[0, 0]),
    ),
    Confusion(
        "missing-term",
        "Only the entries T[j, j, k] count. Here T is given as a whole, and any entry of it may "
        "be anything.",
        lambda g, T: g[:, None] * np.einsum("jjk->jk", T),
    ),
    Confusion(
        "missing-term",
        "Only the last output counts: is something overwritten that should be added up?",
        lambda g, T: contracted(g * (np.arange(g.size) == g.size - 1), T),
    ),
    Confusion(
        "missing-term",
        "Only the first output counts: does a loop end too early?",
        lambda g, T: contracted(g * (np.arange(g.size) == 0), T),
    ),
]


declare(
    contract,
    reference=contracted,
    make_inputs=lambda rng, m=5, n=3: (rng.normal(size=m), rng.normal(size=(m, m, n))),
    confusions=_CONTRACT_CONFUSIONS,
    result_name="grad_A",
    no_extreme="the derivatives are given, and only multiplied and added up",
)
