"""Answers that are right only where they believe to be looked at."""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

from tests.attacks.rows import SINE, Row, sine, twice

RIGHT = "grad_output * np.cos(x)"

# fmt: off
GUESSING: list[Row] = [
    sine("right for the usual size only", f"return {RIGHT} if x.size == 5 else grad_output"),
    sine("right for the first calls only", f"backward.n = getattr(backward, 'n', 0) + 1\nreturn {RIGHT} if backward.n < 6 else grad_output"),
    sine("right when called by the judge only", f"import sys\nnames = []\nframe = sys._getframe()\nwhile frame:\n    names.append(frame.f_code.co_name)\n    frame = frame.f_back\nreturn grad_output if 'on_call' in names else {RIGHT}"),
    sine("right for large numbers only", f"return np.where(np.abs(x) > 0.1, {RIGHT}, 0.0)"),
    sine("right within a rounding", f"return {RIGHT} * (1 + 1e-6)"),
    sine("right, and upstream zeroed", f"result = {RIGHT}\ngrad_output *= 0\nreturn result"),
    sine("right, and inputs changed", f"result = {RIGHT}\nx += 1\nreturn result"),
    Row("right, and inputs of earlier calls changed", points=(0.0, 3.0, 2.0), answers={"sine": "seen = []\n" + SINE.format(f"seen.append(x)\n    for old in seen[:-1]:\n        old[...] = 0\n    return {RIGHT}"), "linear": "@fill_in(Linear)\ndef backward(ctx, grad_output):\n    X, W, b = ctx.saved_tensors\n    return grad_output @ W.T, X.T @ grad_output, grad_output.sum(0, keepdims=True)", "twice": "def twice(x):\n    return x + x"}),
    sine("answers kept by shape", f"store = backward.__dict__\nreturn store.setdefault(x.shape, {RIGHT})"),
    sine("answers kept by their address", f"store = backward.__dict__\nreturn store.setdefault(id(x), {RIGHT}) if x.size == 5 else {RIGHT}"),
    sine("the same array each time", f"store = backward.__dict__.setdefault('kept', np.zeros(1000))\nresult = store[: x.size]\nresult[...] = {RIGHT}\nreturn result"),
    sine("one more axis", f"return ({RIGHT})[None]"),
    sine("thirty-one axes", "return np.zeros((1,) * 31 + (100,))"),
    sine("a single number for all", f"return ({RIGHT}).sum()"),
    sine("the slope of a seeded call", "np.random.seed(0)\nreturn np.random.normal(size=x.shape)"),
    sine("numbers remembered from an earlier grading", "known = {1.0: 0.5}\nreturn np.array([known.get(float(each), 0.0) for each in x])"),
    sine("a result that is filled by a thread later", f"import threading, time\nresult = np.zeros_like(x)\ndef later():\n    time.sleep(0.3)\n    result[...] = {RIGHT}\nthreading.Thread(target=later, daemon=True).start()\nreturn result"),
    twice("right for the numbers in the visible test only", "return 2.0 * x if x.size == 3 else x"),
    twice("the input doubled in place the wrong way", "x[...] = 0\nreturn x"),
    twice("a list", "return [2.0 * each for each in x]"),
    twice("an array of another shape that broadcasts", "return 2.0 * x[:, None]"),
]
# fmt: on
