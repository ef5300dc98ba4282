"""The course's Functions under PyTorch's autograd, where PyTorch is installed."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils import MSE, Function, Linear, ReLU, SoftmaxCrossEntropy, Tanh
from course_utils.exercises.registry import registry

torch = pytest.importorskip("torch")

from course_utils.autodiff.torch_bridge import as_torch  # noqa: E402  (only where there is a torch)


@pytest.fixture(autouse=True)
def empty_exercises(monkeypatch):
    """Nothing is filled in: the numerical stand-ins are right by themselves."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for slot in registry.values():
        slot.empty()


def tensors(function, seed=0):
    drawn = function.make_inputs(np.random.default_rng(seed))
    return [torch.tensor(each, requires_grad=True) for each in drawn]


@pytest.mark.parametrize("function", [Linear, Tanh, ReLU, MSE, SoftmaxCrossEntropy])
def test_gradcheck_accepts_what_is_right(function):
    assert torch.autograd.gradcheck(as_torch(function).apply, tensors(function))


class Wrong(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * 2 * x**2


def test_gradcheck_rejects_what_is_wrong():
    x = torch.randn(4, dtype=torch.float64, requires_grad=True)
    assert not torch.autograd.gradcheck(as_torch(Wrong).apply, (x,), raise_exception=False)


def test_a_network_of_them_has_torchs_own_gradients():
    rng = np.random.default_rng(3)
    X = torch.tensor(rng.normal(size=(6, 5)))
    labels = torch.tensor(rng.integers(3, size=6))
    T = torch.nn.functional.one_hot(labels, 3).double()
    shapes = ((5, 4), (1, 4), (4, 3), (1, 3))
    parameters = [torch.tensor(rng.normal(size=shape), requires_grad=True) for shape in shapes]
    W1, b1, W2, b2 = parameters
    linear, relu, loss = (as_torch(each).apply for each in (Linear, ReLU, SoftmaxCrossEntropy))
    C = loss(linear(relu(linear(X, W1, b1)), W2, b2), T)
    C.backward()
    ours = [each.grad.clone() for each in parameters]
    for each in parameters:
        each.grad = None
    theirs = torch.nn.functional.cross_entropy(torch.relu(X @ W1 + b1) @ W2 + b2, labels)
    theirs.backward()
    assert C.item() == pytest.approx(theirs.item(), rel=1e-13)
    for mine, each in zip(ours, parameters, strict=True):
        torch.testing.assert_close(mine, each.grad, rtol=1e-7, atol=1e-9)


def test_forward_sees_the_tensors_own_memory_and_the_result_does_not():
    seen = []

    class Look(Function):
        @staticmethod
        def forward(ctx, x):
            seen.append(x)
            return x

        @staticmethod
        def backward(ctx, grad_output):
            return grad_output

    x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    y = as_torch(Look).apply(x)
    assert np.shares_memory(seen[0], x.detach().numpy())
    assert not np.shares_memory(seen[0], y.detach().numpy())
    y.sum().backward()  # the gradient of a sum is an expanded tensor, of strides zero
    assert x.grad.tolist() == [1, 1, 1]


def test_none_stays_none_and_second_derivatives_are_refused():
    class Half(Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(y)
            return x * y

        @staticmethod
        def backward(ctx, grad_output):
            (y,) = ctx.saved_tensors
            return grad_output * y, None

    x, y = (torch.ones(2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    z = as_torch(Half).apply(x, y).sum()
    by_x, by_y = torch.autograd.grad(z, (x, y), retain_graph=True, allow_unused=True)
    assert by_x.tolist() == [1, 1]
    assert by_y is None
    with pytest.raises(RuntimeError, match="create_graph"):
        torch.autograd.grad(z, x, create_graph=True)


def test_another_dtype_is_refused_in_words():
    with pytest.raises(TypeError, match=r"double\(\)"):
        as_torch(Tanh).apply(torch.zeros(2, 2))
