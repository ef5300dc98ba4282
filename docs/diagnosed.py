"""What `diagnoses.py` tells of each code beside its meaning: the usual cause, and an example."""

from __future__ import annotations

MATRIX = ("X, W", "X @ W", "q=7, n=5, p=3", "rng.normal(size=(q, n)), rng.normal(size=(n, p))")
BIAS = ("X, b", "X + b", "q=7, n=5", "rng.normal(size=(q, n)), rng.normal(size=(1, n))")
SQUARE = ("x", "x**2", "n=5", "(rng.normal(size=n),)")
TANH = ("x", "np.tanh(x)", "n=5", "(rng.normal(size=n),)")
MEAN = ("X", "np.mean(X, axis=0)", "q=7, n=5", "(rng.normal(size=(q, n)),)")
PRODUCT = ("x, y", "x * y", "n=5", "rng.normal(size=n), rng.normal(size=n)")
TWICE = ("x", "x * np.sin(x)", "n=5", "(rng.normal(size=n),)")
EXP = ("x", "np.exp(x)", "n=5", "(rng.normal(size=n),)")
FLAT = ("X", "X.ravel()", "q=7, n=5", "(rng.normal(size=(q, n)),)")
ABOVE = ("x", "np.logaddexp(0.0, x)", "n=5", "(rng.normal(size=n),)")

EXAMPLES: dict[str, tuple[tuple[str, str, str, str], str]] = {
    "factor": (MEAN, "return np.tile(grad_output, (len(X), 1))"),
    "missing-local": (TANH, "return grad_output"),
    "missing-term": (TWICE, "return grad_output * np.sin(x)"),
    "wrong-point": (TANH, "return grad_output * (1 - np.tanh(np.tanh(x)) ** 2)"),
    "wrong-input": (PRODUCT, "return grad_output * x, grad_output * x"),
    "only-positive": (SQUARE, "return grad_output * 2 * np.abs(x)"),
    "zero": (SQUARE, "return np.zeros_like(x)"),
    "clipped": (SQUARE, "return np.clip(grad_output * 2 * x, -1, 1)"),
    "hardcoded": (MEAN, "return np.tile(grad_output, (len(X), 1)) / 7"),
    "small-error": (
        ("X", "3.14159265 * X", "q=7, n=5", "(rng.normal(size=(q, n)),)"),
        "return grad_output * 3.14159",
    ),
    "no-upstream": (SQUARE, "return 2 * x"),
    "upstream-misused": (SQUARE, "return grad_output**2 * 2 * x"),
    "transpose": (MATRIX, "return grad_output @ W.T, grad_output.T @ X"),
    "reshape": (MATRIX, "return grad_output @ W.T, (grad_output.T @ X).reshape(W.shape)"),
    "wrong-axis": (BIAS, "return grad_output, grad_output.sum(axis=1, keepdims=True)"),
    "order": (MATRIX, "return X.T @ grad_output, grad_output @ W.T"),
    "no-batch-sum": (BIAS, "return grad_output, grad_output"),
    "one-sample": (BIAS, "return grad_output, grad_output[:1]"),
    "count": (MATRIX, "return grad_output @ W.T"),
    "dtype-int": (SQUARE, "return (grad_output * 2 * x).astype(int)"),
    "dtype-float32": (SQUARE, "return np.float32(grad_output * 2 * x)"),
    "dtype-object": (SQUARE, "return np.array(grad_output * 2 * x, dtype=object)"),
    "nan": (SQUARE, "return grad_output * 2 * x * x / (x - x)"),
    "overflow": (ABOVE, "return grad_output * np.exp(x) / (1 + np.exp(x))"),
    "mutates-input": (SQUARE, "x *= 2\nreturn grad_output * x"),
    "mutates-upstream": (SQUARE, "grad_output *= 2 * x\nreturn grad_output"),
    "nondeterministic": (SQUARE, "return grad_output * 2 * x * np.random.default_rng().random()"),
    "stateful": (SQUARE, "kept.append(len(kept))\nreturn grad_output * 2 * x * len(kept)"),
    "alias": (SQUARE, "shared[: x.size] = grad_output * 2 * x\nreturn shared[: x.size]"),
    "entries": (SQUARE, "grad = grad_output * 2 * x\ngrad[-1] = 0\nreturn grad"),
    "shape": (BIAS, "return grad_output, grad_output.sum(axis=0)"),
    "type": (SQUARE, "grad = grad_output * 2 * x"),
    "crash": (SQUARE, "return grad_output * 2 * X"),
    "wrong-local": (SQUARE, "return grad_output * np.sinh(x)"),
}
"""A forward (its inputs, its value, its sizes, what draws it) and a backward gone wrong."""

CAUSES = {
    "factor": "A mean that was differentiated as a sum or the other way round, a 2 of a square, a "
    "minus sign of an inner derivative.",
    "missing-local": "The chain rule was stopped one step too early: what arrives is passed on as "
    "it is.",
    "missing-term": "An input that is used in two places, of which only one was followed.",
    "wrong-point": "The output was at hand where the input was needed, or a value was overwritten.",
    "wrong-input": "In a product each factor has the other one's gradient; the two were exchanged.",
    "only-positive": "`abs`, a square root of a square, or a formula copied for positive numbers.",
    "only-b0": "The inner value was computed again, without the bias.",
    "kink-convention": "At a kink there are several slopes; the exercise names the one it wants.",
    "zero": "The array that was made to hold the gradient was returned before it was filled.",
    "clipped": "A limit that belongs to training, or that hid a number that was too large.",
    "hardcoded": "A number of the example that was at hand, in place of the size it stood for.",
    "small-error": "A constant with too few digits, or a small number added against division by "
    "zero.",
    "numerical": "A difference quotient or a complex step, which is how the check itself measures.",
    "no-upstream": "The derivative of the step alone was returned, and not its product with what "
    "arrives.",
    "upstream-misused": "`grad_output` was applied twice, or summed up before it was used.",
    "wrong-start": "The value of the cost was taken for its derivative with respect to itself.",
    "wrong-upstream": "As `wrong-start`: the loss's value was handed to the pullback.",
    "not-chained": "Each layer was given the first input, or the last gradient.",
    "not-returned": "The gradients of the parameters were stored, and nothing was returned.",
    "transpose": "Two matrices in the wrong order; the shapes beside the product show which fits.",
    "reshape": "`reshape` was asked to do what `.T` does: it leaves the numbers in their order.",
    "wrong-order": "The way back goes through the layers from the last to the first.",
    "wrong-axis": "`axis=0` runs down the samples, `axis=1` along a row.",
    "axis": "`axis=0` where each row is one sample.",
    "order": "The gradients were returned in the order in which they were computed.",
    "no-batch-sum": "The input was spread over the samples; its gradient sums over them.",
    "one-sample": "The formula for one sample was kept, with one row in place of a sum.",
    "only-q1": "A formula that was derived for one sample was not summed over the batch.",
    "count": "One gradient was forgotten, or `None` returned for an input that needs one.",
    "dtype-int": "`zeros_like` of integers, or a cast: what is put into it is cut off.",
    "dtype-float32": "An array was made in float32, which keeps seven digits.",
    "dtype-object": "Arrays of different lengths were put into one, or `dtype=object` was written.",
    "nan": "A division by zero, or the logarithm of zero, that the forward does not have.",
    "overflow": "`exp` of a large number: another form of the same formula stays finite.",
    "not-measured": "The forward is not finite where it is asked, or rounds too roughly.",
    "normalised": "The gradient was divided by its length, or only its signs were kept.",
    "not-filled-in": "The line `raise NotImplementedError()` still stands there.",
    "mutates-input": "`a *= b` writes into the array that was saved; `a = a * b` makes a new one.",
    "mutates-upstream": "`grad_output *= b` writes into an array that others are given as well.",
    "changes-data": "The step was taken where only the gradient was asked for.",
    "stateful": "A list or an attribute outside the function grows from call to call, or an array "
    "was made by `np.empty` and not filled.",
    "nondeterministic": "Random numbers were drawn in `backward`; what forward drew belongs on "
    "`ctx`.",
    "alias": "One array was made outside, and every call writes into it.",
    "own-generator": "A new generator was made in place of the one that was handed in.",
    "overwritten": "`=` where `+=` belongs.",
    "not-accumulated": "The gradient was computed and not put into `.grad`.",
    "counted-twice": "Something stands in a list twice, or a gradient was added twice.",
    "called-twice": "The value at x is computed as well, to be subtracted.",
    "pulled-twice": "`pullback` was called once for each gradient; it returns all of them.",
    "not-zeroed": "`zero_grad` was not called before the backward pass.",
    "stale": "The step was taken before the backward pass.",
    "unchanged": "A new array was bound to a name, and the old one was left.",
    "only-first": "A `return` or a `break` stands inside the loop.",
    "only-last": "The loop variable was used after the loop.",
    "no-step": "The step was computed and not stored in `.data`.",
    "not-moved": "The step was returned, and not the point it leads to.",
    "no-rate": "The gradient was subtracted without being multiplied by the rate.",
    "whole-batch": "The loop over batches uses `X` and `T` where its own rows belong.",
    "batch-means": "A mean of means counts a short batch as much as a full one.",
    "batch-sizes": "The last, shorter batch was left out, or filled up.",
    "rows": "Rows were drawn with repetition, or the rest was dropped.",
    "not-shuffled": "The permutation was drawn and not used.",
    "added": "Factors were added up where they multiply.",
    "sum": "The division by the number of samples was left out.",
    "inverted": "The fraction stands upside down, or `!=` where `==` belongs.",
    "logarithm": "The last `exp` was left out.",
    "squared": "The square was not undone.",
    "not-squared": "A singular value was used where an eigenvalue, its square, belongs.",
    "sign": "The size was asked for, and the minus sign was kept.",
    "smallest": "`argmin` for `argmax`, or the order of a sorted list.",
    "counted-once": "`counts[i, j] = 1`, or `counts[I, J] += 1`, which counts a pair once.",
    "missing-factor": "One of the arguments is not used.",
    "wrong-eigenvalue": "The smallest eigenvalue was taken for the largest, or the reverse.",
    "not-solved": "The system of equations was set up and not solved.",
    "not-wrong": "The answer is right; here a wrong one is wanted.",
    "weak-check-rejects": "The mistake is one that the weak check looks for.",
    "wrong-local": "Compare the entry that is shown with your paper, one sample at a time.",
    "entries": "A loop that ends one too early, or an index that is never reached.",
    "shape": "An axis of length 1 was lost: `keepdims=True` keeps it.",
    "type": "There is no `return`, or something else than an array was returned.",
    "crash": "Read the line that is shown; a shape that does not fit is the usual one.",
}

TAUGHT = {
    "only-positive": "07_networks",
    "only-b0": "03_one_sample",
    "clipped": "08_capstone",
    "numerical": "00_measuring_slopes",
    "one-sample": "04_batch",
    "only-q1": "04_batch",
    "dtype-float32": "00_measuring_slopes",
    "dtype-object": "00_measuring_slopes",
    "nan": "08_capstone",
    "not-measured": "00_measuring_slopes",
    "normalised": "06_whole_cost",
    "stateful": "02_chain_rule",
    "nondeterministic": "02_chain_rule",
    "alias": "02_chain_rule",
}
"""The notebook, where no table of tests/mistakes has the code."""
