"""A layer that the checks of notebooks 07 and 08 trust, and what is seen of its Parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function, vjp
from course_utils.chapters.ch07_networks import nn
from course_utils.checks.methods import Note, Notes
from course_utils.measure.memo import remembered, remembering
from course_utils.measure.numerical import numerical_vjp


def measured_function(name: str, forward: Callable[..., Any]) -> type[Function]:
    """Return a Function whose backward is measured."""

    def keeping(ctx: Context, *inputs: Any) -> Any:
        ctx.save_for_backward(*inputs)
        return forward(*inputs)

    def measured(ctx: Context, grad_output: Any) -> Any:
        return remembered(numerical_vjp, forward, ctx.saved_tensors, grad_output)

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


def network_inputs(
    rng: np.random.Generator, q: int = 5, n: int = 4, layers: int = 2
) -> tuple[Array, ...]:
    """Draw X, the upstream, and weights and biases of layers that are all of one size.

    One size, so that layers in the wrong order run, and can be told from a crash.
    """
    drawn = [rng.normal(size=shape) for _ in range(layers) for shape in ((n, n), (1, n))]
    return (rng.normal(size=(q, n)), rng.normal(size=(q, n)), *drawn)


NO_MODULE = ("a network without modules, out of which comes what went in",
             lambda rng: network_inputs(rng, layers=0))  # fmt: skip


def network_of(modules: Sequence[nn.Module], **methods: Callable[..., Any]) -> Any:
    """Return a network with methods of its own."""
    return type("Sequential", (nn.Sequential,), methods)(*modules)


def slope_of(loss: Callable[[Any, Array], Any]) -> Callable[[Array, Array], Array]:
    """Return what measures the gradient of ``loss(output, targets)`` with respect to the output."""

    @remembering
    def slope(output: Array, targets: Array) -> Array:
        (found,) = numerical_vjp(lambda output: loss(output, targets), [output], 1.0)
        return np.asarray(found)

    return slope


def watch(notes: Notes, parameters: Sequence[nn.Parameter]) -> Callable[[], None]:
    """Return what looks, later, at whether `.data` is as before and `.grad` is an array."""
    before = [parameter.data.copy() for parameter in parameters]

    def look() -> None:
        left_behind(notes, parameters, [data.shape for data in before])
        if not notes and not all(map(np.array_equal, before, (each.data for each in parameters))):
            notes.append(
                (
                    "changes-data",
                    "It changes the `.data` of a parameter. That is for the step of descent; "
                    "here only `.grad` may change.",
                )
            )

    return look


def left_behind(
    notes: Notes, parameters: Sequence[nn.Parameter], shapes: Sequence[tuple[int, ...]]
) -> None:
    """Note what the Parameters hold if it is not float64 arrays of their `shapes`."""
    for name in ("data", "grad"):
        for parameter, shape in zip(parameters, shapes, strict=True):
            note = _of_held(name, getattr(parameter, name), shape)
            if note is not None:
                notes.append(note)


def _of_held(name: str, held: Any, shape: tuple[int, ...]) -> Note | None:
    said = f"Afterwards the `.{name}` of a parameter of shape {shape}"
    if held is None or np.shape(held) != shape:
        is_what = "is None" if held is None else f"has shape {np.shape(held)}"
        return "shape", f"{said} {is_what}. It must be an array of the parameter's shape."
    if type(held) is not np.ndarray:
        return "type", f"{said} is a {type(held).__name__}. It must be an array."
    if held.dtype != np.float64:
        code = "dtype-int" if held.dtype.kind in "iub" else "dtype-float32"
        return code, f"{said} has dtype {held.dtype}. It must be an array of float64 numbers."
    return None
