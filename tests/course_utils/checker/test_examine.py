"""What `examine` and `check_vjp` promise to learners and to authors."""

import json
import sys
import warnings

import numpy as np
import pytest

from course_utils.autodiff.function import Function
from course_utils.checker import CheckFailed, check_vjp, examine
from tests.functions import function_of


class Product(Function):
    """y = a * b, for any number of inputs; only two are given."""

    @staticmethod
    def forward(ctx, *inputs):
        ctx.save_for_backward(*inputs)
        return inputs[0] * inputs[1]

    @staticmethod
    def backward(ctx, grad_output):
        a, b = ctx.saved_tensors
        return grad_output * b, grad_output * a

    @staticmethod
    def make_inputs(rng, n=5):
        return rng.normal(size=n), rng.normal(size=n)


class ProductExchanged(Product):
    @staticmethod
    def backward(ctx, grad_output):
        a, b = ctx.saved_tensors
        return grad_output * a, grad_output * b


def sine(g, x):
    return g * np.cos(x)


def test_inputs_without_names_are_numbered():
    assert examine(Product, seed=0).passed
    report = examine(ProductExchanged, seed=0)
    assert report.by_input() == {"input_0": False, "input_1": False}
    assert report.code == "wrong-input"


def test_the_same_seed_gives_the_same_report(examined):
    for backward in (sine, lambda g, x: g * np.sin(x), lambda g, x: x * g):
        once, again = (json.dumps(examined("Sine", backward, 3).to_dict()) for _ in range(2))
        assert once == again
    other = json.dumps(examined("Sine", lambda g, x: x * g, 4).to_dict())
    assert other != again


def test_without_a_seed_the_numbers_change(examined):
    texts = {examined("Sine", lambda g, x: x * g, None).text() for _ in range(5)}
    assert len(texts) > 1


def test_a_keyboard_interrupt_passes_through(examined):
    def interrupted(g, x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examined("Sine", interrupted)


def test_leaving_python_is_a_crash_with_the_learners_line(examined):
    def backward(g, x):
        sys.exit(3)

    report = examined("Sine", backward)
    assert report.code == "crash"
    assert "sys.exit(3)" in report.text()
    assert "left Python" in report.text()


def test_a_crash_shows_the_learners_line_and_not_numpys(examined):
    def backward(g, x):
        inverse = np.linalg.inv(x)
        return g * inverse

    report = examined("Sine", backward)
    assert report.findings[0].details["line"].endswith("inverse = np.linalg.inv(x)")
    assert "course_utils" not in report.text()
    assert "site-packages" not in report.text()


def test_an_exception_of_any_kind_is_a_finding(examined):
    class Odd(Exception):
        def __str__(self):
            return "odd <b>text</b>"

    for error in (Odd(), RecursionError(), MemoryError(), AssertionError("no"), StopIteration()):

        def backward(g, x, error=error):
            raise error

        report = examined("Sine", backward)
        assert (report.code, report.passed) == ("crash", False)
        assert type(error).__name__ in report.text()


def test_a_crash_in_some_trials_says_in_how_many(examined):
    def backward(g, x):
        if x.size == 1:
            raise ValueError("one")
        return g * np.cos(x)

    report = examined("Sine", backward)
    assert report.code == "crash"
    assert "This happened in 1 of" in report.text()


def test_warnings_do_not_get_out_and_do_not_count(examined, capsys):
    def backward(g, x):
        warnings.warn("careful", stacklevel=1)
        print("debug", file=sys.stderr)
        np.log(np.zeros(3))
        return g * np.cos(x)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert examined("Sine", backward).passed
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert examined("Sine", backward).passed
    assert caught == []
    assert capsys.readouterr().err == ""


def test_the_caller_s_stderr_is_given_back(examined):
    before = sys.stderr
    examined("Sine", lambda g, x: 1 / 0)
    assert sys.stderr is before


def test_what_a_learner_changes_for_good_is_undone(examined):
    def backward(g, x):
        np.seterr(all="raise")
        warnings.simplefilter("error")
        return g * np.cos(x)

    before, filters = np.geterr(), list(warnings.filters)
    assert examined("Sine", backward).passed
    assert (np.geterr(), list(warnings.filters)) == (before, filters)


def test_only_wanted_gradients_are_wanted(examined):
    def of_prediction(g, Y, T):
        return g * 2 * (Y - T) / Y.size

    assert examined("MSE", of_prediction).inputs == ("Y",)
    assert examined("MSE", of_prediction, wrt=(0,)).passed
    assert examined("MSE", of_prediction, wrt=("Y", "T")).code == "count"
    assert examined("MSE", of_prediction, wrt=("T",)).code == "factor:-1"


def test_sizes_may_be_given_by_the_caller(build):
    function = build("Sine", sine)
    report = examine(function, lambda rng, n: (rng.normal(size=n),), dims={"n": 6}, seed=0)
    assert report.passed
    assert "random numbers: n = 6" in report.trials


def test_special_inputs_are_tried(build):
    function = build("Sine", lambda g, x: g * np.cos(x) * np.where(x == 7.0, 2.0, 1.0))
    assert examine(function, seed=0).passed
    sevens = [("all sevens", lambda rng: (np.full(3, 7.0),))]
    report = examine(function, special=sevens, seed=0)
    assert report.code
    assert "special: all sevens" in report.text()


def test_the_smallest_size_is_kept(examined):
    def convolution(g, x, w):
        assert x.size >= 5
        return np.convolve(g, w), np.correlate(x, g)

    assert examined("Convolve", convolution).passed


def test_trials_that_make_no_sense_are_left_out(build):
    def two_columns(rng, n=5, c=2):
        return (rng.normal(size=(n, c)),)

    class FirstTwo(Function):
        make_inputs = staticmethod(two_columns)

        @staticmethod
        def forward(ctx, X):
            ctx.c = X.shape[1]
            return X[:, 0] * X[:, 1]  # impossible with one column

        @staticmethod
        def backward(ctx, grad_output):
            return None

    report = examine(FirstTwo, seed=0)
    assert report.code == "type"
    assert not any("c = 1" in label for label in report.trials)


def test_a_gradient_that_is_zero_as_it_should_be_is_not_counted_as_wrong():
    def of_one_sign(rng, q=7, n=5):
        return (rng.choice((-1.0, 1.0)) * rng.uniform(0.5, 1.5, size=(q, n)),)

    relu_squared, half_of_it = (
        (lambda x: np.maximum(x, 0) ** 2),
        (lambda g, x: g * np.maximum(x, 0)),
    )
    report = examine(function_of(relu_squared, half_of_it, of_one_sign), seed=1)
    (finding,) = report.findings
    assert finding.code == "factor:1/2"
    assert finding.details["failing"] < finding.details["of"]


def test_check_vjp_says_one_line_and_returns_nothing(build, capsys):
    assert check_vjp(build("Sine", sine), seed=0) is None
    said = capsys.readouterr()
    assert said.out.startswith("Sine.backward: right. Tried ")
    assert said.out.count("\n") == 1
    assert said.err == ""


def test_check_vjp_raises_the_report(build, capsys):
    with pytest.raises(CheckFailed, match="wrong sign") as failed:
        check_vjp(build("Sine", lambda g, x: -sine(g, x)), seed=0)
    assert failed.value.report.code == "factor:-1"
    assert capsys.readouterr() == ("", "")


def test_an_unwritten_backward_is_not_filled_in(build):
    class Begun(Product):
        @staticmethod
        def backward(ctx, grad_output):
            raise NotImplementedError

    class NotBegun(Function):
        forward = Product.forward
        make_inputs = Product.make_inputs

    for function in (Begun, NotBegun):
        assert examine(function, seed=0).code == "not-filled-in"


# ------------------------------------------------------------------ the author's mistakes


def wrong_forward(compute):
    class Broken(Function):
        @staticmethod
        def forward(ctx, x):
            return compute(x)

        @staticmethod
        def backward(ctx, grad_output):
            raise AssertionError("the learner is not asked")

        @staticmethod
        def make_inputs(rng, n=5):
            return (rng.normal(size=n),)

    return Broken


def undefined(x):
    raise RuntimeError("no such file")


SINE = wrong_forward(np.sin)

# (the mistake, function, make_inputs, error, what it says)
AUTHORS = [
    ("no make_inputs", Product, False, TypeError, "give the check a function make_inputs"),
    ("draws fail", SINE, lambda rng, n=5: 1 / 0, ValueError, "division by zero"),
    ("no default size", SINE, lambda rng, n: (), ValueError, "missing 1 required"),
    ("one input short", Product, lambda rng, n=5: (np.ones(n),), ValueError, "out of range"),
    ("draws text", Product, lambda rng: ("abc", "def"), ValueError, "that make_inputs draws"),
    ("draws nothing", Product, lambda rng: (None, None), ValueError, "that make_inputs draws"),
    ("draws nan", Product, lambda rng: (np.full(3, np.nan),) * 2, ValueError, "is not finite"),
    ("forward raises", wrong_forward(undefined), None, ValueError, "no such file"),
    ("forward is nan", wrong_forward(lambda x: np.log(-abs(x))), None, ValueError, "not finite"),
    ("forward is inf", wrong_forward(lambda x: x / 0), None, ValueError, "not finite"),
]


@pytest.mark.parametrize(
    ("function", "make_inputs", "error", "says"),
    [row[1:] for row in AUTHORS],
    ids=[row[0] for row in AUTHORS],
)
def test_the_author_s_mistake_is_told_to_the_author(function, make_inputs, error, says):
    if make_inputs is False:
        function, make_inputs = type("Bare", (Function,), {"forward": Product.forward}), None
    with pytest.raises(error, match=says) as told:
        examine(function, make_inputs, seed=0)
    assert function.__name__ in str(told.value)
