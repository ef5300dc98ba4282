"""The formula of the derivative itself."""

import numpy as np


def through(g, X, W, z):
    d = g * (1 - np.tanh(z) ** 2)
    return d @ W.T, X.T @ d, d.sum(axis=0, keepdims=True)


def last_row_left(g, x):
    out = g * (1 - np.tanh(x) ** 2)
    out[-1] = 0
    return out


def first_column_doubled(g, x):
    out = g * (1 - np.tanh(x) ** 2)
    out[:, 0] *= 2
    return out


# (the mistake, operation, backward, code, what the message says)
CASES = [
    ("passed on", "Sine", lambda g, x: g.copy(), "missing-local", "is grad_output itself"),
    ("undifferentiated", "Sine", lambda g, x: g * np.sin(x), "missing-local", "by the output"),
    ("a constant slope", "Sine", lambda g, x: 2 * g, "missing-local", "same number everywhere"),
    ("at the output", "Sine", lambda g, x: g * np.cos(np.sin(x)), "wrong-point", "at the output"),
    ("formula for y used on x", "Tanh", lambda g, x: g * (1 - x**2), "wrong-point", "at the input"),
    ("positive only", "AbsCubed", lambda g, x: 3 * g * x**2, "only-positive", "x is positive"),
    ("b as zero", "Layer", lambda g, X, W, b: through(g, X, W, X @ W), "only-b0", "b is left out"),
    (
        "target as zero",
        "MSE",
        lambda g, Y, T: g * 2 * Y / Y.size,
        "missing-term",
        "with T = 0",
    ),
    (
        "W as ones",
        "Linear",
        lambda g, X, W, b: (g @ np.ones(W.T.shape), X.T @ g, g.sum(axis=0)[None]),
        "missing-local",
        "if W were all ones",
    ),
    ("b for a", "Multiply", lambda g, a, b: (g * a, g * a), "wrong-input", "a in the place of b"),
    (
        "a term too much",
        "Sine",
        lambda g, x: g * (np.cos(x) + 0.1 * x),
        "missing-term",
        "A term with x",
    ),
    ("cut off", "Square", lambda g, x: np.clip(2 * x * g, -1, 1), "clipped", "cut off at 1;"),
    (
        "with respect to the target",
        "Unequal",
        lambda g, Y, T: g * (Y - T) * (Y - 3 * T),
        "wrong-input",
        "with respect to T",
    ),
    (
        "exchanged",
        "Unequal",
        lambda g, Y, T: g * 2 * (T - Y) * Y,
        "wrong-input",
        "with Y and T exchanged",
    ),
    ("the last row left", "Tanh", last_row_left, "entries", "are zero and should not be"),
    ("one column wrong", "Tanh", first_column_doubled, "entries", "Most entries of grad_x"),
    (
        "anything else",
        "Tanh",
        lambda g, x: g * (1 + np.tanh(x) ** 4),
        "wrong-local",
        "compare entry by entry",
    ),
]


def test_it_is_explained(explained):
    explained()
