"""Notebook 07: networks from modules, with PyTorch's names and an explicit `backward`.

A module keeps what its forward leaves behind, goes back through it when asked, and
adds what it finds to the `.grad` of its parameters. There is no tape.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from course_utils.autodiff.function import Array, Context, Function, vjp
from course_utils.chapters.ch05_matrix_form import exercises as matrix_form
from course_utils.chapters.ch07_networks.activations import ReLU as _ReLU
from course_utils.chapters.ch07_networks.activations import Tanh as _Tanh
from course_utils.chapters.ch07_networks.parameter import Parameter as Parameter
from course_utils.chapters.ch07_networks.whole_network import gradient_table as gradient_table
from course_utils.chapters.ch07_networks.whole_network import (
    measured_gradients as measured_gradients,
)
from course_utils.exercises.registry import exercise

Values = Mapping[int, Any]
"""Numbers to be used for a parameter, by its `id`, in place of its own."""


class _Passes:
    """Which forward pass this is, and how deep in it we are."""

    number = 0
    depth = 0


@contextmanager
def _pass() -> Iterator[None]:
    if _Passes.depth == 0:
        _Passes.number += 1
    _Passes.depth += 1
    try:
        yield
    finally:
        _Passes.depth -= 1


class Module:
    """A piece of a network: a forward, a backward, and parameters.

    Call the module, ``module(X)``, and not its `forward`: the call also marks where a
    pass through the network begins.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[Array, Callable[..., Any] | None]] = []
        self._turn = 0
        self._last_pass = 0

    def __call__(self, X: Any) -> Any:
        """Run `forward`."""
        with _pass():
            return self.forward(X)

    def forward(self, X: Any) -> Any:
        """Return the output for the batch X."""
        raise NotImplementedError("a Module needs a forward")

    def backward(self, grad_output: Any) -> Any:
        """Return the gradient with respect to the last forward's input; add to the `.grad`s."""
        raise NotImplementedError("a Module needs a backward")

    def parameters(self) -> list[Parameter]:
        """Return the parameters, in the order of the layers."""
        return []

    @exercise("07_networks", "7.4", name="nn.Module.zero_grad")
    def zero_grad(self) -> None:
        """Set the `.grad` of every parameter to zero."""
        raise NotImplementedError

    def pullback(self, grad_output: Any) -> tuple[Any, ...]:
        """Go back through what forward did: one gradient for each input of its `Function`.

        A module that stands in several places of a network was used several times in
        one pass. Each call goes back through one use, the last one first, and
        after the first it starts again with the last.
        """
        _, pullback = self.take()
        if pullback is None:
            raise RuntimeError(f"{type(self).__name__} has no Function of its own to go back by")
        result: tuple[Any, ...] = pullback(grad_output)
        return result

    def keep(self, X: Any, pullback: Callable[..., Any] | None) -> None:
        """Keep what one use leaves behind, beside other uses of the same pass only."""
        if self._last_pass != _Passes.number or _Passes.depth == 0:
            self._kept = []
        self._last_pass = _Passes.number
        self._kept.append((X, pullback))
        self._turn = len(self._kept) - 1

    def take(self) -> tuple[Array, Callable[..., Any] | None]:
        """Return what the use to go back through left: its batch, and its pullback or None."""
        if not self._kept:
            raise RuntimeError(
                f"There was no forward through this {type(self).__name__} to go back through: "
                "call it, and everything that holds it, as a function first."
            )
        taken = self._kept[self._turn]
        self._turn = (self._turn - 1) % len(self._kept)
        return taken

    def evaluate(self, X: Any, values: Values) -> Any:
        """Compute the output and keep nothing; takes complex numbers too.

        The modules of the course can do it, and so gradients through them can be measured.
        """
        raise TypeError(
            f"{type(self).__name__} cannot be computed apart from its own forward, and gradients "
            "through it cannot be measured"
        )


class _Step(Module):
    """A module made of one `Function`, of the batch and of the module's parameters."""

    function: ClassVar[type[Function]]

    def forward(self, X: Any) -> Any:
        """Return the Function's output; keep the way back."""
        output, pullback = vjp(self.function, X, *(each.data for each in self.parameters()))
        self.keep(X, pullback)
        return output

    def evaluate(self, X: Any, values: Values) -> Any:
        """Compute the Function of the batch, and of the parameters or what stands for them."""
        arrays = [values.get(id(each), each.data) for each in self.parameters()]
        return self.function.forward(Context(), X, *arrays)


class Linear(_Step):
    """The linear layer, Y = X W + b.

    Parameters
    ----------
    n, p : int
        Inputs and outputs.
    rng : numpy Generator
        Draws the weights.
    scale : float, optional
        Their standard deviation; 1/√n if left out.

    Attributes
    ----------
    W, b : Parameter
        Of shapes (n, p) and (1, p); `b` starts at zero.
    """

    function = matrix_form.Linear

    def __init__(self, n: int, p: int, rng: np.random.Generator, scale: float | None = None):
        super().__init__()
        spread = 1 / np.sqrt(n) if scale is None else scale
        self.W = Parameter(spread * rng.normal(size=(n, p)))
        self.b = Parameter(np.zeros((1, p)))

    def parameters(self) -> list[Parameter]:
        """Return [W, b]."""
        return [self.W, self.b]

    @exercise("07_networks", "7.3", name="nn.Linear.backward")
    def backward(self, grad_output: Any) -> Any:
        """Return grad_X, and add the other two gradients to `W.grad` and `b.grad`.

        Parameters
        ----------
        grad_output : ndarray, shape (q, p)

        Returns
        -------
        ndarray, shape (q, n)
        """
        raise NotImplementedError


class _Activation(_Step):
    def backward(self, grad_output: Any) -> Any:
        """Return grad_X; there is no parameter to add to."""
        (grad_X,) = self.pullback(grad_output)
        return grad_X


class Tanh(_Activation):
    """Entry by entry, Y = tanh(X)."""

    function = _Tanh


class ReLU(_Activation):
    """Entry by entry, Y = max(X, 0)."""

    function = _ReLU


class Sequential(Module):
    """Modules one after the other.

    Attributes
    ----------
    modules : list of Module
    """

    def __init__(self, *modules: Module) -> None:
        super().__init__()
        self.modules = list(modules)

    def __call__(self, X: Any) -> Any:
        """Run `forward`."""
        with _pass():
            self.keep(X, None)
            return self.forward(X)

    @exercise("07_networks", "7.5", name="nn.Sequential.forward")
    def forward(self, X: Any) -> Any:
        """Return the output of the last module, each one given the output of the one before.

        Without any module that is X itself.

        Parameters
        ----------
        X : ndarray, shape (q, n)
        """
        raise NotImplementedError

    @exercise("07_networks", "7.6", name="nn.Sequential.backward")
    def backward(self, grad_output: Any) -> Any:
        """Return the gradient with respect to the network's input; the modules add to theirs.

        Parameters
        ----------
        grad_output : ndarray
            The gradient with respect to the network's output, of its shape.
        """
        raise NotImplementedError

    @exercise("07_networks", "7.7", name="nn.Sequential.parameters")
    def parameters(self) -> list[Parameter]:
        """Return every parameter once, in the order of the layers."""
        raise NotImplementedError

    def evaluate(self, X: Any, values: Values) -> Any:
        """Compute the output of the network as one function of the batch and of all its numbers."""
        return functools.reduce(lambda value, each: each.evaluate(value, values), self.modules, X)


def descend(parameters: Sequence[Parameter], rate: float) -> None:
    """Take one step of gradient descent, in place: ``data -= rate * grad`` for each parameter."""
    for parameter in parameters:
        parameter.data -= rate * parameter.grad


@exercise("07_networks", "7.8")
def accumulated_factor(parts: int, calls: int) -> float:
    """Predict what `.grad` holds, as a multiple of the gradient of the whole batch.

    The batch is cut into `parts` parts of equal size. For each part one forward is
    run, its loss is divided by the number of samples in this part, and
    `backward` is called `calls` times. There is no `zero_grad` in between.

    Parameters
    ----------
    parts, calls : int

    Returns
    -------
    float
    """
    raise NotImplementedError


@exercise("07_networks", "7.9")
def train_step(network: Module, X: Array, Y: Array, rate: float) -> float:
    """Take one step of gradient descent on C = MSE(network(X), Y).

    Parameters
    ----------
    network : Module
        Changed in place. What its `.grad`s hold at the start must not matter.
    X, Y : ndarray, shapes (q, n) and (q, p)
    rate : float

    Returns
    -------
    float
        C, at the parameters from before the step.
    """
    raise NotImplementedError
