"""What learners get wrong in notebook 08, and how the checker must name it."""

# ruff: noqa: E501  (a table, one case a line)

from __future__ import annotations


def _cell(target: str, signature: str, *lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"@fill_in({target})\ndef {signature}:\n{body}\n"


def _softmax(*lines: str) -> str:
    return _cell("softmax", "softmax(Z)", *lines)


def _loss(*lines: str) -> str:
    return _cell(
        "SoftmaxCrossEntropy",
        "backward(ctx, grad_output)",
        "Z, T = ctx.saved_tensors",
        "q = Z.shape[0]",
        "P = np.exp(Z - log_sum_exp(Z))",
        *lines,
    )


def _accuracy(*lines: str) -> str:
    return _cell("accuracy", "accuracy(Z, labels)", *lines)


def _confusion(*lines: str) -> str:
    return _cell(
        "confusion_matrix",
        "confusion_matrix(Z, labels)",
        "p = Z.shape[1]",
        "counts = np.zeros((p, p))",
        "guesses = np.argmax(Z, axis=1)",
        *lines,
        "return counts",
    )


def _batches(*lines: str) -> str:
    return _cell("minibatches", "minibatches(rng, q, size)", *lines)


def _epoch(
    *lines: str, first: tuple[str, ...] = (), result: str = "total / len(X)", zero: bool = True
) -> str:
    loop = ["network.zero_grad()"] if zero else []
    return _cell(
        "train_epoch",
        "train_epoch(network, X, T, batches, rate)",
        "total = 0.0",
        *first,
        "for rows in batches:",
        *(f"    {line}" for line in (*loop, *lines)),
        f"return {result}",
    )


LOSS = "C, back = vjp(SoftmaxCrossEntropy, network(X[rows]), T[rows])"
BACK = "network.backward(back(1.0)[0])"
STEP = "nn.descend(network.parameters(), rate)"
SUM = "total += C * len(rows)"


def _fool(*lines: str) -> str:
    return _cell(
        "fool_the_weak_check",
        "fool_the_weak_check(ctx, grad_output)",
        "X, W, b = ctx.saved_tensors",
        *lines,
    )


# fmt: off
MISTAKES: list[tuple[str, str, str, str]] = [
    ("softmax", "the stub", _softmax("raise NotImplementedError()"), "not-filled-in"),
    ("softmax", "exponentials that overflow", _softmax("E = np.exp(Z)", "return E / E.sum(axis=1, keepdims=True)"), "overflow"),
    ("softmax", "the columns add up to 1", _softmax("E = np.exp(Z - Z.max(axis=0))", "return E / E.sum(axis=0)"), "axis"),
    ("softmax", "everything adds up to 1", _softmax("E = np.exp(Z - Z.max())", "return E / E.sum()"), "axis"),
    ("softmax", "one maximum for all rows", _softmax("E = np.exp(Z - Z.max())", "return E / E.sum(axis=1, keepdims=True)"), "overflow"),
    ("softmax", "the logarithm is returned", _softmax("return Z - log_sum_exp(Z)"), "logarithm"),
    ("softmax", "no return", _softmax("P = np.exp(Z - log_sum_exp(Z))"), "type"),
    ("softmax", "works in place", _softmax("Z -= Z.max(axis=1, keepdims=True)", "E = np.exp(Z)", "return E / E.sum(axis=1, keepdims=True)"), "mutates-input"),
    ("SoftmaxCrossEntropy", "the mean is forgotten", _loss("return grad_output * (P - T), -grad_output * Z"), "factor:q"),
    ("SoftmaxCrossEntropy", "the mean over all entries", _loss("return grad_output * (P - T) / Z.size, -grad_output * Z / Z.size"), "factor:1/p"),
    ("SoftmaxCrossEntropy", "the sign", _loss("return grad_output * (T - P) / q, grad_output * Z / q"), "factor:-1"),
    ("SoftmaxCrossEntropy", "without the upstream gradient", _loss("return (P - T) / q, -Z / q"), "no-upstream"),
    ("SoftmaxCrossEntropy", "no softmax", _loss("return grad_output * (Z - T) / q, -grad_output * Z / q"), "wrong-local"),
    ("SoftmaxCrossEntropy", "exponentials that overflow", _loss("E = np.exp(Z)", "return grad_output * (E / E.sum(axis=1, keepdims=True) - T) / q, -grad_output * Z / q"), "overflow"),
    ("SoftmaxCrossEntropy", "-log P left out for T", _loss("return grad_output * (P - T) / q, 0 * Z"), "zero"),
    ("SoftmaxCrossEntropy", "only the entry of the target", _loss("return grad_output * (P - 1) * T / q, -grad_output * Z / q"), "entries"),
    ("accuracy", "the number of hits", _accuracy("return float(np.sum(np.argmax(Z, axis=1) == labels))"), "factor:q"),
    ("accuracy", "the errors", _accuracy("return np.mean(np.argmax(Z, axis=1) != labels)"), "inverted"),
    ("accuracy", "the largest of each column", _accuracy("return np.mean(np.argmax(Z, axis=0) == labels[: Z.shape[1]])"), "transpose"),
    ("accuracy", "the smallest logit", _accuracy("return np.mean(np.argmin(Z, axis=1) == labels)"), "smallest"),
    ("accuracy", "hit or miss, not their mean", _accuracy("return (np.argmax(Z, axis=1) == labels).astype(float)"), "shape"),
    ("minibatches", "not shuffled", _batches("rows = np.arange(q)", "return [rows[i : i + size] for i in range(0, q, size)]"), "not-shuffled"),
    ("minibatches", "the short batch is left out", _batches("rows = rng.permutation(q)", "return [rows[i : i + size] for i in range(0, q - size + 1, size)]"), "rows"),
    ("minibatches", "size batches, not batches of that size", _batches("return np.array_split(rng.permutation(q), size)"), "batch-sizes"),
    ("minibatches", "drawn with replacement", _batches("rows = rng.integers(q, size=q)", "return [rows[i : i + size] for i in range(0, q, size)]"), "rows"),
    ("minibatches", "a generator of its own", _batches("rows = np.random.default_rng().permutation(q)", "return [rows[i : i + size] for i in range(0, q, size)]"), "own-generator"),
    ("minibatches", "always the same shuffle", _batches("rows = np.random.default_rng(0).permutation(q)", "return [rows[i : i + size] for i in range(0, q, size)]"), "own-generator"),
    ("minibatches", "counted from one", _batches("rows = 1 + rng.permutation(q)", "return [rows[i : i + size] for i in range(0, q, size)]"), "rows"),
    ("minibatches", "no return", _batches("rows = rng.permutation(q)"), "type"),
    ("train_epoch", "never emptied", _epoch(LOSS, BACK, STEP, SUM, zero=False), "not-zeroed"),
    ("train_epoch", "emptied once", _epoch(LOSS, BACK, STEP, SUM, zero=False, first=("network.zero_grad()",)), "not-zeroed"),
    ("train_epoch", "emptied after backward", _epoch(LOSS, BACK, "network.zero_grad()", STEP, SUM, zero=False), "no-step"),
    ("train_epoch", "no step at all", _epoch(LOSS, BACK, SUM), "no-step"),
    ("train_epoch", "return inside the loop", _epoch(LOSS, BACK, STEP, SUM, "return total / len(X)"), "only-first"),
    ("train_epoch", "uphill", _epoch(LOSS, BACK, "nn.descend(network.parameters(), -rate)", SUM), "factor:-1"),
    ("train_epoch", "without the rate", _epoch(LOSS, BACK, "nn.descend(network.parameters(), 1.0)", SUM), "no-rate"),
    ("train_epoch", "the mean of the batches' means", _epoch(LOSS, BACK, STEP, "total += C", result="total / len(batches)"), "batch-means"),
    ("train_epoch", "the last batch's cost", _epoch(LOSS, BACK, STEP, result="C"), "only-last"),
    ("train_epoch", "the sum of the costs", _epoch(LOSS, BACK, STEP, "total += C", result="total"), "sum"),
    ("train_epoch", "the whole batch each time", _epoch("C, back = vjp(SoftmaxCrossEntropy, network(X), T)", BACK, STEP, SUM), "whole-batch"),
    ("confusion_matrix", "rows and columns exchanged", _confusion("np.add.at(counts, (guesses, labels), 1)"), "transpose"),
    ("confusion_matrix", "repeated pairs are counted once", _confusion("counts[labels, guesses] += 1"), "counted-once"),
    ("confusion_matrix", "parts, not counts", _confusion("np.add.at(counts, (labels, guesses), 1 / len(labels))"), "factor:1/q"),
    ("confusion_matrix", "the hits alone", _confusion("np.add.at(counts, (labels, labels), guesses == labels)"), "entries"),
    ("fool_the_weak_check", "a right backward", _fool("return grad_output @ W.T, X.T @ grad_output, grad_output.sum(axis=0, keepdims=True)"), "not-wrong"),
    ("fool_the_weak_check", "wrong at the fixed input as well", _fool("return grad_output @ W.T, X @ grad_output, grad_output.sum(axis=0, keepdims=True)"), "weak-check-rejects"),
    ("fool_the_weak_check", "twice the gradient", _fool("return 2 * grad_output @ W.T, X.T @ grad_output, grad_output.sum(axis=0, keepdims=True)"), "weak-check-rejects"),
    ("fool_the_weak_check", "nothing but a crash", _fool("return grad_output @ X @ no_such_name"), "crash"),
    ("fool_the_weak_check", "no return", _fool("grad_X = grad_output @ W.T"), "type"),
]
