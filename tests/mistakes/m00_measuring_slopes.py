"""Plausible mistakes in notebook 00: exercise, mistake in words, cell, code it must get."""

# ruff: noqa: E501  (a table, one case a line)

from __future__ import annotations


def _cell(name: str, signature: str, *lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"@fill_in({name})\ndef {name}({signature}):\n{body}\n"


def _forward(*lines: str) -> str:
    return _cell("forward_difference", "f, x, h", *lines)


def _central(*lines: str) -> str:
    return _cell("central_difference", "f, x, h", *lines)


def _jacobian(*lines: str) -> str:
    return _cell("numerical_jacobian", 'f, x, h=1e-6, method="central"', *lines)


def _best(*lines: str) -> str:
    return _cell("best_step", "method, eps", *lines)


def _complex(*lines: str) -> str:
    return _cell("complex_step", "f, x, h=1e-20", *lines)


# fmt: off
MISTAKES: list[tuple[str, str, str, str]] = [
    ("forward_difference", "backward difference", _forward("return (f(x) - f(x - h)) / h"), "wrong-local"),
    ("forward_difference", "central difference", _forward("return (f(x + h) - f(x - h)) / (2 * h)"), "wrong-local"),
    ("forward_difference", "heights exchanged", _forward("return (f(x) - f(x + h)) / h"), "factor:-1"),
    ("forward_difference", "divided by 2h", _forward("return (f(x + h) - f(x)) / (2 * h)"), "factor:1/2"),
    ("forward_difference", "a step of its own in place of h", _forward("h = 1e-6", "return (f(x + h) - f(x)) / h"), "hardcoded"),
    ("forward_difference", "brackets forgotten", _forward("return f(x + h) - f(x) / h"), "wrong-local"),
    ("forward_difference", "not divided by h", _forward("return f(x + h) - f(x)"), "missing-local"),
    ("forward_difference", "printed instead of returned", _forward("slope = (f(x + h) - f(x)) / h", "print(slope)"), "type"),
    ("forward_difference", "a misspelt name", _forward("return (f(x + h) - f(x)) / H"), "crash"),
    ("forward_difference", "the sign of the step is taken away", _forward("h = abs(h)", "return (f(x + h) - f(x)) / h"), "only-positive"),
    ("forward_difference", "a long step is cut short", _forward("h = min(h, 0.5)", "return (f(x + h) - f(x)) / h"), "hardcoded"),
    ("forward_difference", "a short step is made longer", _forward("h = h if abs(h) > 1e-5 else 1e-5", "return (f(x + h) - f(x)) / h"), "small-error"),

    ("central_difference", "divided by h", _central("return (f(x + h) - f(x - h)) / h"), "factor:2"),
    ("central_difference", "forward difference", _central("return (f(x + h) - f(x)) / h"), "wrong-local"),
    ("central_difference", "left minus right", _central("return (f(x - h) - f(x + h)) / (2 * h)"), "factor:-1"),
    ("central_difference", "half a step to each side", _central("return (f(x + h / 2) - f(x - h / 2)) / h"), "wrong-point"),
    ("central_difference", "brackets around 2h forgotten", _central("return (f(x + h) - f(x - h)) / 2 * h"), "wrong-local"),
    ("central_difference", "a step of its own in place of h", _central("return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5"), "hardcoded"),

    ("numerical_jacobian", "one row for each input", _jacobian("m, n = np.size(f(x)), np.size(x)", "J = np.zeros((n, m))", "for j in range(n):", "    step = np.zeros(n)", "    step[j] = h", "    if method == \"forward\":", "        J[j] = (f(x + step) - f(x)) / h", "    else:", "        J[j] = (f(x + step) - f(x - step)) / (2 * h)", "return J"), "transpose"),
    ("numerical_jacobian", "reshaped to the right shape in place of a transpose", _jacobian("rows = []", "for j in range(np.size(x)):", "    step = np.zeros(np.size(x))", "    step[j] = h", "    if method == \"forward\":", "        rows.append((f(x + step) - f(x)) / h)", "    else:", "        rows.append((f(x + step) - f(x - step)) / (2 * h))", "return np.array(rows).reshape(np.size(f(x)), np.size(x))"), "reshape"),
    ("numerical_jacobian", "x is moved and never moved back", _jacobian("J = np.zeros((np.size(f(x)), np.size(x)))", "for j in range(np.size(x)):", "    here = f(x)", "    x[j] += h", "    right = f(x)", "    x[j] -= 2 * h", "    left = f(x)", "    x[j] += h if method == \"central\" else 2 * h", "    J[:, j] = (right - here) / h if method == \"forward\" else (right - left) / (2 * h)", "return J"), "mutates-input"),
    ("numerical_jacobian", "steps written into an array of integers", _jacobian("J = np.zeros((np.size(f(x)), np.size(x)))", "for j in range(np.size(x)):", "    right, left = x.copy(), x.copy()", "    right[j] = x[j] + h", "    left[j] = x[j] - h", "    if method == \"forward\":", "        J[:, j] = (f(right) - f(x)) / h", "    else:", "        J[:, j] = (f(right) - f(left)) / (2 * h)", "return J"), "dtype-int"),
    ("numerical_jacobian", "central divided by h", _jacobian("J = np.zeros((np.size(f(x)), np.size(x)))", "for j in range(np.size(x)):", "    step = np.zeros(np.size(x))", "    step[j] = h", "    left = f(x) if method == \"forward\" else f(x - step)", "    J[:, j] = (f(x + step) - left) / h", "return J"), "factor:2"),
    ("numerical_jacobian", "central whatever the method", _jacobian("J = np.zeros((np.size(f(x)), np.size(x)))", "for j in range(np.size(x)):", "    step = np.zeros(np.size(x))", "    step[j] = h", "    J[:, j] = (f(x + step) - f(x - step)) / (2 * h)", "return J"), "wrong-local"),
    ("numerical_jacobian", "all inputs moved at once", _jacobian("if method == \"forward\":", "    return (f(x + h) - f(x)) / h", "return (f(x + h) - f(x - h)) / (2 * h)"), "shape"),
    ("numerical_jacobian", "returned from inside the loop", _jacobian("J = np.zeros((np.size(f(x)), np.size(x)))", "for j in range(np.size(x)):", "    step = np.zeros(np.size(x))", "    step[j] = h", "    if method == \"forward\":", "        J[:, j] = (f(x + step) - f(x)) / h", "    else:", "        J[:, j] = (f(x + step) - f(x - step)) / (2 * h)", "    return J"), "entries"),
    ("numerical_jacobian", "heights exchanged", _jacobian("J = np.zeros((np.size(f(x)), np.size(x)))", "for j in range(np.size(x)):", "    step = np.zeros(np.size(x))", "    step[j] = h", "    if method == \"forward\":", "        J[:, j] = (f(x) - f(x + step)) / h", "    else:", "        J[:, j] = (f(x - step) - f(x + step)) / (2 * h)", "return J"), "factor:-1"),

    ("best_step", "the same step always", _best("return 1e-6"), "hardcoded"),
    ("best_step", "the square root for both methods", _best("return eps**0.5"), "wrong-local"),
    ("best_step", "the two methods exchanged", _best("return eps ** (1 / 2) if method == \"central\" else eps ** (1 / 3)"), "wrong-input"),
    ("best_step", "brackets in the exponent forgotten", _best("return eps**1 / 2 if method == \"forward\" else eps**1 / 3"), "wrong-local"),
    ("best_step", "the error at the best step in place of the step", _best("return eps ** (1 / 2) if method == \"forward\" else eps ** (2 / 3)"), "wrong-local"),
    ("best_step", "as small as possible", _best("return eps"), "wrong-local"),

    ("numerical_jacobian", "the sign of the step is taken away", _jacobian("h = abs(h)", "columns = [(f(x + d) - f(x - d * (method == \"central\"))) for d in h * np.eye(len(x))]", "return np.stack(columns, axis=1) / (2 * h if method == \"central\" else h)"), "only-positive"),

    ("complex_step", "the value at x subtracted as well", _complex("return (f(x + 1j * h) - f(x)).imag / h"), "called-twice"),
    ("complex_step", "the real part", _complex("return f(x + 1j * h).real / h"), "wrong-local"),
    ("complex_step", "not divided by h", _complex("return f(x + 1j * h).imag"), "missing-local"),
    ("complex_step", "a real step", _complex("return (f(x + h) - f(x)) / h"), "wrong-point"),
    ("complex_step", "a central difference", _complex("return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5"), "small-error"),
    ("complex_step", "divided by 2h", _complex("return f(x + 1j * h).imag / (2 * h)"), "factor:1/2"),
    ("complex_step", "a complex number returned", _complex("return (f(x + 1j * h) - f(x)) / (1j * h)"), "type"),
    ("complex_step", "j in place of 1j", _complex("return f(x + j * h).imag / h"), "crash"),
]
# fmt: on
