"""Right code that computes in float32 passes; small mistakes do not pass for it."""

import numpy as np
import pytest

from course_utils.autodiff.function import Function
from course_utils.checker import examine
from course_utils.checker.backward_call import Subject
from course_utils.checker.float32 import is_coarse
from course_utils.checker.trials import Trial
from tests.functions import function_of

SEEDS = range(40)


def low(*arrays):
    return [np.asarray(a, dtype=np.float32) for a in arrays]


def high(*arrays):
    return tuple(a.astype(np.float64) for a in arrays)


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def through_softmax(g, Z):
    s = softmax(Z)
    return (s * (g - (g * s).sum(axis=1, keepdims=True)),)


def through_network(g, X, W, V):
    H = np.tanh(X @ W)
    D = (g @ V.T) * (1 - H**2)
    return D @ W.T, X.T @ D, H.T @ g


def through_sines(g, x, M):
    u = M @ x
    return (g * (M.T @ (np.cos(u) * np.sin(u) ** 2)),)


def peaked(rng, q=3, k=4):
    return (4 * rng.normal(size=(q, k)),)


def network(rng, q=5, n=4, h=3, p=2):
    return rng.normal(size=(q, n)), rng.normal(size=(n, h)), rng.normal(size=(h, p))


def sines(rng, n=3, m=4):
    return rng.normal(size=n), rng.normal(size=(m, n))


# Name: (forward, its right backward, make_inputs, what has a gradient).
OPERATIONS = {
    "softmax": (softmax, through_softmax, peaked, (0,)),
    "network": (lambda X, W, V: np.tanh(X @ W) @ V, through_network, network, (0, 1, 2)),
    "sines": (lambda x, M: np.sum(np.sin(M @ x) ** 3) / 3, through_sines, sines, (0,)),
}


def examined(name, backward, seed):
    _, _, make_inputs, wrt = OPERATIONS[name]
    return examine(function_of(OPERATIONS[name][0], backward), make_inputs, wrt=wrt, seed=seed)


@pytest.mark.parametrize("name", OPERATIONS)
def test_float32_inside_passes_whatever_the_seed(name):
    right = OPERATIONS[name][1]
    failed = [
        seed
        for seed in SEEDS
        if not examined(name, lambda g, *x: high(*right(*low(g, *x))), seed).passed
    ]
    assert not failed


# In float32 as well as in float64.
SMALL_MISTAKES = [
    ("a factor", lambda grads: [1.00002 * a for a in grads]),
    ("something added", lambda grads: [a + 2e-5 * np.abs(a).max() for a in grads]),
    ("digits cut off", lambda grads: [a.astype(np.float16).astype(a.dtype) for a in grads]),
]


@pytest.mark.parametrize("precise", [True, False], ids=["float64", "float32"])
@pytest.mark.parametrize(
    "spoil", [m[1] for m in SMALL_MISTAKES], ids=[m[0] for m in SMALL_MISTAKES]
)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_small_mistake_does_not_pass_for_rounding(name, spoil, precise):
    right = OPERATIONS[name][1]

    def backward(g, *inputs):
        given = (g, *inputs) if precise else low(g, *inputs)
        return high(*spoil(right(*given)))

    passed = [seed for seed in range(6) if examined(name, backward, seed).passed]
    assert not passed


ANSWERS = [
    ("float64", lambda g, x: 2 * g * x, False),
    ("float32 of both", lambda g, x: high(2 * low(g)[0] * low(x)[0])[0], True),
    ("float32 of the input", lambda g, x: 2 * g * low(x)[0].astype(float), True),
    ("float32 of grad_output", lambda g, x: 2 * x * low(g)[0].astype(float), True),
    ("only the sign of the input", lambda g, x: g * np.sign(x), False),
    ("no grad_output", lambda g, x: 2 * x, False),
    ("all zeros", lambda g, x: 0 * x, False),
]


@pytest.mark.parametrize(
    ("answer", "coarse"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS]
)
def test_float32_is_told_by_what_leaves_it_unmoved(answer, coarse):
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, grad_output):
            return answer(grad_output, *ctx.saved_tensors)

    rng = np.random.default_rng(0)
    x, g = rng.normal(size=9), rng.normal(size=9)
    trial = Trial("generic", {}, True, lambda rng: (x,), inputs=(x,), output=x**2, upstream=g)
    subject = Subject(Square, (0,), ("x",))
    assert is_coarse(subject, trial, 0) is coarse
