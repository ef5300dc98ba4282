"""A number times the right gradient, or hardly different from it."""

from fractions import Fraction

import numpy as np
import pytest

from course_utils.checker.hypotheses.scaling import spelled


def mse(g, Y, T):
    return g * 2 * (Y - T) / Y.size


# (the mistake, operation, backward, code, what the message says)
CASES = [
    ("sign", "MSE", lambda g, Y, T: -mse(g, Y, T), "factor:-1", "grad_Y has the wrong sign"),
    ("twice", "Sine", lambda g, x: 2 * g * np.cos(x), "factor:2", "There is a 2 too many"),
    ("a third", "Sine", lambda g, x: g * np.cos(x) / 3, "factor:1/3", "A constant"),
    ("a half", "Sine", lambda g, x: g * np.cos(x) / 2, "factor:1/2", "A 2 is missing"),
    ("nearly a half", "Sine", lambda g, x: 0.4901 * g * np.cos(x), "factor:0.4901", "A constant"),
    (
        "p squared",
        "MSE",
        lambda g, Y, T: mse(g, Y, T) * Y.shape[1] ** 2,
        "factor:p*p",
        "Divide by p*p",
    ),
    (
        "two over q",
        "BiasAdd",
        lambda g, X, b: (g, 2 * g.mean(0)),
        "factor:2/q",
        "would have to be multiplied by q/2",
    ),
    ("1.7 times", "Sine", lambda g, x: 1.7 * g * np.cos(x), "factor:17/10", "17/10 times"),
    ("summed", "MSE", lambda g, Y, T: mse(g, Y, T) * Y.size, "factor:q*p", "Divide by q*p"),
    ("over q", "MSE", lambda g, Y, T: mse(g, Y, T) * Y.shape[1], "factor:p", "Divide by p"),
    (
        "averaged",
        "BiasAdd",
        lambda g, X, b: (g, g.mean(0)),
        "factor:1/q",
        "Multiply by q: is something averaged",
    ),
    (
        "both",
        "MSE",
        lambda g, Y, T: mse(g, Y, T) * Y.shape[1] / len(Y),
        "factor:p/q",
        "would have to be multiplied by q/p",
    ),
    (
        "q typed in",
        "MSE",
        lambda g, Y, T: g * 2 * (Y - T) / (7 * Y.shape[1]),
        "hardcoded",
        "only where q is 7",
    ),
    ("zeros", "Sine", lambda g, x: 0 * x, "zero", "all zeros"),
    ("nan", "Sine", lambda g, x: x + np.nan, "nan", "nan or inf"),
    ("inf at zero", "Relu", lambda g, x: g * np.maximum(x, 0) / x, "nan", "exactly zero"),
    (
        "overflow",
        "Sigmoid",
        lambda g, x: g / (2 + np.exp(x) + np.exp(-x)) + 0 * np.exp(-x),
        "overflow",
        "large inputs",
    ),
    ("nearly", "Scale", lambda g, x: 2.999 * g, "small-error", "off by about 3e-04"),
]


def test_it_is_explained(explained):
    explained()


# (constant, powers of the sizes, how it is written)
SPELLED = [
    (1, {}, "1"),
    (-1, {}, "-1"),
    (Fraction(1, 2), {}, "1/2"),
    (1, {"q": 1}, "q"),
    (1, {"q": -1}, "1/q"),
    (-2, {"q": 1}, "-2*q"),
    (1, {"q": 1, "p": 1}, "q*p"),
    (1, {"q": 1, "p": -1}, "q/p"),
    (1, {"q": -1, "p": -1}, "1/(q*p)"),
    (Fraction(1, 2), {"q": 1}, "q/2"),
    (1, {"q": 2}, "q*q"),
]


@pytest.mark.parametrize(("constant", "powers", "text"), SPELLED)
def test_a_factor_is_spelled_as_the_codes_are(constant, powers, text):
    assert spelled(constant, powers) == text
