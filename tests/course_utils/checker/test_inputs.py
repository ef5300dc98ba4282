"""PyTorch's contract: which inputs have a gradient, and what forward and backward may hand over."""

import numpy as np
import pytest

from course_utils import Function, examine, vjp


def drawn(rng, q=7, n=5):
    return rng.normal(size=(q, n)), rng.integers(0, n, size=q)


class Picked(Function):
    """One entry of each row, by an integer label."""

    make_inputs = staticmethod(drawn)

    @staticmethod
    def forward(ctx, X, labels):
        rows = np.arange(len(X)), labels.astype(int)
        ctx.save_for_backward(X.shape, rows, None, {"all": "kept"})
        ctx.more = [X, (1, "two")]
        return X[rows] ** 2

    @staticmethod
    def backward(ctx, grad_output):
        shape, rows, none, kept = ctx.saved_tensors
        assert none is None
        assert kept == {"all": "kept"}
        assert ctx.needs_input_grad == (True, False)
        grad_X = np.zeros(shape)
        grad_X[rows] = 2 * ctx.more[0][rows] * grad_output
        return grad_X, None


def picked(returned):
    """A Picked whose backward returns `returned(grad_X)`."""

    class Other(Picked):
        @staticmethod
        def backward(ctx, grad_output):
            return returned(Picked.backward(ctx, grad_output)[0])

    return Other


RETURNED = [  # (what is returned, the code; "" for right)
    (lambda g: (g, None), ""),
    (lambda g: g, ""),
    (lambda g: (g,), ""),
    (lambda g: (g, None, None), ""),  # PyTorch lets further ones pass
    (lambda g: (g, np.zeros(len(g))), "count"),
    (lambda g: (None, None), "count"),
    (lambda g: (2 * g, None), "factor:2"),
]


@pytest.mark.parametrize(("returned", "code"), RETURNED)
def test_labels_have_no_gradient(returned, code):
    report = examine(picked(returned), seed=1)
    assert (report.code, report.inputs) == (code, ("X",)), report.text()


def test_it_is_said_which_input_has_no_gradient():
    text = examine(picked(lambda g: (g, np.zeros(len(g)))), seed=1).text()
    assert "it must return 1, in this order: grad_X. There is no gradient for labels" in text


def test_a_function_of_integers_alone_is_differentiated_by_all_of_them():
    class Square(Function):
        make_inputs = staticmethod(lambda rng, n=5: (rng.integers(1, 9, size=n),))

        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, grad_output):
            return 2 * ctx.saved_tensors[0] * grad_output

    assert examine(Square, seed=1).passed


class Leaky(Function):
    """A forward with a default."""

    @staticmethod
    def forward(ctx, x, slope=0.25):
        ctx.save_for_backward(x)
        ctx.slope = slope
        return np.where(x > 0, x, slope * x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * np.where(x > 0, 1.0, ctx.slope), None

    @staticmethod
    def make_inputs(rng, n=7):
        return (rng.normal(size=n),)


def test_a_default_may_be_left_out():
    report = examine(Leaky, seed=1)
    assert report.passed, report.text()
    assert report.inputs == ("x",)


def refused(forward, make_inputs=lambda rng, n=5: (rng.normal(size=n),)):
    """What is said of a forward that cannot be examined."""

    class Odd(Function):
        @staticmethod
        def backward(ctx, grad_output):
            return grad_output

    Odd.forward, Odd.make_inputs = staticmethod(forward), staticmethod(make_inputs)
    with pytest.raises(ValueError, match="not the fault of its backward") as said:
        examine(Odd, seed=1)
    return str(said.value)


def mask_and_x(rng, n=5):
    return rng.normal(size=n), rng.random(n) < 0.5


REFUSED = [  # (forward, make_inputs, what is said)
    (lambda ctx, x: (x, 2 * x), None, "returned a tuple of 2: a Function has one output"),
    (lambda ctx, x: (x**2, {"x": x}), None, "put on ctx what only backward needs"),
    (lambda ctx, x: {"y": x}, None, "returned a dict"),
    (lambda ctx, x: "y", None, "returned 'y', not an array of numbers"),
    (lambda ctx, x, at: x[at], lambda rng: (rng.normal(size=3), np.arange(3)), "at.astype(int)"),
    (lambda ctx, x, on: x[on], mask_and_x, "on.astype(bool)"),
    (lambda ctx, x, on: x * ~on, mask_and_x, "on.astype(bool)"),
]


@pytest.mark.parametrize(("forward", "make_inputs", "said"), REFUSED)
def test_what_cannot_be_examined_is_refused_with_what_to_do(forward, make_inputs, said):
    assert said in (refused(forward, make_inputs) if make_inputs else refused(forward))


@pytest.mark.parametrize("odd", [{"W": 1.0}, "W", None, [np.ones(2), np.ones(3)]])
def test_what_holds_no_numbers_is_refused_by_its_name(odd):
    with pytest.raises(ValueError, match=r"make_inputs draws .*(x must hold real|inhomogeneous)"):
        examine(Leaky, lambda rng: (odd,), seed=1)


def test_vjp_refuses_the_same():
    class Two(Function):
        @staticmethod
        def forward(ctx, x):
            return x, x

    with pytest.raises(TypeError, match=r"Two\.forward returned a tuple of 2"):
        vjp(Two, [1.0])


def test_vjp_wants_every_gradient():
    seen = []

    class Seen(Leaky):
        @staticmethod
        def backward(ctx, grad_output):
            seen.append(ctx.needs_input_grad)
            return grad_output, None

    vjp(Seen, [1.0], 0.5)[1]([1.0])
    assert seen == [(True, True)]


@pytest.mark.parametrize("wrt", [["x"], ["y"], ["x", "y"]])
def test_a_backward_may_leave_out_what_is_not_wanted(wrt):
    class Product(Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, grad_output):
            x, y = ctx.saved_tensors
            wants_x, wants_y = ctx.needs_input_grad
            return grad_output * y if wants_x else None, grad_output * x if wants_y else None

        @staticmethod
        def make_inputs(rng, n=7):
            return rng.normal(size=n), rng.normal(size=n)

    report = examine(Product, wrt=wrt, seed=1)
    assert report.passed, report.text()
    assert list(report.inputs) == wrt
