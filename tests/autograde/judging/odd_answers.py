"""Answers that are derived, and look or go another way than most.

A row of `ODD` is (exercise, name, source), as in `exact_answers`.
"""

ODD = [
    ("Linear", "sums of slices, entry by entry", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    grad_X, grad_W, grad_b = np.zeros(X.shape), np.zeros(W.shape), np.zeros(b.shape)
    for i, j in np.ndindex(*W.shape):
        grad_W[i, j] = np.sum(X[:, i] * grad_output[:, j])
    for k, i in np.ndindex(*X.shape):
        grad_X[k, i] = np.dot(grad_output[k], W[i])
    for j in range(b.shape[1]):
        grad_b[0, j] = sum(grad_output[:, j])
    return grad_X, grad_W, grad_b
"""),
    ("Linear", "column by column", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    grad_X = np.zeros_like(X)
    for i in range(X.shape[1]):
        grad_X[:, i] = grad_output @ W[i]
    grad_W = np.array([[column @ G for G in grad_output.T] for column in X.T])
    return grad_X, grad_W, np.add.reduce(grad_output)[None]
"""),
    ("Linear", "a class that helps", """
class Layer:
    def __init__(self, *tensors):
        self.X, self.W, self.b = tensors

    def back(self, G):
        return G @ self.W.T, self.X.T @ G, np.ones((1, len(G))) @ G


@fill_in(Linear)
def backward(ctx, grad_output):
    return Layer(*ctx.saved_tensors).back(grad_output)
"""),
    ("Linear", "einsum in long doubles", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = [each.astype(np.longdouble) for each in ctx.saved_tensors]
    G = grad_output.astype(np.longdouble)
    found = np.einsum("kj,ij->ki", G, W), np.einsum("ki,kj->ij", X, G), np.einsum("kj->j", G)[None]
    return tuple(each.astype(float) for each in found)
"""),
    ("Linear", "many copies and checks", """
import copy
import functools

@functools.lru_cache
def letters(n):
    return "abcdefgh"[:n]

@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = copy.deepcopy(ctx.saved_tensors)
    assert all(isinstance(x, np.ndarray) and len(letters(x.ndim)) == 2 for x in (X, W, b))
    grads = functools.reduce(lambda found, pair: [*found, pair[0] @ pair[1]],
                             [(grad_output, W.T), (X.T, grad_output)], [])
    return grads[0], grads[1], np.sum(grad_output, axis=0).reshape(b.shape)
"""),
    ("MSE", "vectorized, with a fraction for the factor", """
from fractions import Fraction

@fill_in(MSE)
def backward(ctx, grad_output):
    Y_hat, Y = ctx.saved_tensors
    factor = float(Fraction(2, len(Y)))
    slope = np.vectorize(lambda a, y: factor * (a - y))
    return grad_output * slope(Y_hat, Y), -grad_output * slope(Y_hat, Y)
"""),
    ("SumOfCubes", "a list comprehension", """
@fill_in(SumOfCubes)
def backward(ctx, grad_output):
    (u,) = ctx.saved_tensors
    return np.array([float(grad_output) * each**2 for each in u])
"""),
    ("MatVec", "by outer products and columns", """
@fill_in(MatVec)
def backward(ctx, grad_output):
    A, x = ctx.saved_tensors
    return np.multiply.outer(grad_output, x), np.array([column @ grad_output for column in A.T])
"""),
    ("AffineRow", "while loops", """
@fill_in(AffineRow)
def backward(ctx, grad_output):
    x, W, b = ctx.saved_tensors
    grad_x, grad_W, i = np.zeros(len(x)), np.zeros(W.shape), 0
    while i < len(x):
        j = 0
        while j < len(b):
            grad_x[i] += grad_output[j] * W[i, j]
            grad_W[i, j] = x[i] * grad_output[j]
            j += 1
        i += 1
    return grad_x, grad_W, grad_output
"""),
    ("SoftmaxCrossEntropy", "row by row, with Python's numbers", """
import math

@fill_in(SoftmaxCrossEntropy)
def backward(ctx, grad_output):
    Z, T = ctx.saved_tensors
    q, grad_Z = len(Z), np.zeros(Z.shape)
    for i, row in enumerate(Z.tolist()):
        largest = max(row)
        exps = [math.exp(z - largest) for z in row]
        for j, each in enumerate(exps):
            grad_Z[i, j] = float(grad_output) * (each / sum(exps) - T[i, j]) / q
    return grad_Z, -grad_output * Z / q
"""),
    ("matvec_jacobian_x", "entry by entry", """
@fill_in(matvec_jacobian_x)
def matvec_jacobian_x(A, x):
    J = np.zeros(A.shape)
    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            J[i, k] = A[i, k]
    return J
"""),
    ("matvec_jacobian_A", "entry by entry", """
@fill_in(matvec_jacobian_A)
def matvec_jacobian_A(A, x):
    T = np.zeros((len(A), *A.shape))
    for i in range(len(A)):
        for k in range(len(x)):
            T[i, i, k] = x[k]
    return T
"""),
    ("linear_backward_loops", "as it is asked for", """
@fill_in(linear_backward_loops)
def linear_backward_loops(G, X, W):
    q, n = X.shape
    p = W.shape[1]
    grad_X, grad_W, grad_b = np.zeros((q, n)), np.zeros((n, p)), np.zeros((1, p))
    for k in range(q):
        for l in range(p):
            for i in range(n):
                grad_X[k, i] += G[k, l] * W[i, l]
                grad_W[i, l] += G[k, l] * X[k, i]
            grad_b[0, l] += G[k, l]
    return grad_X, grad_W, grad_b
"""),
    ("mse_gradient_loops", "as it is asked for", """
@fill_in(mse_gradient_loops)
def mse_gradient_loops(Y_hat, Y):
    grad = np.zeros(Y.shape)
    for i in range(len(Y)):
        for j in range(Y.shape[1]):
            grad[i, j] = 2 * (Y_hat[i, j] - Y[i, j]) / len(Y)
    return grad
"""),
    ("cost_gradient", "loops over samples and inputs", """
@fill_in(cost_gradient)
def cost_gradient(X, W, b, Y):
    grad_W, grad_b = np.zeros_like(W), np.zeros_like(b)
    for x, y in zip(X, Y):
        error = 2 * (x @ W + b[0] - y) / len(X)
        for i in range(len(x)):
            grad_W[i] += x[i] * error
        grad_b += error
    return grad_W, grad_b
"""),
    ("nn.Linear.backward", "as it is asked for", """
@fill_in(nn.Linear.backward)
def backward(self, grad_output):
    grad_X, grad_W, grad_b = self.pullback(grad_output)
    self.W.grad += grad_W
    self.b.grad += grad_b
    return grad_X
"""),
    ("nn.Module.zero_grad", "by a comprehension", """
@fill_in(nn.Module.zero_grad)
def zero_grad(self):
    [setattr(each, "grad", np.zeros_like(each.data)) for each in self.parameters()]
"""),
    ("Sine", "a name for the cosine", """
slopes = {"sin": np.cos}
# ---
@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    small, name = grad_output, "cos"
    return np.multiply(small, {"cos": np.cos}[name](x))
"""),
]  # fmt: skip
