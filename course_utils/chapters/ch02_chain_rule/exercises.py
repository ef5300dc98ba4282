"""Notebook 02: the chain rule, with a Jacobian and without. Yours to write.

The answer key is the composed forward pass, differentiated numerically as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checks.plain_functions import Confusion, examine_named, parts_against
from course_utils.exercises.registry import exercise
from course_utils.measure.numerical import jacobian


def _composed_linear(grad_L: Array, J_h: Array) -> Array:
    """Measure the gradient of L∘h for the linear L and h that have these derivatives."""
    return jacobian(lambda x: np.sum(grad_L * (J_h @ x)), np.zeros(J_h.shape[1]))


@exercise(
    "02_chain_rule",
    "2.1",
    fallback=_composed_linear,
    parts=parts_against(
        _composed_linear,
        lambda rng, m=5, n=3: (rng.normal(size=m), rng.normal(size=(m, n))),
        confusions=[
            Confusion(
                "missing-term",
                "Only the last output is counted; x reaches the loss through the others as well.",
                lambda grad_L, J_h: _composed_linear(grad_L[-1:], J_h[-1:]),
            ),
            Confusion(
                "missing-term",
                "Only the first output is counted; x reaches the loss through the others as well.",
                lambda grad_L, J_h: _composed_linear(grad_L[:1], J_h[:1]),
            ),
        ],
        result_name="gradient",
    ),
)
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


def _sine_replaced(slopes_of_sine: Callable[[Array], Array]) -> Callable[..., Array]:
    """Measure the chain's gradient with other slopes in the place of the sine's."""

    def measured(A: Array, x: Array) -> Array:
        z = A @ x
        grad_u = jacobian(lambda u: np.sum(u**3) / 3, np.sin(z))
        return jacobian(lambda x: np.sum(grad_u * (slopes_of_sine(z) @ (A @ x))), x)

    return measured


@exercise(
    "02_chain_rule",
    "2.6",
    fallback=_gradient_of_chain,
    parts=parts_against(
        _gradient_of_chain,
        lambda rng, m=5, n=3: (rng.normal(size=(m, n)), rng.normal(size=n)),
        confusions=[
            Confusion(
                "missing-local",
                "The sine's step is left out on the way back.",
                _sine_replaced(lambda z: np.eye(z.size)),
            ),
            Confusion(
                "wrong-point",
                "The sine's step is taken back at its output, not at its input.",
                _sine_replaced(lambda z: jacobian(np.sin, np.sin(z))),
            ),
        ],
        result_name="gradient",
    ),
)
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


def _sine_left_out(x: Array) -> Array:
    """Measure both ways, the one through the sine only as far as the sine's output."""
    s = np.sin(x)
    straight: Array = _one_path(through_sine=False)(x)
    return straight + jacobian(lambda s: np.sum((x * s) ** 3) / 3, s)


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
    parts=parts_against(
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
            Confusion(
                "missing-local",
                "What arrives at the sine's output is added as it is; it has to go through the "
                "sine's step first.",
                _sine_left_out,
            ),
        ],
        result_name="gradient",
    ),
)
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
        lambda rng, m=5, n=3: (m, n),
        result_name="jacobian_bytes",
        seed=seed,
    )


@exercise(
    "02_chain_rule",
    "2.8",
    # A view of one number measures as the whole array does, without its memory.
    fallback=lambda m, n: np.broadcast_to(np.float64(0.0), (m, n)).nbytes,
    parts={"": _examine_bytes},
)
def jacobian_bytes(m: int, n: int) -> int:
    """Predict the memory, in bytes, of the float64 Jacobian of a function from R^n to R^m."""
    raise NotImplementedError
