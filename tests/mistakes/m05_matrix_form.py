"""What learners get wrong in notebook 05, and how the checker must name it."""

# ruff: noqa: E501  (a table, one case a line)

from __future__ import annotations


def _cell(target: str, signature: str, *lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"@fill_in({target})\ndef {signature}:\n{body}\n"


def _linear(grad_X: str, grad_W: str, grad_b: str) -> str:
    return _cell(
        "Linear",
        "backward(ctx, grad_output)",
        "X, W, b = ctx.saved_tensors",
        "G = grad_output",
        f"return {grad_X}, {grad_W}, {grad_b}",
    )


def _mse(result: str) -> str:
    return _cell(
        "MSE",
        "backward(ctx, grad_output)",
        "Y_hat, Y = ctx.saved_tensors",
        "q = len(Y)",
        f"return {result}",
    )


def _matrix(*lines: str) -> str:
    return _cell("weight_jacobian_matrix", "weight_jacobian_matrix(X, p, order)", *lines)


def _inputs(expression: str) -> str:
    return _cell("input_jacobian", "input_jacobian(z, W)", f"return {expression}")


def _contract(*lines: str) -> str:
    return _cell("contract_output", "contract_output(G, T)", *lines)


def _bytes(expression: str) -> str:
    return _cell("weight_jacobian_bytes", "weight_jacobian_bytes(q, n, p)", f"return {expression}")


SUM = "G.sum(axis=0, keepdims=True)"

# fmt: off
MISTAKES: list[tuple[str, str, str, str]] = [
    ("Linear.backward", "W without .T", _linear("G @ W", "X.T @ G", SUM), "transpose"),
    ("Linear.backward", "grad_W transposed", _linear("G @ W.T", "G.T @ X", SUM), "transpose"),
    ("Linear.backward", "grad_b without the (1, p)", _linear("G @ W.T", "X.T @ G", "G.sum(axis=0)"), "shape"),
    ("Linear.backward", "the mean over the samples for b", _linear("G @ W.T", "X.T @ G", "G.mean(axis=0, keepdims=True)"), "factor:1/q"),
    ("Linear.backward", "grad_W divided by q", _linear("G @ W.T", "X.T @ G / len(X)", SUM), "factor:1/q"),
    ("Linear.backward", "grad_b not summed", _linear("G @ W.T", "X.T @ G", "G"), "no-batch-sum"),
    ("Linear.backward", "grad_b summed over the outputs as well", _linear("G @ W.T", "X.T @ G", "np.full(b.shape, G.sum())"), "upstream-misused"),
    ("Linear.backward", "the upstream is ignored", _linear("np.ones_like(G) @ W.T", "X.T @ np.ones_like(G)", "np.full(b.shape, float(len(X)))"), "no-upstream"),
    ("Linear.backward", "reshaped until it fits", _linear("G @ W.T", "(G.T @ X).reshape(W.shape)", SUM), "reshape"),

    ("MSE.backward", "divided by p", _mse("2 / Y.shape[1] * grad_output * (Y_hat - Y), -2 / Y.shape[1] * grad_output * (Y_hat - Y)"), "factor:q/p"),
    ("MSE.backward", "divided by both, as PyTorch does", _mse("2 / Y.size * grad_output * (Y_hat - Y), -2 / Y.size * grad_output * (Y_hat - Y)"), "factor:1/p"),
    ("MSE.backward", "not divided", _mse("2 * grad_output * (Y_hat - Y), -2 * grad_output * (Y_hat - Y)"), "factor:q"),
    ("MSE.backward", "the 2 is forgotten", _mse("grad_output * (Y_hat - Y) / q, -grad_output * (Y_hat - Y) / q"), "factor:1/2"),
    ("MSE.backward", "the upstream is ignored", _mse("2 / q * (Y_hat - Y), -2 / q * (Y_hat - Y)"), "no-upstream"),
    ("MSE.backward", "one sign for both", _mse("2 / q * grad_output * (Y_hat - Y), 2 / q * grad_output * (Y_hat - Y)"), "factor:-1"),

    ("weight_jacobian_matrix", "C for both", _matrix("return np.kron(X, np.eye(p))"), "wrong-order"),
    ("weight_jacobian_matrix", "F for both", _matrix("return np.kron(np.eye(p), X)"), "wrong-order"),
    ("weight_jacobian_matrix", "the orders swapped", _matrix("return np.kron(np.eye(p), X) if order == 'C' else np.kron(X, np.eye(p))"), "wrong-order"),
    ("weight_jacobian_matrix", "transposed", _matrix("return np.kron(X, np.eye(p)).T if order == 'C' else np.kron(np.eye(p), X).T"), "transpose"),
    ("weight_jacobian_matrix", "an identity of the wrong size", _matrix("I = np.eye(X.shape[1])", "return np.kron(X, I) if order == 'C' else np.kron(I, X)"), "shape"),
    ("weight_jacobian_matrix", "X alone", _matrix("return X"), "shape"),

    ("input_jacobian", "W itself", _inputs("W"), "transpose"),
    ("input_jacobian", "z times W", _inputs("z @ W"), "shape"),
    ("input_jacobian", "scaled by z", _inputs("W.T * z"), "missing-local"),
    ("input_jacobian", "a diagonal matrix", _inputs("np.diag(W.sum(axis=0))"), "shape"),
    ("input_jacobian", "the sign", _inputs("-W.T"), "factor:-1"),
    ("input_jacobian", "reshaped, not transposed", _inputs("W.reshape(W.T.shape)"), "reshape"),

    ("weight_jacobian_matrix", "Y in order C, W in order F", _matrix("T = np.einsum('ik,jl->ijkl', X, np.eye(p))", "q, _, n, _ = T.shape", "return T.swapaxes(2, 3).reshape(q * p, n * p)"), "wrong-order"),
    ("weight_jacobian_matrix", "no identity", _matrix("ones = np.ones((p, p))", "return np.kron(X, ones) if order == 'C' else np.kron(ones, X)"), "missing-local"),
    ("input_jacobian", "z in every row", _inputs("np.array([z] * W.shape[1])"), "wrong-input"),
    ("input_jacobian", "ones", _inputs("np.ones((W.shape[1], len(z)))"), "missing-local"),

    ("contract_output", "G is not used", _contract("return T.sum(axis=(0, 1))"), "no-upstream"),
    ("contract_output", "one index only", _contract("return np.tensordot(G, T, axes=1)"), "crash"),
    ("contract_output", "the mean over the samples", _contract("return np.einsum('ij,ijkl->kl', G, T) / len(G)"), "factor:1/q"),
    ("contract_output", "the result transposed", _contract("return np.einsum('ij,ijkl->lk', G, T)"), "transpose"),
    ("contract_output", "= where += is meant", _contract(
        "gradient = np.zeros(T.shape[2:])",
        "for j in range(G.shape[1]):",
        "    gradient = np.tensordot(G[:, j], T[:, j], axes=1)",
        "return gradient",
    ), "missing-term"),

    ("contract_output", "= where += is meant, in two loops", _contract(
        "for i in range(G.shape[0]):",
        "    for j in range(G.shape[1]):",
        "        gradient = G[i, j] * T[i, j]",
        "return gradient",
    ), "missing-term"),
    ("contract_output", "the last row is left out", _contract("return np.einsum('ij,ijkl->kl', G[:-1], T[:-1])"), "missing-term"),
    ("contract_output", "G is added up first", _contract("return G.sum() * T.sum(axis=(0, 1))"), "upstream-misused"),
    ("contract_output", "+ for *", _contract("return (G[:, :, None, None] + T).sum(axis=(0, 1))"), "added"),

    ("weight_jacobian_bytes", "entries, not bytes", _bytes("q * p * n * p"), "factor:1/8"),
    ("weight_jacobian_bytes", "one p only", _bytes("8 * q * p * n"), "factor:1/p"),
    ("weight_jacobian_bytes", "the gradient's size", _bytes("8 * n * p"), "factor:1/(q*p)"),
    ("weight_jacobian_bytes", "float32", _bytes("4 * q * p * n * p"), "factor:1/2"),
    ("weight_jacobian_bytes", "the bias too", _bytes("8 * q * p * (n * p + p)"), "added"),
    ("weight_jacobian_bytes", "Y and W", _bytes("8 * (q * p + n * p)"), "added"),
    ("weight_jacobian_bytes", "in kilobytes", _bytes("q * p * n * p / 128"), "factor:1/1024"),
    ("weight_jacobian_bytes", "a text", _bytes("str(8 * q * p * n * p)"), "type"),
    ("weight_jacobian_bytes", "of X, not of W", _bytes("8 * q * p * q * n"), "factor:q/p"),
]
# fmt: on
