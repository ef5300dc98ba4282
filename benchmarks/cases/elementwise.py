"""Operations entry by entry: y[i] depends on x[i] alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.cases.table import Table

table = Table()
op, right, wrong = table.op, table.right, table.wrong
OPS, CASES = table.OPS, table.CASES

# A table: a case takes one line or two, in columns that are easy to compare.
# fmt: off


def sigmoid(x: Any) -> Any:
    """Return 1/(1 + e^-x), which does not overflow in this form."""
    return (1 + np.tanh(x / 2)) / 2


# --- exp
op("exp", "y = e^x", np.exp, {"x": "n"}, dims={"n": 7})
right("exp", "array", "array at once", lambda g, x: (g * np.exp(x),))
right("exp", "comprehension", "plain floats in a list",
      lambda g, x: ([math.exp(a) * b for a, b in zip(x, g, strict=True)],))
right("exp", "float32", "float32 inside",
      lambda g, x: (np.exp(x.astype(np.float32)).astype(float) * g,))
wrong("exp", "passes_on", "missing-local", "e^x left out", lambda g, x: (g,), accept="wrong-local")
wrong("exp", "no_g", "no-upstream", "grad_output left out", lambda g, x: (np.exp(x),))
wrong("exp", "minus", "factor:-1", "a sign from somewhere", lambda g, x: (-g * np.exp(x),))
wrong("exp", "power_rule", "wrong-local", "treated as a power: x e^(x-1)",
      lambda g, x: (g * x * np.exp(x - 1),), accept="missing-local wrong-point")
wrong("exp", "twice", "wrong-point", "the exponential of the output",
      lambda g, x: (g * np.exp(np.exp(x)),), accept="wrong-local")
wrong("exp", "mean_g", "upstream-misused", "grad_output averaged first",
      lambda g, x: (np.exp(x) * g.mean(),))
wrong("exp", "column", "shape", "a column for a vector",
      lambda g, x: ((g * np.exp(x))[:, None],))
wrong("exp", "single", "dtype-float32", "float32 returned",
      lambda g, x: ((g * np.exp(x)).astype(np.float32),), needs="contract")
wrong("exp", "two", "count", "a gradient too many", lambda g, x: (g * np.exp(x), g))


@wrong("exp", "in_place_g", "mutates-upstream", "grad_output multiplied in place",
       accept="alias", needs="contract")
def _exp_in_place_g(g: Any, x: Any) -> Any:
    g *= np.exp(x)
    return (g,)


@wrong("exp", "in_place_x", "mutates-input", "x overwritten to save memory", needs="contract")
def _exp_in_place_x(g: Any, x: Any) -> Any:
    np.exp(x, out=x)
    return (g * x,)


@wrong("exp", "short_loop", "entries", "the loop stops one entry early", accept="zero")
def _exp_short_loop(g: Any, x: Any) -> Any:
    out = np.zeros(len(x))
    for i in range(len(x) - 1):
        out[i] = g[i] * math.exp(x[i])
    return (out,)


# --- log1p
op("log1p", "y = log(1 + x), x > 0", np.log1p, {"x": "n"}, dims={"n": 5},
   turn={"x": lambda x, _: np.abs(x)})
right("log1p", "array", "array at once", lambda g, x: (g / (1 + x),))
right("log1p", "via_output", "from the output", lambda g, x: g * np.exp(-np.log1p(x)))
wrong("log1p", "value", "missing-local", "not differentiated: log(1 + x) g",
      lambda g, x: (g * np.log1p(x),), accept="wrong-local")
wrong("log1p", "one_over_y", "wrong-point", "1 over the output",
      lambda g, x: (g / np.log1p(x),), accept="wrong-local")
wrong("log1p", "squared", "wrong-local", "1/(1 + x)^2",
      lambda g, x: (g / (1 + x) ** 2,), accept="wrong-point missing-local")
wrong("log1p", "minus", "factor:-1", "sign of the next derivative", lambda g, x: (-g / (1 + x),))
wrong("log1p", "base_ten", "wrong-local", "logarithm to base 10",
      lambda g, x: (g / ((1 + x) * math.log(10)),), accept="factor:*")
wrong("log1p", "epsilon", "small-error", "1e-4 added to be safe",
      lambda g, x: (g / (1 + x + 1e-4),), accept="wrong-local")
wrong("log1p", "abs_g", "upstream-misused", "size of grad_output",
      lambda g, x: (np.abs(g) / (1 + x),))

# --- softplus
op("softplus", "y = log(1 + e^x)", lambda x: np.logaddexp(x * 0, x), {"x": "q n"},
   dims={"q": 5, "n": 3}, batch="q",
   special=(("large", lambda r: (np.array([[800.0, -800.0, 0.5], [-2.0, 40.0, -40.0]]),)),))
right("softplus", "tanh", "stable by tanh", lambda g, x: (g * sigmoid(x),))


@right("softplus", "branches", "two branches in a loop")
def _softplus_branches(g: Any, x: Any) -> Any:
    out = np.empty_like(x)
    for index, a in np.ndenumerate(x):
        e = math.exp(-abs(a))
        out[index] = g[index] * (1 / (1 + e) if a > 0 else e / (1 + e))
    return out


wrong("softplus", "naive", "overflow", "e^x/(1 + e^x): inf/inf for large x",
      lambda g, x: (g * np.exp(x) / (1 + np.exp(x)),), accept="nan", needs="special:large")
wrong("softplus", "other_side", "wrong-local", "1/(1 + e^x)",
      lambda g, x: (g * sigmoid(-x),), accept="wrong-point missing-local")
wrong("softplus", "next", "wrong-local", "one derivative too far: s (1 - s)",
      lambda g, x: (g * sigmoid(x) * sigmoid(-x),), accept="missing-local wrong-point")
wrong("softplus", "step", "wrong-local", "the derivative of relu",
      lambda g, x: (g * (x > 0),), accept="missing-local entries clipped")
wrong("softplus", "clip", "clipped", "clipped to [-5, 5] against overflow",
      lambda g, x: (g * sigmoid(np.clip(x, -5, 5)),), accept="wrong-local wrong-point entries",
      needs="special:large")
wrong("softplus", "rows", "one-sample", "only the first row is filled in",
      lambda g, x: (np.vstack([g[:1] * sigmoid(x[:1]), np.zeros_like(x[1:])]),),
      accept="only-q1 entries")
wrong("softplus", "at_y", "wrong-point", "sigmoid of the output",
      lambda g, x: (g * sigmoid(np.logaddexp(0, x)),), accept="wrong-local")

# --- gelu
_C, _K = math.sqrt(2 / math.pi), 0.044715


def _inner(x: Any, k: float = _K) -> Any:
    return np.tanh(_C * (x + k * x**3))


def _gelu_slope(x: Any, k: float = _K) -> Any:
    t = _inner(x, k)
    return (1 + t) / 2 + x / 2 * (1 - t * t) * _C * (1 + 3 * k * x * x)


op("gelu", "y = x (1 + tanh(c (x + k x^3)))/2", lambda x: x * (1 + _inner(x)) / 2, {"x": "q n"},
   dims={"q": 3, "n": 5}, batch="q")
right("gelu", "array", "array at once", lambda g, x: (g * _gelu_slope(x),))
right("gelu", "cosh", "with 1/cosh^2",
      lambda g, x: (g * ((1 + _inner(x)) / 2 + x / 2 / np.cosh(np.arctanh(_inner(x))) ** 2
                         * _C * (1 + 3 * _K * x**2)),))
wrong("gelu", "no_product", "missing-term", "product rule: only the first term",
      lambda g, x: (g * (1 + _inner(x)) / 2,), accept="missing-local wrong-local")
wrong("gelu", "second_term", "missing-term", "product rule: only the second term",
      lambda g, x: (g * (_gelu_slope(x) - (1 + _inner(x)) / 2),),
      accept="missing-local wrong-local")
wrong("gelu", "no_inner", "missing-local", "the inside of tanh is not differentiated",
      lambda g, x: (g * ((1 + _inner(x)) / 2 + x / 2 * (1 - _inner(x) ** 2)),),
      accept="wrong-local")
wrong("gelu", "one_minus_t", "wrong-local", "1 - tanh for 1 - tanh^2",
      lambda g, x: (g * ((1 + _inner(x)) / 2
                         + x / 2 * (1 - _inner(x)) * _C * (1 + 3 * _K * x**2)),),
      accept="wrong-point missing-local")
wrong("gelu", "rounded", "small-error", "the constant rounded to 0.045",
      lambda g, x: (g * _gelu_slope(x, 0.045),), accept="wrong-local")
wrong("gelu", "one_for_three", "wrong-local", "the 3 of x^3 forgotten",
      lambda g, x: (g * ((1 + _inner(x)) / 2
                         + x / 2 * (1 - _inner(x) ** 2) * _C * (1 + _K * x**2)),),
      accept="missing-local missing-term wrong-point")

# --- swish
op("swish", "y = x s(x)", lambda x: x * sigmoid(x), {"x": "q n"}, dims={"q": 3, "n": 7}, batch="q")
right("swish", "array", "array at once",
      lambda g, x: (g * (sigmoid(x) + x * sigmoid(x) * sigmoid(-x)),))
right("swish", "by_output", "from the output",
      lambda g, x: (g * (x * sigmoid(x) + sigmoid(x) * (1 - x * sigmoid(x))),))
right("swish", "flat_view", "through a flat view",
      lambda g, x: ((g.ravel() * [s + a * s * (1 - s) for a, s in zip(
          x.ravel(), sigmoid(x).ravel(), strict=True)]).reshape(x.shape),))
wrong("swish", "only_s", "missing-term", "x treated as constant in x s(x), the other way",
      lambda g, x: (g * sigmoid(x),), accept="missing-local wrong-local")
wrong("swish", "only_ds", "missing-term", "the first term of the product rule missing",
      lambda g, x: (g * x * sigmoid(x) * sigmoid(-x),), accept="missing-local wrong-local")
wrong("swish", "no_x", "missing-local", "the factor x of the second term missing",
      lambda g, x: (g * (sigmoid(x) + sigmoid(x) * sigmoid(-x)),), accept="wrong-local")
wrong("swish", "s_at_y", "wrong-point", "sigmoid of the output",
      lambda g, x: (g * (lambda s: s + x * s * (1 - s))(sigmoid(x * sigmoid(x))),),
      accept="wrong-local")
wrong("swish", "square_g", "upstream-misused", "grad_output used twice",
      lambda g, x: (g * g * (sigmoid(x) + x * sigmoid(x) * sigmoid(-x)),))
wrong("swish", "relu", "wrong-local", "the derivative of relu",
      lambda g, x: (g * (x > 0),), accept="missing-local entries clipped")

# --- cube
op("cube", "y = x^3", lambda x: x**3, {"x": "q n"}, dims={"q": 5, "n": 3}, batch="q", square="q n")
right("cube", "array", "array at once", lambda g, x: (3 * x * x * g,))
right("cube", "einsum", "einsum", lambda g, x: (np.einsum("qn,qn,qn->qn", x, 3 * x, g),))
right("cube", "fortran", "result in column order", lambda g, x: (np.asfortranarray(3 * x**2 * g),))
right("cube", "rows", "row after row", lambda g, x: np.stack(
    [3 * a**2 * b for a, b in zip(x, g, strict=True)]))
right("cube", "nested", "nested lists", lambda g, x: ((3 * x**2 * g).tolist(),))
wrong("cube", "no_three", "factor:1/3", "the exponent does not come down",
      lambda g, x: (x**2 * g,), accept="factor:0.333333")
wrong("cube", "three_x", "wrong-local", "3x for 3x^2",
      lambda g, x: (3 * x * g,), accept="wrong-point missing-local")
wrong("cube", "same_power", "wrong-local", "the exponent stays: 3x^3",
      lambda g, x: (3 * x**3 * g,), accept="missing-local wrong-point")
wrong("cube", "value", "missing-local", "not differentiated",
      lambda g, x: (x**3 * g,), accept="wrong-local")
wrong("cube", "abs_x", "wrong-local", "the sign of x mixed in",
      lambda g, x: (3 * x * np.abs(x) * g,), accept="only-positive entries")
wrong("cube", "turned", "transpose", "the transpose returned",
      lambda g, x: ((3 * x**2 * g).T,), accept="shape")
wrong("cube", "reshaped", "reshape", "the transpose reshaped until it fits",
      lambda g, x: ((3 * x**2 * g).T.reshape(x.shape),))
wrong("cube", "upside_down", "wrong-axis", "rows in reverse order",
      lambda g, x: ((3 * x**2 * g)[::-1],), accept="entries")
wrong("cube", "row_mean_g", "upstream-misused", "grad_output averaged over the batch",
      lambda g, x: (3 * x**2 * g.mean(axis=0),), accept="wrong-axis")
wrong("cube", "object", "dtype-object", "an array of Python objects",
      lambda g, x: ((3 * x**2 * g).astype(object),), needs="contract")
wrong("cube", "text", "type", "words", lambda g, x: "3 x^2")
wrong("cube", "nothing", "type", "no return", lambda g, x: None, accept="count")
wrong("cube", "h", "small-error", "a forward difference with h = 1e-3",
      lambda g, x: (((x + 1e-3) ** 3 - x**3) / 1e-3 * g,), accept="wrong-local")


@wrong("cube", "ints", "dtype-int", "collected in an integer array")
def _cube_ints(g: Any, x: Any) -> Any:
    out = np.zeros(x.shape, dtype=int)
    for index in np.ndindex(x.shape):
        out[index] = 3 * x[index] ** 2 * g[index]
    return (out,)


@wrong("cube", "adds_up", "stateful", "adds to what the last call left",
       needs="contract", fresh=True)
def _cube_adds_up() -> Any:
    kept: dict[tuple[int, ...], Any] = {}

    def backward(g: Any, x: Any) -> Any:
        kept[x.shape] = kept.get(x.shape, 0) + 3 * x**2 * g
        return (kept[x.shape].copy(),)

    return backward


@wrong("cube", "buffer", "alias", "the same array filled and returned each time",
       needs="contract", fresh=True)
def _cube_buffer() -> Any:
    kept: dict[tuple[int, ...], Any] = {}

    def backward(g: Any, x: Any) -> Any:
        out = kept.setdefault(x.shape, np.empty(x.shape))
        out[...] = 3 * x**2 * g
        return (out,)

    return backward


@wrong("cube", "first_answer", "stateful", "keeps the first answer for inputs of one shape",
       needs="contract", fresh=True, accept="wrong-local wrong-point no-upstream upstream-misused")
def _cube_first_answer() -> Any:
    kept: dict[tuple[int, ...], Any] = {}

    def backward(g: Any, x: Any) -> Any:
        return (kept.setdefault(x.shape, 3 * x**2 * g).copy(),)

    return backward


@wrong("cube", "noise", "nondeterministic", "jitter against symmetry",
       fresh=True, accept="stateful")
def _cube_noise() -> Any:
    rng = np.random.default_rng(0)
    return lambda g, x: (3 * x**2 * g * (1 + 1e-3 * rng.normal(size=x.shape)),)


@right("cube", "memo", "remembers, and asks whether the inputs are the same", fresh=True)
def _cube_memo() -> Any:
    kept: dict[bytes, Any] = {}

    def backward(g: Any, x: Any) -> Any:
        key = g.tobytes() + x.tobytes() + bytes(x.shape)
        if key not in kept:
            kept[key] = 3 * x**2 * g
        return (kept[key].copy(),)

    return backward


# --- reciprocal
op("reciprocal", "y = 1/x, |x| > 1/2", lambda x: 1 / x, {"x": "n"}, dims={"n": 5},
   turn={"x": lambda x, _: x + 0.5 * np.sign(x)})
right("reciprocal", "array", "array at once", lambda g, x: (-g / x**2,))
right("reciprocal", "by_output", "from the output", lambda g, x: (-g * (1 / x) * (1 / x),))
wrong("reciprocal", "plus", "factor:-1", "sign forgotten", lambda g, x: (g / x**2,))
wrong("reciprocal", "log", "wrong-local", "integrated, not differentiated",
      lambda g, x: (g * np.log(np.abs(x)),), accept="missing-local")
wrong("reciprocal", "first_power", "wrong-local", "-1/x", lambda g, x: (-g / x,),
      accept="missing-local wrong-point")
wrong("reciprocal", "positive", "only-positive", "|x| x for x^2: right for positive x",
      lambda g, x: (-g / (x * np.abs(x)),), accept="wrong-local entries")
wrong("reciprocal", "two", "factor:2", "the exponent of x^-2 comes down",
      lambda g, x: (-2 * g / x**2,))

# --- leaky relu
op("leaky", "y = x for x > 0, else x/10", lambda x: np.where(x > 0, x, x / 10), {"x": "q n"},
   dims={"q": 5, "n": 7}, batch="q",
   special=(("zeros", lambda r: (np.array([[0.0, -1.0, 2.0], [1.5, 0.0, -0.25]]),)),))
right("leaky", "where", "np.where, 1/10 at zero", lambda g, x: (np.where(x > 0, g, g / 10),))
right("leaky", "mask", "a mask, 1 at zero", lambda g, x: (g * (0.9 * (x >= 0) + 0.1),))
right("leaky", "half", "by the sign: the middle at zero",
      lambda g, x: (g * (0.55 + 0.45 * np.sign(x)),))
wrong("leaky", "relu", "missing-local", "0 for negative x: the derivative of relu",
      lambda g, x: (g * (x > 0),), accept="wrong-local entries clipped only-positive")
wrong("leaky", "none", "missing-local", "grad_output passed on",
      lambda g, x: (g.copy(),), accept="wrong-local entries only-positive clipped")
wrong("leaky", "mask_of_g", "upstream-misused", "the mask taken from grad_output",
      lambda g, x: (np.where(g > 0, g, g / 10),), accept="wrong-input wrong-local wrong-point")
wrong("leaky", "flipped", "wrong-local", "the branches exchanged",
      lambda g, x: (np.where(x > 0, g / 10, g),), accept="entries missing-local factor:*")
wrong("leaky", "y_over_x", "nan", "y/x: 0/0 at zero",
      lambda g, x: (g * np.where(x > 0, x, x / 10) / x,), needs="special:zeros")

# --- clip
op("clip", "y = x cut off at -1 and 1", lambda x: np.clip(x, -1, 1), {"x": "n"}, dims={"n": 11})
right("clip", "mask", "a mask", lambda g, x: (g * (np.abs(x) < 1),))


@right("clip", "loop", "a loop with comparisons")
def _clip_loop(g: Any, x: Any) -> Any:
    out = np.zeros(x.shape)
    for i in range(x.size):
        if -1.0 < x[i] < 1.0:
            out[i] = g[i]
    return out


wrong("clip", "none", "missing-local", "the mask left out",
      lambda g, x: (g.copy(),), accept="wrong-local entries")
wrong("clip", "one_side", "missing-local", "only the upper end",
      lambda g, x: (g * (x < 1),), accept="wrong-local entries only-positive")
wrong("clip", "clips_g", "upstream-misused", "grad_output is clipped, not x",
      lambda g, x: (np.clip(g, -1, 1),), accept="clipped wrong-input wrong-local")
wrong("clip", "value", "missing-local", "not differentiated", lambda g, x: (g * np.clip(x, -1, 1),),
      accept="wrong-local wrong-point")
wrong("clip", "outside", "wrong-local", "the mask the wrong way round",
      lambda g, x: (g * (np.abs(x) > 1),), accept="entries missing-local")

# --- power
op("power", "y = x^a, x > 0, a a scalar", lambda x, a: x**a, {"x": "n", "a": ""}, dims={"n": 5},
   turn={"x": lambda x, _: np.abs(x) + 0.3})
right("power", "array", "array at once",
      lambda g, x, a: (g * a * x ** (a - 1), np.sum(g * x**a * np.log(x))))
right("power", "floats", "a Python float for the scalar",
      lambda g, x, a: [g * a * x**a / x, float(g @ (x**a * np.log(x)))])
wrong("power", "a_not_summed", "no-batch-sum", "grad_a not summed",
      lambda g, x, a: (g * a * x ** (a - 1), g * x**a * np.log(x)), accept="shape")
wrong("power", "a_one", "shape", "grad_a of shape (1,)",
      lambda g, x, a: (g * a * x ** (a - 1), np.array([np.sum(g * x**a * np.log(x))])))
wrong("power", "no_log", "missing-local", "the logarithm left out of grad_a",
      lambda g, x, a: (g * a * x ** (a - 1), np.sum(g * x**a)), accept="wrong-local")
wrong("power", "order", "order", "grad_a first",
      lambda g, x, a: (np.sum(g * x**a * np.log(x)), g * a * x ** (a - 1)), accept="shape")
wrong("power", "one", "count", "only grad_x", lambda g, x, a: (g * a * x ** (a - 1),))
wrong("power", "exponent", "wrong-local", "the exponent is not lowered",
      lambda g, x, a: (g * a * x**a, np.sum(g * x**a * np.log(x))),
      accept="wrong-point missing-local")
wrong("power", "no_a", "missing-local", "the factor a left out of grad_x",
      lambda g, x, a: (g * x ** (a - 1), np.sum(g * x**a * np.log(x))),
      accept="wrong-local factor:*")
