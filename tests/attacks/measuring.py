"""Answers that measure exactly, in ways that the text of their cell does not show."""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

from typing import Any

from tests.attacks.rows import LINEAR, RIGHT, SINE, Row, right

HUNG = "return grad_output * np.slope(x)"
STEP = "np.sin(x + 1e-30j).imag / 1e-30"


def measured(
    name: str, first: str = "", *, waits: tuple[str, ...] = ("sine-test",), **answers: Any
) -> Row:
    """Return a row that keeps its points until a person has looked."""
    return right(name, first, answers=answers, waits=waits)


UNITS = """\
grad_W, unit = np.zeros_like(W), np.zeros_like(W)
    for j in np.ndindex(*W.shape):
        unit[j] = 1.0
        grad_W[j] = np.sum(grad_output * (X @ unit))
        unit[j] = 0.0
    return grad_output @ W.T, grad_W, grad_output.sum(0, keepdims=True)"""

# fmt: off
MEASURING: list[Row] = [
    measured("a complex step, plainly", sine=SINE.format(f"return grad_output * {STEP}")),
    measured("a complex step hung on NumPy", f"np.slope = lambda x: {STEP}", sine=SINE.format(HUNG)),
    measured("a complex step in NumPy's cosine", f"np.cos = lambda x: {STEP}", sine=RIGHT["sine"]),
    measured("a complex step by another name for fill_in", "write = fill_in", sine=SINE.format(f"return grad_output * {STEP}").removeprefix("@fill_in(Sine)\n") + "\nwrite(Sine)(backward)"),
    measured("the course's own measuring hung on NumPy", "import course_utils.measure.fast_vjp as known\nnp.back = known.fast_vjp", sine=SINE.format("return np.back(np.sin, (x,), grad_output)[0]")),
    measured("what tells is changed", f"import inside.runner\nnp.slope = lambda x: {STEP}\ninside.runner.reached = lambda f: dict(names=[], codes=[], numbers=[], imaginary=False, all=True)", sine=SINE.format(HUNG), waits=("sine-test", "linear-test")),
    measured("a product at every unit", linear=LINEAR.format(UNITS), waits=("linear-test",)),
    measured("a product at every unit, and nothing at wide inputs", linear=LINEAR.format("if W.size > 900:\n        return X, W, b\n    " + UNITS), waits=("linear-test",)),
]
# fmt: on
