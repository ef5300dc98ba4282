"""What learners get wrong in notebook 06, and how the checker must name it."""

# ruff: noqa: E501  (a table, one case a line)

from __future__ import annotations


def _cell(name: str, arguments: str, *lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"@fill_in({name})\ndef {name}({arguments}):\n{body}\n"


def _gradient(grad_W: str, grad_b: str, *, residual: str = "X @ W + b - Y") -> str:
    return _cell(
        "cost_gradient", "X, W, b, Y", f"R, q = {residual}, len(X)", f"return {grad_W}, {grad_b}"
    )


def _chain(*lines: str) -> str:
    return _cell(
        "cost_gradient",
        "X, W, b, Y",
        "Y_hat, back = vjp(Linear, X, W, b)",
        *lines,
        "return grad_W, grad_b",
    )


def _step(*lines: str) -> str:
    return _cell(
        "descent_step",
        "X, W, b, Y, rate",
        "R = X @ W + b - Y",
        "grad_W, grad_b = 2 / len(X) * X.T @ R, 2 / len(X) * R.sum(axis=0, keepdims=True)",
        *lines,
    )


def _fit(*lines: str) -> str:
    return _cell("least_squares", "X, Y", *lines)


def _rate(*lines: str) -> str:
    return _cell(
        "largest_rate",
        "X",
        "q = len(X)",
        "ones = np.ones((q, 1))",
        *lines,
    )


def _slowest(*lines: str) -> str:
    return _cell(
        "slowest_factor",
        "X, rate",
        "Z = np.hstack([X, np.ones((len(X), 1))])",
        "curvatures = np.linalg.eigvalsh(2 / len(X) * Z.T @ Z)",
        *lines,
    )


SUM = "2 / q * R.sum(axis=0, keepdims=True)"
RIGHT_W = "2 / q * X.T @ R"
ONES = "Z = np.hstack([X, np.ones((len(X), 1))])"

# fmt: off
MISTAKES: list[tuple[str, str, str, str]] = [
    ("cost_gradient", "divided by p as well, as PyTorch does", _gradient("2 / R.size * X.T @ R", "2 / R.size * R.sum(axis=0, keepdims=True)"), "factor:1/p"),
    ("cost_gradient", "not divided", _gradient("2 * X.T @ R", "2 * R.sum(axis=0, keepdims=True)"), "factor:q"),
    ("cost_gradient", "the 2 is forgotten", _gradient("X.T @ R / q", "R.sum(axis=0, keepdims=True) / q"), "factor:1/2"),
    ("cost_gradient", "Y − Ŷ for Ŷ − Y", _gradient(RIGHT_W, SUM, residual="Y - X @ W - b"), "factor:-1"),
    ("cost_gradient", "grad_W transposed", _gradient("2 / q * R.T @ X", SUM), "transpose"),
    ("cost_gradient", "the bias is left out of the prediction", _gradient(RIGHT_W, SUM, residual="X @ W - Y"), "missing-term"),
    ("cost_gradient", "the targets are left out", _gradient(RIGHT_W, SUM, residual="X @ W + b"), "missing-term"),
    ("cost_gradient", "grad_b without the (1, p)", _gradient(RIGHT_W, "2 / q * R.sum(axis=0)"), "shape"),
    ("cost_gradient", "the mean of the mean for b", _gradient(RIGHT_W, "2 / q * R.mean(axis=0, keepdims=True)"), "factor:1/q"),
    ("cost_gradient", "the gradient with respect to the prediction", _gradient("2 / q * R", "2 / q * R"), "shape"),

    ("cost_gradient", "the last sample only", _gradient("2 / q * X[-1:].T @ R[-1:]", "2 / q * R[-1:]"), "missing-term"),
    ("cost_gradient", "the first sample is left out", _gradient("2 / q * X[1:].T @ R[1:]", "2 / q * R[1:].sum(axis=0, keepdims=True)"), "missing-term"),
    ("cost_gradient", "the sizes of the errors", _gradient(RIGHT_W, SUM, residual="np.sqrt((X @ W + b - Y) ** 2)"), "sign"),
    ("cost_gradient", "the errors squared", _gradient(RIGHT_W, SUM, residual="(X @ W + b - Y) ** 2"), "squared"),
    ("cost_gradient", "a penalty on W", _gradient(f"{RIGHT_W} + 2 * W", SUM), "added"),
    ("cost_gradient", "all errors added up for b", _gradient(RIGHT_W, "np.full(b.shape, 2 / q * R.sum())"), "wrong-axis"),
    ("cost_gradient", "X is left out", _gradient("2 / q * np.ones_like(X).T @ R", SUM), "missing-local"),
    ("cost_gradient", "grad_b not summed", _gradient(RIGHT_W, "2 / q * R"), "shape"),
    ("cost_gradient", "the loss is skipped on the way back", _chain("_, grad_W, grad_b = back(np.ones_like(Y))"), "no-upstream"),
    ("cost_gradient", "started with C in place of 1", _chain("C, loss = vjp(MSE, Y_hat, Y)", "_, grad_W, grad_b = back(loss(C)[0])"), "wrong-start"),
    ("cost_gradient", "the gradient with respect to the targets goes on", _chain("C, loss = vjp(MSE, Y_hat, Y)", "_, grad_W, grad_b = back(loss(1.0)[1])"), "factor:-1"),

    ("descent_step", "the rate twice", _step("return W - rate**2 * grad_W, b - rate**2 * grad_b"), "factor:rate"),
    ("descent_step", "divided by q again", _step("return W - rate / len(X) * grad_W, b - rate / len(X) * grad_b"), "factor:1/q"),
    ("descent_step", "the 2 is forgotten", _step("return W - rate * grad_W / 2, b - rate * grad_b / 2"), "factor:1/2"),
    ("descent_step", "divided by the rate", _step("return W - 1 / rate * grad_W, b - 1 / rate * grad_b"), "inverted"),
    ("descent_step", "the gradient's signs", _step("return W - rate * np.sign(grad_W), b - rate * np.sign(grad_b)"), "normalised"),
    ("descent_step", "of length rate", _step("return W - rate * grad_W / np.linalg.norm(grad_W), b - rate * grad_b / np.linalg.norm(grad_b)"), "normalised"),
    ("descent_step", "W shrinks", _step("return W * (1 - rate) - rate * grad_W, b * (1 - rate) - rate * grad_b"), "added"),
    ("descent_step", "q times too far", _step("return W - rate * len(X) * grad_W, b - rate * len(X) * grad_b"), "factor:q"),
    ("descent_step", "W moves after b, by a new gradient", _step(
        "b = b - rate * grad_b",
        "R = X @ W + b - Y",
        "return W - rate * 2 / len(X) * X.T @ R, b",
    ), "wrong-point"),
    ("least_squares", "the equations are not solved", _fit(ONES, "theta = Z.T @ Y", "return theta[:-1], theta[-1:]"), "not-solved"),
    ("least_squares", "the slopes are right, b is the first weight", _fit(ONES, "theta = np.linalg.lstsq(Z, Y, rcond=None)[0]", "return theta[:-1], theta[:1]"), "wrong-order"),
    ("least_squares", "a little ridge", _fit(ONES, "theta = np.linalg.solve(Z.T @ Z + 0.02 * np.eye(Z.shape[1]), Z.T @ Y)", "return theta[:-1], theta[-1:]"), "not-solved"),
    ("largest_rate", "the mean curvature", _rate("Z = np.hstack([X, ones])", "return 2 / np.linalg.eigvalsh(2 / q * Z.T @ Z).mean()"), "wrong-eigenvalue"),
    ("largest_rate", "the fastest rate", _rate("Z = np.hstack([X, ones])", "curvatures = np.linalg.eigvalsh(2 / q * Z.T @ Z)", "return 2 / (curvatures[0] + curvatures[-1])"), "wrong-eigenvalue"),
    ("largest_rate", "divided by n", _rate("Z = np.hstack([X, ones])", "return 2 / np.linalg.eigvalsh(2 / X.shape[1] * Z.T @ Z).max()"), "factor:n/q"),
    ("largest_rate", "centred inputs", _rate("Z = X - X.mean(axis=0)", "return 2 / np.linalg.eigvalsh(2 / q * Z.T @ Z).max()"), "missing-term"),
    ("largest_rate", "a singular value, not squared", _rate("Z = np.hstack([X, ones])", "return 2 / (2 / q * np.linalg.norm(Z, 2))"), "not-squared"),
    ("largest_rate", "without the 2/q", _rate("Z = np.hstack([X, ones])", "return 2 / np.linalg.eigvalsh(Z.T @ Z).max()"), "factor:2/q"),
    ("slowest_factor", "without the bias", _slowest("curvatures = np.linalg.eigvalsh(2 / len(X) * X.T @ X)", "return np.abs(1 - rate * curvatures).max()"), "missing-term"),
    ("slowest_factor", "without the 2 of the slope", _slowest("return np.abs(1 - rate * curvatures / 2).max()"), "factor:1/2"),
    ("slowest_factor", "the mean over the directions", _slowest("return np.abs(1 - rate * curvatures).mean()"), "wrong-eigenvalue"),
    ("slowest_factor", "never above 1", _slowest("return np.clip(np.abs(1 - rate * curvatures).max(), 0, 1)"), "clipped"),
    ("slowest_factor", "what is taken away", _slowest("return rate * curvatures.max()"), "missing-term"),
    ("slowest_factor", "without the rate", _slowest("return 1 - curvatures[0] / curvatures[-1]"), "wrong-eigenvalue"),
    ("slowest_factor", "of the cost", _slowest("return (np.abs(1 - rate * curvatures) ** 2).max()"), "squared"),
    ("slowest_factor", "with its sign", _slowest("factors = 1 - rate * curvatures", "return factors[np.argmax(np.abs(factors))]"), "sign"),

    ("descent_step", "uphill", _step("return W + rate * grad_W, b + rate * grad_b"), "factor:-1"),
    ("descent_step", "without the rate", _step("return W - grad_W, b - grad_b"), "no-rate"),
    ("descent_step", "the gradients", _step("return grad_W, grad_b"), "not-moved"),
    ("descent_step", "the step, not where it leads", _step("return -rate * grad_W, -rate * grad_b"), "not-moved"),
    ("descent_step", "b moves after W, by a new gradient", _step(
        "W = W - rate * grad_W",
        "R = X @ W + b - Y",
        "return W, b - rate * 2 / len(X) * R.sum(axis=0, keepdims=True)",
    ), "wrong-point"),
    ("descent_step", "only W moves", _step("return W - rate * grad_W, b"), "not-moved"),
    ("descent_step", "b and W exchanged", _step("return b - rate * grad_b, W - rate * grad_W"), "shape"),
    ("descent_step", "in place, and nothing returned", _step("W -= rate * grad_W", "b -= rate * grad_b"), "mutates-input"),
    ("descent_step", "W is changed in place", _step("W -= rate * grad_W", "return W, b - rate * grad_b"), "mutates-input"),

    ("least_squares", "no bias", _fit("W = np.linalg.lstsq(X, Y, rcond=None)[0]", "return W, np.zeros((1, Y.shape[1]))"), "missing-term"),
    ("least_squares", "the mean as bias, inputs not centred", _fit("W = np.linalg.lstsq(X, Y - Y.mean(axis=0), rcond=None)[0]", "return W, Y.mean(axis=0, keepdims=True)"), "missing-term"),
    ("least_squares", "the bias is the first row", _fit(ONES, "theta = np.linalg.lstsq(Z, Y, rcond=None)[0]", "return theta[1:], theta[:1]"), "wrong-order"),
    ("least_squares", "bias of shape (p,)", _fit(ONES, "theta = np.linalg.lstsq(Z, Y, rcond=None)[0]", "return theta[:-1], theta[-1]"), "shape"),
    ("least_squares", "everything in one array", _fit(ONES, "return np.linalg.lstsq(Z, Y, rcond=None)[0]"), "count"),
    ("least_squares", "the mean of the targets only", _fit("return np.zeros((X.shape[1], Y.shape[1])), Y.mean(axis=0, keepdims=True)"), "zero"),

    ("largest_rate", "without the 2 of the slope", _rate("Z = np.hstack([X, ones])", "return 2 / np.linalg.eigvalsh(Z.T @ Z / q).max()"), "factor:2"),
    ("largest_rate", "1 over the curvature", _rate("Z = np.hstack([X, ones])", "return 1 / np.linalg.eigvalsh(2 / q * Z.T @ Z).max()"), "factor:1/2"),
    ("largest_rate", "the mean over the samples is left out", _rate("Z = np.hstack([X, ones])", "return 2 / np.linalg.eigvalsh(2 * Z.T @ Z).max()"), "factor:1/q"),
    ("largest_rate", "without the bias", _rate("return 2 / np.linalg.eigvalsh(2 / q * X.T @ X).max()"), "missing-term"),
    ("largest_rate", "the smallest curvature", _rate("Z = np.hstack([X, ones])", "return 2 / np.linalg.eigvalsh(2 / q * Z.T @ Z).min()"), "wrong-eigenvalue"),
    ("largest_rate", "the trace", _rate("Z = np.hstack([X, ones])", "return 2 / np.trace(2 / q * Z.T @ Z)"), "wrong-eigenvalue"),
    ("largest_rate", "the curvature", _rate("Z = np.hstack([X, ones])", "return np.linalg.eigvalsh(2 / q * Z.T @ Z).max()"), "wrong-eigenvalue"),

    ("slowest_factor", "the steepest direction only", _slowest("return abs(1 - rate * curvatures[-1])"), "wrong-eigenvalue"),
    ("slowest_factor", "the flattest direction only", _slowest("return abs(1 - rate * curvatures[0])"), "wrong-eigenvalue"),
    ("slowest_factor", "without the absolute value", _slowest("return (1 - rate * curvatures).max()"), "wrong-eigenvalue"),
    ("slowest_factor", "the fastest", _slowest("return np.abs(1 - rate * curvatures).min()"), "wrong-eigenvalue"),
    ("slowest_factor", "all of them", _slowest("return np.abs(1 - rate * curvatures)"), "shape"),
]
# fmt: on
