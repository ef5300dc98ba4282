"""The numerical stand-in of every `Function`: its own forward, differentiated."""

from __future__ import annotations

from typing import Any

from course_utils.autodiff.function import Context, Function
from course_utils.exercises.registry import Implementation, plain_forward
from course_utils.measure.fast_vjp import fast_vjp


def measured_backward(cls: type[Function]) -> Implementation:
    """Return a backward that measures the gradients on the forward."""
    forward = plain_forward(cls)

    def backward(ctx: Context, grad_output: Any) -> Any:
        grads = fast_vjp(lambda *xs: forward(Context(), *xs), ctx._inputs, grad_output)
        return tuple(grads) if len(grads) > 1 else grads[0]

    return backward
