"""The right numbers in the wrong places."""

import numpy as np

# (the mistake, operation, backward, code, what the message says)
CASES = [
    (
        "the transpose, where it fits",
        "MatMul",
        lambda g, A, B: (B @ g.T, A.T @ g),
        "transpose",
        "grad_A is the transpose",
    ),
    (
        "a matrix without .T",
        "MatMul",
        lambda g, A, B: (g @ B.T, A @ g),
        "transpose",
        "A is used the wrong way round",
    ),
    (
        "reshape for transpose",
        "Transpose",
        lambda g, A, x: ((g * x[:, None]).reshape(A.shape), (g * A.T).sum(axis=1)),
        "reshape",
        "does not exchange rows and columns",
    ),
    (
        "samples in reverse",
        "Tanh",
        lambda g, x: (g * (1 - np.tanh(x) ** 2))[::-1],
        "wrong-axis",
        "reverse order along axis 0",
    ),
    (
        "shifted by one",
        "Tanh",
        lambda g, x: np.roll(g * (1 - np.tanh(x) ** 2), 1, axis=1),
        "wrong-axis",
        "shifted by one along axis 1",
    ),
    (
        "averaged over the batch",
        "Tanh",
        lambda g, x: np.zeros(x.shape) + np.mean(g * (1 - np.tanh(x) ** 2), axis=0),
        "wrong-axis",
        "repeats one number along axis 0",
    ),
    (
        "summed over all",
        "Tanh",
        lambda g, x: np.full(x.shape, np.sum(g * (1 - np.tanh(x) ** 2))),
        "wrong-axis",
        "repeats one number along all of it",
    ),
    (
        "the Jacobian not transposed",
        "Running",
        lambda g, X: np.cumsum(g, axis=1),
        "transpose",
        "goes the way of the forward pass",
    ),
    (
        "the permutation not inverted",
        "Sorted",
        lambda g, X: np.take_along_axis(g, np.argsort(X, axis=1), axis=1),
        "transpose",
        "the Jacobian is not transposed",
    ),
    (
        "the kernel not turned",
        "Convolve",
        lambda g, x, w: (np.convolve(g, w[::-1]), np.correlate(x, g)),
        "wrong-axis",
        "uses w from back to front along axis 0",
    ),
    (
        "passed on to all",
        "LogSum",
        lambda g, X: np.repeat(g[:, None], X.shape[1], axis=1),
        "missing-local",
        "grad_output itself, repeated",
    ),
    (
        "shared out",
        "LogSum",
        lambda g, X: np.repeat(g[:, None], X.shape[1], axis=1) / X.shape[1],
        "wrong-local",
        "shares grad_output out evenly",
    ),
]


def test_it_is_explained(explained):
    explained()


def test_wrong_in_square_shapes_and_no_others(examined):
    def guesses_from_shapes(g, X, W, b):
        V = W if W.shape[0] == W.shape[1] else W.T
        return g @ V, X.T @ g, g.sum(axis=0, keepdims=True)

    report = examined("Linear", guesses_from_shapes)
    assert report.code == "transpose"
    assert "W is used the wrong way round, transposed or not, where it is square" in report.text()


def test_wrong_in_square_shapes_for_a_reason_of_its_own(examined):
    def symmetric_where_it_fits(g, X, W, b):
        V = (W + W.T) / 2 if W.shape[0] == W.shape[1] > 1 else W.T
        return g @ V, X.T @ g, g.sum(axis=0, keepdims=True)

    report = examined("Linear", symmetric_where_it_fits)
    assert report.code == "wrong-local"  # nothing is transposed, so nothing may say so
    assert "right where n and p differ, and wrong where they are equal" in report.text()
