"""Right answers in unusual dress: a case a line, each of which keeps its points."""

# ruff: noqa: E501  (a table, one case a line)

from __future__ import annotations

import pytest

from autograde.authoring.mistakes import Mistake, nothing_filled_in, report_on
from course_utils.exercises.registry import find

F32 = "astype(np.float32)"

# fmt: off
FORMS = [  # (exercise, what it is, the statements of the answer)
    ("forward_difference", "np.diff", "return np.diff([f(x), f(x + h)])[0] / h"),
    ("central_difference", "either sign of the step", "h = abs(h)\nreturn (f(x + h) - f(x - h)) / (2 * h)"),
    ("complex_step", "complex()", "return np.imag(f(complex(x, h))) / h"),
    ("jacobian_shape", "as NumPy has it", "return np.zeros((m, n)).shape"),
    ("jacobian_shape", "an array", "return np.array([m, n])"),
    ("jacobian_bytes", "an array of one number", "return np.array(8 * m * n)"),
    ("Sine.backward", "float32 inside", f"(x,) = ctx.saved_tensors\nreturn grad_output * np.cos(x.{F32})"),
    ("Sine.backward", "a list", "(x,) = ctx.saved_tensors\nreturn (grad_output * np.cos(x)).tolist()"),
    ("gradient_of_chain", "float32 inside", f"z = A.{F32} @ x.{F32}\nreturn (A.T.{F32} @ (np.cos(z) * np.sin(z) ** 2)).astype(float)"),
    ("gradient_used_twice", "a list", "return [(t * np.sin(t)) ** 2 * (np.sin(t) + t * np.cos(t)) for t in x]"),
    ("sample_weight_gradient", "float32 inside", f"return (2 * (x.{F32} @ w.{F32} + np.float32(b - y)) * x.{F32}).astype(float)"),
    ("predicted_change", "float32 inside", f"e = x.{F32} @ w.{F32} + np.float32(b - y)\nreturn float(2 * e * (x.{F32} @ step_w.{F32} + np.float32(step_b)))"),
    ("mse_factor", "a number of float32", 'return np.float32({"1/q": 2 / q, "1/p": 2 / p, "1/(qp)": 2 / (q * p)}[normalisation])'),
    ("largest_rate", "a number of float32", f"Z = np.hstack([X, np.ones((len(X), 1))]).{F32}\nreturn len(X) / np.linalg.eigvalsh(Z.T @ Z).max()"),
    ("accumulated_factor", "a number of float32", "return np.float32(parts * calls)"),
    ("softmax", "float32 inside", f"Z = Z.{F32}\nE = np.exp(Z - Z.max(axis=1, keepdims=True))\nreturn (E / E.sum(axis=1, keepdims=True)).astype(float)"),
    ("softmax", "float32 returned", f"E = np.exp((Z - Z.max(axis=1, keepdims=True)).{F32})\nreturn E / E.sum(axis=1, keepdims=True)"),
    ("accuracy", "a number of float32", "return np.mean(np.argmax(Z, axis=1) == labels, dtype=np.float32)"),
    ("confusion_matrix", "np.add.at of integers", "C = np.zeros((Z.shape[1],) * 2, int)\nnp.add.at(C, (labels, Z.argmax(axis=1)), 1)\nreturn C"),
    ("confusion_matrix", "np.bincount", "p = Z.shape[1]\nreturn np.bincount(labels * p + Z.argmax(axis=1), minlength=p * p).reshape(p, p)"),
    ("confusion_matrix", "a list of lists", "C = [[0] * Z.shape[1] for _ in range(Z.shape[1])]\nfor i, j in zip(labels, Z.argmax(axis=1)):\n    C[i][j] += 1\nreturn C"),
    ("confusion_matrix", "a product of integers", "I = np.eye(Z.shape[1], dtype=np.uint8)\nreturn I[labels].T @ I[Z.argmax(axis=1)]"),
    ("minibatches", "lists of rows", "order = rng.permutation(q).tolist()\nreturn [order[start : start + size] for start in range(0, q, size)]"),
    ("fool_the_weak_check", "right for these sizes only", "X, W, b = ctx.saved_tensors\nreturn grad_output @ W.T, X.T @ grad_output, 3 * grad_output[:1]"),
    ("fool_the_weak_check", "right for whole numbers only", "X, W, b = ctx.saved_tensors\nreturn grad_output @ W.T, np.round(X).T @ grad_output, grad_output.sum(axis=0, keepdims=True)"),
    ("fool_the_weak_check", "right for ones from above only", "X, W, b = ctx.saved_tensors\nG = grad_output ** 2\nreturn G @ W.T, X.T @ G, G.sum(axis=0, keepdims=True)"),
    ("fool_the_weak_check", "right where b is zero only", "X, W, b = ctx.saved_tensors\nreturn grad_output @ W.T + b.sum(), X.T @ grad_output, grad_output.sum(axis=0, keepdims=True)"),
]
# fmt: on

COMPOSED = """
@fill_in(gradient_of_chain)
def gradient_of_chain(A, x):
    z, back_matvec = vjp(MatVec, A, x)
    u, back_sine = vjp(Sine, z)
    _, back_loss = vjp(SumOfCubes, u)
    return back_matvec(back_sine(back_loss(1.0)[0])[0])[1]
"""


@pytest.fixture(autouse=True)
def empty_exercises(monkeypatch):
    """Nothing is filled in, and nothing is saved."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with nothing_filled_in():
        yield


def answer(exercise: str, name: str, statements: str) -> Mistake:
    slot = find(exercise)
    body = "\n".join(f"    {line}" for line in statements.splitlines())
    target = {"accumulated_factor": "nn.accumulated_factor"}.get(exercise, exercise)
    head = f"@fill_in({target.removesuffix('.backward')})\ndef {slot.entry}"
    return Mistake("", exercise, name, f"{head}({', '.join(slot.parameters)}):\n{body}\n", "")


@pytest.mark.parametrize(("exercise", "name", "statements"), FORMS, ids=lambda row: str(row)[:30])
def test_a_right_answer_in_unusual_dress_passes(exercise, name, statements):
    report = report_on(answer(exercise, name, statements), 0)
    assert report is None, report.text()


def test_what_builds_on_a_list_passes():
    assert report_on(answer(*FORMS[7]), 0) is None
    for seed in range(3):
        report = report_on(Mistake("", "gradient_of_chain", "composed", COMPOSED, ""), seed)
        assert report is None, report.text()
