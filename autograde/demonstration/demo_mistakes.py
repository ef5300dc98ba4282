"""The mistakes that the demo's second student makes, and what each of them costs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One answer gone wrong."""

    assignment: str
    answer: str
    """The grade_id of the cell that it is written in."""
    source: str
    """The whole cell, as the student writes it."""
    test: str
    """The grade_id of the test cell that finds it."""
    points: float
    """What exactly it must cost."""
    says: str
    """What the student must be able to read in the feedback."""


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "00_measuring_slopes",
        "ex-0-1-answer",
        """\
@fill_in(forward_difference)
def forward_difference(f, x, h):
    return (f(x) - f(x + h)) / h
""",
        "ex-0-1-check",
        2.0,
        "slope has the wrong sign",
    ),
    Mistake(
        "00_measuring_slopes",
        "ex-0-3-answer",
        """\
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
        "ex-0-3-check",
        2.0,  # the half of the cell's points that belongs to "central"
        "J is exactly 2 times the right value",
    ),
    Mistake(
        "01_jacobians",
        "ex-1-2-answer",
        """\
@fill_in(matvec_jacobian_x)
def matvec_jacobian_x(A, x):
    return A.T
""",
        "ex-1-2-check",
        2.0,
        "J is transposed",
    ),
    Mistake(
        "01_jacobians",
        "ex-1-5-answer",
        """\
@fill_in(flatten_jacobian)
def flatten_jacobian(T, order):
    m, n = T.shape[1:]
    return T.reshape(m, m * n)
""",
        "ex-1-5-check",
        1.0,  # right for one of the two orders
        "With order='F' you return the matrix that belongs to order='C'.",
    ),
    Mistake(
        "02_chain_rule",
        "ex-2-4-answer",
        """\
@fill_in(MatVec)
def backward(ctx, grad_output):
    A, x = ctx.saved_tensors
    return np.outer(x, grad_output), A.T @ grad_output
""",
        "ex-2-4-check",
        2.0,  # grad_x is right
        "grad_A is transposed",
    ),
    Mistake(
        "02_chain_rule",
        "ex-2-7-answer",
        """\
@fill_in(gradient_used_twice)
def gradient_used_twice(x):
    s, back_through_sine = vjp(Sine, x)
    y, back_through_product = vjp(Multiply, x, s)
    _, back_through_loss = vjp(SumOfCubes, y)
    (grad_y,) = back_through_loss(1.0)
    grad_x, _ = back_through_product(grad_y)
    return grad_x
""",
        "ex-2-7-check",
        2.0,
        "The path through the sine is not counted",
    ),
    Mistake(
        "03_one_sample",
        "ex-3-5-answer",
        """\
@fill_in(sample_weight_gradient)
def sample_weight_gradient(x, w, b, y):
    return 2 * (x @ w - y) * x
""",
        "ex-3-5-check",
        2.0,
        "b is left out of it",
    ),
    Mistake(
        "04_batch",
        "ex-4-4-answer",
        """\
@fill_in(linear_jacobian_W)
def linear_jacobian_W(X, W):
    q, n = X.shape
    p = W.shape[1]
    return np.broadcast_to(X[:, None, :, None], (q, p, n, p))
""",
        "ex-4-4-check",
        2.0,
        "Every output is said to depend on every column of W",
    ),
    Mistake(
        "05_matrix_form",
        "ex-5-1-answer",
        """\
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    return grad_output @ W.T, X.T @ grad_output, grad_output.mean(axis=0, keepdims=True)
""",
        "ex-5-1-check",
        2.0,  # grad_X and grad_W are right
        "grad_b is exactly 1/q times the right value",
    ),
    Mistake(
        "06_whole_cost",
        "ex-6-2-answer",
        """\
@fill_in(descent_step)
def descent_step(X, W, b, Y, rate):
    W = W - rate * cost_gradient(X, W, b, Y)[0]
    b = b - rate * cost_gradient(X, W, b, Y)[1]
    return W, b
""",
        "ex-6-2-check",
        2.0,  # W is right, and only b is taken from the wrong point
        "W is moved first, and the gradient with respect to b is then taken at the new W",
    ),
    Mistake(
        "07_networks",
        "ex-7-3-answer",
        """\
@fill_in(nn.Linear.backward)
def backward(self, grad_output):
    grad_X, grad_W, grad_b = self.pullback(grad_output)
    self.W.grad = grad_W
    self.b.grad += grad_b
    return grad_X
""",
        "ex-7-3-check",
        1.0,  # what is returned and b.grad are right
        "W.grad holds the new gradient only",
    ),
    Mistake(
        "08_capstone",
        "ex-8-2-answer",
        """\
@fill_in(SoftmaxCrossEntropy)
def backward(ctx, grad_output):
    Z, T = ctx.saved_tensors
    return grad_output * (softmax(Z) - T), -grad_output * Z / len(Z)
""",
        "ex-8-2-check",
        2.0,  # grad_T is right
        "grad_Z is exactly q times the right value",
    ),
)
