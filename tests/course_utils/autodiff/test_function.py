"""`Function`, `Context` and `vjp`, used as PyTorch's are."""

import numpy as np
import pytest

from course_utils import Context, Function, vjp


class Scale(Function):
    """y = factor * x, for a factor that needs no gradient."""

    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x, factor)
        ctx.calls = 0
        return factor * x

    @staticmethod
    def backward(ctx, grad_output):
        _, factor = ctx.saved_tensors
        ctx.calls += 1
        return factor * grad_output, None


def test_vjp_runs_forward_once_and_goes_back_as_often_as_wanted():
    output, pullback = vjp(Scale, [1, 2, 3], 2)
    assert output.dtype == np.float64
    assert output.tolist() == [2.0, 4.0, 6.0]
    for _ in range(2):
        grad_x, grad_factor = pullback([1, 0, -1])
        assert grad_x.tolist() == [2.0, 0.0, -2.0]
        assert grad_factor is None


def test_apply_is_the_forward_alone():
    assert Scale.apply([1.0], 3.0).tolist() == [3.0]


def test_input_names_are_forwards_arguments():
    assert Scale.input_names() == ("x", "factor")


def test_an_upstream_of_another_shape_is_refused():
    _, pullback = vjp(Scale, [1.0, 2.0], 2.0)
    with pytest.raises(ValueError, match=r"grad_output has shape \(1,\), but .* shape \(2,\)"):
        pullback([1.0])


@pytest.mark.parametrize("bad", [[1j], ["a"], [None]])
def test_inputs_must_be_real_numbers(bad):
    with pytest.raises(TypeError, match="x must hold real numbers"):
        vjp(Scale, bad, 1.0)


def test_a_context_keeps_what_was_saved_last():
    ctx = Context()
    assert ctx.saved_tensors == ()
    ctx.save_for_backward(1)
    ctx.save_for_backward(2, 3)
    assert ctx.saved_tensors == (2, 3)


def test_a_function_without_its_methods_says_so():
    with pytest.raises(NotImplementedError, match="needs a forward"):
        Function.forward(Context())
    with pytest.raises(NotImplementedError, match="needs a backward"):
        Function.backward(Context(), 1.0)
