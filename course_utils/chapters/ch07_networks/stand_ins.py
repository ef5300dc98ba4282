"""What is done while an exercise of notebook 07 is not filled in.

A network is then computed, and its gradients are measured, as one function of all its numbers;
its Parameters are found among the attributes of its modules. That does for the modules of the
course. None of it is an answer, which has to do for any module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function, as_float64
from course_utils.chapters.ch05_matrix_form.exercises import MSE
from course_utils.chapters.ch07_networks import nn
from course_utils.chapters.ch07_networks.whole_network import (
    as_function,
    is_analytic_nearby,
    named_parameters,
    walk,
)
from course_utils.exercises.registry import NotFilledIn
from course_utils.measure.fast_vjp import fast_vjp


def _gradients(loss: Callable[..., Any], arrays: Sequence[Array]) -> tuple[Array, ...]:
    return fast_vjp(loss, arrays, 1.0, analytic=is_analytic_nearby(loss, arrays))


def backward(module: nn.Module, grad_output: Any) -> Array:
    """Measure the gradients of Σ grad_output ⊙ output, through the module as a whole."""
    X, _ = module.take()
    output, held = as_function(module)

    def loss(X: Any, *arrays: Any) -> Any:
        return np.sum(grad_output * output(X, *arrays))

    grad_X, *grads = _gradients(loss, [as_float64(X), *(each.data for each in held)])
    for each, grad in zip(held, grads, strict=True):
        each.grad = np.add(each.grad, grad)
    return grad_X


def forward(network: nn.Sequential, X: Any) -> Any:
    """Run every module on what those before it come to, computed as one function."""
    output = X
    for place, module in enumerate(network.modules):
        output = module(nn.Sequential(*network.modules[:place]).evaluate(X, {}))
    return output


def parameters(network: nn.Module) -> list[nn.Parameter]:
    """Find the Parameters among the attributes of the modules."""
    found = [parameter for _, _, parameter in named_parameters(network)]
    for _, module in walk(network):
        if not isinstance(module, nn.Sequential) and not set(module.parameters()) <= set(found):
            raise NotFilledIn(
                f"{type(module).__name__} has Parameters that are not among its attributes: only "
                "`parameters` finds them, so exercises 7.4 and 7.7 have to be filled in for it."
            )
    return found


def zero_grad(module: nn.Module) -> None:
    """Let every Parameter that is found have the `.grad` of a new one."""
    for each in parameters(module):
        each.grad = nn.Parameter(each.data).grad


def train_step(
    network: nn.Module, X: Array, Y: Array, rate: float, loss: type[Function] = MSE
) -> float:
    """Take a step along the measured gradient of the whole network's loss."""
    output, held = as_function(network)

    def cost(*arrays: Any) -> Any:
        return loss.forward(Context(), output(X, *arrays), Y)

    arrays = [each.data for each in held]
    C = cost(*arrays)
    for each, grad in zip(held, _gradients(cost, arrays), strict=True):
        each.grad = grad
    nn.descend(held, rate)
    return float(C)
