"""An array of the wrong shape: what happened to it, read off its numbers."""

from __future__ import annotations

import itertools

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.backward_call import Subject
from course_utils.checker.evidence import same
from course_utils.checker.report import Finding
from course_utils.checker.tolerance import Yardstick
from course_utils.checker.trials import Trial

LOOKED_AT = 3
"""Trials of one gradient that are looked at; more are not kept, for they may be large."""


def of_gradients(
    misshapen: list[tuple[Trial, int, Array]], yardstick: Yardstick, subject: Subject
) -> list[Finding]:
    """Return one finding for each gradient that has the wrong shape."""
    found = []
    for k in dict.fromkeys(k for _, k, _ in misshapen):
        cases = [(t, grad) for t, j, grad in misshapen if j == k][:LOOKED_AT]
        code, message = _explain(k, cases, misshapen, yardstick, subject)
        trial, grad = cases[0]
        name = subject.names[k]
        details = {
            "trial": trial.label,
            "sizes": trial.sizes,
            "shapes": [
                (f"grad_{name}", str(trial.inputs[k].shape), str(grad.shape), "wrong shape")
            ],
        }
        found.append(Finding(code, message, name, details))
    # Gradients in the wrong order come in pairs; one finding says it all.
    orders = [finding for finding in found if finding.code == "order"]
    return orders[:1] + [f for f in found if f.code != "order"]


def _explain(
    k: int,
    cases: list[tuple[Trial, Array]],
    misshapen: list[tuple[Trial, int, Array]],
    yardstick: Yardstick,
    subject: Subject,
) -> tuple[str, str]:
    name = f"grad_{subject.names[k]}"
    trial = cases[0][0]
    measured = [yardstick.measure(t, k)[0] for t, _ in cases]
    pairs = [(grad, right) for (_, grad), right in zip(cases, measured, strict=True)]
    shapes = f"{cases[0][1].shape}, and the input has shape {trial.inputs[k].shape}"

    also = {j for _, j, _ in misshapen} - {k}
    other = _swapped_with(k, also, cases, yardstick)
    if other is not None:
        order = ", ".join(f"grad_{subject.names[j]}" for j in subject.wrt)
        return "order", (
            f"{name} holds the gradient by {subject.names[other]}: return the gradients in the "
            f"order of the inputs, {order}."
        )
    if all(same(grad, right.T) for grad, right in pairs):
        return "transpose", f"{name} is transposed: its shape is {shapes}."
    if all(grad.size == right.size and same(grad.ravel(), right.ravel()) for grad, right in pairs):
        one = trial.kind == "batch of 1" or 1 in trial.sizes.values()
        hint = " An axis of length 1 was lost or added." if one else ""
        return "shape", f"The numbers are right, but {name} has shape {shapes}.{hint}"
    if all(grad.ndim == 0 and same(grad, np.sum(right)) for grad, right in pairs):
        return (
            "shape",
            f"{name} was summed up to one number; the input has shape {shapes.split('shape ')[1]}.",
        )
    axes = _summed_axes(pairs)
    if axes is not None:
        return "no-batch-sum", (
            f"{name} has shape {shapes}. It lacks a sum: several outputs depend on the same entry, "
            f"so add up over axis {', '.join(map(str, axes))}."
        )
    if all(
        _is_reduction(grad.shape, t.upstream.shape) and same(np.sum(grad), np.sum(right), 1e-6)
        for (grad, right), (t, _) in zip(pairs, cases, strict=True)
    ):
        return "wrong-axis", f"{name} has shape {shapes}: it was summed over the wrong axis."
    if all(same(grad, _permuted(right, grad)) for grad, right in pairs):
        return "transpose", f"{name} has its axes in the wrong order: its shape is {shapes}."
    if all(grad.shape == right.T.shape and grad.ndim == 2 for grad, right in pairs):
        return "transpose", f"{name} has the shape of a transposed gradient, {shapes}."
    return "shape", (
        f"{name} has shape {shapes}: a gradient has one entry for each entry of its input."
    )


def _swapped_with(
    k: int, also: set[int], cases: list[tuple[Trial, Array]], yardstick: Yardstick
) -> int | None:
    # Two gradients changed places, so the other one must be misshapen as well.
    for j in sorted(also):
        if all(
            grad.shape == t.inputs[j].shape and same(grad, yardstick.measure(t, j)[0])
            for t, grad in cases
        ):
            return j
    return None


def _summed_axes(pairs: list[tuple[Array, Array]]) -> tuple[int, ...] | None:
    """Find axes over which the received gradient only has to be summed."""
    ndim = pairs[0][0].ndim
    if ndim > pairs[0][1].ndim + 3:  # there are 2**ndim choices of axes
        return None
    for count in range(1, ndim + 1):
        for axes in itertools.combinations(range(ndim), count):
            if all(
                grad.ndim == ndim
                and grad.size > right.size
                and same(np.sum(grad, axis=axes).reshape(-1), right.reshape(-1))
                for grad, right in pairs
            ):
                return axes
    return None


def _is_reduction(shape: tuple[int, ...], of: tuple[int, ...]) -> bool:
    """Tell whether `shape` is what a sum over some axes leaves of the shape `of`."""
    for count in range(1, len(of) + 1):
        for axes in itertools.combinations(range(len(of)), count):
            dropped = tuple(n for a, n in enumerate(of) if a not in axes)
            kept = tuple(1 if a in axes else n for a, n in enumerate(of))
            if shape in (dropped, kept):
                return True
    return False


def _permuted(right: Array, grad: Array) -> Array:
    for axes in itertools.permutations(range(right.ndim)):
        moved = np.transpose(right, axes)
        if same(moved, grad):
            return moved
    return right


def of_result(received: Array, expected: Array, name: str, trial: Trial) -> Finding:
    """Return the finding on what a plain function returned."""
    code, what = "shape", f"{name} has"
    if received.size == expected.size and same(received.ravel(), expected.ravel()):
        what = f"The numbers are right, but {name} has"
    elif received.ndim == expected.ndim >= 2 and same(received, _permuted(expected, received)):
        how = "is transposed" if expected.ndim == 2 else "has its axes in another order"
        code, what = "transpose", f"{name} {how}: it has"
    elif received.ndim == 2 and received.shape == expected.shape[::-1]:
        code, what = "transpose", f"{name} has the shape of the transpose: it has"
    message = f"{what} shape {received.shape}; it must have shape {expected.shape}."
    shapes = [(name, str(expected.shape), str(received.shape), "wrong shape")]
    return Finding(code, message, name, {"trial": trial.label, "shapes": shapes})
