"""What catches the mistakes of notebook 02.

The answer key is the composed forward pass, differentiated numerically as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch02_chain_rule.exercises import (
    MatVec,
    Multiply,
    Sine,
    SumOfCubes,
    chain_rule,
    gradient_of_chain,
    gradient_used_twice,
    jacobian_bytes,
)
from course_utils.checker.candidate import Adapted
from course_utils.checks.declarations import compared, declare
from course_utils.checks.extreme_inputs import (
    EVERYWHERE,
    Inputs,
    Level,
    Scaled,
    entries,
    ordinary,
    product,
)
from course_utils.checks.plain_functions import Confusion
from course_utils.measure.numerical import jacobian


def _composed_linear(grad_L: Array, J_h: Array) -> Array:
    """Measure the gradient of L∘h for the linear L and h that have these derivatives."""
    return jacobian(lambda x: np.sum(grad_L * (J_h @ x)), np.zeros(J_h.shape[1]))


declare(
    chain_rule,
    reference=_composed_linear,
    make_inputs=lambda rng, m=5, n=3: (rng.normal(size=m), rng.normal(size=(m, n))),
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
    no_extreme="the derivatives are given, and only multiplied and added up",
)


def _far_from_zero(inputs: Inputs, level: Level) -> Scaled:
    """Far from 0, where x + h is a rougher number."""
    return (300 * inputs[0],), (0,), (0,), EVERYWHERE


declare(Sine, extreme=_far_from_zero)


def _near_zero(inputs: Inputs, level: Level) -> Scaled:
    return inputs, (level.small // 2,), (2 * (level.small // 2),), EVERYWHERE


declare(SumOfCubes, extreme=_near_zero)


declare(MatVec, extreme=product)
declare(Multiply, extreme=entries)


def _gradient_of_chain(A: Array, x: Array) -> Array:
    return jacobian(lambda x: np.sum(np.sin(A @ x) ** 3) / 3, x)


def _sine_replaced(slopes_of_sine: Callable[[Array], Array]) -> Callable[..., Array]:
    """Measure the chain's gradient with other slopes in the place of the sine's."""

    def measured(A: Array, x: Array) -> Array:
        z = A @ x
        grad_u = jacobian(lambda u: np.sum(u**3) / 3, np.sin(z))
        return jacobian(lambda x: np.sum(grad_u * (slopes_of_sine(z) @ (A @ x))), x)

    return measured


declare(
    gradient_of_chain,
    reference=_gradient_of_chain,
    make_inputs=lambda rng, m=5, n=3: (rng.normal(size=(m, n)), rng.normal(size=n)),
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
    extreme=ordinary((5, 3), (3,)),
    builds_on=("MatVec.backward", "Sine.backward", "SumOfCubes.backward"),
)


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


declare(
    gradient_used_twice,
    reference=_gradient_used_twice,
    make_inputs=lambda rng, n=5: (rng.normal(size=n),),
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
    extreme=ordinary((5,)),
    builds_on=("Multiply.backward", "Sine.backward", "SumOfCubes.backward"),
)


def _measured_bytes(m: int, n: int) -> Array:
    weights = np.ones((m, n))
    return np.array(float(jacobian(lambda x: weights @ x, np.ones(n)).nbytes))


declare(
    jacobian_bytes,
    parts={
        "": compared(
            _measured_bytes,
            lambda rng, m=5, n=3: (m, n),
            adapt=lambda candidate: Adapted(candidate, result=float),
            result_name="jacobian_bytes",
        )
    },
    # A view of one number measures as the whole array does, without its memory.
    stand_in=lambda m, n: np.broadcast_to(np.float64(0.0), (m, n)).nbytes,
    no_extreme="a number of bytes is asked for, and no derivative",
)
