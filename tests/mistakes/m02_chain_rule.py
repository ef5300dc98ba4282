"""What learners get wrong in notebook 02, and how the checker must name it."""

# ruff: noqa: E501  (a table, one case a line)

from __future__ import annotations


def _backward(target: str, *lines: str) -> str:
    return _cell(target, "backward(ctx, grad_output)", *lines)


def _cell(target: str, signature: str, *lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"@fill_in({target})\ndef {signature}:\n{body}\n"


def _chain_rule(*lines: str) -> str:
    return _cell("chain_rule", "chain_rule(grad_L, J_h)", *lines)


def _sine(*lines: str) -> str:
    return _backward("Sine", "(x,) = ctx.saved_tensors", *lines)


def _cubes(*lines: str) -> str:
    return _backward("SumOfCubes", "(u,) = ctx.saved_tensors", *lines)


def _matvec(*lines: str) -> str:
    return _backward("MatVec", "A, x = ctx.saved_tensors", *lines)


def _multiply(*lines: str) -> str:
    return _backward("Multiply", "a, b = ctx.saved_tensors", *lines)


def _composed(*lines: str) -> str:
    return _cell("gradient_of_chain", "gradient_of_chain(A, x)", *lines)


def _twice(*lines: str) -> str:
    return _cell("gradient_used_twice", "gradient_used_twice(x)", *lines)


def _bytes(expression: str) -> str:
    return _cell("jacobian_bytes", "jacobian_bytes(m, n)", f"return {expression}")


FORWARD = (
    "z, back_matvec = vjp(MatVec, A, x)",
    "u, back_sine = vjp(Sine, z)",
    "loss, back_loss = vjp(SumOfCubes, u)",
)
FORWARD_TWICE = (
    "s, back_sine = vjp(Sine, x)",
    "y, back_product = vjp(Multiply, x, s)",
    "loss, back_loss = vjp(SumOfCubes, y)",
    "(grad_y,) = back_loss(1.0)",
    "straight, grad_s = back_product(grad_y)",
)

# fmt: off
MISTAKES: list[tuple[str, str, str, str]] = [
    ("chain_rule", "the stub", _chain_rule("raise NotImplementedError()"), "not-filled-in"),
    ("chain_rule", "the Jacobian from the wrong side", _chain_rule("return J_h @ grad_L"), "transpose"),
    ("chain_rule", "the Jacobian transposed", _chain_rule("return grad_L @ J_h.T"), "transpose"),
    ("chain_rule", "the terms are not summed", _chain_rule("return grad_L[:, None] * J_h"), "shape"),
    ("chain_rule", "summed over the inputs", _chain_rule("return (grad_L[:, None] * J_h).sum(axis=1)"), "shape"),
    ("chain_rule", "the mean over the outputs", _chain_rule("return (grad_L[:, None] * J_h).mean(axis=0)"), "factor:1/m"),
    ("chain_rule", "no return", _chain_rule("gradient = grad_L @ J_h"), "type"),
    ("chain_rule", "= where += is meant, so the last output only", _chain_rule(
        "m, n = J_h.shape",
        "gradient = np.zeros(n)",
        "for i in range(n):",
        "    for j in range(m):",
        "        gradient[i] = grad_L[j] * J_h[j, i]",
        "return gradient",
    ), "missing-term"),

    ("Sine.backward", "the upstream is ignored", _sine("return np.cos(x)"), "no-upstream"),
    ("Sine.backward", "the local slope is forgotten", _sine("return grad_output"), "missing-local"),
    ("Sine.backward", "sin, not its derivative", _sine("return grad_output * np.sin(x)"), "missing-local"),
    ("Sine.backward", "the sign of the integral", _sine("return -grad_output * np.cos(x)"), "factor:-1"),
    ("Sine.backward", "as if the output had been saved", _sine("return grad_output * np.cos(np.sin(x))"), "wrong-point"),
    ("Sine.backward", "the cosine of the upstream", _sine("return np.cos(grad_output)"), "upstream-misused"),
    ("Sine.backward", "a Jacobian for a gradient", _sine("return grad_output * np.diag(np.cos(x))"), "shape"),
    ("Sine.backward", "the upstream summed", _sine("return np.sum(grad_output) * np.cos(x)"), "upstream-misused"),

    ("SumOfCubes.backward", "the upstream is ignored", _cubes("return u**2"), "no-upstream"),
    ("SumOfCubes.backward", "the 1/3 is forgotten", _cubes("return grad_output * 3 * u**2"), "factor:3"),
    ("SumOfCubes.backward", "divided by 3 again", _cubes("return grad_output * u**2 / 3"), "factor:1/3"),
    ("SumOfCubes.backward", "summed, as forward does", _cubes("return grad_output * np.sum(u**2)"), "shape"),
    ("SumOfCubes.backward", "not differentiated", _cubes("return grad_output * u**3 / 3"), "missing-local"),
    ("SumOfCubes.backward", "divided by m", _cubes("return grad_output * u**2 / u.size"), "factor:1/m"),

    ("MatVec.backward", "x before A", _matvec("return A.T @ grad_output, np.outer(grad_output, x)"), "order"),
    ("MatVec.backward", "A without .T", _matvec("return np.outer(grad_output, x), A @ grad_output"), "transpose"),
    ("MatVec.backward", "the outer product the wrong way", _matvec("return np.outer(x, grad_output), A.T @ grad_output"), "transpose"),
    ("MatVec.backward", "and reshaped until it fits", _matvec("return np.outer(x, grad_output).reshape(A.shape), A.T @ grad_output"), "reshape"),
    ("MatVec.backward", "grad_A without the upstream", _matvec("return np.outer(np.ones_like(grad_output), x), A.T @ grad_output"), "no-upstream"),
    ("MatVec.backward", "grad_x without the upstream", _matvec("return np.outer(grad_output, x), A.sum(axis=0)"), "no-upstream"),
    ("MatVec.backward", "grad_A forgotten", _matvec("return A.T @ grad_output"), "count"),
    ("MatVec.backward", "the Jacobian, not contracted", _matvec("return np.outer(grad_output, x), A"), "shape"),

    ("Multiply.backward", "each with its own factor", _multiply("return grad_output * a, grad_output * b"), "wrong-input"),
    ("Multiply.backward", "the upstream is ignored", _multiply("return b, a"), "no-upstream"),
    ("Multiply.backward", "one gradient for two inputs", _multiply("return grad_output * b + grad_output * a"), "count"),
    ("Multiply.backward", "the local slopes are forgotten", _multiply("return grad_output, grad_output"), "missing-local"),
    ("Multiply.backward", "the upstream is overwritten", _multiply("grad_b = grad_output * a", "grad_output *= b", "return grad_output, grad_b"), "mutates-upstream"),

    ("gradient_of_chain", "the sine's step is left out", _composed(*FORWARD, "(grad_u,) = back_loss(1.0)", "return back_matvec(grad_u)[1]"), "missing-local"),
    ("gradient_of_chain", "the gradient with respect to A", _composed(*FORWARD, "return back_matvec(back_sine(back_loss(1.0)[0])[0])[0]"), "shape"),
    ("gradient_of_chain", "the tuple of both gradients", _composed(*FORWARD, "return back_matvec(back_sine(back_loss(1.0)[0])[0])"), "type"),
    ("gradient_of_chain", "stops one step too early", _composed(*FORWARD, "return back_sine(back_loss(1.0)[0])[0]"), "shape"),
    ("gradient_of_chain", "the loss's pullback gets an array of ones", _composed(*FORWARD, "return back_matvec(back_sine(back_loss(np.ones_like(u))[0])[0])[1]"), "crash"),
    ("gradient_of_chain", "the pullbacks in forward order", _composed(*FORWARD, "return back_loss(back_sine(back_matvec(1.0)[1])[0])[0]"), "crash"),
    ("gradient_of_chain", "a pullback's tuple passed on", _composed(*FORWARD, "return back_matvec(back_sine(back_loss(1.0)))[1]"), "crash"),
    ("gradient_of_chain", "the value of the loss sent back", _composed(*FORWARD, "return back_matvec(back_sine(back_loss(loss)[0])[0])[1]"), "wrong-start"),
    ("gradient_of_chain", "the cosine at u, not at z", _composed("u = np.sin(A @ x)", "return A.T @ (np.cos(u) * u**2)"), "wrong-point"),

    ("gradient_used_twice", "only straight", _twice(*FORWARD_TWICE, "return straight"), "missing-term"),
    ("gradient_used_twice", "only through the sine", _twice(*FORWARD_TWICE, "return back_sine(grad_s)[0]"), "missing-term"),
    ("gradient_used_twice", "the mean of the two ways", _twice(*FORWARD_TWICE, "return (straight + back_sine(grad_s)[0]) / 2"), "factor:1/2"),
    ("gradient_used_twice", "the sine's step is left out", _twice(*FORWARD_TWICE, "return straight + grad_s"), "missing-local"),
    ("gradient_used_twice", "the two gradients as a pair", _twice(*FORWARD_TWICE, "return straight, back_sine(grad_s)[0]"), "type"),
    ("gradient_used_twice", "subtracted", _twice(*FORWARD_TWICE, "return straight - back_sine(grad_s)[0]"), "wrong-local"),

    ("jacobian_bytes", "entries, not bytes", _bytes("m * n"), "factor:1/8"),
    ("jacobian_bytes", "bits, not bytes", _bytes("m * n * 64"), "factor:8"),
    ("jacobian_bytes", "float32", _bytes("m * n * 4"), "factor:1/2"),
    ("jacobian_bytes", "a square Jacobian", _bytes("8 * n * n"), "wrong-input"),
    ("jacobian_bytes", "only the gradient's size", _bytes("8 * n"), "factor:1/m"),
    ("jacobian_bytes", "added, not multiplied", _bytes("8 * (m + n)"), "added"),
]
# fmt: on
