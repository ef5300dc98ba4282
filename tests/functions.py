"""A `Function` of two plain functions, as the tables of the tests hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_utils.autodiff.function import Function


def function_of(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    make_inputs: Callable[..., tuple[Any, ...]] | None = None,
) -> type[Function]:
    """Return it: ``forward(*inputs)``, and ``backward(grad_output, *inputs)``."""

    class Made(Function):
        @staticmethod
        def forward(ctx, *inputs):
            ctx.save_for_backward(*inputs)
            return forward(*inputs)

        @staticmethod
        def backward(ctx, grad_output):
            return backward(grad_output, *ctx.saved_tensors)

    if make_inputs is not None:
        Made.make_inputs = staticmethod(make_inputs)
    return Made
