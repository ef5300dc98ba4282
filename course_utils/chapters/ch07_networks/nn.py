"""Notebook 07: networks from modules, with PyTorch's names and an explicit `backward`.

A module keeps what its forward leaves behind, goes back through it when asked, and
adds what it finds to the `.grad` of its parameters. There is no tape.

The answer keys are measured on the forward pass. See `course_utils.chapters.ch07_networks.checks`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from course_utils.autodiff.function import Array, Context, Function, as_float64, vjp
from course_utils.chapters.ch05_matrix_form import exercises as matrix_form
from course_utils.chapters.ch07_networks import checks as nn_checks
from course_utils.chapters.ch07_networks.activations import ReLU as _ReLU
from course_utils.chapters.ch07_networks.activations import Tanh as _Tanh
from course_utils.exercises.registry import exercise
from course_utils.measure.fast_vjp import fast_vjp
from course_utils.measure.numerical import (
    FINE_LEVELS,
    FIXED_SEED,
    is_analytic,
    jacobian_transposed,
    quiet,
)

Values = Mapping[int, Any]
"""Numbers to be used for a parameter, by its `id`, in place of its own."""


class Parameter:
    """Numbers that are learned, and the gradient by them.

    Parameters
    ----------
    data : array_like
        Copied, as float64.

    Attributes
    ----------
    data, grad : ndarray
        Of one shape. `grad` starts at zero, and every backward adds to it.
    """

    def __init__(self, data: Any) -> None:
        self.data: Array = np.array(data, dtype=np.float64)
        self.grad: Array = np.zeros_like(self.data)

    def __repr__(self) -> str:
        return f"Parameter of shape {self.data.shape}"


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
        """Return the gradient by the input of the last forward; add to the parameters' `.grad`."""
        raise NotImplementedError("a Module needs a backward")

    def parameters(self) -> list[Parameter]:
        """Return the parameters, in the order of the layers."""
        return []

    @exercise(
        "07_networks",
        "7.4",
        name="nn.Module.zero_grad",
        fallback=lambda self: _fill_with_zeros(self),
        parts=nn_checks.parts_of_zero_grad(),
    )
    def zero_grad(self) -> None:
        """Set the `.grad` of every parameter to zero."""
        raise NotImplementedError

    def pullback(self, grad_output: Any) -> tuple[Any, ...]:
        """Go back through what forward did: one gradient for each input of its `Function`.

        A module that stands in several places of a network was used several times in
        one pass. Each call goes back through one use, the last one first, and
        after the first it starts again with the last.
        """
        _, pullback = self._take()
        if pullback is None:
            raise RuntimeError(f"{type(self).__name__} has no Function of its own to go back by")
        result: tuple[Any, ...] = pullback(grad_output)
        return result

    def _keep(self, X: Any, pullback: Callable[..., Any] | None) -> None:
        """Keep what one use leaves behind, beside other uses of the same pass only."""
        if self._last_pass != _Passes.number or _Passes.depth == 0:
            self._kept = []
        self._last_pass = _Passes.number
        self._kept.append((X, pullback))
        self._turn = len(self._kept) - 1

    def _take(self) -> tuple[Array, Callable[..., Any] | None]:
        if not self._kept:
            raise RuntimeError(
                f"There was no forward through this {type(self).__name__} to go back through: "
                "call it, and everything that holds it, as a function first."
            )
        taken = self._kept[self._turn]
        self._turn = (self._turn - 1) % len(self._kept)
        return taken

    def _evaluate(self, X: Any, values: Values) -> Any:
        """Compute the output and keep nothing; takes complex numbers too."""
        raise TypeError(f"gradients through {type(self).__name__} cannot be measured")

    def _held(self) -> list[Parameter]:
        """Return the parameters without asking what a learner wrote."""
        return self.parameters()


class _Step(Module):
    """A module made of one `Function`, of the batch and of the module's parameters."""

    function: ClassVar[type[Function]]

    def forward(self, X: Any) -> Any:
        """Return the Function's output; keep the way back."""
        output, pullback = vjp(self.function, X, *(each.data for each in self.parameters()))
        self._keep(X, pullback)
        return output

    def _evaluate(self, X: Any, values: Values) -> Any:
        arrays = [values.get(id(each), each.data) for each in self.parameters()]
        return self.function.forward(Context(), X, *arrays)


def _trusted(loss: Callable[..., Any], arrays: Sequence[Array]) -> bool:
    """Tell whether complex steps may be trusted for the gradient of a scalar.

    Exact kinks do occur: where every unit of a ReLU layer is off for a sample, the next
    layer's values are its biases, which start at zero. A complex step takes ReLU's
    convention there, and a real difference the mean of both sides. So whether complex steps
    can be trusted is asked beside the kink.
    """
    rng = np.random.default_rng(FIXED_SEED)
    which = range(len(arrays))
    with quiet():
        return any(
            is_analytic(loss, [x + 1e-2 * rng.normal(size=x.shape) for x in arrays], which, rng)
            for _ in range(4)
        )


def _slopes(loss: Callable[..., Any], arrays: Sequence[Array]) -> tuple[Array, ...]:
    """Measure the gradient of a scalar by each of its arguments, one entry after the other."""
    trusted = _trusted(loss, arrays)
    with quiet():
        return tuple(
            jacobian_transposed(loss, arrays, k, trusted, levels=FINE_LEVELS).reshape(x.shape)
            for k, x in enumerate(arrays)
        )


def _measured(module: Module, X: Any, grad_output: Any) -> tuple[Array, ...]:
    """Measure the gradients of Σ grad_output ⊙ output by X and by each parameter held."""
    held = module._held()

    def loss(X: Any, *arrays: Any) -> Any:
        values = {id(each): array for each, array in zip(held, arrays, strict=True)}
        return np.sum(grad_output * module._evaluate(X, values))

    inputs = [as_float64(X), *(each.data for each in held)]
    return fast_vjp(loss, inputs, 1.0, analytic=_trusted(loss, inputs))


def _backward_measured(module: Module, grad_output: Any) -> Array:
    """Do by measuring what the module's backward should do."""
    X, _ = module._take()
    grad_X, *grads = _measured(module, X, grad_output)
    for each, grad in zip(module._held(), grads, strict=True):
        each.grad = np.add(each.grad, grad)
    return grad_X


def _fill_with_zeros(module: Module) -> None:
    for each in module._held():
        each.grad.fill(0.0)


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

    @exercise(
        "07_networks",
        "7.3",
        name="nn.Linear.backward",
        fallback=_backward_measured,
        parts=nn_checks.parts_of_linear(),
    )
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


def _composed(network: Sequential, X: Any) -> Any:
    return functools.reduce(lambda value, module: module(value), network.modules, X)


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
            self._keep(X, None)
            return self.forward(X)

    @exercise(
        "07_networks",
        "7.5",
        name="nn.Sequential.forward",
        fallback=_composed,
        parts=nn_checks.parts_of_sequential_forward(),
    )
    def forward(self, X: Any) -> Any:
        """Return the output of the last module, each one given the output of the one before.

        Parameters
        ----------
        X : ndarray, shape (q, n)
        """
        raise NotImplementedError

    @exercise(
        "07_networks",
        "7.6",
        name="nn.Sequential.backward",
        fallback=_backward_measured,
        parts=nn_checks.parts_of_sequential_backward(),
    )
    def backward(self, grad_output: Any) -> Any:
        """Return the gradient by the network's input; the modules add to their parameters.

        Parameters
        ----------
        grad_output : ndarray
            The gradient by the network's output, of its shape.
        """
        raise NotImplementedError

    @exercise(
        "07_networks",
        "7.7",
        name="nn.Sequential.parameters",
        fallback=lambda self: self._held(),
        parts=nn_checks.parts_of_parameters(),
    )
    def parameters(self) -> list[Parameter]:
        """Return every parameter once, in the order of the layers."""
        raise NotImplementedError

    def _evaluate(self, X: Any, values: Values) -> Any:
        return functools.reduce(lambda value, each: each._evaluate(value, values), self.modules, X)

    def _held(self) -> list[Parameter]:
        found: dict[int, Parameter] = {}
        for module in self.modules:
            found.update((id(each), each) for each in module._held())
        return list(found.values())


def descend(parameters: Sequence[Parameter], rate: float) -> None:
    """Take one step of gradient descent, in place: ``data -= rate * grad`` for each parameter."""
    for parameter in parameters:
        parameter.data -= rate * parameter.grad


@exercise(
    "07_networks",
    "7.8",
    fallback=nn_checks.measured_factor,
    parts=nn_checks.parts_of_factor(),
)
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


def _step_measured(network: Module, X: Array, Y: Array, rate: float) -> float:
    """Take one step by measured gradients."""
    C = matrix_form.MSE.forward(Context(), network._evaluate(X, {}), Y)
    held = network._held()
    for each, grad in zip(held, gradients_by_stand_in(network, X, Y), strict=True):
        each.grad = grad
    descend(held, rate)
    return float(C)


@exercise(
    "07_networks",
    "7.9",
    fallback=_step_measured,
    parts=nn_checks.parts_of_train_step(),
)
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


# ------------------------------------------------------------------ measuring a whole network


def measured_gradients(
    network: Module, X: Array, Y: Array, loss: type[Function] = matrix_form.MSE
) -> list[Array]:
    """Measure the gradient of a network's loss by each parameter, on the forward pass.

    Parameters
    ----------
    network : Module
    X, Y : ndarray
        A batch and its targets.
    loss : subclass of Function
        Its forward takes the network's output and `Y`.

    Returns
    -------
    list of ndarray
        In the order of ``network.parameters()``, each parameter once.
    """
    held = network._held()
    return list(_slopes(_cost(network, held, X, Y, loss), [each.data for each in held]))


def gradients_by_stand_in(
    network: Module, X: Array, Y: Array, loss: type[Function] = matrix_form.MSE
) -> list[Array]:
    """Measure the same as `measured_gradients` as the stand-ins do: for thousands of steps."""
    held = network._held()
    cost, data = _cost(network, held, X, Y, loss), [each.data for each in held]
    return list(fast_vjp(cost, data, 1.0, analytic=_trusted(cost, data)))


def _cost(
    network: Module, held: Sequence[Parameter], X: Array, Y: Array, loss: type[Function]
) -> Callable[..., Any]:
    """Return the network's loss as a function of the arrays in `held`."""

    def cost(*arrays: Any) -> Any:
        values = {id(each): array for each, array in zip(held, arrays, strict=True)}
        return loss.forward(Context(), network._evaluate(X, values), Y)

    return cost


def gradient_table(
    network: Module, X: Array, Y: Array, loss: type[Function] = matrix_form.MSE
) -> str:
    """Compare what `backward` adds to each `.grad` with what is measured, in a table.

    Parameters
    ----------
    network, X, Y, loss
        As for `measured_gradients`.

    Returns
    -------
    str
        One line for each parameter: its layer, name and shape, its largest gradient, and the
        largest difference from the measured gradient, relative to the largest entry.
    """
    held = network._held()
    before = [each.grad for each in held]
    for each in held:
        each.grad = np.zeros_like(each.data)
    _, pullback = vjp(loss, network(X), Y)
    network.backward(pullback(1.0)[0])
    found = [each.grad for each in held]
    for each, grad in zip(held, before, strict=True):
        each.grad = grad
    measured = measured_gradients(network, X, Y, loss)
    rows = [f"{'layer':<14}{'parameter':<11}{'shape':<12}{'largest':>10}{'difference':>12}"]
    labels = _labels(network)
    for each, grad, right in zip(held, found, measured, strict=True):
        size = float(np.abs(right).max(initial=0.0))
        gap = float(np.abs(grad - right).max(initial=0.0)) / (size or 1.0)
        layer, name = labels.get(id(each), ("", ""))
        rows.append(f"{layer:<14}{name:<11}{each.data.shape!s:<12}{size:>10.2g}{gap:>12.1g}")
    return "\n".join(rows)


def _labels(network: Module) -> dict[int, tuple[str, str]]:
    """Name the layer and the attribute of every parameter."""
    found: dict[int, tuple[str, str]] = {}

    def visit(module: Module, place: str) -> None:
        for name, value in vars(module).items():
            if isinstance(value, Parameter):
                found.setdefault(id(value), (f"{place} {type(module).__name__}".strip(), name))
        for index, inner in enumerate(getattr(module, "modules", [])):
            visit(inner, f"{place}.{index}" if place else str(index))

    visit(network, "")
    return found
