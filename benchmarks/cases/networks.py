"""Windows, look-ups and distances, attention, and small networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases.table import Table

table = Table()
op, right, wrong = table.op, table.right, table.wrong
OPS, CASES = table.OPS, table.CASES

# A table: a case takes one line or two, in columns that are easy to compare.
# fmt: off

# --- max pooling
op("maxpool", "y = larger of every two neighbours",
   lambda x: x.reshape(x.shape[0], -1, 2).max(axis=2), {"x": "c 2m"}, dims={"c": 3, "m": 5},
   special=(("ties", lambda r: (np.array([[1.0, 1.0, 0.0, 2.0], [3.0, -1.0, 0.5, 0.5]]),)),))


@right("maxpool", "loop", "loops with argmax")
def _maxpool_loop(g: Any, x: Any) -> Any:
    out = np.zeros(x.shape)
    for c, i in np.ndindex(g.shape):
        out[c, 2 * i + int(np.argmax(x[c, 2 * i : 2 * i + 2]))] += g[c, i]
    return (out,)


@right("maxpool", "strided", "into two strided views")
def _maxpool_strided(g: Any, x: Any) -> Any:
    out = np.zeros_like(x)
    first = x[:, ::2] >= x[:, 1::2]
    out[:, ::2] = g * first
    out[:, 1::2] = g * ~first
    return out


wrong("maxpool", "both", "missing-local", "both neighbours get g",
      lambda g, x: (np.repeat(g, 2, axis=1),), accept="wrong-local entries")
wrong("maxpool", "first", "wrong-local", "always the first",
      lambda g, x: ((g[:, :, None] * [1.0, 0.0]).reshape(x.shape),),
      accept="missing-local entries")
wrong("maxpool", "average", "wrong-local", "as of an average",
      lambda g, x: (np.repeat(g, 2, axis=1) / 2,), accept="missing-local entries")
wrong("maxpool", "pooled", "shape", "left in the pooled shape", lambda g, x: (g.copy(),))
wrong("maxpool", "smaller", "wrong-local", "the smaller one",
      lambda g, x: (np.repeat(g, 2, axis=1)
                    * (x == np.repeat(x.reshape(len(x), -1, 2).min(axis=2), 2, axis=1)),),
      accept="entries missing-local")
wrong("maxpool", "no_g", "no-upstream", "the mask alone", lambda g, x: (
    1.0 * (x == np.repeat(x.reshape(len(x), -1, 2).max(axis=2), 2, axis=1)),))

# --- average pooling
op("avgpool", "y = mean of every two neighbours",
   lambda x: x.reshape(x.shape[0], -1, 2).mean(axis=2), {"x": "c 2m"}, dims={"c": 3, "m": 5})
right("avgpool", "repeat", "repeat", lambda g, x: (np.repeat(g, 2, axis=1) / 2,))
right("avgpool", "kron", "Kronecker product", lambda g, x: np.kron(g, [0.5, 0.5]))
wrong("avgpool", "sum", "factor:2", "1/2 forgotten", lambda g, x: (np.repeat(g, 2, axis=1),))
wrong("avgpool", "tile", "reshape", "tile for repeat", lambda g, x: (np.tile(g, (1, 2)) / 2,),
      accept="wrong-axis transpose wrong-local")
wrong("avgpool", "first", "entries", "only the first of the two",
      lambda g, x: ((g[:, :, None] * [0.5, 0.0]).reshape(x.shape),),
      accept="missing-term wrong-local missing-local")
wrong("avgpool", "max", "wrong-local", "as of the maximum", lambda g, x: (
    np.repeat(g, 2, axis=1)
    * (x == np.repeat(x.reshape(len(x), -1, 2).max(axis=2), 2, axis=1)),),
      accept="missing-local entries")

# --- look-up of rows
op("lookup", "Y[i] = E[k[i]]", lambda k, E: E[np.asarray(k).real.astype(int)],
   {"k": "q", "E": "v n"}, dims={"q": 11, "v": 5, "n": 3}, fixed="k", batch="q",
   turn={"k": lambda x, d: np.floor(1e3 * np.abs(x)) % d["v"]})


def _one_hot(k: Any, E: Any) -> Any:
    return k[:, None] == np.arange(len(E))


@right("lookup", "add_at", "np.add.at")
def _lookup_add_at(g: Any, k: Any, E: Any) -> Any:
    out = np.zeros_like(E)
    np.add.at(out, k.astype(int), g)
    return (out,)


right("lookup", "one_hot", "by a one-hot matrix", lambda g, k, E: (_one_hot(k, E).T @ g,))


@right("lookup", "loop", "a loop")
def _lookup_loop(g: Any, k: Any, E: Any) -> Any:
    out = 0 * E
    for row, i in zip(g, k, strict=True):
        out[int(i)] += row
    return out


@wrong("lookup", "assigns", "missing-term", "a row that is looked up twice keeps the last",
       accept="entries one-sample")
def _lookup_assigns(g: Any, k: Any, E: Any) -> Any:
    out = np.zeros_like(E)
    for row, i in zip(g, k, strict=True):
        out[int(i)] = row
    return (out,)


@wrong("lookup", "fancy", "missing-term", "+= with repeated indices adds once",
       accept="entries one-sample")
def _lookup_fancy(g: Any, k: Any, E: Any) -> Any:
    out = np.zeros_like(E)
    out[k.astype(int)] += g
    return (out,)


wrong("lookup", "rows", "shape", "left in the shape of the output", lambda g, k, E: (g.copy(),),
      accept="no-batch-sum")
wrong("lookup", "counts", "no-upstream", "counts for sums",
      lambda g, k, E: (_one_hot(k, E).sum(axis=0)[:, None] * np.ones_like(E),))
wrong("lookup", "means", "missing-local", "averaged over the uses of a row", lambda g, k, E: (
    _one_hot(k, E).T @ g / np.maximum(_one_hot(k, E).sum(axis=0), 1)[:, None],),
      accept="wrong-local entries factor:* only-q1")
wrong("lookup", "all_rows", "wrong-local", "every row gets the sum",
      lambda g, k, E: (np.ones_like(E) * g.sum(axis=0),),
      accept="missing-local entries no-batch-sum wrong-axis upstream-misused one-sample")
wrong("lookup", "batch_mean", "factor:1/q", "averaged over the batch",
      lambda g, k, E: (_one_hot(k, E).T @ g / len(g),))

# --- differences of neighbours
op("diff", "y_i = x_(i+1) - x_i", lambda x: x[1:] - x[:-1], {"x": "n"}, dims={"n": 7}, lo={"n": 2})


@right("diff", "slices", "two slices")
def _diff_slices(g: Any, x: Any) -> Any:
    out = np.zeros_like(x)
    out[1:] += g
    out[:-1] -= g
    return (out,)


right("diff", "padded", "differences of the padded g",
      lambda g, x: -np.diff(g, prepend=0, append=0))
wrong("diff", "minus", "factor:-1", "signs exchanged",
      lambda g, x: (np.diff(g, prepend=0, append=0),))
wrong("diff", "one", "missing-term", "only the first use of x",
      lambda g, x: (np.concatenate([[0.0], g]),), accept="missing-local wrong-local entries")
wrong("diff", "plus", "wrong-local", "both with plus", lambda g, x: (
    np.concatenate([[0.0], g]) + np.concatenate([g, [0.0]]),), accept="missing-term entries")
wrong("diff", "ends", "entries", "the ends stay 0", lambda g, x: (
    np.concatenate([[0.0], -np.diff(g), [0.0]]),), accept="wrong-local missing-term zero")
wrong("diff", "short", "shape", "one entry short", lambda g, x: (-np.diff(g, prepend=0),))

# --- squared distances
op("distances", "D[i, j] = |x_i - y_j|^2",
   lambda X, Y: ((X[:, None, :] - Y[None, :, :]) ** 2).sum(axis=2), {"X": "q n", "Y": "m n"},
   dims={"q": 3, "m": 2, "n": 5}, square="q m n", batch="q")
right("distances", "differences", "all differences at once", lambda g, X, Y: (lambda d: (
    2 * d.sum(axis=1), -2 * d.sum(axis=0)))(g[:, :, None] * (X[:, None] - Y[None])))
right("distances", "expanded", "by the expanded square", lambda g, X, Y: (
    2 * (X * g.sum(axis=1)[:, None] - g @ Y), 2 * (Y * g.sum(axis=0)[:, None] - g.T @ X)))


@right("distances", "loops", "loops over the pairs")
def _distances_loops(g: Any, X: Any, Y: Any) -> Any:
    grad_X, grad_Y = np.zeros_like(X), np.zeros_like(Y)
    for i, j in np.ndindex(g.shape):
        d = 2 * g[i, j] * (X[i] - Y[j])
        grad_X[i] += d
        grad_Y[j] -= d
    return grad_X, grad_Y


def _towards(g: Any, X: Any, Y: Any) -> Any:
    return 2 * (X * g.sum(axis=1)[:, None] - g @ Y)


wrong("distances", "no_two", "factor:1/2", "2 forgotten",
      lambda g, X, Y: (_towards(g, X, Y) / 2, _towards(g.T, Y, X) / 2))
wrong("distances", "sign_Y", "factor:-1", "grad_Y with the sign of grad_X",
      lambda g, X, Y: (_towards(g, X, Y), -_towards(g.T, Y, X)))
wrong("distances", "one_term", "missing-term", "only the term with X",
      lambda g, X, Y: (2 * X * g.sum(axis=1)[:, None], _towards(g.T, Y, X)),
      accept="missing-local wrong-local only-b0")
wrong("distances", "cross_term", "missing-term", "only the mixed term",
      lambda g, X, Y: (_towards(g, X, Y), -2 * g.T @ X), accept="missing-local wrong-local")
wrong("distances", "turned_g", "transpose", "g^T left out",
      lambda g, X, Y: (_towards(g, X, Y), _towards(g, Y, X)), accept="crash only-square")
wrong("distances", "not_summed", "no-batch-sum", "grad_Y not summed over the x_i",
      lambda g, X, Y: (_towards(g, X, Y), -2 * g[:, :, None] * (X[:, None] - Y[None])),
      accept="shape")
wrong("distances", "no_g", "no-upstream", "ones for grad_output in grad_X",
      lambda g, X, Y: (_towards(np.ones_like(g), X, Y), _towards(g.T, Y, X)))
wrong("distances", "last", "one-sample", "assigned in the loop over i, not added",
      lambda g, X, Y: (_towards(g, X, Y), _towards(g[-1:].T, Y, X[-1:])),
      accept="only-q1 missing-term")

# --- attention weights


def _weights(Q: Any, K: Any) -> Any:
    S = Q @ K.T / np.sqrt(Q.shape[1])
    e = np.exp(S - S.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _scores(g: Any, P: Any, axis: int = 1) -> Any:
    return P * (g - (g * P).sum(axis=axis, keepdims=True))


op("attention", "P = softmax of the rows of Q K^T / sqrt(d)", _weights, {"Q": "q d", "K": "k d"},
   dims={"q": 3, "k": 5, "d": 2}, square="q k d", batch="q", lo={"k": 2})


def _attend(g: Any, Q: Any, K: Any, S: Any) -> Any:
    return S @ K / np.sqrt(Q.shape[1]), S.T @ Q / np.sqrt(Q.shape[1])


right("attention", "array", "array at once",
      lambda g, Q, K: _attend(g, Q, K, _scores(g, _weights(Q, K))))
right("attention", "jacobians", "a Jacobian for each row",
      lambda g, Q, K: _attend(g, Q, K, np.array([(np.diag(p) - np.outer(p, p)) @ h for p, h in zip(
          _weights(Q, K), g, strict=True)])))
wrong("attention", "no_scale", "missing-local", "1/sqrt(d) forgotten",
      lambda g, Q, K: (_scores(g, _weights(Q, K)) @ K, _scores(g, _weights(Q, K)).T @ Q),
      accept="wrong-local factor:*")
wrong("attention", "no_softmax", "missing-local", "softmax not differentiated",
      lambda g, Q, K: _attend(g, Q, K, g), accept="wrong-local")
wrong("attention", "diagonal", "missing-term", "only the diagonal of softmax' Jacobian",
      lambda g, Q, K: _attend(g, Q, K, g * _weights(Q, K) * (1 - _weights(Q, K))),
      accept="missing-local wrong-local")
wrong("attention", "p_only", "missing-term", "P g without the sum",
      lambda g, Q, K: _attend(g, Q, K, g * _weights(Q, K)), accept="missing-local wrong-local")
wrong("attention", "axis", "wrong-axis", "the sum over the queries",
      lambda g, Q, K: _attend(g, Q, K, _scores(g, _weights(Q, K), 0)),
      accept="wrong-local missing-term")
wrong("attention", "d_for_root", "wrong-local", "divided by d",
      lambda g, Q, K: (_scores(g, _weights(Q, K)) @ K / Q.shape[1],
                       _scores(g, _weights(Q, K)).T @ Q / Q.shape[1]),
      accept="factor:* missing-local")
wrong("attention", "order", "order", "grad_K first",
      lambda g, Q, K: _attend(g, Q, K, _scores(g, _weights(Q, K)))[::-1], accept="shape")
wrong("attention", "Q_for_K", "wrong-input", "g left out of grad_K's scores: S of ones",
      lambda g, Q, K: (_attend(g, Q, K, _scores(g, _weights(Q, K)))[0],
                       _attend(g, Q, K, _weights(Q, K))[1]), accept="no-upstream")

# --- two layers with relu
op("relu_net", "Y = max(0, X V) W", lambda X, V, W: np.where(X @ V > 0, X @ V, 0 * (X @ V)) @ W,
   {"X": "q n", "V": "n h", "W": "h p"}, dims={"q": 7, "n": 5, "h": 3, "p": 2}, square="n h p",
   batch="q")


def _net(g: Any, X: Any, V: Any, W: Any, mask: Any = None) -> Any:
    H = np.maximum(X @ V, 0)
    back = (g @ W.T) * ((X @ V > 0) if mask is None else mask)
    return back @ V.T, X.T @ back, H.T @ g


right("relu_net", "array", "array at once", _net)


@right("relu_net", "zeroing", "sets entries of the intermediate gradient to 0")
def _relu_net_zeroing(g: Any, X: Any, V: Any, W: Any) -> Any:
    H = np.maximum(X @ V, 0)
    back = g @ W.T
    back[H == 0] = 0
    return [back @ V.T, X.T @ back, H.T @ g]


right("relu_net", "samples", "sample by sample", lambda g, X, V, W: tuple(
    np.concatenate(parts) if i == 0 else sum(parts) for i, parts in enumerate(zip(
        *[_net(g[j : j + 1], X[j : j + 1], V, W) for j in range(len(X))], strict=True))))
wrong("relu_net", "no_mask", "missing-local", "the mask forgotten",
      lambda g, X, V, W: _net(g, X, V, W, 1.0), accept="wrong-local")
wrong("relu_net", "mask_of_g", "wrong-point", "the mask of the gradient",
      lambda g, X, V, W: _net(g, X, V, W, g @ W.T > 0),
      accept="upstream-misused wrong-local missing-local")
wrong("relu_net", "times_H", "missing-local", "multiplied by the hidden values",
      lambda g, X, V, W: _net(g, X, V, W, np.maximum(X @ V, 0)), accept="wrong-local")
wrong("relu_net", "W_input", "wrong-point", "grad_W from the values before relu",
      lambda g, X, V, W: (*_net(g, X, V, W)[:2], (X @ V).T @ g),
      accept="missing-local wrong-local wrong-input")
wrong("relu_net", "no_T", "transpose", "W for W^T", lambda g, X, V, W: (
    lambda b: (b @ V.T, X.T @ b, np.maximum(X @ V, 0).T @ g))((g @ W) * (X @ V > 0)),
      accept="crash only-square")
wrong("relu_net", "order", "order", "the weights first",
      lambda g, X, V, W: _net(g, X, V, W)[::-1], accept="shape")
wrong("relu_net", "mean", "factor:1/q", "all averaged over the batch",
      lambda g, X, V, W: (_net(g, X, V, W)[0], *(a / len(X) for a in _net(g, X, V, W)[1:])))
wrong("relu_net", "V_no_W", "wrong-axis", "the total of g sent back to every hidden unit",
      lambda g, X, V, W: (_net(g, X, V, W)[0],
                          X.T @ (g.sum(axis=1, keepdims=True) * (X @ V > 0)), _net(g, X, V, W)[2]),
      accept="missing-local wrong-local upstream-misused")

# --- tied weights
op("tied", "Y = X W W^T", lambda X, W: X @ W @ W.T, {"X": "q n", "W": "n h"},
   dims={"q": 7, "n": 5, "h": 3}, square="q n h", batch="q")
right("tied", "array", "both uses added",
      lambda g, X, W: (g @ W @ W.T, X.T @ (g @ W) + g.T @ (X @ W)))
right("tied", "symmetric", "by X^T g + g^T X",
      lambda g, X, W: (g @ (W @ W.T), (X.T @ g + g.T @ X) @ W))
wrong("tied", "encoder", "missing-term", "only the first use of W",
      lambda g, X, W: (g @ W @ W.T, X.T @ (g @ W)), accept="missing-local wrong-local")
wrong("tied", "decoder", "missing-term", "only the second use of W",
      lambda g, X, W: (g @ W @ W.T, g.T @ (X @ W)), accept="missing-local wrong-local")
wrong("tied", "twice", "wrong-local", "the first use counted twice",
      lambda g, X, W: (g @ W @ W.T, 2 * X.T @ (g @ W)),
      accept="missing-term wrong-input only-symmetric")
wrong("tied", "averaged", "factor:1/2", "the mean of both uses",
      lambda g, X, W: (g @ W @ W.T, (X.T @ (g @ W) + g.T @ (X @ W)) / 2))

# --- residual block
op("residual", "Y = X + tanh(X W)", lambda X, W: X + np.tanh(X @ W), {"X": "q n", "W": "n n"},
   dims={"q": 5, "n": 3}, square="q n", batch="q")


def _bent(X: Any, W: Any) -> Any:
    return 1 - np.tanh(X @ W) ** 2


right("residual", "array", "array at once",
      lambda g, X, W: (g + (g * _bent(X, W)) @ W.T, X.T @ (g * _bent(X, W))))
right("residual", "cosh", "with 1/cosh^2", lambda g, X, W: (lambda b: (g + b @ W.T, X.T @ b))(
    g / np.cosh(np.minimum(np.abs(X @ W), 300)) ** 2))
wrong("residual", "no_skip", "missing-term", "the way past tanh forgotten",
      lambda g, X, W: ((g * _bent(X, W)) @ W.T, X.T @ (g * _bent(X, W))),
      accept="missing-local wrong-local")
wrong("residual", "only_skip", "missing-term", "the way through tanh forgotten",
      lambda g, X, W: (g.copy(), X.T @ (g * _bent(X, W))),
      accept="missing-local wrong-local only-b0")
wrong("residual", "no_tanh", "missing-local", "tanh not differentiated",
      lambda g, X, W: (g + g @ W.T, X.T @ g), accept="wrong-local")
wrong("residual", "no_T", "transpose", "W for W^T",
      lambda g, X, W: (g + (g * _bent(X, W)) @ W, X.T @ (g * _bent(X, W))), accept="wrong-local")
wrong("residual", "at_y", "wrong-point", "tanh' at the output of tanh",
      lambda g, X, W: (lambda b: (g + b @ W.T, X.T @ b))(
          g * (1 - np.tanh(np.tanh(X @ W)) ** 2)), accept="wrong-local")
wrong("residual", "not_squared", "wrong-local", "1 - tanh",
      lambda g, X, W: (lambda b: (g + b @ W.T, X.T @ b))(g * (1 - np.tanh(X @ W))),
      accept="wrong-point missing-local")


@wrong("residual", "adds_to_g", "mutates-upstream", "+= on grad_output", needs="contract",
       accept="alias")
def _residual_adds_to_g(g: Any, X: Any, W: Any) -> Any:
    through = g * _bent(X, W)
    grad_W = X.T @ through
    g += through @ W.T
    return g, grad_W


# --- two steps of a recurrent network
op("recurrent", "h = tanh(a U), Y = tanh(b U + h R)",
   lambda a, b, U, R: np.tanh(b @ U + np.tanh(a @ U) @ R),
   {"a": "q n", "b": "q n", "U": "n h", "R": "h h"}, dims={"q": 5, "n": 3, "h": 2}, fixed="a b",
   square="n h", batch="q")


def _steps(g: Any, a: Any, b: Any, U: Any, R: Any) -> Any:
    h = np.tanh(a @ U)
    second = g * (1 - np.tanh(b @ U + h @ R) ** 2)
    first = second @ R.T * (1 - h**2)
    return h, first, second


right("recurrent", "array", "both steps added", lambda g, a, b, U, R: (
    lambda h, f, s: (a.T @ f + b.T @ s, h.T @ s))(*_steps(g, a, b, U, R)))
right("recurrent", "stacked", "the steps stacked", lambda g, a, b, U, R: (
    lambda h, f, s: (np.vstack([a, b]).T @ np.vstack([f, s]), (s.T @ h).T))(
        *_steps(g, a, b, U, R)))
wrong("recurrent", "last_step", "missing-term", "U only in the last step",
      lambda g, a, b, U, R: (lambda h, f, s: (b.T @ s, h.T @ s))(*_steps(g, a, b, U, R)),
      accept="missing-local wrong-local")
wrong("recurrent", "first_step", "missing-term", "U only in the first step",
      lambda g, a, b, U, R: (lambda h, f, s: (a.T @ f, h.T @ s))(*_steps(g, a, b, U, R)),
      accept="missing-local wrong-local")
wrong("recurrent", "no_tanh", "missing-local", "tanh of the first step not differentiated",
      lambda g, a, b, U, R: (lambda h, f, s: (a.T @ (s @ R.T) + b.T @ s, h.T @ s))(
          *_steps(g, a, b, U, R)), accept="wrong-local missing-term")
wrong("recurrent", "R_no_T", "transpose", "R for R^T", lambda g, a, b, U, R: (
    lambda h, f, s: (a.T @ (s @ R * (1 - h**2)) + b.T @ s, h.T @ s))(*_steps(g, a, b, U, R)),
      accept="wrong-local missing-local missing-term")
wrong("recurrent", "other_input", "wrong-input", "the second input in the first step",
      lambda g, a, b, U, R: (lambda h, f, s: (b.T @ f + b.T @ s, h.T @ s))(
          *_steps(g, a, b, U, R)), accept="wrong-local wrong-point")
wrong("recurrent", "R_turned", "transpose", "grad_R transposed",
      lambda g, a, b, U, R: (lambda h, f, s: (a.T @ f + b.T @ s, s.T @ h))(
          *_steps(g, a, b, U, R)))

# --- one neuron
op("neuron", "y = tanh(w x + b)", lambda x, w, b: np.tanh(np.sum(w * x) + b),
   {"x": "n", "w": "n", "b": ""}, dims={"n": 5})


def _fire(x: Any, w: Any, b: Any) -> Any:
    return 1 - np.tanh(w @ x + b) ** 2


right("neuron", "array", "array at once",
      lambda g, x, w, b: (g * _fire(x, w, b) * w, g * _fire(x, w, b) * x, g * _fire(x, w, b)))
right("neuron", "floats", "Python's floats", lambda g, x, w, b: (lambda d: [
    [d * v for v in w.tolist()], [d * v for v in x.tolist()], d])(float(g * _fire(x, w, b))))
wrong("neuron", "b_one", "shape", "grad_b of shape (1,)", lambda g, x, w, b: (
    g * _fire(x, w, b) * w, g * _fire(x, w, b) * x, np.array([g * _fire(x, w, b)])))
wrong("neuron", "no_tanh", "missing-local", "tanh not differentiated",
      lambda g, x, w, b: (g * w, g * x, g), accept="wrong-local")
wrong("neuron", "order", "order", "grad_x and grad_w exchanged",
      lambda g, x, w, b: (g * _fire(x, w, b) * x, g * _fire(x, w, b) * w, g * _fire(x, w, b)),
      accept="wrong-input wrong-local wrong-point")
wrong("neuron", "no_b", "count", "grad_b forgotten",
      lambda g, x, w, b: (g * _fire(x, w, b) * w, g * _fire(x, w, b) * x))
wrong("neuron", "b_left_out", "only-b0", "tanh' without the bias",
      lambda g, x, w, b: tuple(g * _fire(x, w, 0 * b) * v for v in (w, x, 1.0)),
      accept="wrong-local wrong-point missing-term")
wrong("neuron", "b_no_g", "no-upstream", "grad_output left out of grad_b", lambda g, x, w, b: (
    g * _fire(x, w, b) * w, g * _fire(x, w, b) * x, _fire(x, w, b)))
wrong("neuron", "typo", "crash", "grad_output taken for a matrix: a scalar has no axis 1",
      lambda g, x, w, b: (g * _fire(x, w, b) * w, g * _fire(x, w, b) * x, g.sum(axis=1)))
