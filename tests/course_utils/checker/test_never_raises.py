"""Whatever a backward returns or does, and however odd the forward is, the end is a report."""

from __future__ import annotations

import functools
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.autodiff.function import Function
from course_utils.checker import Report, examine

# ------------------------------------------------------------------ forwards


def looked_up(E, ids):
    return np.tanh(E[np.real(ids).astype(int)])


def quantile(p):
    return np.vectorize(NormalDist().inv_cdf)(np.real(p))


def strict(x):
    if (np.real(x) <= 0).any():
        raise ArithmeticError("only positive numbers")
    return np.sqrt(x)


def looped(x, w):
    out = [float(np.real(np.sum(x[i : i + len(w)] * w))) for i in range(len(x) - len(w) + 1)]
    return np.array(out)


def rough(x):
    return np.sin(np.real(x).astype(np.float32)).astype(np.float64)


def normal(rng, q=7, n=5):
    return (rng.normal(size=(q, n)),)


def squares(rng, n=4):
    return (rng.normal(size=(n, n)),)


# Name: (what is computed, what draws its inputs, what else `examine` is told).
FORWARDS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "embedding": (
        looked_up,
        lambda rng, c=5, n=3, q=7: (rng.normal(size=(c, n)), rng.integers(c, size=q)),
        {"wrt": ("E",)},
    ),
    "probit": (quantile, lambda rng, n=5: (rng.uniform(0.1, 0.9, size=n),), {}),
    "strict root": (strict, lambda rng, n=5: (rng.uniform(0.5, 2.0, size=n),), {}),
    "arccos": (lambda x: np.arccos(x), lambda rng, n=5: (rng.uniform(-0.9, 0.9, size=n),), {}),
    "loop": (looped, lambda rng, n=9, k=3: (rng.normal(size=n), rng.normal(size=k)), {}),
    "determinant": (lambda A: np.linalg.det(A), squares, {}),
    "inverse": (lambda A: np.linalg.inv(A), squares, {}),
    "sort": (lambda X: np.sort(X, axis=1), normal, {}),
    "norm": (lambda X: X / np.linalg.norm(X, axis=1, keepdims=True), normal, {}),
    "step": (lambda X: np.floor(np.real(X)), normal, {}),
    "float32": (rough, normal, {}),
    "whole numbers": (lambda X: np.rint(np.real(X)).astype(int), normal, {}),
    "one number": (lambda a, b: a * b**2, lambda rng: (rng.normal(), rng.normal()), {}),
    "constant": (lambda X: 0 * X + 1.0, normal, {}),
    "layer": (
        lambda X, W, b: np.maximum(np.real(X @ W + b), 0.0),
        lambda rng, q=5, n=3, p=2: (
            *(rng.normal(size=(q, n)), rng.normal(size=(n, p)), rng.normal(size=(1, p))),
        ),
        {},
    ),
}


def function_of(name: str, answer: Any) -> type[Function]:
    """Return the forward `name` with a backward ``answer(grad_output, *inputs)``."""
    compute, make_inputs, _ = FORWARDS[name]
    names = compute.__code__.co_varnames[: compute.__code__.co_argcount]

    def forward(ctx, *inputs):
        ctx.save_for_backward(*inputs)
        return compute(*inputs)

    class Odd(Function):
        @staticmethod
        def backward(ctx, grad_output):
            return answer(grad_output, *ctx.saved_tensors)

        @classmethod
        def input_names(cls):
            return names

    Odd.forward = staticmethod(forward)  # type: ignore[assignment, method-assign]
    Odd.make_inputs = staticmethod(make_inputs)  # type: ignore[attr-defined]
    return Odd


# ------------------------------------------------------------------ answers

FACTORS = (1.0, -1.0, 0.0, 1e-300, 1e-20, 1e20, 1e300, np.inf, np.nan, 0.49, 2.0)
NUMBERS = st.sampled_from(FACTORS)

ONE: dict[str, Any] = {
    "the input": lambda x, g, c: c * x,
    "a constant": lambda x, g, c: np.full(x.shape, c),
    "a little more": lambda x, g, c: np.zeros(x.shape) + 1e-20,
    "the upstream": lambda x, g, c: c * g,
    "its sum": lambda x, g, c: np.full(x.shape, c * np.sum(g)),
    "chance": lambda x, g, c: np.random.default_rng().normal(size=x.shape),
    "one entry": lambda x, g, c: _with_one(x.shape, c),
    "turned": lambda x, g, c: c * x.T,
    "flat": lambda x, g, c: c * x.ravel(),
    "an axis more": lambda x, g, c: c * x[None],
    "six axes more": lambda x, g, c: c * x[(None,) * 6],
    "empty": lambda x, g, c: np.zeros(0),
    "a number": lambda x, g, c: c,
    "a matrix": lambda x, g, c: np.asmatrix(np.ones((2, 2))),
    "masked": lambda x, g, c: np.ma.masked_array(np.ones(x.shape), x > 0),
    "float32": lambda x, g, c: x.astype(np.float32),
    "whole": lambda x, g, c: np.ones(x.shape, dtype=int),
    "complex": lambda x, g, c: x + 1j,
    "objects": lambda x, g, c: x.astype(object),
    "text": lambda x, g, c: "gradient",
    "bytes": lambda x, g, c: np.full(x.shape, b"1"),
    "rows": lambda x, g, c: [[1.0], [2.0, 3.0]],
    "numbers": lambda x, g, c: x.tolist(),
    "a function": lambda x, g, c: np.sin,
    "nothing": lambda x, g, c: None,
    "a dictionary": lambda x, g, c: {"grad": x},
    "read only": lambda x, g, c: np.broadcast_to(c, x.shape),
    "the same array": lambda x, g, c: x,
    "a date": lambda x, g, c: np.full(x.shape, "2024-02-29", dtype="datetime64[D]"),
    "a record": lambda x, g, c: np.zeros(x.shape, dtype=[("a", float)]),
}

DEEDS: dict[str, Any] = {
    "nothing": lambda g, *inputs: None,
    "writes into an input": lambda g, *inputs: np.add(inputs[0], 1, out=inputs[0]),
    "writes into grad_output": lambda g, *inputs: np.add(g, 1, out=g),
    "divides by zero": lambda g, *inputs: 1 / 0,
    "leaves": lambda g, *inputs: exit(3),
    "stops": lambda g, *inputs: next(iter(())),
    "goes too deep": lambda g, *inputs: DEEDS["goes too deep"](g, *inputs),
    "sets NumPy": lambda g, *inputs: np.seterr(all="raise") and None,
}


def _with_one(shape, c):
    out = np.zeros(shape)
    out.flat[:1] = c
    return out


def answer(kinds, deed, factor, shape):
    """Return a backward that does `deed`, and returns for each input what `kinds` say."""

    def backward(g, *inputs):
        DEEDS[deed](g, *inputs)
        found = [ONE[kind](x, g, factor) for kind, x in zip(kinds, inputs, strict=False)]
        return found[0] if shape == "one" and found else shape(found) if callable(shape) else found

    return backward


ANSWERS = st.builds(
    answer,
    st.lists(st.sampled_from(sorted(ONE)), max_size=4),
    st.sampled_from(["nothing"] * 12 + sorted(DEEDS)),
    NUMBERS,
    st.sampled_from(["one", tuple, list, iter, lambda found: {0: found}]),
)


def ends_with_a_report(name, backward, seed):
    report = examine(function_of(name, backward), seed=seed, **FORWARDS[name][2])
    assert isinstance(report, Report)
    assert report.passed is not bool(report.findings)
    assert report.name in report.text()
    report.to_dict()
    if not report.passed:
        report.html()
    return report


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(sorted(FORWARDS)), ANSWERS, st.integers(0, 2**32 - 1))
def test_garbage_ends_with_a_report(name, backward, seed):
    ends_with_a_report(name, backward, seed)


NEARLY = st.sampled_from(["g", "x", "1e-20", "sign", "batch", "other", "last", "mean"])


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(sorted(FORWARDS)), NEARLY, NUMBERS, st.integers(0, 2**32 - 1))
def test_what_is_nearly_right_ends_with_a_report(name, slip, factor, seed):
    from course_utils.measure.fast_vjp import fast_vjp

    compute, _, how = FORWARDS[name]
    wrt = len(how.get("wrt", ())) or None

    def backward(g, *inputs):
        right = [np.asarray(r) for r in fast_vjp(compute, inputs, g)[:wrt]]
        slips = {
            "g": lambda r: r * factor,
            "x": lambda r: r + factor * inputs[0].sum(),
            "1e-20": lambda r: r + 1e-20,
            "sign": lambda r: np.abs(r),
            "batch": lambda r: r / max(len(g), 1) if g.ndim else r,
            "other": lambda r: right[-1] if right[-1].shape == r.shape else r + 1,
            "last": lambda r: np.where(np.arange(r.size).reshape(r.shape) == r.size - 1, 0, r),
            "mean": lambda r: np.broadcast_to(np.mean(r), r.shape).copy(),
        }
        return tuple(slips[slip](r) for r in right)

    ends_with_a_report(name, backward, seed)


ROOTS = [  # (forward, a wrong backward)
    ("embedding", lambda g, E, ids: np.zeros(E.shape) + 1.0),
    ("embedding", lambda g, E, ids: np.zeros(E.shape) + g.sum()),
    ("probit", lambda g, p: g * p),
    ("probit", lambda g, p: g / p),
    ("strict root", lambda g, x: g * x),
    ("layer", lambda g, X, W, b: (g @ W.T + 1e-20, X.T @ g, g.sum(axis=0, keepdims=True))),
    ("constant", lambda g, X: np.zeros(X.shape) + 1e-20),
    ("one number", lambda g, a, b: (np.asarray(1e-20), np.asarray(1e-20))),
]


@pytest.mark.parametrize(("name", "backward"), ROOTS)
def test_no_hypothesis_raises(name, backward, monkeypatch):
    """The guard around hypotheses is for what nobody has thought of."""
    from course_utils.checker import hypotheses

    monkeypatch.setattr(hypotheses, "_asked", lambda hypothesis, evidence: hypothesis(evidence))
    for seed in range(5):
        ends_with_a_report(name, backward, seed)


def test_a_hypothesis_that_raises_says_nothing():
    from course_utils.checker.hypotheses import diagnose

    def breaks(evidence: Any) -> Any:
        raise ZeroDivisionError

    said = functools.partial(lambda found, evidence: found, "a finding")
    assert diagnose(None, (breaks, said)) == "a finding"  # type: ignore[arg-type, type-var]
