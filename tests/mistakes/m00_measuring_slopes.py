"""Plausible mistakes in notebook 00: exercise, mistake in words, cell, code it must get."""

MISTAKES: list[tuple[str, str, str, str]] = [
    # ------------------------------------------------------------ 0.1
    (
        "forward_difference",
        "backward difference",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    return (f(x) - f(x - h)) / h
""",
        "wrong-local",
    ),
    (
        "forward_difference",
        "central difference",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)
""",
        "wrong-local",
    ),
    (
        "forward_difference",
        "heights exchanged",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    return (f(x) - f(x + h)) / h
""",
        "factor:-1",
    ),
    (
        "forward_difference",
        "divided by 2h",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    return (f(x + h) - f(x)) / (2 * h)
""",
        "factor:1/2",
    ),
    (
        "forward_difference",
        "a step of its own in place of h",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    h = 1e-6
    return (f(x + h) - f(x)) / h
""",
        "hardcoded",
    ),
    (
        "forward_difference",
        "brackets forgotten",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    return f(x + h) - f(x) / h
""",
        "wrong-local",
    ),
    (
        "forward_difference",
        "not divided by h",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    return f(x + h) - f(x)
""",
        "missing-local",
    ),
    (
        "forward_difference",
        "printed instead of returned",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    slope = (f(x + h) - f(x)) / h
    print(slope)
""",
        "type",
    ),
    (
        "forward_difference",
        "a misspelt name",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    return (f(x + h) - f(x)) / H
""",
        "crash",
    ),
    (
        "forward_difference",
        "the sign of the step is taken away",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    h = abs(h)
    return (f(x + h) - f(x)) / h
""",
        "only-positive",
    ),
    (
        "forward_difference",
        "a long step is cut short",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    h = min(h, 0.5)
    return (f(x + h) - f(x)) / h
""",
        "wrong-local",
    ),
    (
        "forward_difference",
        "a short step is made longer",
        """
@fill_in(forward_difference)
def forward_difference(f, x, h):
    h = h if abs(h) > 1e-5 else 1e-5
    return (f(x + h) - f(x)) / h
""",
        "small-error",
    ),
    # ------------------------------------------------------------ 0.2
    (
        "central_difference",
        "divided by h",
        """
@fill_in(central_difference)
def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / h
""",
        "factor:2",
    ),
    (
        "central_difference",
        "forward difference",
        """
@fill_in(central_difference)
def central_difference(f, x, h):
    return (f(x + h) - f(x)) / h
""",
        "wrong-local",
    ),
    (
        "central_difference",
        "left minus right",
        """
@fill_in(central_difference)
def central_difference(f, x, h):
    return (f(x - h) - f(x + h)) / (2 * h)
""",
        "factor:-1",
    ),
    (
        "central_difference",
        "half a step to each side",
        """
@fill_in(central_difference)
def central_difference(f, x, h):
    return (f(x + h / 2) - f(x - h / 2)) / h
""",
        "wrong-point",
    ),
    (
        "central_difference",
        "brackets around 2h forgotten",
        """
@fill_in(central_difference)
def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / 2 * h
""",
        "wrong-local",
    ),
    (
        "central_difference",
        "a step of its own in place of h",
        """
@fill_in(central_difference)
def central_difference(f, x, h):
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
""",
        "hardcoded",
    ),
    # ------------------------------------------------------------ 0.3
    (
        "numerical_jacobian",
        "one row for each input",
        """
@fill_in(numerical_jacobian)
def numerical_jacobian(f, x, h=1e-6, method="central"):
    m, n = np.size(f(x)), np.size(x)
    J = np.zeros((n, m))
    for j in range(n):
        step = np.zeros(n)
        step[j] = h
        if method == "forward":
            J[j] = (f(x + step) - f(x)) / h
        else:
            J[j] = (f(x + step) - f(x - step)) / (2 * h)
    return J
""",
        "transpose",
    ),
    (
        "numerical_jacobian",
        "reshaped to the right shape in place of a transpose",
        """
@fill_in(numerical_jacobian)
def numerical_jacobian(f, x, h=1e-6, method="central"):
    rows = []
    for j in range(np.size(x)):
        step = np.zeros(np.size(x))
        step[j] = h
        if method == "forward":
            rows.append((f(x + step) - f(x)) / h)
        else:
            rows.append((f(x + step) - f(x - step)) / (2 * h))
    return np.array(rows).reshape(np.size(f(x)), np.size(x))
""",
        "reshape",
    ),
    (
        "numerical_jacobian",
        "x is moved and never moved back",
        """
@fill_in(numerical_jacobian)
def numerical_jacobian(f, x, h=1e-6, method="central"):
    J = np.zeros((np.size(f(x)), np.size(x)))
    for j in range(np.size(x)):
        here = f(x)
        x[j] += h
        right = f(x)
        x[j] -= 2 * h
        left = f(x)
        x[j] += h if method == "central" else 2 * h
        J[:, j] = (right - here) / h if method == "forward" else (right - left) / (2 * h)
    return J
""",
        "mutates-input",
    ),
    (
        "numerical_jacobian",
        "steps written into an array of integers",
        """
@fill_in(numerical_jacobian)
def numerical_jacobian(f, x, h=1e-6, method="central"):
    J = np.zeros((np.size(f(x)), np.size(x)))
    for j in range(np.size(x)):
        right, left = x.copy(), x.copy()
        right[j] = x[j] + h
        left[j] = x[j] - h
        if method == "forward":
            J[:, j] = (f(right) - f(x)) / h
        else:
            J[:, j] = (f(right) - f(left)) / (2 * h)
    return J
""",
        "dtype-int",
    ),
    (
        "numerical_jacobian",
        "central divided by h",
        """
@fill_in(numerical_jacobian)
def numerical_jacobian(f, x, h=1e-6, method="central"):
    J = np.zeros((np.size(f(x)), np.size(x)))
    for j in range(np.size(x)):
        step = np.zeros(np.size(x))
        step[j] = h
        left = f(x) if method == "forward" else f(x - step)
        J[:, j] = (f(x + step) - left) / h
    return J
""",
        "factor:2",
    ),
    (
        "numerical_jacobian",
        "central whatever the method",
        """
@fill_in(numerical_jacobian)
def numerical_jacobian(f, x, h=1e-6, method="central"):
    J = np.zeros((np.size(f(x)), np.size(x)))
    for j in range(np.size(x)):
        step = np.zeros(np.size(x))
        step[j] = h
        J[:, j] = (f(x + step) - f(x - step)) / (2 * h)
    return J
""",
        "wrong-local",
    ),
    (
        "numerical_jacobian",
        "all inputs moved at once",
        """
@fill_in(numerical_jacobian)
def numerical_jacobian(f, x, h=1e-6, method="central"):
    if method == "forward":
        return (f(x + h) - f(x)) / h
    return (f(x + h) - f(x - h)) / (2 * h)
""",
        "shape",
    ),
    (
        "numerical_jacobian",
        "returned from inside the loop",
        """
@fill_in(numerical_jacobian)
def numerical_jacobian(f, x, h=1e-6, method="central"):
    J = np.zeros((np.size(f(x)), np.size(x)))
    for j in range(np.size(x)):
        step = np.zeros(np.size(x))
        step[j] = h
        if method == "forward":
            J[:, j] = (f(x + step) - f(x)) / h
        else:
            J[:, j] = (f(x + step) - f(x - step)) / (2 * h)
        return J
""",
        "entries",
    ),
    (
        "numerical_jacobian",
        "heights exchanged",
        """
@fill_in(numerical_jacobian)
def numerical_jacobian(f, x, h=1e-6, method="central"):
    J = np.zeros((np.size(f(x)), np.size(x)))
    for j in range(np.size(x)):
        step = np.zeros(np.size(x))
        step[j] = h
        if method == "forward":
            J[:, j] = (f(x) - f(x + step)) / h
        else:
            J[:, j] = (f(x - step) - f(x + step)) / (2 * h)
    return J
""",
        "factor:-1",
    ),
    # ------------------------------------------------------------ 0.4
    (
        "best_step",
        "the same step always",
        """
@fill_in(best_step)
def best_step(method, eps):
    return 1e-6
""",
        "hardcoded",
    ),
    (
        "best_step",
        "the square root for both methods",
        """
@fill_in(best_step)
def best_step(method, eps):
    return eps**0.5
""",
        "wrong-local",
    ),
    (
        "best_step",
        "the two methods exchanged",
        """
@fill_in(best_step)
def best_step(method, eps):
    return eps ** (1 / 2) if method == "central" else eps ** (1 / 3)
""",
        "wrong-input",
    ),
    (
        "best_step",
        "brackets in the exponent forgotten",
        """
@fill_in(best_step)
def best_step(method, eps):
    return eps**1 / 2 if method == "forward" else eps**1 / 3
""",
        "wrong-local",
    ),
    (
        "best_step",
        "the error at the best step in place of the step",
        """
@fill_in(best_step)
def best_step(method, eps):
    return eps ** (1 / 2) if method == "forward" else eps ** (2 / 3)
""",
        "wrong-local",
    ),
    (
        "best_step",
        "as small as possible",
        """
@fill_in(best_step)
def best_step(method, eps):
    return eps
""",
        "wrong-local",
    ),
    # ------------------------------------------------------------ 0.5
    (
        "numerical_jacobian",
        "the sign of the step is taken away",
        """
@fill_in(numerical_jacobian)
def numerical_jacobian(f, x, h=1e-6, method="central"):
    h = abs(h)
    columns = [(f(x + d) - f(x - d * (method == "central"))) for d in h * np.eye(len(x))]
    return np.stack(columns, axis=1) / (2 * h if method == "central" else h)
""",
        "only-positive",
    ),
    (
        "complex_step",
        "the value at x subtracted as well",
        """
@fill_in(complex_step)
def complex_step(f, x, h=1e-20):
    return (f(x + 1j * h) - f(x)).imag / h
""",
        "called-twice",
    ),
    (
        "complex_step",
        "the real part",
        """
@fill_in(complex_step)
def complex_step(f, x, h=1e-20):
    return f(x + 1j * h).real / h
""",
        "wrong-local",
    ),
    (
        "complex_step",
        "not divided by h",
        """
@fill_in(complex_step)
def complex_step(f, x, h=1e-20):
    return f(x + 1j * h).imag
""",
        "missing-local",
    ),
    (
        "complex_step",
        "a real step",
        """
@fill_in(complex_step)
def complex_step(f, x, h=1e-20):
    return (f(x + h) - f(x)) / h
""",
        "zero",
    ),
    (
        "complex_step",
        "a central difference",
        """
@fill_in(complex_step)
def complex_step(f, x, h=1e-20):
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
""",
        "small-error",
    ),
    (
        "complex_step",
        "divided by 2h",
        """
@fill_in(complex_step)
def complex_step(f, x, h=1e-20):
    return f(x + 1j * h).imag / (2 * h)
""",
        "factor:1/2",
    ),
    (
        "complex_step",
        "a complex number returned",
        """
@fill_in(complex_step)
def complex_step(f, x, h=1e-20):
    return (f(x + 1j * h) - f(x)) / (1j * h)
""",
        "type",
    ),
    (
        "complex_step",
        "j in place of 1j",
        """
@fill_in(complex_step)
def complex_step(f, x, h=1e-20):
    return f(x + j * h).imag / h
""",
        "crash",
    ),
]
