"""What catches the mistakes of notebook 03."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch03_one_sample.exercises import (
    Affine,
    AffineRow,
    SquaredError,
    SumSquaredError,
    predicted_change,
    sample_weight_gradient,
)
from course_utils.checks.declarations import declare
from course_utils.checks.extreme_inputs import Build, Case, Level, entries, normal, product
from course_utils.checks.plain_functions import Confusion
from course_utils.measure.numerical import jacobian

declare(SquaredError, extreme=entries)
declare(SumSquaredError, extreme=entries)
declare(Affine, extreme=product)
declare(AffineRow, extreme=product)


def _tiny(*more: tuple[int, ...]) -> Build:
    """The prediction and the target are tiny, and so is what goes back."""

    def case(part: str, level: Level, rng: np.random.Generator) -> Case:
        s = level.small
        inputs = tuple(normal(rng, (5,), (5,), (), (), *more))
        return inputs, (0, s, s, s, *(0 for _ in more)), (s,)

    return case


def _sample(rng: np.random.Generator, n: int = 5) -> tuple[Array, ...]:
    x, w = rng.normal(size=(2, n))
    return x, w, np.array(rng.normal()), np.array(rng.normal())


def _weight_gradient(x: Array, w: Array, b: Array, y: Array) -> Array:
    return jacobian(lambda w: (x @ w + b - y) ** 2, w)


declare(
    sample_weight_gradient,
    reference=_weight_gradient,
    make_inputs=_sample,
    confusions=[
        Confusion(
            "wrong-input",
            "This is the gradient by x. The weights are w.",
            lambda x, w, b, y: jacobian(lambda x: (x @ w + b - y) ** 2, x),
        ),
        Confusion(
            "no-upstream",
            "The linear function's step alone; what arrives from the squared error is missing.",
            lambda x, w, b, y: jacobian(lambda w: x @ w, w),
        ),
        Confusion(
            "wrong-point",
            "The squared error's step is not taken at this prediction: b is left out of it.",
            lambda x, w, b, y: _weight_gradient(x, w, np.zeros(()), y),
        ),
    ],
    result_name="gradient",
    extreme=_tiny(),
    builds_on=("SquaredError.backward", "Affine.backward"),
)


def _measured_change(x: Array, w: Array, b: Array, y: Array, step_w: Array, step_b: Array) -> Array:
    def cost(t: Any) -> Any:
        return (x @ (w + t * step_w) + b + t * step_b - y) ** 2

    return jacobian(cost, np.zeros(()))


def _sample_and_step(rng: np.random.Generator, n: int = 5) -> tuple[Array, ...]:
    return (*_sample(rng, n), rng.normal(size=n), np.array(rng.normal()))


declare(
    predicted_change,
    reference=_measured_change,
    make_inputs=_sample_and_step,
    confusions=[
        Confusion(
            "missing-term",
            "The change of b is not counted.",
            lambda x, w, b, y, step_w, step_b: _measured_change(x, w, b, y, step_w, np.zeros(())),
        ),
        Confusion(
            "missing-term",
            "The change of w is not counted.",
            lambda x, w, b, y, step_w, step_b: _measured_change(
                x, w, b, y, np.zeros_like(step_w), step_b
            ),
        ),
        Confusion(
            "wrong-local",
            "This is the change itself, with its bend. Asked is what the tangent says, "
            "which is proportional to the step.",
            lambda x, w, b, y, step_w, step_b: (
                (x @ (w + step_w) + b + step_b - y) ** 2 - (x @ w + b - y) ** 2
            ),
        ),
    ],
    result_name="change",
    extreme=_tiny((5,), ()),
)
