"""An array of the wrong shape: what happened to it, told by a few evaluations of the forward.

That an array holds the right numbers in another shape is a claim on one direction: nothing is
measured entry by entry.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.backward_call import Subject
from course_utils.checker.evidence import same
from course_utils.checker.report import Finding
from course_utils.checker.tolerance import Yardstick
from course_utils.checker.trials import Trial
from course_utils.measure import numerical

LOOKED_AT = 3
"""Trials of one gradient that are looked at; more are not kept, for they may be large."""

CLOSE = 3e-6  # of the size of what is compared along a direction
MOST_AXES = 6  # of an array whose axes are moved and added up in every way


class Misshapen:
    """A gradient of the wrong shape in one trial, and what is right along a direction there."""

    def __init__(self, yardstick: Yardstick, trial: Trial, k: int, grad: Array) -> None:
        self.yardstick, self.trial, self.k, self.grad = yardstick, trial, k, grad
        self.wanted = trial.inputs[k].shape
        self._known: dict[int, tuple[Array, float]] = {}

    def is_right(self, array: Array, k: int | None = None) -> bool:
        """Tell whether an array is the right gradient with respect to input `k`, its own if None.

        A random direction tells it; numbers agree along it by chance only.
        """
        k = self.k if k is None else k
        if array.shape != self.trial.inputs[k].shape:
            return False
        direction, right = self._along(k)
        size = float(np.linalg.norm(array)) * float(np.linalg.norm(direction))
        room = CLOSE * max(size / max(array.size, 1) ** 0.5, abs(right))
        # What is not a number is not close to anything; nor is anything close to infinity.
        return bool(abs(float(np.vdot(array, direction)) - right) <= room < np.inf)

    def is_total(self) -> bool:
        """Tell whether its sum is that of the right gradient."""
        return same(np.sum(self.grad), self._right(self.k, np.ones(self.wanted)), 1e-6)

    def _along(self, k: int) -> tuple[Array, float]:
        """Return a direction of input `k`, and the right slope along it: measured once."""
        if k not in self._known:
            direction = np.asarray(self.yardstick.draw(self.trial.inputs[k].shape))
            self._known[k] = direction, self._right(k, direction)
        return self._known[k]

    def _right(self, k: int, direction: Array) -> float:
        directions: list[Any] = [None] * len(self.trial.inputs)
        directions[k] = direction
        forward, analytic = self.yardstick.forward, self.yardstick.analytic
        try:
            slope = numerical.derivative(forward, self.trial.inputs, directions, analytic)
        except Exception:  # the forward cannot be followed there; then nothing is claimed
            return float("nan")
        return float(np.vdot(self.trial.upstream, slope))


def of_gradients(
    misshapen: list[tuple[Trial, int, Array]], yardstick: Yardstick, subject: Subject
) -> list[Finding]:
    """Return one finding for each gradient that has the wrong shape."""
    found = []
    for k in dict.fromkeys(k for _, k, _ in misshapen):
        cases = [Misshapen(yardstick, t, j, grad) for t, j, grad in misshapen if j == k]
        also = {j for _, j, _ in misshapen} - {k}
        finding = _explain(cases[:LOOKED_AT], also, subject)
        trial, grad = cases[0].trial, cases[0].grad
        name = subject.names[k]
        details = {
            "trial": trial.label,
            "sizes": trial.sizes,
            "shapes": [
                (f"grad_{name}", str(trial.inputs[k].shape), str(grad.shape), "wrong shape")
            ],
        }
        found.append(replace(finding, input=name, details=details))
    # Gradients in the wrong order come in pairs; one finding says it all.
    orders = [finding for finding in found if finding.code == "order"]
    return orders[:1] + [f for f in found if f.code != "order"]


def _explain(cases: list[Misshapen], also: set[int], subject: Subject) -> Finding:
    first = cases[0]
    name = f"grad_{subject.names[first.k]}"
    shapes = f"{first.grad.shape}, and the input has shape {first.wanted}"

    # Two gradients changed places, so the other one must be misshapen as well.
    for other in sorted(also):
        if all(case.is_right(case.grad, other) for case in cases):
            order = ", ".join(f"grad_{subject.names[j]}" for j in subject.wrt)
            return Finding(
                "order",
                f"{name} holds the gradient with respect to {subject.names[other]}: return the "
                f"gradients in the order of the inputs, {order}.",
            )
    return (
        _moved(cases, name, shapes)
        or _on_a_diagonal(cases, name, shapes)
        or _summed(cases, name, shapes)
        or _unlike(cases, name)
    )


def _moved(cases: list[Misshapen], name: str, shapes: str) -> Finding | None:
    """Recognise the right numbers in another shape."""
    trial = cases[0].trial
    if all(case.is_right(case.grad.T) for case in cases):
        return Finding("transpose", f"{name} is transposed: its shape is {shapes}.")
    if all(
        case.grad.size == np.prod(case.wanted) and case.is_right(case.grad.reshape(case.wanted))
        for case in cases
    ):
        one = trial.kind == "batch of 1" or 1 in trial.sizes.values()
        hint = " An axis of length 1 was lost or added." if one else ""
        return Finding("shape", f"The numbers are right, but {name} has shape {shapes}.{hint}")
    if all(any(map(case.is_right, _turned(case.grad, case.wanted))) for case in cases):
        return Finding(
            "transpose", f"{name} has its axes in the wrong order: its shape is {shapes}."
        )
    if all(case.is_right(_without_border(case.grad, case.wanted)) for case in cases):
        return Finding(
            "shape",
            f"The numbers in the middle of {name} are right, but it has shape {shapes}: cut off "
            "the border, as what was padded is not part of the input.",
        )
    return None


def _on_a_diagonal(cases: list[Misshapen], name: str, shapes: str) -> Finding | None:
    """Recognise the right numbers on the diagonal of a matrix, as in a Jacobian."""

    def is_diagonal(case: Misshapen) -> bool:
        size = int(np.prod(case.wanted))
        if case.grad.size != size * size:
            return False
        matrix = case.grad.reshape(size, size)
        diagonal = np.diag(matrix)
        alone = np.array_equal(matrix, np.diag(diagonal))
        return alone and case.is_right(diagonal.reshape(case.wanted))

    # Of one entry there is nothing beside the diagonal.
    if not any(case.grad.size > 1 for case in cases) or not all(map(is_diagonal, cases)):
        return None
    return Finding(
        "shape",
        f"{name} has shape {shapes}: the numbers are right, but they stand on the diagonal of a "
        "matrix that is zero elsewhere. A gradient has one entry for each entry of its input.",
    )


def _summed(cases: list[Misshapen], name: str, shapes: str) -> Finding | None:
    """Recognise a gradient that was summed up too much, or not enough."""
    if all(case.grad.ndim == 0 and case.is_total() for case in cases):
        wanted = cases[0].wanted
        return Finding(
            "shape", f"{name} was summed up to one number; the input has shape {wanted}."
        )
    axes = _summed_axes(cases)
    if axes is not None:
        return Finding(
            "no-batch-sum",
            f"{name} has shape {shapes}. It lacks a sum: its numbers are right once they are added "
            f"up over axis {', '.join(map(str, axes))}.",
        )
    if all(
        _is_reduction(case.grad.shape, case.trial.upstream.shape) and case.is_total()
        for case in cases
    ):
        return Finding(
            "wrong-axis", f"{name} has shape {shapes}: it was summed over the wrong axis."
        )
    return None


def _unlike(cases: list[Misshapen], name: str) -> Finding:
    """Say what the shapes alone tell."""
    shapes = f"{cases[0].grad.shape}, and the input has shape {cases[0].wanted}"
    if all(case.grad.shape == case.wanted[::-1] and case.grad.ndim == 2 for case in cases):
        return Finding("transpose", f"{name} has the shape of a transposed gradient, {shapes}.")
    return Finding(
        "shape", f"{name} has shape {shapes}: a gradient has one entry for each entry of its input."
    )


def _summed_axes(cases: list[Misshapen]) -> tuple[int, ...] | None:
    """Find axes over which the received gradient only has to be summed."""
    ndim = cases[0].grad.ndim
    if ndim > len(cases[0].wanted) + 3:  # there are 2**ndim choices of axes
        return None

    def fits(case: Misshapen, axes: tuple[int, ...]) -> bool:
        size = int(np.prod(case.wanted))
        if case.grad.ndim != ndim or case.grad.size <= size:
            return False
        total = np.sum(case.grad, axis=axes)
        return total.size == size and case.is_right(total.reshape(case.wanted))

    for count in range(1, ndim + 1):
        for axes in itertools.combinations(range(ndim), count):
            if all(fits(case, axes) for case in cases):
                return axes
    return None


def _is_reduction(shape: tuple[int, ...], of: tuple[int, ...]) -> bool:
    """Tell whether `shape` is what a sum over some axes leaves of the shape `of`."""
    if len(of) > MOST_AXES:
        return False
    for count in range(1, len(of) + 1):
        for axes in itertools.combinations(range(len(of)), count):
            dropped = tuple(n for a, n in enumerate(of) if a not in axes)
            kept = tuple(1 if a in axes else n for a, n in enumerate(of))
            if shape in (dropped, kept):
                return True
    return False


def _turned(array: Array, wanted: tuple[int, ...]) -> list[Array]:
    """Return an array with its axes in each order that gives it the wanted shape."""
    if sorted(array.shape) != sorted(wanted) or array.ndim > MOST_AXES:
        return []
    orders = itertools.permutations(range(array.ndim))
    moved = (np.transpose(array, axes) for axes in orders)
    return [turned for turned in moved if turned.shape == wanted]


def _without_border(array: Array, wanted: tuple[int, ...]) -> Array:
    """Cut off as much on each side as makes the wanted shape, if anything does."""
    if array.ndim != len(wanted):
        return array
    over = [had - n for had, n in zip(array.shape, wanted, strict=True)]
    if any(each < 0 or each % 2 for each in over):
        return array
    middle = (slice(each // 2, each // 2 + n) for each, n in zip(over, wanted, strict=True))
    return array[tuple(middle)]


def of_result(received: Array, expected: Array, name: str, trial: Trial) -> Finding:
    """Return the finding on what a plain function returned."""
    code, what = "shape", f"{name} has"
    if received.size == expected.size and same(received.ravel(), expected.ravel()):
        what = f"The numbers are right, but {name} has"
    elif received.ndim == expected.ndim >= 2 and any(
        same(turned, expected) for turned in _turned(received, expected.shape)
    ):
        how = "is transposed" if expected.ndim == 2 else "has its axes in another order"
        code, what = "transpose", f"{name} {how}: it has"
    elif received.ndim == 2 and received.shape == expected.shape[::-1]:
        code, what = "transpose", f"{name} has the shape of the transpose: it has"
    message = f"{what} shape {received.shape}; it must have shape {expected.shape}."
    shapes = [(name, str(expected.shape), str(received.shape), "wrong shape")]
    return Finding(code, message, name, {"trial": trial.label, "shapes": shapes})
