"""Normalisations and losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases.table import Table

table = Table()
op, right, wrong = table.op, table.right, table.wrong
OPS, CASES = table.OPS, table.CASES

# A table: a case takes one line or two, in columns that are easy to compare.
# fmt: off


def _length(x: Any) -> Any:
    return np.sqrt((x**2).sum(axis=1, keepdims=True))


def _dots(g: Any, x: Any) -> Any:
    return (g * x).sum(axis=1, keepdims=True)


# --- rows of length 1
op("unit_rows", "Y = X with each row divided by its length",
   lambda X: X / np.sqrt((X**2).sum(axis=1, keepdims=True)), {"X": "q n"},
   dims={"q": 3, "n": 5}, square="q n", batch="q", lo={"n": 2})
right("unit_rows", "array", "array at once",
      lambda g, X: (g / _length(X) - X * _dots(g, X) / _length(X) ** 3,))
right("unit_rows", "projector", "row after row, by the projector", lambda g, X: (np.array([
    (np.eye(x.size) - np.outer(x, x) / (x @ x)) @ h / np.sqrt(x @ x)
    for x, h in zip(X, g, strict=True)]),))
wrong("unit_rows", "constant", "missing-term", "the length taken for a constant",
      lambda g, X: (g / _length(X),), accept="missing-local wrong-local")
wrong("unit_rows", "plus", "wrong-local", "second term with the wrong sign",
      lambda g, X: (g / _length(X) + X * _dots(g, X) / _length(X) ** 3,), accept="missing-term")
wrong("unit_rows", "power", "wrong-local", "the length squared for cubed",
      lambda g, X: (g / _length(X) - X * _dots(g, X) / _length(X) ** 2,),
      accept="missing-local wrong-point missing-term")
wrong("unit_rows", "no_length", "missing-local", "the projector without 1/length",
      lambda g, X: (g - X * _dots(g, X) / _length(X) ** 2,), accept="wrong-local")
wrong("unit_rows", "axis", "wrong-axis", "the sum in the second term over the batch",
      lambda g, X: (g / _length(X) - X * (g * X).sum(axis=0) / _length(X) ** 3,),
      accept="wrong-local missing-term")
wrong("unit_rows", "no_g", "upstream-misused", "grad_output left out of the second term",
      lambda g, X: (g / _length(X) - X * X.sum(axis=1, keepdims=True) / _length(X) ** 3,),
      accept="missing-term wrong-local no-upstream")
wrong("unit_rows", "diagonal", "missing-term", "only the diagonal of the projector",
      lambda g, X: (g / _length(X) * (1 - X**2 / _length(X) ** 2),),
      accept="missing-local wrong-local")

# --- RMS norm
_EPS = 1e-5


def _rms(X: Any) -> Any:
    return np.sqrt((X**2).mean(axis=1, keepdims=True) + _EPS)


def _rms_X(g: Any, X: Any, w: Any) -> Any:
    return g * w / _rms(X) - X * _dots(g * w, X) / (X.shape[1] * _rms(X) ** 3)


op("rmsnorm", "Y = w X / sqrt(mean of X^2 over the row + 1e-5)", lambda X, w: w * X / _rms(X),
   {"X": "q n", "w": "n"}, dims={"q": 3, "n": 5}, square="q n", batch="q", lo={"n": 2})
right("rmsnorm", "array", "array at once",
      lambda g, X, w: (_rms_X(g, X, w), (g * X / _rms(X)).sum(axis=0)))
right("rmsnorm", "normalised", "from the normalised rows",
      lambda g, X, w: ((lambda H, u: (u - H * (u * H).mean(axis=1, keepdims=True)) / _rms(X))(
          X / _rms(X), g * w), np.einsum("qn,qn->n", g, X / _rms(X))))
wrong("rmsnorm", "constant", "missing-term", "the root taken for a constant",
      lambda g, X, w: (g * w / _rms(X), (g * X / _rms(X)).sum(axis=0)),
      accept="missing-local wrong-local")
wrong("rmsnorm", "no_n", "missing-local", "the 1/n of the mean forgotten",
      lambda g, X, w: (g * w / _rms(X) - X * _dots(g * w, X) / _rms(X) ** 3,
                       (g * X / _rms(X)).sum(axis=0)), accept="wrong-local missing-term")
wrong("rmsnorm", "no_w", "missing-local", "w left out of grad_X",
      lambda g, X, w: (_rms_X(g, X, np.ones_like(w)), (g * X / _rms(X)).sum(axis=0)),
      accept="wrong-local")
wrong("rmsnorm", "w_not_summed", "no-batch-sum", "grad_w not summed over the batch",
      lambda g, X, w: (_rms_X(g, X, w), g * X / _rms(X)), accept="shape")
wrong("rmsnorm", "w_mean", "factor:1/q", "grad_w averaged",
      lambda g, X, w: (_rms_X(g, X, w), (g * X / _rms(X)).mean(axis=0)))
wrong("rmsnorm", "w_not_divided", "missing-local", "X not normalised in grad_w",
      lambda g, X, w: (_rms_X(g, X, w), (g * X).sum(axis=0)),
      accept="wrong-point wrong-local wrong-input")
wrong("rmsnorm", "w_output", "wrong-point", "the output in grad_w",
      lambda g, X, w: (_rms_X(g, X, w), (g * w * X / _rms(X)).sum(axis=0)),
      accept="wrong-local wrong-input")
wrong("rmsnorm", "batch", "wrong-axis", "the mean over the batch in the second term",
      lambda g, X, w: (g * w / _rms(X) - X * (g * w * X).sum(axis=0) / (len(X) * _rms(X) ** 3),
                       (g * X / _rms(X)).sum(axis=0)), accept="wrong-local missing-term")
wrong("rmsnorm", "w_once", "missing-local", "w left out of the second term",
      lambda g, X, w: (g * w / _rms(X) - X * _dots(g, X) / (X.shape[1] * _rms(X) ** 3),
                       (g * X / _rms(X)).sum(axis=0)),
      accept="wrong-local missing-term wrong-point wrong-input")

# --- cosine similarity
op("cosine", "y = a b / (|a| |b|)",
   lambda a, b: np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b)), {"a": "n", "b": "n"},
   dims={"n": 5}, lo={"n": 2})


def _cos(a: Any, b: Any) -> Any:
    return a @ b / np.sqrt(a @ a * (b @ b))


def _cos_a(a: Any, b: Any) -> Any:
    return b / np.sqrt(a @ a * (b @ b)) - _cos(a, b) * a / (a @ a)


right("cosine", "array", "array at once", lambda g, a, b: (g * _cos_a(a, b), g * _cos_a(b, a)))
right("cosine", "units", "by unit vectors", lambda g, a, b: (lambda u, v: (
    g * (v - (u @ v) * u) / np.linalg.norm(a), g * (u - (u @ v) * v) / np.linalg.norm(b)))(
        a / np.linalg.norm(a), b / np.linalg.norm(b)))
wrong("cosine", "constant", "missing-term", "the length of a taken for a constant",
      lambda g, a, b: (g * b / np.sqrt(a @ a * (b @ b)), g * _cos_a(b, a)),
      accept="missing-local wrong-local")
wrong("cosine", "order", "order", "gradients exchanged",
      lambda g, a, b: (g * _cos_a(b, a), g * _cos_a(a, b)), accept="wrong-input wrong-local")
wrong("cosine", "plus", "wrong-local", "second term added",
      lambda g, a, b: (g * (b / np.sqrt(a @ a * (b @ b)) + _cos(a, b) * a / (a @ a)),
                       g * _cos_a(b, a)), accept="missing-term")
wrong("cosine", "minus", "factor:-1", "as of a distance 1 - cos",
      lambda g, a, b: (-g * _cos_a(a, b), -g * _cos_a(b, a)))
wrong("cosine", "other_length", "wrong-input", "divided by the length of b in the second term",
      lambda g, a, b: (g * (b / np.sqrt(a @ a * (b @ b)) - _cos(a, b) * a / (b @ b)),
                       g * _cos_a(b, a)),
      accept="wrong-local missing-term missing-local wrong-point")
wrong("cosine", "no_g", "no-upstream", "grad_output taken for 1",
      lambda g, a, b: (_cos_a(a, b), _cos_a(b, a)))

# --- standardised columns
_S = 1e-3


def _spread(X: Any) -> Any:
    return np.sqrt(((X - X.mean(axis=0)) ** 2).mean(axis=0) + _S)


op("standardise", "Y = (X - mean) / sqrt(variance + 1e-3) over the batch",
   lambda X: (X - X.mean(axis=0)) / _spread(X), {"X": "q n"}, dims={"q": 5, "n": 3},
   square="q n", batch="q", lo={"q": 3})


def _hat(X: Any) -> Any:
    return (X - X.mean(axis=0)) / _spread(X)


right("standardise", "array", "the compact form", lambda g, X: (
    (g - g.mean(axis=0) - _hat(X) * (g * _hat(X)).mean(axis=0)) / _spread(X),))


@right("standardise", "steps", "step by step, back through variance and mean")
def _standardise_steps(g: Any, X: Any) -> Any:
    q, centred, s = len(X), X - X.mean(axis=0), _spread(X)
    grad_centred = g / s
    grad_s = -(g * centred).sum(axis=0) / s**2
    grad_variance = grad_s / (2 * s)
    grad_centred = grad_centred + 2 * centred * grad_variance / q
    return (grad_centred - grad_centred.sum(axis=0) / q,)


wrong("standardise", "constants", "missing-term", "mean and spread taken for constants",
      lambda g, X: (g / _spread(X),), accept="missing-local wrong-local")
wrong("standardise", "no_mean", "missing-term", "the mean taken for a constant",
      lambda g, X: ((g - _hat(X) * (g * _hat(X)).mean(axis=0)) / _spread(X),),
      accept="missing-local wrong-local")
wrong("standardise", "no_spread", "missing-term", "the spread taken for a constant",
      lambda g, X: ((g - g.mean(axis=0)) / _spread(X),), accept="missing-local wrong-local")
wrong("standardise", "sums", "missing-local", "sums for means",
      lambda g, X: ((g - g.sum(axis=0) - _hat(X) * (g * _hat(X)).sum(axis=0)) / _spread(X),),
      accept="wrong-local missing-term")
wrong("standardise", "rows", "wrong-axis", "means of the rows",
      lambda g, X: ((g - g.mean(axis=1, keepdims=True)
                     - _hat(X) * (g * _hat(X)).mean(axis=1, keepdims=True)) / _spread(X),),
      accept="wrong-local missing-term")
wrong("standardise", "not_divided", "missing-local", "the last division forgotten",
      lambda g, X: (g - g.mean(axis=0) - _hat(X) * (g * _hat(X)).mean(axis=0),),
      accept="wrong-local")
wrong("standardise", "raw", "wrong-point", "X for the standardised X",
      lambda g, X: ((g - g.mean(axis=0) - X * (g * X).mean(axis=0)) / _spread(X),),
      accept="wrong-input wrong-local missing-term missing-local")

# --- squared errors in three sizes
_PAIR = {"A": "q n", "T": "q n"}
_SIZES: dict[str, Any] = {"dims": {"q": 5, "n": 3}, "square": "q n", "batch": "q", "fixed": "T"}
op("half_sse", "y = 1/2 sum (A - T)^2", lambda A, T: ((A - T) ** 2).sum() / 2, _PAIR, **_SIZES)
op("mse_batch", "y = 1/q sum (A - T)^2", lambda A, T: ((A - T) ** 2).sum() / len(A), _PAIR,
   **_SIZES)
op("mse_all", "y = mean of (A - T)^2", lambda A, T: ((A - T) ** 2).mean(), _PAIR, **_SIZES)
right("half_sse", "array", "array at once", lambda g, A, T: (g * (A - T),))
right("half_sse", "loop", "a list of rows",
      lambda g, A, T: ([[float(g) * (a - t) for a, t in zip(x, y, strict=True)]
                        for x, y in zip(A, T, strict=True)],))
right("mse_batch", "array", "array at once", lambda g, A, T: (2 / len(A) * g * (A - T),))
right("mse_all", "array", "array at once", lambda g, A, T: (2 * g * (A - T) / A.size,))
right("mse_all", "float32", "float32 inside", lambda g, A, T: (
    2 * g * (A.astype(np.float32) - T.astype(np.float32)).astype(float) / A.size,))
wrong("half_sse", "two", "factor:2", "the 1/2 forgotten", lambda g, A, T: (2 * g * (A - T),))
wrong("half_sse", "minus", "factor:-1", "T - A", lambda g, A, T: (g * (T - A),))
wrong("half_sse", "no_g", "no-upstream", "grad_output taken for 1", lambda g, A, T: (A - T,))
wrong("half_sse", "no_T", "missing-term", "T forgotten", lambda g, A, T: (g * A,),
      accept="wrong-local missing-local wrong-point wrong-input")
wrong("half_sse", "value", "missing-local", "the loss of each entry",
      lambda g, A, T: (g * (A - T) ** 2 / 2,), accept="wrong-local")
wrong("half_sse", "averaged", "factor:1/q", "averaged over the batch",
      lambda g, A, T: (g * (A - T) / len(A),))
wrong("mse_batch", "sum", "factor:q", "1/q forgotten", lambda g, A, T: (2 * g * (A - T),))
wrong("mse_batch", "no_two", "factor:1/2", "2 forgotten", lambda g, A, T: (g * (A - T) / len(A),))
wrong("mse_batch", "other", "factor:q/n", "1/n for 1/q",
      lambda g, A, T: (2 * g * (A - T) / A.shape[1],))
wrong("mse_batch", "all", "factor:1/n", "divided by all entries",
      lambda g, A, T: (2 * g * (A - T) / A.size,))
wrong("mse_batch", "sign_only", "wrong-local", "as of absolute errors",
      lambda g, A, T: (2 * g * np.sign(A - T) / len(A),), accept="missing-local")
wrong("mse_all", "batch", "factor:n", "1/q for 1/(q n)",
      lambda g, A, T: (2 * g * (A - T) / len(A),))
wrong("mse_all", "no_size", "factor:q*n", "2 (A - T)", lambda g, A, T: (2 * g * (A - T),),
      accept="factor:n*q")
wrong("mse_all", "half", "factor:1/2", "2 forgotten", lambda g, A, T: (g * (A - T) / A.size,))
wrong("mse_all", "fifteen", "hardcoded", "15 for q n", lambda g, A, T: (2 * g * (A - T) / 15,),
      accept="factor:*", needs="q=7")
wrong("mse_all", "rows_summed", "wrong-axis", "errors averaged over each row first",
      lambda g, A, T: (2 * g * np.ones_like(A) * (A - T).mean(axis=1, keepdims=True) / A.size,),
      accept="wrong-local one-sample")
wrong("mse_all", "clipped", "clipped", "errors clipped to [-1, 1]",
      lambda g, A, T: (2 * g * np.clip(A - T, -1, 1) / A.size,), accept="wrong-local entries")
wrong("mse_all", "T_too", "mutates-input", "the error computed in T",
      lambda g, A, T: (g / A.size * 2 * -np.subtract(T, A, out=T),), needs="contract")

# --- Huber
_D = 0.7
op("huber", "y = sum of Huber(A - T), delta 0.7", lambda A, T: np.where(
    np.abs(A - T) < _D, (A - T) ** 2 / 2, _D * (np.abs(A - T) - _D / 2)).sum(), _PAIR, **_SIZES)
right("huber", "clip", "by clip", lambda g, A, T: (g * np.clip(A - T, -_D, _D),))
right("huber", "where", "two branches", lambda g, A, T: (
    g * np.where(np.abs(A - T) < _D, A - T, _D * np.sign(A - T)),))
wrong("huber", "square", "missing-local", "the linear branch forgotten",
      lambda g, A, T: (g * (A - T),), accept="wrong-local entries clipped")
wrong("huber", "no_delta", "wrong-local", "slope 1 outside",
      lambda g, A, T: (g * np.where(np.abs(A - T) < _D, A - T, np.sign(A - T)),),
      accept="entries missing-local")
wrong("huber", "no_sign", "wrong-local", "the sign lost outside",
      lambda g, A, T: (g * np.where(np.abs(A - T) < _D, A - T, _D),),
      accept="entries only-positive missing-local")
wrong("huber", "two", "factor:2", "the 1/2 forgotten",
      lambda g, A, T: (2 * g * np.clip(A - T, -_D, _D),))
wrong("huber", "zero_outside", "clipped", "0 outside",
      lambda g, A, T: (g * (A - T) * (np.abs(A - T) < _D),),
      accept="entries wrong-local missing-local missing-term")

# --- hinge
op("hinge", "y = mean of max(0, 1 - t s), t = -1 or 1",
   lambda s, t: np.maximum(0, 1 - t * s).mean(), {"s": "q", "t": "q"}, dims={"q": 11}, fixed="t",
   turn={"t": lambda x, _: np.where(x > 0, 1.0, -1.0)}, batch="q",
   special=(("kink", lambda r: (np.array([1.0, -1.0, 0.3, 2.5]), np.array([1.0, -1, -1, 1]))),))
right("hinge", "mask", "a mask, 0 at the kink",
      lambda g, s, t: (-g * t * (t * s < 1) / s.size,))


@right("hinge", "loop", "a loop, the full slope at the kink")
def _hinge_loop(g: Any, s: Any, t: Any) -> Any:
    out = np.zeros(s.size)
    for i in range(s.size):
        if t[i] * s[i] <= 1:
            out[i] -= t[i] * float(g) / s.size
    return out


wrong("hinge", "no_mask", "missing-local", "the maximum forgotten",
      lambda g, s, t: (-g * t / s.size,), accept="wrong-local entries")
wrong("hinge", "mask_at_zero", "wrong-local", "the mask at t s < 0",
      lambda g, s, t: (-g * t * (t * s < 0) / s.size,), accept="entries missing-local wrong-point")
wrong("hinge", "plus", "factor:-1", "sign", lambda g, s, t: (g * t * (t * s < 1) / s.size,))
wrong("hinge", "no_t", "missing-local", "t left out",
      lambda g, s, t: (-g * (t * s < 1) / s.size,), accept="wrong-local entries wrong-input")
wrong("hinge", "sum", "factor:q", "1/q forgotten", lambda g, s, t: (-g * t * (t * s < 1),))
wrong("hinge", "s_for_t", "wrong-input", "s for t",
      lambda g, s, t: (-g * s * (t * s < 1) / s.size,), accept="wrong-local wrong-point")

# --- cross-entropy of two classes, from logits
op("bce", "y = mean of log(1 + e^z) - t z", lambda z, t: (np.logaddexp(z * 0, z) - t * z).mean(),
   {"z": "q", "t": "q"}, dims={"q": 7}, fixed="t", batch="q",
   turn={"t": lambda x, _: np.where(x > 0, 1.0, 0.0)},
   special=(("large", lambda r: (np.array([900.0, -900.0, 0.5]), np.array([1.0, 1.0, 0.0]))),))


def _s(z: Any) -> Any:
    return 0.5 + 0.5 * np.tanh(0.5 * z)


right("bce", "array", "array at once", lambda g, z, t: (g * (_s(z) - t) / z.size,))
right("bce", "logaddexp", "by logarithms",
      lambda g, z, t: (g * (np.exp(-np.logaddexp(0, -z)) - t) / z.size,))
wrong("bce", "minus", "factor:-1", "t - s", lambda g, z, t: (g * (t - _s(z)) / z.size,))
wrong("bce", "sum", "factor:q", "not averaged", lambda g, z, t: (g * (_s(z) - t),))
wrong("bce", "no_t", "missing-term", "t left out", lambda g, z, t: (g * _s(z) / z.size,),
      accept="wrong-local missing-local")
wrong("bce", "through_s", "wrong-local", "times s (1 - s), as for a squared error",
      lambda g, z, t: (g * (_s(z) - t) * _s(z) * _s(-z) / z.size,),
      accept="missing-local wrong-point")
wrong("bce", "z_minus_t", "missing-local", "z for s(z)", lambda g, z, t: (g * (z - t) / z.size,),
      accept="wrong-point wrong-local")
wrong("bce", "naive", "overflow", "e^z/(1 + e^z)",
      lambda g, z, t: (g * (np.exp(z) / (1 + np.exp(z)) - t) / z.size,),
      accept="nan", needs="special:large")
wrong("bce", "rounded", "wrong-local", "the class for its probability",
      lambda g, z, t: (g * ((z > 0) - t) / z.size,), accept="clipped missing-local entries")

# --- absolute error
op("mae", "y = mean of |A - T|", lambda A, T: np.abs(A - T).mean(), _PAIR,
   special=(("ties", lambda r: (np.array([[1.0, 2.0], [0.0, -1.0]]),
                                np.array([[1.0, 0.5], [0.0, 3.0]]))),), **_SIZES)
right("mae", "sign", "by the sign, 0 at a tie", lambda g, A, T: (g * np.sign(A - T) / A.size,))
right("mae", "where", "by np.where, 1 at a tie",
      lambda g, A, T: (g * np.where(A >= T, 1, -1) / A.size,))
wrong("mae", "value", "missing-local", "the error itself", lambda g, A, T: (g * (A - T) / A.size,),
      accept="wrong-local")
wrong("mae", "ties", "nan", "(A - T)/|A - T|: 0/0 at a tie",
      lambda g, A, T: (g * (A - T) / np.abs(A - T) / A.size,), needs="special:ties")
wrong("mae", "sum", "factor:q*n", "1/(q n) forgotten", lambda g, A, T: (g * np.sign(A - T),),
      accept="factor:n*q")
wrong("mae", "plus_one", "only-positive", "1, as if A were larger",
      lambda g, A, T: (g * np.ones_like(A) / A.size,),
      accept="missing-local wrong-local entries")
