"""Products: of vectors, of matrices, of batches of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases.table import Table

table = Table()
op, right, wrong = table.op, table.right, table.wrong
OPS, CASES = table.OPS, table.CASES

# A table: a case takes one line or two, in columns that are easy to compare.
# fmt: off

# --- dot
op("dot", "y = sum_i a_i b_i", lambda a, b: np.sum(a * b), {"a": "n", "b": "n"}, dims={"n": 7})
right("dot", "array", "array at once", lambda g, a, b: (g * b, g * a))
right("dot", "lists", "a list of lists",
      lambda g, a, b: [[float(g) * v for v in b], [float(g) * v for v in a]])
wrong("dot", "order", "order", "gradients exchanged", lambda g, a, b: (g * a, g * b),
      accept="wrong-input wrong-local")
wrong("dot", "no_g", "no-upstream", "grad_output taken for 1", lambda g, a, b: (b + 0, a + 0))
wrong("dot", "two", "factor:2", "as if b were a", lambda g, a, b: (2 * g * b, 2 * g * a))
wrong("dot", "one", "count", "only the first gradient", lambda g, a, b: g * b)
wrong("dot", "same", "wrong-input", "grad_b uses b", lambda g, a, b: (g * b, g * b),
      accept="wrong-local")
wrong("dot", "value", "missing-local", "grad_a not differentiated",
      lambda g, a, b: (g * a * b, g * a), accept="wrong-local wrong-point")

# --- outer
op("outer", "Y = a b^T", lambda a, b: a[:, None] * b[None, :], {"a": "m", "b": "n"},
   dims={"m": 5, "n": 3}, square="m n")
right("outer", "matmul", "two products", lambda g, a, b: (g @ b, g.T @ a))
right("outer", "sums", "broadcast and sum",
      lambda g, a, b: ((g * b).sum(axis=1), (g * a[:, None]).sum(axis=0)))
right("outer", "einsum", "einsum",
      lambda g, a, b: (np.einsum("mn,n->m", g, b), np.einsum("mn,m->n", g, a)))
wrong("outer", "turned", "transpose", "g and g^T exchanged: runs for square shapes only",
      lambda g, a, b: (g.T @ b, g @ a), accept="crash only-square")
wrong("outer", "not_summed", "no-batch-sum", "grad_b not summed over the rows",
      lambda g, a, b: (g @ b, g * a[:, None]), accept="shape")
wrong("outer", "no_a", "missing-local", "a left out of grad_b",
      lambda g, a, b: (g @ b, g.sum(axis=0)), accept="wrong-local")
wrong("outer", "no_g", "no-upstream", "grad_a with ones for grad_output",
      lambda g, a, b: (np.full(a.shape, b.sum()), g.T @ a))
wrong("outer", "mean", "factor:1/n", "mean for sum in grad_a",
      lambda g, a, b: ((g * b).mean(axis=1), g.T @ a))
wrong("outer", "first_row", "one-sample", "only the first row counts for grad_b",
      lambda g, a, b: (g @ b, g[0] * a[0]), accept="missing-term upstream-misused only-q1 entries")
wrong("outer", "row", "shape", "grad_b as a row", lambda g, a, b: (g @ b, a[None, :] @ g))

# --- matmul
op("matmul", "C = A B", lambda A, B: A @ B, {"A": "m k", "B": "k n"}, dims={"m": 5, "k": 3, "n": 2},
   square="m k n")
right("matmul", "array", "two products", lambda g, A, B: (g @ B.T, A.T @ g))
right("matmul", "einsum", "einsum",
      lambda g, A, B: (np.einsum("mn,kn->mk", g, B), np.einsum("mk,mn->kn", A, g)))
right("matmul", "columns", "a sum of outer products", lambda g, A, B: (
    sum(np.outer(g[:, j], B[:, j]) for j in range(B.shape[1])),
    sum(np.outer(a, b) for a, b in zip(A, g, strict=True))))
right("matmul", "by_order", "transposes of products the other way round",
      lambda g, A, B: ((B @ g.T).T, (g.T @ A).T))


@right("matmul", "loops", "three loops")
def _matmul_loops(g: Any, A: Any, B: Any) -> Any:
    grad_A, grad_B = np.zeros(A.shape), np.zeros(B.shape)
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                grad_A[i, k] += g[i, j] * B[k, j]
                grad_B[k, j] += g[i, j] * A[i, k]
    return grad_A, grad_B


wrong("matmul", "no_T", "transpose", "B for B^T in grad_A", lambda g, A, B: (g @ B, A.T @ g),
      accept="crash only-square")
wrong("matmul", "no_T_A", "transpose", "A for A^T in grad_B", lambda g, A, B: (g @ B.T, A @ g),
      accept="crash only-square")
wrong("matmul", "reshape_B", "reshape", "B reshaped for B^T",
      lambda g, A, B: (g @ B.reshape(B.shape[::-1]), A.T @ g), accept="transpose")
wrong("matmul", "reshape_A", "reshape", "A reshaped for A^T",
      lambda g, A, B: (g @ B.T, A.reshape(A.shape[::-1]) @ g), accept="transpose")
wrong("matmul", "turned_B", "transpose", "grad_B transposed", lambda g, A, B: (g @ B.T, g.T @ A),
      accept="shape")
wrong("matmul", "order", "order", "grad_B first", lambda g, A, B: (A.T @ g, g @ B.T),
      accept="shape")
wrong("matmul", "no_g", "no-upstream", "ones for grad_output in grad_B",
      lambda g, A, B: (g @ B.T, A.T @ np.ones_like(g)))
wrong("matmul", "mean", "factor:1/m", "grad_B divided by the rows of A",
      lambda g, A, B: (g @ B.T, A.T @ g / len(A)))
wrong("matmul", "zero", "zero", "grad_A forgotten: zeros",
      lambda g, A, B: (np.zeros_like(A), A.T @ g))
wrong("matmul", "minus", "factor:-1", "sign of grad_A", lambda g, A, B: (-g @ B.T, A.T @ g))
wrong("matmul", "fits", "reshape", "grad_B computed transposed, then reshaped",
      lambda g, A, B: (g @ B.T, (g.T @ A).reshape(B.shape)), accept="transpose")
wrong("matmul", "none", "count", "None for grad_B", lambda g, A, B: (g @ B.T, None), accept="type")
wrong("matmul", "single", "dtype-float32", "grad_B in float32",
      lambda g, A, B: (g @ B.T, (A.T @ g).astype(np.float32)), needs="contract")

# --- affine with columns for samples
op("affine", "Y = W X + b, one sample a column", lambda W, X, b: W @ X + b,
   {"W": "p n", "X": "n q", "b": "p 1"}, dims={"q": 7, "n": 5, "p": 3}, square="n p", batch="q")
right("affine", "array", "products and keepdims",
      lambda g, W, X, b: (g @ X.T, W.T @ g, g.sum(axis=1, keepdims=True)))
right("affine", "ones", "grad_b as a product with ones",
      lambda g, W, X, b: (g @ X.T, W.T @ g, g @ np.ones((g.shape[1], 1))))
right("affine", "samples", "sample by sample", lambda g, W, X, b: (
    sum(np.outer(g[:, j], X[:, j]) for j in range(X.shape[1])),
    np.stack([W.T @ g[:, j] for j in range(X.shape[1])], axis=1),
    sum(g[:, j : j + 1] for j in range(X.shape[1]))))
wrong("affine", "b_not_summed", "no-batch-sum", "grad_b not summed over the samples",
      lambda g, W, X, b: (g @ X.T, W.T @ g, g.copy()), accept="shape")
wrong("affine", "b_flat", "shape", "grad_b of shape (p,)",
      lambda g, W, X, b: (g @ X.T, W.T @ g, g.sum(axis=1)))
wrong("affine", "b_axis", "wrong-axis", "grad_b summed over the outputs",
      lambda g, W, X, b: (g @ X.T, W.T @ g, g.sum(axis=0, keepdims=True)), accept="shape")
wrong("affine", "b_mean", "factor:1/q", "grad_b averaged",
      lambda g, W, X, b: (g @ X.T, W.T @ g, g.mean(axis=1, keepdims=True)))
wrong("affine", "b_first", "one-sample", "grad_b of the first sample",
      lambda g, W, X, b: (g @ X.T, W.T @ g, g[:, :1].copy()),
      accept="only-q1 missing-term upstream-misused")
wrong("affine", "W_turned", "transpose", "grad_W transposed",
      lambda g, W, X, b: (X @ g.T, W.T @ g, g.sum(axis=1, keepdims=True)), accept="shape")
wrong("affine", "W_mean", "factor:1/q", "grad_W averaged over the batch",
      lambda g, W, X, b: (g @ X.T / X.shape[1], W.T @ g, g.sum(axis=1, keepdims=True)))
wrong("affine", "W_rows", "wrong-axis", "rows taken for samples: X for X^T",
      lambda g, W, X, b: (g @ X, W.T @ g, g.sum(axis=1, keepdims=True)),
      accept="transpose crash only-square shape")
wrong("affine", "X_no_T", "transpose", "W for W^T in grad_X",
      lambda g, W, X, b: (g @ X.T, W @ g, g.sum(axis=1, keepdims=True)),
      accept="crash only-square")
wrong("affine", "plus_b", "missing-local", "the bias counted in grad_X",
      lambda g, W, X, b: (g @ X.T, W.T @ (g + b), g.sum(axis=1, keepdims=True)),
      accept="only-b0 upstream-misused wrong-local missing-term")
wrong("affine", "X_last", "one-sample", "grad_W of the last sample",
      lambda g, W, X, b: (np.outer(g[:, -1], X[:, -1]), W.T @ g, g.sum(axis=1, keepdims=True)),
      accept="only-q1 missing-term")

# --- batches of matrices
op("bmm", "C[i] = A[i] B[i]", lambda A, B: A @ B, {"A": "q m k", "B": "q k n"},
   dims={"q": 2, "m": 3, "k": 5, "n": 4}, square="m k n", batch="q")
right("bmm", "matmul", "swapped axes",
      lambda g, A, B: (g @ B.swapaxes(1, 2), A.swapaxes(1, 2) @ g))
right("bmm", "einsum", "einsum",
      lambda g, A, B: (np.einsum("qmn,qkn->qmk", g, B), np.einsum("qmk,qmn->qkn", A, g)))
right("bmm", "samples", "matrix by matrix", lambda g, A, B: (
    np.array([h @ b.T for h, b in zip(g, B, strict=True)]),
    np.array([a.T @ h for a, h in zip(A, g, strict=True)])))
wrong("bmm", "all_T", "transpose", ".T turns all three axes",
      lambda g, A, B: (g @ B.T, A.swapaxes(1, 2) @ g), accept="crash only-square wrong-axis")
wrong("bmm", "no_T", "transpose", "B[i] for B[i]^T",
      lambda g, A, B: (g @ B, A.swapaxes(1, 2) @ g), accept="crash only-square")
wrong("bmm", "reshape", "reshape", "B reshaped for swapped axes",
      lambda g, A, B: (g @ B.reshape(B.shape[0], B.shape[2], B.shape[1]), A.swapaxes(1, 2) @ g),
      accept="transpose")
wrong("bmm", "first", "one-sample", "the first A for the whole batch",
      lambda g, A, B: (g @ B.swapaxes(1, 2), A[0].T @ g), accept="only-q1 wrong-input wrong-point")
wrong("bmm", "shared", "wrong-axis", "grad_B averaged over the batch, as of a shared matrix",
      lambda g, A, B: (g @ B.swapaxes(1, 2),
                       np.broadcast_to((A.swapaxes(1, 2) @ g).mean(axis=0), B.shape).copy()),
      accept="no-batch-sum only-q1 one-sample")
wrong("bmm", "summed", "shape", "grad_B summed over the batch",
      lambda g, A, B: (g @ B.swapaxes(1, 2), np.einsum("qmk,qmn->kn", A, g)),
      accept="wrong-axis no-batch-sum")
wrong("bmm", "order", "order", "grad_B first",
      lambda g, A, B: (A.swapaxes(1, 2) @ g, g @ B.swapaxes(1, 2)), accept="shape")

# --- quadratic form
op("quadratic", "y = x^T A x", lambda x, A: x @ A @ x, {"x": "n", "A": "n n"}, dims={"n": 5})
right("quadratic", "array", "outer product",
      lambda g, x, A: (g * (A @ x + A.T @ x), g * np.outer(x, x)))
right("quadratic", "einsum", "einsum", lambda g, x, A: (
    g * np.einsum("ij,j->i", A + A.T, x), np.einsum(",i,j->ij", g, x, x)))
right("quadratic", "column", "a column times a row", lambda g, x, A: (
    g * ((A + A.T) @ x[:, None])[:, 0], g * x[:, None] @ x[None, :]))
wrong("quadratic", "symmetric", "only-symmetric", "2 A x, as if A were symmetric",
      lambda g, x, A: (2 * g * A @ x, g * np.outer(x, x)),
      accept="transpose wrong-local missing-term")
wrong("quadratic", "one_term", "missing-term", "only A x",
      lambda g, x, A: (g * A @ x, g * np.outer(x, x)), accept="missing-local wrong-local")
wrong("quadratic", "other_term", "missing-term", "only A^T x",
      lambda g, x, A: (g * A.T @ x, g * np.outer(x, x)), accept="missing-local wrong-local")
wrong("quadratic", "two", "factor:2", "both factors counted in grad_A",
      lambda g, x, A: (g * (A + A.T) @ x, 2 * g * np.outer(x, x)))
wrong("quadratic", "diagonal", "entries", "only the diagonal of grad_A",
      lambda g, x, A: (g * (A + A.T) @ x, g * np.diag(x * x)),
      accept="missing-local wrong-local missing-term")
wrong("quadratic", "minus", "missing-term", "A - A^T",
      lambda g, x, A: (g * (A - A.T) @ x, g * np.outer(x, x)), accept="wrong-local transpose")
wrong("quadratic", "no_g", "no-upstream", "grad_output taken for 1",
      lambda g, x, A: ((A + A.T) @ x, g * np.outer(x, x)))

# --- linear, as torch.nn.Linear has it
op("linear_t", "Y = X W^T + b", lambda X, W, b: X @ W.T + b, {"X": "q n", "W": "p n", "b": "p"},
   dims={"q": 7, "n": 5, "p": 3}, square="n p", batch="q")
right("linear_t", "array", "array at once",
      lambda g, X, W, b: (g @ W, g.T @ X, g.sum(axis=0)))
right("linear_t", "einsum", "einsum", lambda g, X, W, b: (
    np.einsum("qp,pn->qn", g, W), np.einsum("qp,qn->pn", g, X), np.einsum("qp->p", g)))
right("linear_t", "float32", "float32 inside", lambda g, X, W, b: tuple(
    y.astype(float) for y in (lambda h, A, B: (h @ B, h.T @ A, h.sum(axis=0)))(
        g.astype(np.float32), X.astype(np.float32), W.astype(np.float32))))
right("linear_t", "outer", "outer products, one sample after the other", lambda g, X, W, b: (
    np.array([W.T @ row for row in g]),
    np.add.reduce([np.outer(h, x) for h, x in zip(g, X, strict=True)]),
    np.array([sum(column) for column in zip(*g, strict=True)])))
wrong("linear_t", "W_turned", "transpose", "grad_W as for X W",
      lambda g, X, W, b: (g @ W, X.T @ g, g.sum(axis=0)), accept="shape")
wrong("linear_t", "X_T", "transpose", "W^T in grad_X too",
      lambda g, X, W, b: (g @ W.T, g.T @ X, g.sum(axis=0)), accept="crash only-square")
wrong("linear_t", "b_mean", "factor:1/q", "grad_b averaged",
      lambda g, X, W, b: (g @ W, g.T @ X, g.mean(axis=0)))
wrong("linear_t", "b_axis", "wrong-axis", "grad_b summed over the outputs",
      lambda g, X, W, b: (g @ W, g.T @ X, g.sum(axis=1)), accept="shape")
wrong("linear_t", "b_kept", "shape", "grad_b of shape (1, p)",
      lambda g, X, W, b: (g @ W, g.T @ X, g.sum(axis=0, keepdims=True)))
wrong("linear_t", "b_ones", "no-upstream", "grad_b is ones",
      lambda g, X, W, b: (g @ W, g.T @ X, np.ones_like(b)))
wrong("linear_t", "b_total", "upstream-misused", "grad_b has the total of grad_output everywhere",
      lambda g, X, W, b: (g @ W, g.T @ X, np.full(b.shape, g.sum())), accept="wrong-axis")
wrong("linear_t", "b_last", "one-sample", "assigned in the loop, not added",
      lambda g, X, W, b: (g @ W, g.T @ X, g[-1].copy()),
      accept="only-q1 missing-term upstream-misused")
wrong("linear_t", "seven", "hardcoded", "7 for q", lambda g, X, W, b: (
    g @ W, g.T @ X, 7 * g.mean(axis=0)), accept="factor:*", needs="q=5")
wrong("linear_t", "five", "hardcoded", "5 for n in a mean that is undone",
      lambda g, X, W, b: (g @ W * X.shape[1] / 5, g.T @ X, g.sum(axis=0)), accept="factor:*",
      needs="n=3")
wrong("linear_t", "qp", "factor:1/(q*p)", "everything averaged in grad_W",
      lambda g, X, W, b: (g @ W, g.T @ X / g.size, g.sum(axis=0)),
      accept="factor:1/q*1/p factor:1/(p*q)")
wrong("linear_t", "over_p", "factor:1/p", "grad_X averaged over the outputs",
      lambda g, X, W, b: (g @ W / W.shape[0], g.T @ X, g.sum(axis=0)))
wrong("linear_t", "with_b", "only-b0", "b subtracted from W: right where b is 0",
      lambda g, X, W, b: (g @ (W - b[:, None]), g.T @ X, g.sum(axis=0)),
      accept="missing-term wrong-local wrong-input")
wrong("linear_t", "b_given", "alias", "grad_b is a buffer that is filled again", fresh=True,
      needs="contract", fn=lambda: _buffered())
wrong("linear_t", "drop_X", "count", "no gradient for X",
      lambda g, X, W, b: (g.T @ X, g.sum(axis=0)))
wrong("linear_t", "scales_X", "mutates-input", "X normalised in place on the way back",
      lambda g, X, W, b: (g @ W, g.T @ X.copy(), g.sum(axis=0), X.__imul__(0.5))[:3],
      needs="contract")


def _buffered() -> Any:
    kept: dict[int, Any] = {}

    def backward(g: Any, X: Any, W: Any, b: Any) -> Any:
        out = kept.setdefault(b.size, np.zeros(b.size))
        np.sum(g, axis=0, out=out)
        return g @ W, g.T @ X, out

    return backward


# --- rows scaled
op("row_scale", "Y = diag(s) X", lambda s, X: s[:, None] * X, {"s": "q", "X": "q n"},
   dims={"q": 5, "n": 3}, square="q n", batch="q")
right("row_scale", "array", "broadcasting",
      lambda g, s, X: ((g * X).sum(axis=1), s[:, None] * g))
right("row_scale", "diag", "with the matrix",
      lambda g, s, X: (np.diag(g @ X.T), np.diag(s) @ g))
wrong("row_scale", "columns", "wrong-axis", "s along the columns: runs for square X only",
      lambda g, s, X: ((g * X).sum(axis=1), s * g),
      accept="crash transpose only-square wrong-input")
wrong("row_scale", "s_axis", "wrong-axis", "grad_s summed over the rows",
      lambda g, s, X: ((g * X).sum(axis=0), s[:, None] * g), accept="shape")
wrong("row_scale", "s_not_summed", "no-batch-sum", "grad_s not summed",
      lambda g, s, X: (g * X, s[:, None] * g), accept="shape")
wrong("row_scale", "s_mean", "factor:1/n", "mean for sum",
      lambda g, s, X: ((g * X).mean(axis=1), s[:, None] * g))
wrong("row_scale", "s_no_X", "missing-local", "X left out of grad_s",
      lambda g, s, X: (g.sum(axis=1), s[:, None] * g), accept="wrong-local")
wrong("row_scale", "X_no_s", "missing-local", "s left out of grad_X",
      lambda g, s, X: ((g * X).sum(axis=1), g.copy()), accept="wrong-local")
