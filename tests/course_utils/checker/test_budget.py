"""A diagnosis takes a bounded number of forward passes, and the cheap tests come first."""

import numpy as np
import pytest

from course_utils.autodiff.function import Function
from course_utils.checker import examine


def convolution(x, w, b, pad=1, stride=1):
    """Take a window after the other, into an array of real numbers."""
    (N, _, H, W), (F, _, HH, WW) = x.shape, w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = padded[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
            out[:, :, i, j] = np.real(np.tensordot(window, w, ((1, 2, 3), (1, 2, 3))) + b)
    return out


def way_back(g, x, w, b):
    """Return the gradients; that of the padded input, border and all."""
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    grad_x, grad_w = np.zeros_like(padded), np.zeros_like(w)
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            here = np.s_[:, :, i : i + HH, j : j + WW]
            grad_w += np.tensordot(g[:, :, i, j], padded[here], ((0,), (0,)))
            grad_x[here] += np.tensordot(g[:, :, i, j], w, ((1,), (0,)))
    return grad_x, grad_w, g.sum(axis=(0, 2, 3))


def images(rng, N=2, C=3, H=7, W=6, F=4, HH=3, WW=3):
    return rng.normal(size=(N, C, H, W)), rng.normal(size=(F, C, HH, WW)), rng.normal(size=F)


def rows(rng, q=7, n=5):
    return (rng.normal(size=(q, n)),)


def with_border(g, x, w, b):
    return way_back(g, x, w, b)


def transposed(g, x, w, b):
    grad_x, *others = way_back(g, x, w, b)
    return (grad_x[:, :, 1:-1, 1:-1].transpose(0, 1, 3, 2), *others)


def without_border(g, x, w, b):
    grad_x, *others = way_back(g, x, w, b)
    return (grad_x[:, :, 1:-1, 1:-1], *others)


COSTS = [  # (forward, backward, make_inputs, code, forwards at most)
    (convolution, with_border, images, "shape", 300),
    (convolution, transposed, images, "transpose", 300),
    (convolution, without_border, images, "", 300),
    (lambda x: x**2, lambda g, x: 2 * g * x, rows, "", 80),
    (lambda x: np.abs(x), lambda g, x: g * np.sign(x), rows, "", 200),
    (
        lambda x: np.sum(np.abs(x), axis=1),
        lambda g, x: g[:, None] * np.sign(x),
        rows,
        "",
        200,
    ),
    (lambda x: np.sum(x**2), lambda g, x: (2 * g * x).sum(axis=0), rows, None, 300),
    (lambda x: np.tanh(x), lambda g, x: g * (1 - np.tanh(x)), rows, "wrong-local", 150),
    (
        lambda x: np.tanh(np.abs(x)),
        lambda g, x: g * np.sign(x) * (1 - np.tanh(x) ** 2),
        rows,
        "",
        220,
    ),
    (lambda x: np.tanh(np.abs(x)), lambda g, x: g / np.cosh(x) ** 2, rows, "only-positive", 300),
    (lambda x: np.sum(np.abs(x), axis=1), lambda g, x: g[:, None] * np.abs(x), rows, None, 250),
]


@pytest.mark.parametrize(("compute", "backward", "make_inputs", "code", "most"), COSTS)
def test_forwards_are_bounded(compute, backward, make_inputs, code, most):
    count = 0

    class Slow(Function):
        @staticmethod
        def backward(ctx, grad_output):
            return backward(grad_output, *ctx.saved_tensors)

        @classmethod
        def input_names(cls):
            return compute.__code__.co_varnames[: len(make_inputs(np.random.default_rng(0)))]

    def forward(ctx, *inputs):
        nonlocal count
        count += 1
        ctx.save_for_backward(*inputs)
        return compute(*inputs)

    Slow.forward = staticmethod(forward)
    for seed in range(3):
        count = 0
        report = examine(Slow, make_inputs, seed=seed)
        assert code is None or report.code == code, report.text()
        assert count <= most
