"""What learners get wrong in notebook 03, and how the checker must name it."""

# ruff: noqa: E501  (a table, one case a line)

from __future__ import annotations


def _cell(target: str, signature: str, *lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"@fill_in({target})\ndef {signature}:\n{body}\n"


def _backward(target: str, unpack: str, result: str) -> str:
    return _cell(
        target, "backward(ctx, grad_output)", f"{unpack} = ctx.saved_tensors", f"return {result}"
    )


def _one(result: str) -> str:
    return _backward("SquaredError", "y_hat, y", result)


def _sum(result: str) -> str:
    return _backward("SumSquaredError", "y_hat, y", result)


def _affine(result: str) -> str:
    return _backward("Affine", "x, w, b", result)


def _row(result: str) -> str:
    return _backward("AffineRow", "x, W, b", result)


def _gradient(*lines: str) -> str:
    return _cell("sample_weight_gradient", "sample_weight_gradient(x, w, b, y)", *lines)


def _change(*lines: str) -> str:
    return _cell("predicted_change", "predicted_change(x, w, b, y, step_w, step_b)", *lines)


# fmt: off
MISTAKES: list[tuple[str, str, str, str]] = [
    ("SquaredError.backward", "the upstream is ignored", _one("2 * (y_hat - y), -2 * (y_hat - y)"), "no-upstream"),
    ("SquaredError.backward", "the 2 is forgotten", _one("grad_output * (y_hat - y), -grad_output * (y_hat - y)"), "factor:1/2"),
    ("SquaredError.backward", "one sign for both", _one("2 * grad_output * (y_hat - y), 2 * grad_output * (y_hat - y)"), "factor:-1"),
    ("SquaredError.backward", "both signs turned", _one("2 * grad_output * (y - y_hat), 2 * grad_output * (y_hat - y)"), "factor:-1"),
    ("SquaredError.backward", "nothing for y", _one("2 * grad_output * (y_hat - y)"), "count"),
    ("SquaredError.backward", "the error not differentiated", _one("grad_output * (y_hat - y)**2, -grad_output * (y_hat - y)**2"), "missing-local"),

    ("SumSquaredError.backward", "the upstream is ignored", _sum("2 * (y_hat - y), -2 * (y_hat - y)"), "no-upstream"),
    ("SumSquaredError.backward", "divided by p, as a mean is", _sum("2 * grad_output * (y_hat - y) / y.size, -2 * grad_output * (y_hat - y) / y.size"), "factor:1/p"),
    ("SumSquaredError.backward", "the 2 is forgotten", _sum("grad_output * (y_hat - y), -grad_output * (y_hat - y)"), "factor:1/2"),
    ("SumSquaredError.backward", "summed, as forward does", _sum("2 * grad_output * np.sum(y_hat - y), -2 * grad_output * np.sum(y_hat - y)"), "shape"),
    ("SumSquaredError.backward", "one sign for both", _sum("2 * grad_output * (y_hat - y), 2 * grad_output * (y_hat - y)"), "factor:-1"),
    ("SumSquaredError.backward", "the error not differentiated", _sum("grad_output * (y_hat - y)**2, -grad_output * (y_hat - y)**2"), "missing-local"),

    ("Affine.backward", "each with itself", _affine("grad_output * x, grad_output * w, grad_output"), "wrong-input"),
    ("Affine.backward", "the upstream is ignored", _affine("w, x, np.ones_like(b)"), "no-upstream"),
    ("Affine.backward", "b instead of one", _affine("grad_output * w, grad_output * x, grad_output * b"), "wrong-local"),
    ("Affine.backward", "nothing for b", _affine("grad_output * w, grad_output * x, None"), "count"),
    ("Affine.backward", "w before x", _affine("grad_output * x, grad_output * w, grad_output * np.ones(())"), "wrong-input"),
    ("Affine.backward", "summed, as forward does", _affine("grad_output * w.sum(), grad_output * x.sum(), grad_output"), "shape"),

    ("AffineRow.backward", "grad_W the wrong way round", _row("W @ grad_output, np.outer(grad_output, x), grad_output"), "transpose"),
    ("AffineRow.backward", "as for W x + b", _row("grad_output @ W, np.outer(x, grad_output), grad_output"), "transpose"),
    ("AffineRow.backward", "the upstream is ignored", _row("W.sum(axis=1), np.outer(x, np.ones_like(grad_output)), np.ones_like(b)"), "no-upstream"),
    ("AffineRow.backward", "grad_W is x alone", _row("W @ grad_output, np.broadcast_to(x[:, None], W.shape), grad_output"), "no-upstream"),
    ("AffineRow.backward", "grad_b summed", _row("W @ grad_output, np.outer(x, grad_output), grad_output.sum()"), "shape"),
    ("AffineRow.backward", "reshaped until it fits", _row("W @ grad_output, np.outer(grad_output, x).reshape(W.shape), grad_output"), "reshape"),
    ("AffineRow.backward", "the upstream summed first", _row("W.sum(axis=1) * grad_output.sum(), np.outer(x, grad_output), grad_output"), "upstream-misused"),

    ("sample_weight_gradient", "the gradient with respect to x", _gradient("return 2 * (x @ w + b - y) * w"), "wrong-input"),
    ("sample_weight_gradient", "only the linear step", _gradient("return x"), "no-upstream"),
    ("sample_weight_gradient", "b is left out", _gradient("return 2 * (x @ w - y) * x"), "wrong-point"),
    ("sample_weight_gradient", "the 2 is forgotten", _gradient("return (x @ w + b - y) * x"), "factor:1/2"),
    ("sample_weight_gradient", "y - y_hat", _gradient("return 2 * (y - x @ w - b) * x"), "factor:-1"),
    ("sample_weight_gradient", "all three gradients", _gradient(
        "y_hat, back = vjp(Affine, x, w, b)",
        "return back(2 * (y_hat - y))",
    ), "type"),

    ("predicted_change", "without b", _change("return 2 * (x @ w + b - y) * (x @ step_w)"), "missing-term"),
    ("predicted_change", "without w", _change("return 2 * (x @ w + b - y) * step_b"), "missing-term"),
    ("predicted_change", "the change itself", _change("return (x @ (w + step_w) + b + step_b - y)**2 - (x @ w + b - y)**2"), "wrong-local"),
    ("predicted_change", "the 2 is forgotten", _change("return (x @ w + b - y) * (x @ step_w + step_b)"), "factor:1/2"),
    ("predicted_change", "downhill taken for granted", _change("return -2 * (x @ w + b - y) * (x @ step_w + step_b)"), "factor:-1"),
    ("predicted_change", "entry by entry, not summed", _change("return 2 * (x @ w + b - y) * (x * step_w + step_b)"), "shape"),
]
# fmt: on
