"""A layer that the checks of notebooks 07 and 08 trust, and what is seen of its Parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function, vjp
from course_utils.chapters.ch07_networks import nn
from course_utils.checks.methods import Notes
from course_utils.measure.numerical import numerical_vjp


def measured_function(name: str, forward: Callable[..., Any]) -> type[Function]:
    """Return a Function whose backward is measured."""

    def keeping(ctx: Context, *inputs: Any) -> Any:
        ctx.save_for_backward(*inputs)
        return forward(*inputs)

    def measured(ctx: Context, grad_output: Any) -> Any:
        return numerical_vjp(forward, ctx.saved_tensors, grad_output)

    body = {"forward": staticmethod(keeping), "backward": staticmethod(measured)}
    return type(name, (Function,), body)


affine = measured_function("Linear", lambda X, W, b: X @ W + b)
hidden = measured_function("Hidden", lambda X, W, b: np.tanh(X @ W + b))


class Layer(nn.Module):
    """A Function of the batch, W and b, with a measured backward. No exercise takes part.

    It has a forward of its own and nothing else to compute it by, as a module that somebody
    else wrote: whoever does not call it has no output.
    """

    def __init__(self, W: Array, b: Array, function: type[Function] = hidden) -> None:
        super().__init__()
        self.function = function
        self.W, self.b = self.own = nn.Parameter(W), nn.Parameter(b)

    def parameters(self) -> list[nn.Parameter]:
        """Return [W, b]."""
        return list(self.own)

    def forward(self, X: Any) -> Any:
        """Return the Function's output; keep the way back."""
        output, pullback = vjp(self.function, X, self.W.data, self.b.data)
        self.keep(X, pullback)
        return output

    def backward(self, grad_output: Any) -> Any:
        """Return grad_X; add to the `.grad`s."""
        grad_X, *grads = self.pullback(grad_output)
        for parameter, grad in zip(self.own, grads, strict=True):
            parameter.grad = np.add(parameter.grad, grad)
        return grad_X

    def zero_grad(self) -> None:
        """Set the `.grad`s to zero."""
        for parameter in self.own:
            parameter.grad = np.zeros_like(parameter.data)


def layers(arrays: Sequence[Array]) -> list[Layer]:
    """Return layers tanh(X W + b) of the weights and biases in `arrays`."""
    return [Layer(W, b) for W, b in zip(arrays[::2], arrays[1::2], strict=True)]


def output(X: Any, arrays: Sequence[Any]) -> Any:
    """Compute tanh(… tanh(X W + b) …) for the weights and biases in `arrays`."""
    for W, b in zip(arrays[::2], arrays[1::2], strict=True):
        X = np.tanh(X @ W + b)
    return X


def watch(notes: Notes, parameters: Sequence[nn.Parameter]) -> Callable[[], None]:
    """Return what looks, later, at whether `.data` is as before and `.grad` is an array."""
    before = [parameter.data.copy() for parameter in parameters]

    def look() -> None:
        for data, parameter in zip(before, parameters, strict=True):
            if not np.array_equal(data, parameter.data):
                notes.append(
                    (
                        "changes-data",
                        "It changes the `.data` of a parameter. That is for the step of descent; "
                        "here only `.grad` may change.",
                    )
                )
            if np.shape(parameter.grad) != data.shape:
                notes.append(
                    (
                        "shape",
                        f"Afterwards the `.grad` of a parameter of shape {data.shape} "
                        f"{_described(parameter.grad)}. It must be an array of the "
                        "parameter's shape.",
                    )
                )

    return look


def _described(grad: Any) -> str:
    if grad is None:
        return "is None"
    return f"has shape {np.shape(grad)}"
