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
from course_utils.checks.methods import number
from course_utils.checks.plain_functions import Confusion
from course_utils.checks.wide_inputs import Wide
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


def _wide_chain(rng: np.random.Generator, size: int) -> Wide:
    A, x = rng.normal(size=(2, size)) / np.sqrt(size), rng.normal(size=size)
    return Wide((A.copy(), x.copy()), lambda x: np.sum(np.sin(A @ x) ** 3) / 3, (x,))


Step = Callable[[Array, Array, Array], Any]
"""``step(x, z, u)``: what one step's slopes are taken for, of the chain's values on the way."""


def _replaced(
    outer: Step | None = None, sine: Step | None = None, *, turned: bool = False
) -> Callable[..., Array]:
    """Measure the chain's gradient with other slopes of the loss, of the sine, or of A."""

    def measured(A: Array, x: Array) -> Array:
        z = A @ x
        u = np.sin(z)
        of_loss = jacobian(_loss, u) if outer is None else outer(x, z, u)
        of_sine = jacobian(np.sin, z).diagonal() if sine is None else sine(x, z, u)
        back = A.T if turned else A
        return jacobian(lambda x: np.sum(of_loss * of_sine * (back @ x)), x)

    return measured


def _loss(u: Any) -> Any:
    return np.sum(u**3) / 3


def _slope_of_sine(angle: Array) -> Array:
    return jacobian(np.sin, angle).diagonal()


_CHAIN_CONFUSIONS = [
    Confusion(code, text, _replaced(**steps))
    for code, text, steps in (
        (
            "missing-local",
            "The sine's step is left out on the way back.",
            {"sine": lambda x, z, u: np.ones_like(z)},
        ),
        (
            "wrong-point",
            "The sine's step is taken back at its output, not at its input.",
            {"sine": lambda x, z, u: _slope_of_sine(u)},
        ),
        (
            "wrong-point",
            "The sine's step is taken back at x, not at A x.",
            {"sine": lambda x, z, u: _slope_of_sine(x)},
        ),
        (
            "missing-local",
            "The sine is not differentiated: its value stands where its slope belongs.",
            {"sine": lambda x, z, u: u},
        ),
        (
            "missing-local",
            "The loss's step is left out: the way back starts at u, with ones.",
            {"outer": lambda x, z, u: np.ones_like(u)},
        ),
        (
            "missing-local",
            "The steps of the loss and of the sine are left out: A's is the only one.",
            {"outer": lambda x, z, u: np.ones_like(u), "sine": lambda x, z, u: np.ones_like(z)},
        ),
        (
            "missing-local",
            "The loss is not differentiated: its terms stand where their slopes belong.",
            {"outer": lambda x, z, u: u**3 / 3},
        ),
        (
            "not-squared",
            "In the slope of the loss u stands where its square belongs.",
            {"outer": lambda x, z, u: u},
        ),
        (
            "wrong-point",
            "The loss's step is taken back at A x, not at the sine of it.",
            {"outer": lambda x, z, u: jacobian(_loss, z)},
        ),
        (
            "wrong-start",
            "The way back starts with C, and not with 1, the derivative of C with respect to "
            "itself.",
            {"outer": lambda x, z, u: jacobian(_loss, u) * _loss(u)},
        ),
        ("transpose", "A is used the wrong way round on the way back.", {"turned": True}),
    )
]


declare(
    gradient_of_chain,
    reference=_gradient_of_chain,
    make_inputs=lambda rng, m=5, n=3: (rng.normal(size=(m, n)), rng.normal(size=n)),
    confusions=_CHAIN_CONFUSIONS,
    result_name="gradient",
    extreme=ordinary((5, 3), (3,)),
    wide=_wide_chain,
    builds_on=("MatVec.backward", "Sine.backward", "SumOfCubes.backward"),
)


def _gradient_used_twice(x: Array) -> Array:
    return jacobian(lambda x: np.sum((x * np.sin(x)) ** 3) / 3, x)


def _one_path(through_sine: bool) -> Any:
    def measured(x: Array) -> Array:
        def loss(moving: Any) -> Any:
            factor, angle = (x, moving) if through_sine else (moving, x)
            return np.sum((factor * np.sin(angle)) ** 3) / 3

        return jacobian(loss, x)

    return measured


_straight, _through = _one_path(through_sine=False), _one_path(through_sine=True)


def _of_loss(x: Array) -> Array:
    """Measure what arrives at the product."""
    return jacobian(_loss, x * np.sin(x))


_TWICE_CONFUSIONS = [
    Confusion(
        "missing-term",
        "Only the path through the sine is counted; x reaches the loss in another way too.",
        _through,
    ),
    Confusion(
        "missing-term",
        "The path through the sine is not counted; x reaches the loss that way too.",
        _straight,
    ),
    Confusion(
        "missing-local",
        "What arrives at the sine's output is added as it is; it has to go through the "
        "sine's step first.",
        lambda x: _straight(x) + _of_loss(x) * x,
    ),
    Confusion(
        "wrong-local",
        "One way is subtracted from the other. Moving x moves the loss in both at once.",
        lambda x: _straight(x) - _through(x),
    ),
    Confusion(
        "wrong-local",
        "One way is subtracted from the other. Moving x moves the loss in both at once.",
        lambda x: _through(x) - _straight(x),
    ),
    Confusion(
        "wrong-local",
        "The two ways are multiplied. Moving x moves the loss in both at once.",
        lambda x: _straight(x) * _through(x),
    ),
    Confusion(
        "wrong-input",
        "What arrives at the straight factor goes back through the sine; what arrives at the "
        "sine's output belongs there.",
        lambda x: _straight(x) * (1 + _slope_of_sine(x)),
    ),
    Confusion(
        "wrong-input",
        "The gradients of the two factors have changed places.",
        lambda x: _of_loss(x) * (x + np.sin(x) * _slope_of_sine(x)),
    ),
    Confusion(
        "missing-local",
        "What arrives from the loss is returned as it is: the product's step is left out.",
        _of_loss,
    ),
    Confusion(
        "missing-local",
        "The slopes of the loss and of the sine are multiplied; the product's step, with its two "
        "ways, is left out.",
        lambda x: _of_loss(x) * _slope_of_sine(x),
    ),
    Confusion(
        "missing-local",
        "What arrives from the loss is missing: this is the slope of x ⊙ sin(x) alone.",
        lambda x: jacobian(lambda x: np.sum(x * np.sin(x)), x),
    ),
    Confusion(
        "not-squared",
        "In the slope of the loss its input stands where the square of it belongs.",
        lambda x: x * np.sin(x) * jacobian(lambda x: np.sum(x * np.sin(x)), x),
    ),
    Confusion(
        "wrong-start",
        "The way back starts with C, and not with 1, the derivative of C with respect to itself.",
        lambda x: _gradient_used_twice(x) * _loss(x * np.sin(x)),
    ),
]


declare(
    gradient_used_twice,
    reference=_gradient_used_twice,
    make_inputs=lambda rng, n=5: (rng.normal(size=n),),
    confusions=_TWICE_CONFUSIONS,
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
            adapt=lambda candidate: Adapted(candidate, result=number),
            confusions=[
                *(
                    Confusion(
                        "wrong-input",
                        f"{one} stands in the place of {other}: both sizes count.",
                        lambda m, n, one=one: _measured_bytes(*[{"m": m, "n": n}[one]] * 2),
                    )
                    for one, other in ("mn", "nm")
                ),
                Confusion(
                    "added",
                    "The sizes are added: an entry stands for each pair of an output and an input.",
                    lambda m, n: _measured_bytes(m, 1) + _measured_bytes(n, 1),
                ),
            ],
            result_name="jacobian_bytes",
        )
    },
    # A view of one number measures as the whole array does, without its memory.
    stand_in=lambda m, n: np.broadcast_to(np.float64(0.0), (m, n)).nbytes,
    no_extreme="a number of bytes is asked for, and no derivative",
)
