"""Reductions over an axis, and broadcasting, which is their way back."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases.table import Table

table = Table()
op, right, wrong = table.op, table.right, table.wrong
OPS, CASES = table.OPS, table.CASES

# A table: a case takes one line or two, in columns that are easy to compare.
# fmt: off

# --- mean over the batch
op("mean", "y = mean of the rows", lambda x: x.mean(axis=0), {"x": "q n"}, dims={"q": 5, "n": 3},
   square="q n", batch="q")
right("mean", "broadcast", "a read-only view",
      lambda g, x: (np.broadcast_to(g / len(x), x.shape),))
right("mean", "tile", "tile", lambda g, x: (np.tile(g, (len(x), 1)) / len(x),))
right("mean", "outer", "outer product", lambda g, x: np.outer(np.full(len(x), 1 / len(x)), g))
wrong("mean", "sum", "factor:q", "the 1/q forgotten",
      lambda g, x: (np.broadcast_to(g, x.shape).copy(),))
wrong("mean", "columns", "factor:q/n", "divided by the other size",
      lambda g, x: (np.tile(g / x.shape[1], (len(x), 1)),))
wrong("mean", "size", "factor:1/n", "divided by all entries",
      lambda g, x: (np.tile(g / x.size, (len(x), 1)),))
wrong("mean", "row", "shape", "one row for all", lambda g, x: (g / len(x),),
      accept="no-batch-sum")
wrong("mean", "first", "one-sample", "all for the first row",
      lambda g, x: (np.vstack([g / len(x), np.zeros((len(x) - 1, len(g)))]),),
      accept="only-q1 entries")
wrong("mean", "five", "hardcoded", "5 for q", lambda g, x: (np.tile(g / 5, (len(x), 1)),),
      accept="factor:*", needs="q=3")
wrong("mean", "minus_one", "factor:q/(q-1)", "q - 1 for q",
      lambda g, x: (np.tile(g / max(len(x) - 1, 1), (len(x), 1)),),
      accept="wrong-local hardcoded factor:* only-q1")
wrong("mean", "squared", "factor:1/q", "divided by q twice",
      lambda g, x: (np.tile(g / len(x) ** 2, (len(x), 1)),))
wrong("mean", "averages_g", "upstream-misused", "grad_output averaged too",
      lambda g, x: (np.full(x.shape, g.mean() / len(x)),), accept="wrong-axis")

# --- sum over the columns
op("sum", "y = sums of the rows", lambda x: x.sum(axis=1), {"x": "q n"}, dims={"q": 3, "n": 5},
   square="q n", batch="q")
right("sum", "outer", "outer product", lambda g, x: (np.outer(g, np.ones(x.shape[1])),))
right("sum", "repeat", "repeat", lambda g, x: np.repeat(g[:, None], x.shape[1], axis=1))
wrong("sum", "row", "wrong-axis", "g along the rows: runs for square x only",
      lambda g, x: (np.ones_like(x) * g,), accept="crash transpose only-square")
wrong("sum", "fills", "reshape", "repeated in reading order",
      lambda g, x: (np.resize(g, x.shape),), accept="wrong-axis transpose upstream-misused")
wrong("sum", "ones", "no-upstream", "ones", lambda g, x: (np.ones_like(x),))
wrong("sum", "mean", "factor:1/n", "as of a mean",
      lambda g, x: (np.outer(g, np.ones(x.shape[1])) / x.shape[1],))
wrong("sum", "zero", "zero", "never filled", lambda g, x: (np.zeros_like(x),))
wrong("sum", "times_x", "missing-local", "multiplied by x", lambda g, x: (g[:, None] * x,),
      accept="wrong-local")
wrong("sum", "last", "entries", "the last column stays 0",
      lambda g, x: (g[:, None] * (np.arange(x.shape[1]) < x.shape[1] - 1),), accept="zero")
wrong("sum", "thin", "shape", "one column for all", lambda g, x: (g[:, None].copy(),))

# --- variance
op("variance", "y = variance of each row, divided by n", lambda x: np.var(x, axis=1), {"x": "q n"},
   dims={"q": 3, "n": 5}, square="q n", batch="q")


def _centred(x: Any) -> Any:
    return x - x.mean(axis=1, keepdims=True)


right("variance", "array", "array at once",
      lambda g, x: (2 / x.shape[1] * g[:, None] * _centred(x),))
right("variance", "projector", "by the matrix I - 1/n",
      lambda g, x: np.diag(g) @ x @ (np.eye(x.shape[1]) - 1 / x.shape[1]) * 2 / x.shape[1])
wrong("variance", "not_centred", "missing-term", "the mean not subtracted",
      lambda g, x: (2 / x.shape[1] * g[:, None] * x,),
      accept="missing-local wrong-point wrong-local")
wrong("variance", "half", "factor:1/2", "the 2 forgotten",
      lambda g, x: (g[:, None] * _centred(x) / x.shape[1],))
wrong("variance", "sum", "factor:n", "the 1/n forgotten",
      lambda g, x: (2 * g[:, None] * _centred(x),))
wrong("variance", "rows", "factor:n/q", "divided by the number of rows",
      lambda g, x: (2 / len(x) * g[:, None] * _centred(x),))
wrong("variance", "batch_mean", "wrong-axis", "the mean of the columns subtracted",
      lambda g, x: (2 / x.shape[1] * g[:, None] * (x - x.mean(axis=0)),),
      accept="wrong-local wrong-point missing-term")
wrong("variance", "sample", "factor:n/(n-1)", "n - 1 for n",
      lambda g, x: (2 / max(x.shape[1] - 1, 1) * g[:, None] * _centred(x),),
      accept="wrong-local hardcoded factor:*")
wrong("variance", "all", "wrong-axis", "the mean of all subtracted",
      lambda g, x: (2 / x.shape[1] * g[:, None] * (x - x.mean()),),
      accept="wrong-local wrong-point missing-term only-q1")

# --- log-sum-exp
op("logsumexp", "y = log of the sum of e^x over each row",
   lambda x: np.log(np.exp(x - x.max(axis=1, keepdims=True)).sum(axis=1)) + x.max(axis=1),
   {"x": "q k"}, dims={"q": 3, "k": 5}, square="q k", batch="q",
   special=(("large", lambda r: (np.array([[1000.0, 999.0, 0.0], [-1000.0, -1001.0, -999.5]]),)),))


def _share(x: Any, axis: int = 1) -> Any:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


right("logsumexp", "array", "array at once", lambda g, x: (g[:, None] * _share(x),))
right("logsumexp", "rows", "row after row",
      lambda g, x: [np.array([b * _share(a[None])[0] for a, b in zip(x, g, strict=True)])])
wrong("logsumexp", "naive", "overflow", "no maximum subtracted",
      lambda g, x: (g[:, None] * np.exp(x) / np.exp(x).sum(axis=1, keepdims=True),),
      accept="nan", needs="special:large")
wrong("logsumexp", "axis", "wrong-axis", "normalised over the batch",
      lambda g, x: (g[:, None] * _share(x, 0),), accept="wrong-local")
wrong("logsumexp", "no_g", "no-upstream", "grad_output left out", lambda g, x: (_share(x),))
wrong("logsumexp", "no_sum", "missing-local", "not normalised",
      lambda g, x: (g[:, None] * np.exp(x - x.max(axis=1, keepdims=True)),),
      accept="wrong-local missing-term")
wrong("logsumexp", "whole", "wrong-axis", "normalised over all entries",
      lambda g, x: (g[:, None] * np.exp(x - x.max()) / np.exp(x - x.max()).sum(),),
      accept="wrong-local only-q1")
wrong("logsumexp", "hard", "wrong-local", "the derivative of the maximum",
      lambda g, x: (g[:, None] * (x == x.max(axis=1, keepdims=True)),),
      accept="missing-local missing-term entries")

# --- cumulative sum
op("cumsum", "y_i = x_1 + ... + x_i", lambda x: np.cumsum(x), {"x": "n"}, dims={"n": 7})
right("cumsum", "flip", "flip, cumsum, flip", lambda g, x: (np.cumsum(g[::-1])[::-1],))
right("cumsum", "matrix", "by a triangular matrix",
      lambda g, x: np.tril(np.ones((x.size, x.size))).T @ g)


@right("cumsum", "loop", "running total from the end")
def _cumsum_loop(g: Any, x: Any) -> Any:
    out, total = [0.0] * x.size, 0.0
    for i in reversed(range(x.size)):
        total += float(g[i])
        out[i] = total
    return (np.array(out),)


wrong("cumsum", "forwards", "transpose", "cumsum of g: the matrix not transposed",
      lambda g, x: (np.cumsum(g),), accept="wrong-axis wrong-local")
wrong("cumsum", "passes_on", "missing-local", "g passed on",
      lambda g, x: (g.copy(),), accept="missing-term wrong-local")
wrong("cumsum", "total", "upstream-misused", "the total for every entry",
      lambda g, x: (np.full(x.shape, g.sum()),))
wrong("cumsum", "not_flipped_back", "wrong-axis", "left in reverse order",
      lambda g, x: (np.cumsum(g[::-1]),), accept="reshape transpose")
wrong("cumsum", "exclusive", "missing-term", "the entry itself not counted",
      lambda g, x: (np.cumsum(g[::-1])[::-1] - g,), accept="wrong-axis wrong-local entries")
wrong("cumsum", "counts", "no-upstream", "n - i, as for ones",
      lambda g, x: (np.arange(x.size, 0, -1.0),))

# --- norms of the rows
op("norms", "y = length of each row", lambda x: np.linalg.norm(x, axis=1), {"x": "q n"},
   dims={"q": 5, "n": 3}, square="q n", batch="q",
   special=(("zero row", lambda r: (np.array([[0.0, 0.0, 0.0], [3.0, 0.0, -4.0]]),)),))


@right("norms", "safe", "0 where the length is 0")
def _norms_safe(g: Any, x: Any) -> Any:
    length = np.sqrt((x**2).sum(axis=1, keepdims=True))
    return (g[:, None] * np.divide(x, length, out=np.zeros_like(x), where=length > 0),)


right("norms", "guarded", "divided by 1 where the length is 0", lambda g, x: (
    g[:, None] * x / np.where(np.any(x, axis=1), np.linalg.norm(x, axis=1), 1.0)[:, None],))
wrong("norms", "zero", "nan", "0/0 at a row of zeros",
      lambda g, x: (g[:, None] * x / np.linalg.norm(x, axis=1)[:, None],),
      needs="special:zero row")


def _lengths(x: Any) -> Any:
    return np.maximum(np.sqrt((x**2).sum(axis=1, keepdims=True)), 1e-300)


wrong("norms", "not_divided", "missing-local", "not divided by the length",
      lambda g, x: (g[:, None] * x,), accept="wrong-local")
wrong("norms", "squared", "wrong-local", "divided by the squared length",
      lambda g, x: (g[:, None] * x / np.maximum(_lengths(x) ** 2, 1e-300),),
      accept="wrong-point missing-local")
wrong("norms", "half", "factor:1/2", "the 1/2 of the root, not the 2 of the square",
      lambda g, x: (g[:, None] * x / _lengths(x) / 2,))
wrong("norms", "size", "wrong-local", "|x| for x",
      lambda g, x: (g[:, None] * np.abs(x) / _lengths(x),), accept="only-positive entries")
wrong("norms", "columns", "wrong-axis", "lengths of the columns",
      lambda g, x: (g[:, None] * x / np.maximum(np.sqrt((x**2).sum(axis=0)), 1e-300),),
      accept="wrong-local")
wrong("norms", "epsilon", "small-error", "1e-4 added to the length",
      lambda g, x: (g[:, None] * x / (_lengths(x) + 1e-4),), accept="wrong-local")

# --- maximum of the rows
op("rowmax", "y = largest entry of each row", lambda x: x.max(axis=1), {"x": "q n"},
   dims={"q": 3, "n": 5}, square="q n", batch="q",
   special=(("ties", lambda r: (np.array([[1.0, 1.0, 0.0], [-2.0, 3.0, 3.0]]),)),))


@right("rowmax", "argmax", "all to the first of the largest")
def _rowmax_argmax(g: Any, x: Any) -> Any:
    out = np.zeros_like(x)
    out[np.arange(len(x)), x.argmax(axis=1)] = g
    return (out,)


right("rowmax", "shared", "equal shares at a tie", lambda g, x: (
    g[:, None] * (x == x.max(axis=1, keepdims=True))
    / (x == x.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True),))
wrong("rowmax", "all", "missing-local", "every entry gets g",
      lambda g, x: (np.outer(g, np.ones(x.shape[1])),), accept="wrong-local entries")
wrong("rowmax", "soft", "wrong-local", "softmax for the maximum",
      lambda g, x: (g[:, None] * _share(x),), accept="missing-local")
wrong("rowmax", "columns", "wrong-axis", "largest of the columns",
      lambda g, x: (g[:, None] * (x == x.max(axis=0)),), accept="wrong-local entries")
wrong("rowmax", "whole", "wrong-axis", "largest of all",
      lambda g, x: (g[:, None] * (x == x.max()),),
      accept="wrong-local one-sample only-q1 entries zero")
wrong("rowmax", "value", "missing-local", "multiplied by the value",
      lambda g, x: (g[:, None] * x * (x == x.max(axis=1, keepdims=True)),),
      accept="wrong-local entries")
wrong("rowmax", "no_g", "no-upstream", "the mask alone",
      lambda g, x: (1.0 * (x == x.max(axis=1, keepdims=True)),))

# --- a column added
op("add_column", "Y = X + c, c a column", lambda X, c: X + c, {"X": "q n", "c": "q 1"},
   dims={"q": 5, "n": 3}, square="q n", batch="q")
right("add_column", "array", "grad_output itself for X",
      lambda g, X, c: (g, g.sum(axis=1, keepdims=True)))
right("add_column", "product", "by ones",
      lambda g, X, c: (g.copy(), g @ np.ones((g.shape[1], 1))))
wrong("add_column", "not_summed", "no-batch-sum", "grad_c not summed",
      lambda g, X, c: (g.copy(), g.copy()), accept="shape")
wrong("add_column", "flat", "shape", "grad_c of shape (q,)",
      lambda g, X, c: (g.copy(), g.sum(axis=1)))
wrong("add_column", "axis", "wrong-axis", "grad_c summed over the batch",
      lambda g, X, c: (g.copy(), g.sum(axis=0, keepdims=True)), accept="shape")
wrong("add_column", "mean", "factor:1/n", "mean for sum",
      lambda g, X, c: (g.copy(), g.mean(axis=1, keepdims=True)))
wrong("add_column", "total", "upstream-misused", "the total for every row",
      lambda g, X, c: (g.copy(), np.full(c.shape, g.sum())), accept="wrong-axis")
wrong("add_column", "first", "missing-term", "only the first column counts",
      lambda g, X, c: (g.copy(), g[:, :1].copy()), accept="one-sample upstream-misused wrong-axis")

# --- columns scaled
op("column_scale", "Y = X s, s along the columns", lambda X, s: X * s, {"X": "q n", "s": "n"},
   dims={"q": 7, "n": 3}, square="q n", batch="q")
right("column_scale", "array", "broadcasting", lambda g, X, s: (g * s, (g * X).sum(axis=0)))
right("column_scale", "einsum", "einsum",
      lambda g, X, s: (np.einsum("qn,n->qn", g, s), np.einsum("qn,qn->n", g, X)))
right("column_scale", "columns", "column by column", lambda g, X, s: (
    np.column_stack([g[:, j] * s[j] for j in range(s.size)]),
    [g[:, j] @ X[:, j] for j in range(s.size)]))
wrong("column_scale", "not_summed", "no-batch-sum", "grad_s not summed",
      lambda g, X, s: (g * s, g * X), accept="shape")
wrong("column_scale", "mean", "factor:1/q", "mean for sum",
      lambda g, X, s: (g * s, (g * X).mean(axis=0)))
wrong("column_scale", "no_X", "missing-local", "X left out of grad_s",
      lambda g, X, s: (g * s, g.sum(axis=0)), accept="wrong-local")
wrong("column_scale", "no_s", "missing-local", "s left out of grad_X",
      lambda g, X, s: (g.copy(), (g * X).sum(axis=0)), accept="wrong-local")
wrong("column_scale", "output", "wrong-point", "the output for X in grad_s",
      lambda g, X, s: (g * s, (g * X * s).sum(axis=0)), accept="wrong-input wrong-local")
wrong("column_scale", "divided", "wrong-local", "divided by s in grad_X",
      lambda g, X, s: (g / s, (g * X).sum(axis=0)), accept="wrong-point missing-local")
wrong("column_scale", "sums_apart", "upstream-misused", "sum of products for product of sums",
      lambda g, X, s: (g * s, g.sum(axis=0) * X.sum(axis=0)), accept="wrong-local only-q1")
wrong("column_scale", "row", "shape", "grad_s of shape (1, n)",
      lambda g, X, s: (g * s, (g * X).sum(axis=0, keepdims=True)))

# --- every sum of two
op("outer_sum", "Y[i, j] = a_i + b_j", lambda a, b: a[:, None] + b, {"a": "m", "b": "n"},
   dims={"m": 5, "n": 3}, square="m n")
right("outer_sum", "sums", "two sums", lambda g, a, b: (g.sum(axis=1), g.sum(axis=0)))
right("outer_sum", "loops", "Python's sum",
      lambda g, a, b: ([sum(row) for row in g], [sum(column) for column in g.T]))
wrong("outer_sum", "axes", "wrong-axis", "the axes exchanged",
      lambda g, a, b: (g.sum(axis=0), g.sum(axis=1)), accept="shape order")
wrong("outer_sum", "mean", "factor:1/m", "grad_b a mean",
      lambda g, a, b: (g.sum(axis=1), g.mean(axis=0)))
wrong("outer_sum", "counts", "no-upstream", "grad_a counts the columns",
      lambda g, a, b: (np.full(a.shape, float(b.size)), g.sum(axis=0)))
wrong("outer_sum", "diagonal", "missing-term", "grad_a of the first column only",
      lambda g, a, b: (g[:, 0].copy(), g.sum(axis=0)),
      accept="one-sample upstream-misused wrong-axis")
wrong("outer_sum", "as_product", "wrong-local", "as of a product",
      lambda g, a, b: (g @ b, g.sum(axis=0)), accept="wrong-input missing-local")

# --- centring
op("centre", "Y = X - mean of the rows", lambda X: X - X.mean(axis=0), {"X": "q n"},
   dims={"q": 5, "n": 3}, square="q n", batch="q", lo={"q": 2})
right("centre", "array", "array at once", lambda g, X: (g - g.mean(axis=0),))
right("centre", "matrix", "by I - 1/q",
      lambda g, X: (np.eye(len(X)) - np.ones((len(X), len(X))) / len(X)) @ g)
wrong("centre", "passes_on", "missing-term", "the mean taken for a constant",
      lambda g, X: (g.copy(),), accept="missing-local wrong-local")
wrong("centre", "axis", "wrong-axis", "mean of the columns",
      lambda g, X: (g - g.mean(axis=1, keepdims=True),), accept="wrong-local missing-term")
wrong("centre", "plus", "wrong-local", "added, not subtracted",
      lambda g, X: (g + g.mean(axis=0),), accept="missing-term")
wrong("centre", "own_share", "missing-term", "only the own share of the mean",
      lambda g, X: (g * (1 - 1 / len(X)),), accept="missing-local wrong-local factor:*")
wrong("centre", "sum", "missing-local", "the 1/q of the mean forgotten",
      lambda g, X: (g - g.sum(axis=0),), accept="wrong-local missing-term")
wrong("centre", "total", "wrong-axis", "the mean of all",
      lambda g, X: (g - g.mean(),), accept="wrong-local missing-term")


@wrong("centre", "in_place", "mutates-upstream", "-= on grad_output", needs="contract",
       accept="alias")
def _centre_in_place(g: Any, X: Any) -> Any:
    g -= g.mean(axis=0)
    return (g,)
