"""Notebook 02: the chain rule, with a Jacobian and without. Yours to write.

The answer key is the composed forward pass, differentiated numerically as a whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.exercise import exercise
from course_utils.exercise_checks import Confusion, examine_named
from course_utils.function import Array
from course_utils.numerical import jacobian


def _composed_linear(grad_L: Array, J_h: Array) -> Array:
    """Measure the gradient of L∘h for the linear L and h that have these derivatives."""
    return jacobian(lambda x: np.sum(grad_L * (J_h @ x)), np.zeros(J_h.shape[1]))


@exercise(
    "02_chain_rule",
    "2.1",
    fallback=_composed_linear,
    parts={"": lambda candidate, seed=None: examine_named(
        candidate,
        _composed_linear,
        lambda rng, m=5, n=3: (rng.normal(size=m), rng.normal(size=(m, n))),
        result_name="gradient",
        seed=seed,
    )},
)  # fmt: skip
def chain_rule(grad_L: Array, J_h: Array) -> Array:
    """Return the gradient of L∘h at x.

    Parameters
    ----------
    grad_L : ndarray, shape (m,)
        The gradient of L at h(x).
    J_h : ndarray, shape (m, n)
        The Jacobian of h at x, numerator layout.

    Returns
    -------
    ndarray, shape (n,)
    """
    raise NotImplementedError


def _gradient_of_chain(A: Array, x: Array) -> Array:
    return jacobian(lambda x: np.sum(np.sin(A @ x) ** 3) / 3, x)


@exercise(
    "02_chain_rule",
    "2.6",
    fallback=_gradient_of_chain,
    parts={"": lambda candidate, seed=None: examine_named(
        candidate,
        _gradient_of_chain,
        lambda rng, m=5, n=3: (rng.normal(size=(m, n)), rng.normal(size=n)),
        result_name="gradient",
        seed=seed,
    )},
)  # fmt: skip
def gradient_of_chain(A: Array, x: Array) -> Array:
    """Return the gradient by x of C(x) = L(sin(A x)), L(u) = Σ u_i³ / 3.

    Parameters
    ----------
    A : ndarray, shape (m, n)
    x : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
    """
    raise NotImplementedError


def _gradient_used_twice(x: Array) -> Array:
    return jacobian(lambda x: np.sum((x * np.sin(x)) ** 3) / 3, x)


def _one_path(through_sine: bool) -> Any:
    def measured(x: Array) -> Array:
        def loss(moving: Any) -> Any:
            factor, angle = (x, moving) if through_sine else (moving, x)
            return np.sum((factor * np.sin(angle)) ** 3) / 3

        return jacobian(loss, x)

    return measured


@exercise(
    "02_chain_rule",
    "2.7",
    fallback=_gradient_used_twice,
    parts={"": lambda candidate, seed=None: examine_named(
        candidate,
        _gradient_used_twice,
        lambda rng, n=5: (rng.normal(size=n),),
        confusions=[
            Confusion(
                "missing-term",
                "Only the path through the sine is counted; x reaches the loss in another way too.",
                _one_path(through_sine=True),
            ),
            Confusion(
                "missing-term",
                "The path through the sine is not counted; x reaches the loss that way too.",
                _one_path(through_sine=False),
            ),
        ],
        result_name="gradient",
        seed=seed,
    )},
)  # fmt: skip
def gradient_used_twice(x: Array) -> Array:
    """Return the gradient of C(x) = L(x ⊙ sin(x)), L(u) = Σ u_i³ / 3.

    Parameters
    ----------
    x : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
    """
    raise NotImplementedError


def _measured_bytes(m: int, n: int) -> Array:
    weights = np.ones((m, n))
    return np.array(float(jacobian(lambda x: weights @ x, np.ones(n)).nbytes))


def _examine_bytes(candidate: Any, seed: int | None = None) -> Any:
    return examine_named(
        lambda m, n: float(candidate(m, n)),
        _measured_bytes,
        lambda rng: tuple(int(k) for k in rng.choice([3, 5, 7, 11], size=2, replace=False)),
        result_name="bytes",
        seed=seed,
    )


@exercise(
    "02_chain_rule",
    "2.8",
    fallback=lambda m, n: int(_measured_bytes(m, n)),
    parts={"": _examine_bytes},
)
def jacobian_bytes(m: int, n: int) -> int:
    """Predict the memory, in bytes, of the float64 Jacobian of a function from R^n to R^m."""
    raise NotImplementedError
