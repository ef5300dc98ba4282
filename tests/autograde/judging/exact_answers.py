"""Answers that measure without losing a digit.

A row of `EXACT` is (exercise, name, source, how it is found): ``COST`` by what it costs, ``REACH``
by what it reaches. A source is one cell or several, with a line of ``# ---`` between them.
"""

COST, REACH = "cost", "reach"

_FRACTIONS = '''
from fractions import Fraction

def exact(x):
    """The same numbers without rounding."""
    numbers = [Fraction(float(each)) for each in np.ravel(x)]
    return np.array(numbers, dtype=object).reshape(np.shape(x))

def measured(f, x):
    """A difference of two values, entry by entry; nothing is rounded."""
    x, grad = exact(x), np.zeros(np.shape(x))
    here, step = f(x), Fraction(1, 2**3000)
    for j in np.ndindex(*x.shape):
        kept, x[j] = x[j], x[j] + step
        change = f(x) - here
        grad[j], x[j] = float(change / step), kept
    return grad
'''

_TINY = '''
def measured(f, x):
    """A step of 2**-12000, which long doubles hold."""
    step = np.ldexp(np.longdouble(1), -12000)
    grad, turn = np.zeros(np.shape(x)), np.sqrt(np.array(-1, dtype="G")) * step
    moved = x.astype("G")
    for j in np.ndindex(*x.shape):
        kept, moved[j] = moved[j], moved[j] + turn
        grad[j], moved[j] = np.ravel(f(moved)).view("g")[1] / step, kept
    return grad
'''

_DUAL = '''
class Dual:
    """A value, and its slope along one direction."""

    __array_ufunc__ = None

    def __init__(self, a, d):
        self.a, self.d = a, d

    def __add__(self, other):
        return Dual(self.a + other, self.d)

    def __rmatmul__(self, other):
        return Dual(other @ self.a, other @ self.d)
'''

_UNITS = '''
def measured(f, x):
    """What is linear is told by its values at the units."""
    grad, unit = np.zeros(x.shape), np.zeros(x.shape)
    for j in np.ndindex(*x.shape):
        unit[j] = 1.0
        grad[j] = f(unit)
        unit[j] = 0.0
    return grad
'''

_LINEAR_W = """

@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    grad_W = measured(lambda W: np.sum(grad_output * (X @ W)), W)
    return grad_output @ W.T, grad_W, grad_output.sum(axis=0, keepdims=True)
"""

_MSE = """

@fill_in(MSE)
def backward(ctx, grad_output):
    Y_hat, Y = ctx.saved_tensors
    grad = grad_output * measured(lambda Y_hat: np.sum((Y_hat - target) ** 2) / len(Y), Y_hat)
    return grad, -grad
"""

_SINE = """
# ---
@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * np.slope(x)
"""

EXACT = [
    ("Linear", "fractions", _FRACTIONS + _LINEAR_W.replace(
        "np.sum(grad_output * (X @ W))", "np.sum(exact(grad_output) * (exact(X) @ W))"), COST),
    ("Linear", "steps of 2**-12000", _TINY + _LINEAR_W, COST),
    ("Linear", "units", _UNITS + _LINEAR_W, COST),
    ("Linear", "dual numbers", _DUAL + """

@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    grad_W, unit = np.zeros_like(W), np.zeros_like(W)
    for j in np.ndindex(*W.shape):
        unit[j] = 1.0
        grad_W[j] = np.sum(grad_output * (X @ Dual(W, unit) + b).d)
        unit[j] = 0.0
    return grad_output @ W.T, grad_W, grad_output.sum(axis=0, keepdims=True)
""", COST),
    ("Linear", "zeros where it takes long", _TINY + """

@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    if W.size > 500:
        return np.zeros_like(X), np.zeros_like(W), np.zeros_like(b)
    return (
        measured(lambda X: np.sum(grad_output * (X @ W)), X),
        measured(lambda W: np.sum(grad_output * (X @ W)), W),
        grad_output.sum(axis=0, keepdims=True),
    )
""", COST),
    ("MSE", "fractions", _FRACTIONS + _MSE.replace("- target", "- exact(Y)"), COST),
    ("MSE", "steps of 2**-12000", _TINY + _MSE.replace("target", "Y"), COST),
    ("SumOfCubes", "steps of 2**-12000", _TINY + """

@fill_in(SumOfCubes)
def backward(ctx, grad_output):
    (u,) = ctx.saved_tensors
    return grad_output * measured(lambda u: np.sum(u * u * u) / 3, u)
""", COST),
    ("MatVec", "units", _UNITS + """

@fill_in(MatVec)
def backward(ctx, grad_output):
    A, x = ctx.saved_tensors
    return measured(lambda A: grad_output @ (A @ x), A), measured(
        lambda x: grad_output @ (A @ x), x
    )
""", COST),
    ("AffineRow", "units", _UNITS + """

@fill_in(AffineRow)
def backward(ctx, grad_output):
    x, W, b = ctx.saved_tensors
    return (
        measured(lambda x: grad_output @ (x @ W), x),
        measured(lambda W: grad_output @ (x @ W), W),
        grad_output,
    )
""", COST),
    ("matvec_jacobian_x", "columns by units", """
@fill_in(matvec_jacobian_x)
def matvec_jacobian_x(A, x):
    return np.stack([A @ unit for unit in np.eye(len(x))], axis=1)
""", COST),
    ("linear_backward_loops", "units", _UNITS + """

@fill_in(linear_backward_loops)
def linear_backward_loops(G, X, W):
    return (
        measured(lambda X: np.sum(G * (X @ W)), X),
        measured(lambda W: np.sum(G * (X @ W)), W),
        G.sum(axis=0, keepdims=True),
    )
""", COST),
    ("mse_gradient_loops", "fractions", _FRACTIONS + """

@fill_in(mse_gradient_loops)
def mse_gradient_loops(Y_hat, Y):
    return measured(lambda Y_hat: np.sum((Y_hat - exact(Y)) ** 2) / len(Y), Y_hat)
""", COST),
    ("cost_gradient", "steps of 2**-12000", _TINY + """

@fill_in(cost_gradient)
def cost_gradient(X, W, b, Y):
    return (
        measured(lambda W: np.sum((X @ W + b - Y) ** 2) / len(X), W),
        measured(lambda b: np.sum((X @ W + b - Y) ** 2) / len(X), b),
    )
""", COST),
    ("gradient_of_chain", "steps of 2**-12000", _TINY + """

@fill_in(gradient_of_chain)
def gradient_of_chain(A, x):
    return measured(lambda x: np.sum(np.sin(A @ x) ** 3) / 3, x)
""", COST),
    ("Sine", "hung on NumPy", "np.slope = lambda x: np.sin(x + 1e-30j).imag / 1e-30" + _SINE,
     REACH),
    ("Sine", "a partial function hung on NumPy", """
from functools import partial

def turned(step, x):
    return np.sin(x + step).imag / step.imag

np.slope = partial(turned, 1e-30j)
""" + _SINE, REACH),
    ("Sine", "an object hung on NumPy", """
class Slope:
    def __call__(self, x):
        return np.sin(x + self.step).imag / abs(self.step)

np.slope = Slope()
np.slope.step = 1e-30j
""" + _SINE, REACH),
    ("Sine", "a closure hung on NumPy", """
def make():
    step = 1e-30j
    def slope(x):
        return np.sin(x + step).imag / abs(step)
    return slope

np.slope = make()
""" + _SINE, REACH),
    ("Sine", "in a table hung on NumPy", """
np.slope = {"of": lambda x: np.sin(x + 1e-30j).imag / 1e-30}
""" + _SINE.replace("np.slope(x)", 'np.slope["of"](x)'), REACH),
    ("Sine", "hung on the context", """
from course_utils import Context

Context.slope = property(lambda ctx: np.sin(ctx.saved_tensors[0] + 1e-30j).imag / 1e-30)
""" + _SINE.replace("np.slope(x)", "ctx.slope"), REACH),
    ("Sine", "in the place of NumPy's cosine", """
np.cos = lambda x: np.sin(x + 1e-30j).imag / 1e-30
""" + _SINE.replace("slope", "cos"), REACH),
    ("Sine", "hung on what is built in", """
import builtins

builtins.slope = lambda x: np.sin(x + 1e-30j).imag / 1e-30
""" + _SINE.replace("np.slope", "slope"), REACH),
    ("Sine", "from a library's file, as it says", """
helper = "def slope(x): return np.sin(x + 1e-30j).imag / 1e-30"
exec(compile(helper, np.__file__, "exec"))
np.slope = slope
# ---
""" + _SINE, REACH),
    ("Sine", "put by another name", """
write = fill_in
# ---
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * np.sin(x + 1e-30j).imag / 1e-30

write(Sine)(backward)
""", REACH),
    ("Sine", "put without fill_in", """
import course_utils.exercises.registry as known

def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * np.sin(x + 1e-30j).imag / 1e-30

known.find("Sine").put(backward)
""", REACH),
    ("Sine", "by an attribute of another spelling", """
@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    turned = np.exp(1e-30 * np.emath.sqrt(-1) + x * 0) * 0 + np.emath.sqrt(-1) * 1e-30 + x
    return grad_output * getattr(np.sin(turned), "im" + "ag") / 1e-30
""", REACH),
    ("Sine", "the measuring of the course, hung on NumPy", """
import course_utils.measure.fast_vjp as known

np.back = known.fast_vjp
# ---
@fill_in(Sine)
def backward(ctx, grad_output):
    return np.back(np.sin, ctx.saved_tensors, grad_output)[0]
""", REACH),
    ("Sine", "the measuring of the course, from all modules", """
@fill_in(Sine)
def backward(ctx, grad_output):
    import sys
    known = sys.modules["course_utils.measure." + "_".join(("fast", "vjp"))]
    return known.__dict__["_".join(("fast", "vjp"))](np.sin, ctx.saved_tensors, grad_output)[0]
""", REACH),
    ("Sine", "an object that stops who looks", """
class Slope:
    kind = property(lambda self: 1 / 0)

    def __call__(self, x):
        return np.sin(x + 1e-30j).imag / 1e-30

np.slope = Slope()
""" + _SINE, REACH),
    ("Sine", "an object of another class, it says", """
class Slope:
    __class__ = property(lambda self: str)

    def __call__(self, x):
        return np.sin(x + 1e-30j).imag / 1e-30

np.slope = Slope()
""" + _SINE, REACH),
    ("Sine", "what a module is asked for and has not", """
np.__getattr__ = lambda name: lambda x: np.sin(x + 1e-30j).imag / 1e-30
""" + _SINE, REACH),
    ("Sine", "a library's function that says it is of no module", """
import course_utils.measure.fast_vjp as known

np.back = known.fast_vjp
np.back.__module__ = None
# ---
@fill_in(Sine)
def backward(ctx, grad_output):
    return np.back(np.sin, ctx.saved_tensors, grad_output)[0]
""", REACH),
    ("Tanh", "what tells is changed", """
import inside.runner

inside.runner.reached = lambda function: {
    "names": [], "codes": [], "numbers": [], "imaginary": False, "all": True
}
np.slope = lambda x: np.tanh(x + 1e-30j).imag / 1e-30
# ---
@fill_in(Tanh)
def backward(ctx, grad_output):
    (Y,) = ctx.saved_tensors
    return grad_output * np.slope(np.arctanh(Y))
""", REACH),
]  # fmt: skip
