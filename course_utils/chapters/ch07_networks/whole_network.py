"""A whole network as one function of its numbers, and its gradients measured on that.

Notebooks import this as `nn.measured_gradients` and `nn.gradient_table`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function, vjp
from course_utils.chapters.ch05_matrix_form.exercises import MSE
from course_utils.chapters.ch07_networks.parameter import Parameter
from course_utils.measure.numerical import (
    FINE_LEVELS,
    FIXED_SEED,
    is_analytic,
    jacobian_transposed,
    quiet,
)

if TYPE_CHECKING:
    from course_utils.chapters.ch07_networks.nn import Module


def walk(module: Module, place: str = "") -> Iterator[tuple[str, Module]]:
    """Yield a module and all modules in it, each with its place, such as ``"3.0"``."""
    yield place, module
    for index, inner in enumerate(getattr(module, "modules", [])):
        yield from walk(inner, f"{place}.{index}" if place else str(index))


def named_parameters(network: Module) -> list[tuple[str, str, Parameter]]:
    """Return every Parameter among the attributes of a network's modules, once.

    Returns
    -------
    list of (str, str, Parameter)
        The place and kind of the layer, such as ``"0 Linear"``, the attribute's name, and the
        Parameter.
    """
    found: dict[int, tuple[str, str, Parameter]] = {}
    for place, module in walk(network):
        for name, value in vars(module).items():
            if isinstance(value, Parameter):
                layer = f"{place} {type(module).__name__}".strip()
                found.setdefault(id(value), (layer, name, value))
    return list(found.values())


def as_function(network: Module) -> tuple[Callable[..., Any], list[Parameter]]:
    """Return a network's output as a function of the batch and of its numbers, and whose they are.

    Returns
    -------
    function : callable
        ``function(X, *arrays)``, with an array for each of the parameters.
    parameters : list of Parameter
    """
    held = [parameter for _, _, parameter in named_parameters(network)]

    def output(X: Any, *arrays: Any) -> Any:
        return network.evaluate(
            X, {id(each): array for each, array in zip(held, arrays, strict=True)}
        )

    return output, held


def is_analytic_nearby(loss: Callable[..., Any], arrays: Sequence[Array]) -> bool:
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


def measured_gradients(
    network: Module, X: Array, Y: Array, loss: type[Function] = MSE
) -> list[Array]:
    """Measure the gradient of a network's loss with respect to each parameter, entry by entry.

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
    output, held = as_function(network)
    arrays = [each.data for each in held]

    def cost(*arrays: Any) -> Any:
        return loss.forward(Context(), output(X, *arrays), Y)

    analytic = is_analytic_nearby(cost, arrays)
    with quiet():
        return [
            jacobian_transposed(cost, arrays, k, analytic, levels=FINE_LEVELS).reshape(x.shape)
            for k, x in enumerate(arrays)
        ]


def gradient_table(network: Module, X: Array, Y: Array, loss: type[Function] = MSE) -> str:
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
    named = named_parameters(network)
    before = [each.grad for _, _, each in named]
    for _, _, each in named:
        each.grad = np.zeros_like(each.data)
    _, pullback = vjp(loss, network(X), Y)
    network.backward(pullback(1.0)[0])
    found = [each.grad for _, _, each in named]
    for (_, _, each), grad in zip(named, before, strict=True):
        each.grad = grad
    measured = measured_gradients(network, X, Y, loss)
    rows = [f"{'layer':<14}{'parameter':<11}{'shape':<12}{'largest':>10}{'difference':>12}"]
    for (layer, name, each), grad, right in zip(named, found, measured, strict=True):
        size = float(np.abs(right).max(initial=0.0))
        gap = float(np.abs(grad - right).max(initial=0.0)) / (size or 1.0)
        rows.append(f"{layer:<14}{name:<11}{each.data.shape!s:<12}{size:>10.2g}{gap:>12.1g}")
    return "\n".join(rows)
