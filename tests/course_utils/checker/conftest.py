"""Small operations to go wrong with, and a way to examine one backward of them.

The tables of the tests next door hold backwards written as ``lambda g, X, W, b: ...``:
the upstream gradient, then the inputs of `forward`.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

from course_utils.autodiff.function import Function
from course_utils.checker import Report, examine


def softmax(Z):
    E = np.exp(Z - np.max(Z.real, axis=-1, keepdims=True))
    return E / np.sum(E, axis=-1, keepdims=True)


def sigmoid(x):
    e = np.exp(np.where(x.real > 0, -x, x))  # never of a large number
    return np.where(x.real > 0, 1.0, e) / (1 + e)


def cross_entropy(Z, t):
    Z = Z - np.max(Z.real, axis=1, keepdims=True)
    logs = Z - np.log(np.sum(np.exp(Z), axis=1, keepdims=True))
    return -np.mean(logs[np.arange(len(t)), t.real.astype(int)])


def layer_norm(X, c):
    D = X - np.mean(X, axis=1, keepdims=True)
    return c * D / np.sqrt(np.mean(D * D, axis=1, keepdims=True) + 1e-5)


def gate(x, h, W, U):
    z = 1 / (1 + np.exp(-(x @ W + h @ U)))
    return z * h + (1 - z) * x


def convolve(x, w):
    return np.array([np.sum(x[i : i + len(w)] * w) for i in range(len(x) - len(w) + 1)])


def vector(rng, n=5):
    return (rng.normal(size=n),)


def pair(rng, n=5):
    return rng.normal(size=n), rng.normal(size=n)


def rows(rng, q=7, n=5):
    return (rng.normal(size=(q, n)),)


def layer(rng, q=7, n=5, p=3):
    return rng.normal(size=(q, n)), rng.normal(size=(n, p)), rng.normal(size=(1, p))


def one_number(rng):
    return rng.normal(size=()), rng.normal(size=())


def columns(rng, q=7, n=5):
    return rng.normal(size=(q, n)), rng.normal(size=n), rng.normal(size=n)


def scaled_rows(rng, q=4, n=6):
    return rng.normal(size=(q, n)), rng.uniform(0.5, 1.5, size=n)


def gated(rng, q=5, n=3):
    return tuple(rng.normal(size=s) for s in ((q, n), (q, n), (n, n), (n, n)))


def labelled(rng, q=5, c=4):
    return rng.normal(size=(q, c)), np.eye(c)[rng.integers(c, size=q)]


def near_identity(rng, n=3):
    return (2 * np.eye(n) + 0.3 * rng.normal(size=(n, n)),)


def matrix_and_vector(rng, m=5, n=3):
    return rng.normal(size=(m, n)), rng.normal(size=n)


def matrix_and_own_vector(rng, n=4):
    return rng.normal(size=(n, n)), rng.normal(size=n)


def bias(rng, q=7, n=5):
    return rng.normal(size=(q, n)), rng.normal(size=n)


def targets(rng, q=7, p=3):
    return rng.normal(size=(q, p)), rng.normal(size=(q, p))


def labels(rng, q=7, c=5):
    return rng.normal(size=(q, c)), rng.integers(c, size=q).astype(float)


def signal(rng, n=9, k=3):
    return rng.normal(size=n), rng.normal(size=k)


def square(rng, n=4):
    return rng.normal(size=(n, n)), rng.normal(size=(n, n))


def positive(rng, n=5):
    return (rng.uniform(0.5, 2.0, size=n),)


# Name: (what forward computes, make_inputs, what else `examine` is told).
OPERATIONS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "Scalar": (lambda _, a, y: (a - y) ** 2, one_number, {"wrt": ("a",)}),
    "Affine": (lambda _, X, c, d: X * c + d, columns, {}),
    "Linear": (lambda _, X, W, b: X @ W + b, layer, {"square": ("n", "p")}),
    "Layer": (lambda _, X, W, b: np.tanh(X @ W + b), layer, {}),
    "BiasAdd": (lambda _, X, b: X + b, bias, {}),
    "MatVec": (lambda _, A, x: A @ x, matrix_and_vector, {}),
    "MatMul": (lambda _, A, B: A @ B, square, {}),
    "Transpose": (lambda _, A, x: A.T * x[:, None], matrix_and_vector, {}),
    "Multiply": (lambda _, a, b: a * b, pair, {}),
    "Scale": (lambda _, x: 3.0 * x, vector, {}),
    "Tanh": (lambda _, x: np.tanh(x), rows, {}),
    "Sine": (lambda _, x: np.sin(x), vector, {}),
    "Square": (lambda _, x: x**2, vector, {}),
    "Exp": (lambda _, x: np.exp(x), vector, {}),
    "Log": (lambda _, x: np.log(x), positive, {}),
    "Sigmoid": (lambda _, x: sigmoid(x), vector, {}),
    "Relu": (lambda _, x: np.where(x.real > 0, x, 0 * x), rows, {}),
    "Abs": (lambda _, x: np.abs(x), rows, {}),
    "AbsCubed": (lambda _, x: np.abs(x) ** 3, vector, {}),
    "Norm": (lambda _, x: np.linalg.norm(x), vector, {}),
    "Twice": (lambda _, x: x * np.sin(x), vector, {}),
    "Chain": (lambda _, x: np.tanh(np.sin(x) ** 2), vector, {}),
    "LayerNorm": (lambda _, X, c: layer_norm(X, c), scaled_rows, {"smallest": {"n": 3}}),
    "Gate": (lambda _, x, h, W, U: gate(x, h, W, U), gated, {}),
    "Swish": (lambda _, x: x / (1 + np.exp(-x)), vector, {}),
    "LogSum": (lambda _, X: np.log(np.sum(np.exp(X), axis=1)), rows, {}),
    "Deviation": (lambda _, X: np.std(X, axis=1), rows, {"smallest": {"n": 3}}),
    "Difference": (lambda _, a, b: a - b, pair, {}),
    "Ratio": (lambda _, a, b: a / b, lambda rng, n=5: tuple(rng.uniform(0.5, 2, (2, n))), {}),
    "Quadratic": (lambda _, A, x: np.einsum("i,ij,j->", x, A, x), matrix_and_own_vector, {}),
    "Gram": (lambda _, X: X @ X.T, rows, {}),
    "Running": (lambda _, X: np.cumsum(X, axis=1), rows, {}),
    "Sorted": (lambda _, X: np.sort(X, axis=1), rows, {}),
    "Determinant": (lambda _, A: np.linalg.det(A), near_identity, {"smallest": {"n": 2}}),
    "HotEntropy": (
        lambda _, Z, Y: -np.sum(Y * np.log(softmax(Z))) / len(Z),
        labelled,
        {"wrt": ("Z",)},
    ),
    "MSE": (lambda _, Y, T: np.mean((Y - T) ** 2), targets, {"wrt": ("Y",)}),
    "Unequal": (lambda _, Y, T: (Y - T) ** 2 * T, targets, {"wrt": ("Y",)}),
    "SumSquares": (lambda _, X: np.sum(X**2), rows, {}),
    "Softmax": (lambda _, Z: softmax(Z), rows, {}),
    "CrossEntropy": (lambda _, Z, t: cross_entropy(Z, t), labels, {"wrt": ("Z",)}),
    "Convolve": (lambda _, x, w: convolve(x, w), signal, {"smallest": {"n": 5}}),
    "Centre": (lambda _, X: X - np.mean(X, axis=0, keepdims=True), rows, {}),
    "BatchMean": (lambda _, X: np.mean(np.sin(X), axis=0), rows, {}),
}


def function_with(name: str, backward: Any) -> type[Function]:
    """Return the operation `name` with a backward of (grad_output, *inputs)."""
    compute, make_inputs, _ = OPERATIONS[name]

    @functools.wraps(compute)  # so that the inputs have their names
    def forward(ctx, *inputs):
        ctx.save_for_backward(*inputs)
        return compute(ctx, *inputs)

    def run(ctx, grad_output):
        return backward(grad_output, *ctx.saved_tensors)

    body = {
        "forward": staticmethod(forward),
        "backward": staticmethod(run),
        "make_inputs": staticmethod(make_inputs),
    }
    return type(name, (Function,), body)


@pytest.fixture
def build():
    """Return an operation as a Function: ``build("Tanh", lambda g, x: ...)``."""
    return function_with


@pytest.fixture
def examined():
    """Examine an operation's backward: ``examined("Tanh", lambda g, x: ..., seed=0)``."""

    def run(name: str, backward: Any, seed: int | None = 0, **how: Any) -> Report:
        return examine(function_with(name, backward), seed=seed, **{**OPERATIONS[name][2], **how})

    return run
