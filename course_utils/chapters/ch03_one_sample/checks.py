"""What catches the mistakes of notebook 03."""

from __future__ import annotations

from collections.abc import Callable
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


def _with_error_step(step: Callable[[Array], Array]) -> Callable[..., Array]:
    """Measure what comes of another step for the squared error, given its error."""

    def measured(x: Array, w: Array, b: Array, y: Array) -> Array:
        return step(x @ w + b - y) * jacobian(lambda w: x @ w, w)

    return measured


declare(
    sample_weight_gradient,
    reference=_weight_gradient,
    make_inputs=_sample,
    confusions=[
        Confusion(
            "wrong-input",
            "This is the gradient with respect to x. The weights are w.",
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
        Confusion(
            "missing-local",
            "The squared error is not differentiated: the cost stands where its slope belongs.",
            _with_error_step(lambda e: e**2),
        ),
        Confusion(
            "missing-local",
            "In the slope of the squared error the cost stands where the error belongs.",
            _with_error_step(lambda e: 2 * e**2),
        ),
        Confusion(
            "wrong-start",
            "The way back starts with the cost, and not with 1, its derivative with respect to "
            "itself.",
            lambda x, w, b, y: _weight_gradient(x, w, b, y) * (x @ w + b - y) ** 2,
        ),
        Confusion(
            "sign",
            "The size of the error is used, without its sign.",
            _with_error_step(lambda e: 2 * np.abs(e)),
        ),
        Confusion(
            "missing-term",
            "x · w is a sum: here each entry has an error of its own, made of one product.",
            lambda x, w, b, y: jacobian(lambda w: np.sum((x * w + b - y) ** 2), w),
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


Change = Callable[[Array, Array, Array, Array, Array], Any]
"""``change(of_w, of_b, along_w, step_b, cost)``: both parts, both without the error's slope."""


def _of_parts(change: Change) -> Callable[..., Any]:
    def measured(x: Array, w: Array, b: Array, y: Array, step_w: Array, step_b: Array) -> Any:
        of_w = _measured_change(x, w, b, y, step_w, np.zeros(()))
        of_b = _measured_change(x, w, b, y, np.zeros_like(step_w), step_b)
        return change(of_w, of_b, x @ step_w, step_b, (x @ w + b - y) ** 2)

    return measured


_OF_THE_PARTS = [
    Confusion(code, text, _of_parts(change))
    for code, text, change in (
        (
            "missing-local",
            "The part of b lacks the slope of the squared error: step_b is added as it is.",
            lambda of_w, of_b, along_w, step_b, cost: of_w + step_b,
        ),
        (
            "missing-local",
            "The part of w lacks the slope of the squared error.",
            lambda of_w, of_b, along_w, step_b, cost: along_w + of_b,
        ),
        (
            "no-upstream",
            "This is the change of the prediction. The slope of the squared error is missing.",
            lambda of_w, of_b, along_w, step_b, cost: along_w + step_b,
        ),
        (
            "sign",
            "The part of b has the wrong sign.",
            lambda of_w, of_b, along_w, step_b, cost: of_w - of_b,
        ),
        (
            "sign",
            "The part of w has the wrong sign.",
            lambda of_w, of_b, along_w, step_b, cost: of_b - of_w,
        ),
        (
            "wrong-local",
            "The parts of w and of b are multiplied; the cost moves by both, one after the other.",
            lambda of_w, of_b, along_w, step_b, cost: of_w * of_b,
        ),
        (
            "added",
            "This is the cost after the step. Return by how much it changes.",
            lambda of_w, of_b, along_w, step_b, cost: cost + of_w + of_b,
        ),
        (
            "missing-local",
            "The squared error is not differentiated: the cost stands where its slope belongs.",
            lambda of_w, of_b, along_w, step_b, cost: cost * (along_w + step_b),
        ),
    )
]


declare(
    predicted_change,
    builds_on=("sample_weight_gradient",),
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
        *_OF_THE_PARTS,
        Confusion(
            "wrong-local",
            "This is the change itself, with its bend. Return what the tangent says, "
            "which is proportional to the step.",
            lambda x, w, b, y, step_w, step_b: (
                (x @ (w + step_w) + b + step_b - y) ** 2 - (x @ w + b - y) ** 2
            ),
        ),
    ],
    result_name="change",
    extreme=_tiny((5,), ()),
)
