"""Answers that measure what they should derive, and rough answers that are honest.

A row of `MEASURED` is (exercise, name, source, what happens to it): ``CAUGHT`` by its
numbers, or ``STOPPED`` at modules that are not the course's, which takes the points; or
``FLAGGED`` for a person by its source. A row of `HONEST` is (exercise, name, source). Sources
are whole cells.
"""

CAUGHT, STOPPED, FLAGGED = "caught", "stopped", "flagged"

_CENTRAL = '''
def measured(f, x, h=1e-6):
    """Central differences, entry by entry."""
    grad = np.zeros_like(x)
    for j in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[j] = h
        grad[j] = (f(x + step) - f(x - step)) / (2 * h)
    return grad
'''

_FORWARD = '''
def measured(f, x, h=1e-8):
    """Forward differences, entry by entry, moved in place."""
    x = x.copy()
    grad = np.zeros_like(x)
    before = f(x)
    for j in np.ndindex(*x.shape):
        here = x[j]
        x[j] = here + h
        grad[j] = (f(x) - before) / (x[j] - here)
        x[j] = here
    return grad
'''

_FIVE_POINTS = '''
def measured(f, x, h=1e-3):
    """The five-point formula."""
    grad = np.zeros_like(x)
    for j in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[j] = h
        grad[j] = (8 * (f(x + step) - f(x - step)) - f(x + 2 * step) + f(x - 2 * step)) / (12 * h)
    return grad
'''

_RIDDERS = '''
def measured(f, x):
    """Extrapolated central differences."""
    grad = np.zeros_like(x)
    for j in np.ndindex(*x.shape):
        e = np.zeros_like(x)
        e[j] = 1.0
        d = [(f(x + t * e) - f(x - t * e)) / (2 * t) for t in (0.1, 0.05, 0.025, 0.0125)]
        for k in range(1, 4):
            d = [(4**k * b - a) / (4**k - 1) for a, b in zip(d, d[1:])]
        grad[j] = d[0]
    return grad
'''

_LONG = '''
def measured(f, x, h=1e-6):
    """Central differences in long doubles."""
    x = x.astype(np.longdouble)
    grad = np.zeros(x.shape)
    for j in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[j] = h
        grad[j] = (f(x + step) - f(x - step)) / (2 * h)
    return grad
'''

_SCALED = '''
def measured(f, x):
    """Central differences with a step that suits each entry."""
    grad = np.zeros_like(x)
    for j in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[j] = h = np.cbrt(np.finfo(float).eps) * max(1.0, abs(x[j]))
        grad[j] = (f(x + step) - f(x - step)) / (2 * h)
    return grad
'''

_COMPLEX = '''
def measured(f, x, h=1e-20):
    """A complex step, entry by entry."""
    grad = np.zeros(x.shape)
    for j in np.ndindex(*x.shape):
        moved = x.astype(complex)
        moved[j] += 1j * h
        grad[j] = f(moved).imag / h
    return grad
'''

_RANDOM = '''
def measured(f, x, h=1e-6):
    """The gradient that explains the slopes along random directions."""
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(x.size, x.size))
    slopes = [
        (f(x + h * d.reshape(x.shape)) - f(x - h * d.reshape(x.shape))) / (2 * h)
        for d in directions
    ]
    return np.linalg.solve(directions, np.array(slopes)).reshape(x.shape)
'''

_OF_LINEAR = """

@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    return (
        measured(lambda X: np.sum(grad_output * (X @ W + b)), X),
        measured(lambda W: np.sum(grad_output * (X @ W + b)), W),
        measured(lambda b: np.sum(grad_output * (X @ W + b)), b),
    )
"""

_OF_MSE = """

@fill_in(MSE)
def backward(ctx, grad_output):
    Y_hat, Y = ctx.saved_tensors
    q = len(Y)
    return (
        grad_output * measured(lambda Y_hat: np.sum((Y_hat - Y) ** 2) / q, Y_hat),
        grad_output * measured(lambda Y: np.sum((Y_hat - Y) ** 2) / q, Y),
    )
"""

_OF_LOSS = """

@fill_in(SoftmaxCrossEntropy)
def backward(ctx, grad_output):
    Z, T = ctx.saved_tensors

    def loss(Z, T):
        largest = Z.real.max(axis=1, keepdims=True)
        sums = np.exp(Z - largest).sum(axis=1, keepdims=True)
        return np.sum(largest + np.log(sums)) - np.sum(T * Z)

    scale = grad_output / len(Z)
    return scale * measured(lambda Z: loss(Z, T), Z), scale * measured(lambda T: loss(Z, T), T)
"""

_OF_COST = """

@fill_in(cost_gradient)
def cost_gradient(X, W, b, Y):
    def cost(W, b):
        return np.sum((X @ W + b - Y) ** 2) / len(X)

    return measured(lambda W: cost(W, b), W), measured(lambda b: cost(W, b), b)
"""

MEASURED = [
    ("Linear", "forward differences, in place", _FORWARD + _OF_LINEAR, CAUGHT),
    ("Linear", "central differences", _CENTRAL + _OF_LINEAR, CAUGHT),
    ("Linear", "five points", _FIVE_POINTS + _OF_LINEAR, CAUGHT),
    ("Linear", "Ridders", _RIDDERS + _OF_LINEAR, CAUGHT),
    ("Linear", "a step for each entry", _SCALED + _OF_LINEAR, CAUGHT),
    ("Linear", "long doubles", _LONG + _OF_LINEAR, CAUGHT),
    ("Linear", "random directions", _RANDOM + _OF_LINEAR, CAUGHT),
    ("Linear", "complex step", _COMPLEX + _OF_LINEAR, CAUGHT),
    ("Linear", "complex step of 1e-12",
     _COMPLEX.replace("1e-20", "1e-12") + _OF_LINEAR, CAUGHT),
    ("Linear", "only W is measured", _CENTRAL + """

@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    grad_W = measured(lambda W: np.sum(grad_output * (X @ W + b)), W)
    return grad_output @ W.T, grad_W, grad_output.sum(axis=0, keepdims=True)
""", CAUGHT),
    ("Linear", "by forward, with a cached context", """
@fill_in(Linear)
def backward(ctx, grad_output):
    inputs = [x.copy() for x in ctx.saved_tensors]
    grads = []
    for x in inputs:
        grad = np.zeros_like(x)
        for j in np.ndindex(*x.shape):
            here = x[j]
            x[j] = here + 1e-6
            up = Linear.forward(ctx, *inputs)
            x[j] = here - 1e-6
            down = Linear.forward(ctx, *inputs)
            x[j] = here
            grad[j] = np.sum(grad_output * (up - down)) / 2e-6
        grads.append(grad)
    return tuple(grads)
""", CAUGHT),
    ("Linear", "numerical_vjp", """
from course_utils.measure.numerical import numerical_vjp

@fill_in(Linear)
def backward(ctx, grad_output):
    return numerical_vjp(lambda X, W, b: X @ W + b, ctx.saved_tensors, grad_output)
""", CAUGHT),
    ("Linear", "what the stand-ins do", """
from course_utils.measure.fast_vjp import fast_vjp

@fill_in(Linear)
def backward(ctx, grad_output):
    return fast_vjp(lambda X, W, b: X @ W + b, ctx.saved_tensors, grad_output)
""", CAUGHT),
    ("MSE", "what the stand-ins do", """
@fill_in(MSE)
def backward(ctx, grad_output):
    from course_utils.measure import fast_vjp as stand_in
    return stand_in.fast_vjp(
        lambda P, Y: np.sum((P - Y) ** 2) / len(Y), ctx.saved_tensors, grad_output
    )
""", CAUGHT),
    ("Linear", "the stand-in of another exercise", """
@fill_in(Linear)
def backward(ctx, grad_output):
    from course_utils.checks.declarations import declaration_of
    X, W, b = ctx.saved_tensors
    grad_X, grad_W, grad_b = declaration_of("linear_backward_loops").stand_in(grad_output, X, W)
    return grad_X, grad_W, grad_b
""", STOPPED),
    ("Linear", "the whole Jacobian", _CENTRAL + """

@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    grads, h = [], 1e-5
    for which, x in enumerate((X, W, b)):
        columns_ = []
        for j in range(x.size):
            def at(t):
                moved = [X, W, b]
                moved[which] = x + t * np.eye(x.size)[j].reshape(x.shape)
                return (moved[0] @ moved[1] + moved[2]).ravel()
            columns_.append((at(h) - at(-h)) / (2 * h))
        grads.append((np.array(columns_) @ grad_output.ravel()).reshape(x.shape))
    return tuple(grads)
""", CAUGHT),
    ("Linear", "a formula for small inputs", _CENTRAL + """

@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    if X.size < 12:
        return grad_output @ W.T, X.T @ grad_output, grad_output.sum(axis=0, keepdims=True)
    return (
        measured(lambda X: np.sum(grad_output * (X @ W + b)), X),
        measured(lambda W: np.sum(grad_output * (X @ W + b)), W),
        measured(lambda b: np.sum(grad_output * (X @ W + b)), b),
    )
""", CAUGHT),
    ("Linear", "one whole unit of each entry", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    grad_W = np.zeros_like(W)
    for j in np.ndindex(*W.shape):
        unit = np.zeros_like(W)
        unit[j] = 1.0
        grad_W[j] = np.sum(grad_output * Linear.forward(Context(), X, unit, 0 * b))
    return grad_output @ W.T, grad_W, grad_output.sum(axis=0, keepdims=True)
""", FLAGGED),
    ("MSE", "forward differences", _FORWARD + _OF_MSE, CAUGHT),
    ("MSE", "central differences", _CENTRAL + _OF_MSE, CAUGHT),
    ("MSE", "central differences, a large step", _CENTRAL.replace("1e-6", "0.5") + _OF_MSE, CAUGHT),
    ("MSE", "five points", _FIVE_POINTS + _OF_MSE, CAUGHT),
    ("MSE", "random directions", _RANDOM + _OF_MSE, CAUGHT),
    ("MSE", "complex step", _COMPLEX + _OF_MSE, CAUGHT),
    ("MSE", "float32 first", _CENTRAL.replace(
        "grad = np", "x = x.astype(np.float32).astype(float)\n    grad = np") + _OF_MSE, CAUGHT),
    ("SoftmaxCrossEntropy", "central differences", _CENTRAL + _OF_LOSS, CAUGHT),
    ("SoftmaxCrossEntropy", "five points", _FIVE_POINTS + _OF_LOSS, CAUGHT),
    ("SoftmaxCrossEntropy", "complex step", _COMPLEX + _OF_LOSS, CAUGHT),
    ("Sine", "forward difference", """
@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * (np.sin(x + 1e-8) - np.sin(x)) / 1e-8
""", CAUGHT),
    ("Sine", "central difference", """
@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * (np.sin(x + 1e-5) - np.sin(x - 1e-5)) / 2e-5
""", CAUGHT),
    ("Sine", "complex step", """
@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * np.sin(x + 1e-30j).imag / 1e-30
""", FLAGGED),
    ("Tanh", "central difference", """
@fill_in(Tanh)
def backward(ctx, grad_output):
    (Y,) = ctx.saved_tensors
    X = np.arctanh(Y)
    return grad_output * (np.tanh(X + 1e-6) - np.tanh(X - 1e-6)) / 2e-6
""", CAUGHT),
    ("Tanh", "complex step", """
@fill_in(Tanh)
def backward(ctx, grad_output):
    (Y,) = ctx.saved_tensors
    return grad_output * np.tanh(np.arctanh(Y) + 1e-30j).imag / 1e-30
""", FLAGGED),
    ("ReLU", "central difference", """
@fill_in(ReLU)
def backward(ctx, grad_output):
    (X,) = ctx.saved_tensors
    h = 1e-6
    return grad_output * (np.maximum(X, 0) - np.maximum(X - h, 0)) / h
""", CAUGHT),
    ("Multiply", "complex step", """
@fill_in(Multiply)
def backward(ctx, grad_output):
    a, b = ctx.saved_tensors
    h = 1e-20
    return grad_output * ((a + 1j * h) * b).imag / h, grad_output * (a * (b + 1j * h)).imag / h
""", CAUGHT),
    ("SumOfCubes", "central differences", _CENTRAL + """

@fill_in(SumOfCubes)
def backward(ctx, grad_output):
    (u,) = ctx.saved_tensors
    return grad_output * measured(lambda u: np.sum(u**3) / 3, u)
""", CAUGHT),
    ("MatVec", "central differences", _CENTRAL + """

@fill_in(MatVec)
def backward(ctx, grad_output):
    A, x = ctx.saved_tensors
    return (
        measured(lambda A: grad_output @ (A @ x), A),
        measured(lambda x: grad_output @ (A @ x), x),
    )
""", CAUGHT),
    ("Affine", "complex step", _COMPLEX + """

@fill_in(Affine)
def backward(ctx, grad_output):
    x, w, b = ctx.saved_tensors
    return (
        grad_output * measured(lambda x: x @ w + b, x),
        grad_output * measured(lambda w: x @ w + b, w),
        grad_output,
    )
""", CAUGHT),
    ("SquaredError", "central difference", """
@fill_in(SquaredError)
def backward(ctx, grad_output):
    y_hat, y = ctx.saved_tensors
    h = 1e-4
    slope = ((y_hat + h - y) ** 2 - (y_hat - h - y) ** 2) / (2 * h)
    return grad_output * slope, -grad_output * slope
""", CAUGHT),
    ("gradient_of_chain", "central differences", _CENTRAL + """

@fill_in(gradient_of_chain)
def gradient_of_chain(A, x):
    return measured(lambda x: np.sum(np.sin(A @ x) ** 3) / 3, x)
""", CAUGHT),
    ("gradient_of_chain", "jacobian", """
@fill_in(gradient_of_chain)
def gradient_of_chain(A, x):
    from course_utils.measure.numerical import jacobian
    return jacobian(lambda x: np.sum(np.sin(A @ x) ** 3) / 3, x)
""", FLAGGED),
    ("linear_jacobian_W", "jacobian", """
@fill_in(linear_jacobian_W)
def linear_jacobian_W(X, W):
    from course_utils.measure.numerical import jacobian
    return jacobian(lambda W: X @ W, W)
""", CAUGHT),
    ("linear_backward_loops", "forward differences", _FORWARD + """

@fill_in(linear_backward_loops)
def linear_backward_loops(G, X, W):
    b = np.zeros((1, W.shape[1]))
    return (
        measured(lambda X: np.sum(G * (X @ W)), X),
        measured(lambda W: np.sum(G * (X @ W)), W),
        measured(lambda b: np.sum(G * (X @ W + b)), b),
    )
""", CAUGHT),
    ("mse_gradient_loops", "central differences", _CENTRAL + """

@fill_in(mse_gradient_loops)
def mse_gradient_loops(Y_hat, Y):
    return measured(lambda Y_hat: np.sum((Y_hat - Y) ** 2) / len(Y), Y_hat)
""", CAUGHT),
    ("cost_gradient", "central differences", _CENTRAL + _OF_COST, CAUGHT),
    ("cost_gradient", "five points", _FIVE_POINTS + _OF_COST, CAUGHT),
    ("cost_gradient", "a step for each entry", _SCALED + _OF_COST, CAUGHT),
    ("cost_gradient", "complex step", _COMPLEX + _OF_COST, FLAGGED),
    ("nn.Linear.backward", "measured by the package", """
@fill_in(nn.Linear.backward)
def backward(self, grad_output):
    from course_utils.chapters.ch07_networks import stand_ins
    return stand_ins.backward(self, grad_output)
""", STOPPED),
    ("nn.Sequential.backward", "its stand-in", """
@fill_in(nn.Sequential.backward)
def backward(self, grad_output):
    from course_utils.checks.declarations import declaration_of
    return declaration_of("nn.Sequential.backward").stand_in(self, grad_output)
""", STOPPED),
    ("train_step", "measured gradients", """
@fill_in(nn.train_step)
def train_step(network, X, Y, rate):
    C = MSE.apply(network(X), Y)
    for each, grad in zip(network.parameters(), nn.measured_gradients(network, X, Y)):
        each.data -= rate * grad
    return C
""", STOPPED),
]  # fmt: skip

HONEST = [
    ("Linear", "beside an exercise that is not filled in", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    grads = grad_output @ W.T, X.T @ grad_output, grad_output.sum(axis=0, keepdims=True)
    print(np.allclose(grads[0], linear_backward_loops(grad_output, X, W)[0]))
    return grads
"""),
    ("mse_gradient_loops", "with the factor of an exercise that is not filled in", """
@fill_in(mse_gradient_loops)
def mse_gradient_loops(Y_hat, Y):
    return mse_factor(*Y.shape, "1/q") * (Y_hat - Y)
"""),
    ("Linear", "loops", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    (q, n), p = X.shape, W.shape[1]
    grad_X, grad_W, grad_b = np.zeros((q, n)), np.zeros((n, p)), np.zeros((1, p))
    for k in range(q):
        for j in range(p):
            grad_b[0, j] += grad_output[k, j]
            for i in range(n):
                grad_X[k, i] += grad_output[k, j] * W[i, j]
                grad_W[i, j] += X[k, i] * grad_output[k, j]
    return grad_X, grad_W, grad_b
"""),
    ("Linear", "sums of Python numbers, last one first", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = [x.tolist() for x in ctx.saved_tensors]
    G = grad_output.tolist()
    rows, outputs = range(len(X) - 1, -1, -1), range(len(W[0]) - 1, -1, -1)
    grad_X = [[sum(g[j] * w[j] for j in outputs) for w in W] for g in G]
    grad_W = [[sum(X[i][k] * G[i][j] for i in rows) for j in range(len(W[0]))]
              for k in range(len(W))]
    grad_b = [[sum(G[i][j] for i in rows) for j in range(len(W[0]))]]
    return np.array(grad_X), np.array(grad_W), np.array(grad_b)
"""),
    ("Linear", "float32 inside", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = [x.astype(np.float32) for x in ctx.saved_tensors]
    G = grad_output.astype(np.float32)
    grads = G @ W.T, X.T @ G, G.sum(axis=0, keepdims=True)
    return tuple(grad.astype(float) for grad in grads)
"""),
    ("Linear", "4-D Jacobians", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    q, p = grad_output.shape
    by_X = np.einsum("ik,lj->ijkl", np.eye(q), W)
    by_W = np.einsum("ik,jl->ijkl", X, np.eye(p))
    return (
        np.tensordot(grad_output, by_X, axes=2),
        np.tensordot(grad_output, by_W, axes=2),
        np.ones((1, q)) @ grad_output,
    )
"""),
    ("Linear", "Kronecker", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    q, p = grad_output.shape
    g = grad_output.ravel()
    grad_X = (g @ np.kron(np.eye(q), W.T)).reshape(X.shape)
    grad_W = (g @ np.kron(X, np.eye(p))).reshape(W.shape)
    return grad_X, grad_W, g.reshape(q, p).sum(0)[None]
"""),
    ("Linear", "sample by sample, means undone", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    q = len(X)
    grad_W = q * np.mean([np.outer(x, g) for x, g in zip(X, grad_output)], axis=0)
    return np.vstack([W @ g for g in grad_output]), grad_W, q * grad_output.mean(0, keepdims=True)
"""),
    ("Linear", "one matrix with a column of ones", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    both = np.hstack([X, np.ones((len(X), 1))]).T @ grad_output
    return grad_output @ np.vstack([W, b]).T[:, :-1], both[:-1], both[-1:]
"""),
    ("AffineRow", "columns", """
@fill_in(AffineRow)
def backward(ctx, grad_output):
    x, W, b = ctx.saved_tensors
    grad_x = np.zeros_like(x)
    for j in range(len(b)):
        grad_x = grad_x + grad_output[j] * W[:, j]
    return grad_x, x[:, None] * grad_output[None, :], grad_output.copy()
"""),
    ("MSE", "multiplied out", """
@fill_in(MSE)
def backward(ctx, grad_output):
    Y_hat, Y = ctx.saved_tensors
    q = Y.shape[0]
    grad = (2 * Y_hat / q - 2 * Y / q) * grad_output
    return grad, (2 * Y - 2 * Y_hat) / q * grad_output
"""),
    ("MSE", "loops", """
@fill_in(MSE)
def backward(ctx, grad_output):
    Y_hat, Y = ctx.saved_tensors
    grad = np.empty(Y.shape)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            grad[i, j] = float(grad_output) * (2.0 / Y.shape[0]) * (Y_hat[i, j] - Y[i, j])
    return grad, -grad
"""),
    ("MSE", "float32 inside", """
@fill_in(MSE)
def backward(ctx, grad_output):
    Y_hat, Y = [x.astype(np.float32) for x in ctx.saved_tensors]
    grad = np.float32(grad_output) * 2 / np.float32(len(Y)) * (Y_hat - Y)
    return grad.astype(float), -grad.astype(float)
"""),
    ("SumOfCubes", "three times a third", """
@fill_in(SumOfCubes)
def backward(ctx, grad_output):
    (u,) = ctx.saved_tensors
    return 3 * grad_output * (u * np.abs(u)) * np.sign(u) * (1 / 3)
"""),
    ("Sine", "a quarter turn", """
@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return np.sin(x + np.pi / 2) * grad_output
"""),
    ("Sine", "the whole Jacobian", """
@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return np.diag(np.cos(x)).T @ grad_output
"""),
    ("MatVec", "einsum and Jacobians", """
@fill_in(MatVec)
def backward(ctx, grad_output):
    A, x = ctx.saved_tensors
    T = np.einsum("ij,k->ijk", np.eye(len(A)), x)
    return np.einsum("i,ijk->jk", grad_output, T), np.einsum("i,ij->j", grad_output, A)
"""),
    ("Tanh", "by the hyperbolic cosine", """
@fill_in(Tanh)
def backward(ctx, grad_output):
    (Y,) = ctx.saved_tensors
    return grad_output / np.cosh(np.arctanh(Y)) ** 2
"""),
    ("ReLU", "loops", """
@fill_in(ReLU)
def backward(ctx, grad_output):
    (X,) = ctx.saved_tensors
    grad = np.zeros_like(X)
    for j in np.ndindex(*X.shape):
        if X[j] > 0:
            grad[j] = grad_output[j]
    return grad
"""),
    ("ReLU", "by the sign", """
@fill_in(ReLU)
def backward(ctx, grad_output):
    (X,) = ctx.saved_tensors
    return grad_output * np.heaviside(X, 0)
"""),
    ("SoftmaxCrossEntropy", "by the logarithm", """
@fill_in(SoftmaxCrossEntropy)
def backward(ctx, grad_output):
    Z, T = ctx.saved_tensors
    m = Z.max(axis=1, keepdims=True)
    log_P = Z - m - np.log(np.exp(Z - m).sum(axis=1, keepdims=True))
    return grad_output * (np.exp(log_P) - T) / len(Z), -grad_output * Z / len(Z)
"""),
    ("SoftmaxCrossEntropy", "row by row", """
@fill_in(SoftmaxCrossEntropy)
def backward(ctx, grad_output):
    Z, T = ctx.saved_tensors
    E = [np.exp(z - z.max()) for z in Z]
    grad_Z = [(e / e.sum() - t) / len(Z) * grad_output for e, t in zip(E, T)]
    return np.array(grad_Z), -(grad_output / len(Z)) * Z
"""),
    ("SoftmaxCrossEntropy", "by an exercise that is not filled in", """
@fill_in(SoftmaxCrossEntropy)
def backward(ctx, grad_output):
    Z, T = ctx.saved_tensors
    return grad_output * (softmax(Z) - T) / len(Z), -grad_output * Z / len(Z)
"""),
    ("sample_weight_gradient", "by exercises that are not filled in", """
@fill_in(sample_weight_gradient)
def sample_weight_gradient(x, w, b, y):
    y_hat, back_through_affine = vjp(Affine, x, w, b)
    _, back_through_error = vjp(SquaredError, y_hat, y)
    return back_through_affine(back_through_error(1.0)[0])[1]
"""),
    ("predicted_change", "by an exercise that is not filled in", """
@fill_in(predicted_change)
def predicted_change(x, w, b, y, step_w, step_b):
    grad_w = sample_weight_gradient(x, w, b, y)
    grad_b = 2 * (x @ w + b - y)
    return grad_w @ step_w + grad_b * step_b
"""),
    ("cost_gradient", "in one go", """
@fill_in(cost_gradient)
def cost_gradient(X, W, b, Y):
    R = X.dot(W) + b - Y
    return 2 / len(X) * X.T.dot(R), (2 / len(X)) * R.sum(axis=0).reshape(1, -1)
"""),
    ("cost_gradient", "by exercises that are not filled in", """
@fill_in(cost_gradient)
def cost_gradient(X, W, b, Y):
    Y_hat, back_through_layer = vjp(Linear, X, W, b)
    C, back_through_loss = vjp(MSE, Y_hat, Y)
    grad_Y_hat, _ = back_through_loss(1.0)
    _, grad_W, grad_b = back_through_layer(grad_Y_hat)
    return grad_W, grad_b
"""),
    ("gradient_of_chain", "written out", """
@fill_in(gradient_of_chain)
def gradient_of_chain(A, x):
    gradient = np.zeros(len(x))
    for i in range(len(A)):
        z = np.dot(A[i], x)
        gradient += np.sin(z) ** 2 * np.cos(z) * A[i]
    return gradient
"""),
    ("gradient_used_twice", "powers", """
@fill_in(gradient_used_twice)
def gradient_used_twice(x):
    s, c = np.sin(x), np.cos(x)
    return (x * s) ** 2 * s + (x * s) ** 2 * x * c
"""),
    ("linear_backward_loops", "by matrices", """
@fill_in(linear_backward_loops)
def linear_backward_loops(G, X, W):
    return G @ W.T, (G.T @ X).T, np.add.reduce(G, axis=0)[np.newaxis]
"""),
    ("descent_step", "by an exercise that is not filled in", """
@fill_in(descent_step)
def descent_step(X, W, b, Y, rate):
    grad_W, grad_b = cost_gradient(X, W, b, Y)
    return W - rate * grad_W, b - rate * grad_b
"""),
]  # fmt: skip
