"""What learners get wrong in notebook 04, and how the checker must name it."""

# ruff: noqa: E501  (a table, one case a line)

from __future__ import annotations


def _cell(name: str, arguments: str, *lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"@fill_in({name})\ndef {name}({arguments}):\n{body}\n"


def _by_X(*lines: str) -> str:
    return _cell("dY_dX", "i, j, k, l, X, W", *lines)


def _by_W(*lines: str) -> str:
    return _cell("dY_dW", "i, j, k, l, X, W", *lines)


def _tensor_X(expression: str) -> str:
    return _cell(
        "linear_jacobian_X", "X, W", "q, n = X.shape", "p = W.shape[1]", f"return {expression}"
    )


def _tensor_W(expression: str) -> str:
    return _cell(
        "linear_jacobian_W", "X, W", "q, n = X.shape", "p = W.shape[1]", f"return {expression}"
    )


def _loops(*lines: str) -> str:
    return _cell("linear_backward_loops", "G, X, W", *lines)


def _factor(*lines: str) -> str:
    return _cell("mse_factor", "q, p, normalisation", *lines)


def _mse(*lines: str) -> str:
    return _cell("mse_gradient_loops", "Y_hat, Y", *lines)


# fmt: off
MISTAKES: list[tuple[str, str, str, str]] = [
    ("dY_dX", "every sample depends on every sample", _by_X("return W[l, j]"), "entries"),
    ("dY_dX", "W is left out", _by_X("return float(i == k)"), "missing-local"),
    ("dY_dX", "the column of the wrong index", _by_X("return W[l, 0] if i == k else 0.0"), "wrong-input"),
    ("dY_dX", "the sign", _by_X("return -W[l, j] if i == k else 0.0"), "factor:-1"),
    ("dY_dX", "nothing where it is zero", _by_X("if i == k:", "    return W[l, j]"), "type"),

    ("dY_dW", "every output depends on every column", _by_W("return X[i, k]"), "entries"),
    ("dY_dW", "X is left out", _by_W("return float(j == l)"), "missing-local"),
    ("dY_dW", "the row of the wrong index", _by_W("return X[0, k] if j == l else 0.0"), "wrong-input"),
    ("dY_dW", "the sign", _by_W("return -X[i, k] if j == l else 0.0"), "factor:-1"),
    ("dY_dW", "nothing where it is zero", _by_W("if j == l:", "    return X[i, k]"), "type"),
    ("dY_dW", "divided by q", _by_W("return X[i, k] / X.shape[0] if j == l else 0.0"), "factor:1/q"),

    ("linear_jacobian_X", "W for every pair of samples", _tensor_X("np.broadcast_to(W.T[None, :, None, :], (q, p, q, n))"), "entries"),
    ("linear_jacobian_X", "a replication of W, in three dimensions", _tensor_X("np.broadcast_to(W.T, (q, p, n))"), "shape"),
    ("linear_jacobian_X", "the W alone", _tensor_X("W.T"), "shape"),
    ("linear_jacobian_X", "the axes in another order", _tensor_X("np.einsum('ik,lj->ikjl', np.eye(q), W)"), "transpose"),
    ("linear_jacobian_X", "W is left out", _tensor_X("np.einsum('ik,lj->ijkl', np.eye(q), np.ones((n, p)))"), "missing-local"),
    ("linear_jacobian_X", "the mean over the samples", _tensor_X("np.einsum('ik,lj->ijkl', np.eye(q), W) / q"), "factor:1/q"),

    ("linear_jacobian_W", "every column", _tensor_W("np.broadcast_to(X[:, None, :, None], (q, p, n, p))"), "entries"),
    ("linear_jacobian_W", "by sample and column only", _tensor_W("np.broadcast_to(X[:, None, :], (q, p, n))"), "shape"),
    ("linear_jacobian_W", "the axes of X the other way round", _tensor_W("np.einsum('ik,jl->ijlk', X, np.eye(p))"), "transpose"),
    ("linear_jacobian_W", "X is left out", _tensor_W("np.einsum('ik,jl->ijkl', np.ones((q, n)), np.eye(p))"), "missing-local"),
    ("linear_jacobian_W", "the mean over the samples", _tensor_W("np.einsum('ik,jl->ijkl', X, np.eye(p)) / q"), "factor:1/q"),

    ("linear_backward_loops", "the weights are left out", _loops("return G @ np.ones_like(W).T, X.T @ G, G.sum(axis=0, keepdims=True)"), "missing-local"),
    ("linear_backward_loops", "G_ij times a sum of W, a claim you may meet", _loops("return G * W.sum(axis=0), X.T @ G, G.sum(axis=0, keepdims=True)"), "shape"),
    ("linear_backward_loops", "the upstream is ignored", _loops("U = np.ones_like(G)", "return U @ W.T, X.T @ U, U.sum(axis=0, keepdims=True)"), "no-upstream"),
    ("linear_backward_loops", "= where += is meant", _loops(
        "grad_X = np.zeros(X.shape)",
        "for i in range(X.shape[0]):",
        "    for k in range(X.shape[1]):",
        "        for j in range(W.shape[1]):",
        "            grad_X[i, k] = G[i, j] * W[k, j]",
        "return grad_X, X.T @ G, G.sum(axis=0, keepdims=True)",
    ), "missing-term"),
    ("linear_backward_loops", "only grad_X", _loops("return G @ W.T"), "count"),
    ("linear_backward_loops", "twice", _loops("return 2 * G @ W.T, X.T @ G, G.sum(axis=0, keepdims=True)"), "factor:2"),

    ("mse_factor", "always 2/q", _factor("return 2 / q"), "factor:p/q"),
    ("mse_factor", "the 2 is forgotten", _factor("return {'1/q': 1 / q, '1/p': 1 / p, '1/(qp)': 1 / (q * p)}[normalisation]"), "factor:1/2"),
    ("mse_factor", "the sign of the target's gradient", _factor("return {'1/q': -2 / q, '1/p': -2 / p, '1/(qp)': -2 / (q * p)}[normalisation]"), "factor:-1"),
    ("mse_factor", "q and p swapped", _factor("return {'1/q': 2 / p, '1/p': 2 / q, '1/(qp)': 2 / (q * p)}[normalisation]"), "factor:q/p"),
    ("mse_factor", "1/(qp) taken for 1/q times p", _factor("return {'1/q': 2 / q, '1/p': 2 / p, '1/(qp)': 2 / q * p}[normalisation]"), "factor:p*p"),

    ("mse_gradient_loops", "not divided", _mse("return 2 * (Y_hat - Y)"), "factor:q"),
    ("mse_gradient_loops", "divided by p", _mse("return 2 * (Y_hat - Y) / Y.shape[1]"), "factor:q/p"),
    ("mse_gradient_loops", "divided by both", _mse("return 2 * (Y_hat - Y) / Y.size"), "factor:1/p"),
    ("mse_gradient_loops", "the gradient with respect to the target", _mse("return -2 * (Y_hat - Y) / Y.shape[0]"), "factor:-1"),
    ("mse_gradient_loops", "the 2 is forgotten", _mse("return (Y_hat - Y) / Y.shape[0]"), "factor:1/2"),
    ("mse_gradient_loops", "added up over the samples", _mse("return 2 * (Y_hat - Y).sum(axis=0) / Y.shape[0]"), "shape"),
]
# fmt: on
