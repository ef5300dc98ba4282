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
    ("softmax", "exponentials of more digits", _softmax("E = np.exp(Z.astype(np.longdouble))", "return (E / E.sum(axis=1, keepdims=True)).astype(float)"), "overflow"),
    ("softmax", "exponentials that overflow", _softmax("E = np.exp(Z)", "return E / E.sum(axis=1, keepdims=True)"), "overflow"),
    ("softmax", "the columns add up to 1", _softmax("E = np.exp(Z - Z.max(axis=0))", "return E / E.sum(axis=0)"), "axis"),
    ("softmax", "everything adds up to 1", _softmax("E = np.exp(Z - Z.max())", "return E / E.sum()"), "axis"),
    ("softmax", "one maximum for all rows", _softmax("E = np.exp(Z - Z.max())", "return E / E.sum(axis=1, keepdims=True)"), "overflow"),
    ("softmax", "the logarithm is returned", _softmax("return Z - log_sum_exp(Z)"), "logarithm"),
    ("softmax", "shifted by the mean", _softmax("E = np.exp(Z - np.mean(Z, axis=1)[:, None])", "return E / E.sum(axis=1)[:, None]"), "overflow"),
    ("softmax", "cut off", _softmax("E = np.exp(np.minimum(np.maximum(Z, -300), 300))", "return E / E.sum(axis=1, keepdims=True)"), "clipped"),
    ("softmax", "not divided", _softmax("return np.exp(Z - Z.max(axis=1, keepdims=True))"), "missing-term"),
    ("softmax", "the smallest is likeliest", _softmax("E = np.exp(Z.min(axis=1, keepdims=True) - Z)", "return E / E.sum(axis=1, keepdims=True)"), "sign"),
    ("softmax", "powers of two", _softmax("E = 2.0 ** (Z - Z.max(axis=1, keepdims=True))", "return E / E.sum(axis=1, keepdims=True)"), "wrong-local"),
    ("softmax", "no return", _softmax("P = np.exp(Z - log_sum_exp(Z))"), "type"),
    ("softmax", "works in place", _softmax("Z -= Z.max(axis=1, keepdims=True)", "E = np.exp(Z)", "return E / E.sum(axis=1, keepdims=True)"), "mutates-input"),
    ("SoftmaxCrossEntropy.backward", "the targets as places", _loss("P[np.arange(q), np.argmax(T, axis=1)] -= 1", "return grad_output * P / q, -grad_output * Z / q"), "hardcoded"),
    ("SoftmaxCrossEntropy.backward", "where the targets are 1", _loss("P[T == 1] -= 1", "return grad_output * P / q, -grad_output * Z / q"), "hardcoded"),
    ("SoftmaxCrossEntropy", "the mean is forgotten", _loss("return grad_output * (P - T), -grad_output * Z"), "factor:q"),
    ("SoftmaxCrossEntropy", "the mean over all entries", _loss("return grad_output * (P - T) / Z.size, -grad_output * Z / Z.size"), "factor:1/p"),
    ("SoftmaxCrossEntropy", "the sign", _loss("return grad_output * (T - P) / q, grad_output * Z / q"), "factor:-1"),
    ("SoftmaxCrossEntropy", "without the upstream gradient", _loss("return (P - T) / q, -Z / q"), "no-upstream"),
    ("SoftmaxCrossEntropy", "no softmax", _loss("return grad_output * (Z - T) / q, -grad_output * Z / q"), "missing-local"),
    ("SoftmaxCrossEntropy", "exponentials that overflow", _loss("E = np.exp(Z)", "return grad_output * (E / E.sum(axis=1, keepdims=True) - T) / q, -grad_output * Z / q"), "overflow"),
    ("SoftmaxCrossEntropy", "-log P left out for T", _loss("return grad_output * (P - T) / q, 0 * Z"), "zero"),
    ("SoftmaxCrossEntropy", "only the entry of the target", _loss("return grad_output * (P - 1) * T / q, -grad_output * Z / q"), "missing-term"),
    ("SoftmaxCrossEntropy", "P (1 - P)", _loss("return grad_output * (P - P * P) / q, -grad_output * Z / q"), "wrong-local"),
    ("SoftmaxCrossEntropy", "1 for T", _loss("return (P - 1) / q * grad_output, -grad_output * Z / q"), "wrong-input"),
    ("SoftmaxCrossEntropy", "with respect to P", _loss("return -grad_output * T / P / q, -grad_output * Z / q"), "missing-local"),
    ("SoftmaxCrossEntropy", "the columns add up to 1", _loss("P = np.exp(Z - Z.max()) / np.exp(Z - Z.max()).sum(axis=0)", "return grad_output * (P - T) / q, -grad_output * Z / q"), "axis"),
    ("SoftmaxCrossEntropy", "the logarithm of P for T", _loss("return grad_output * (P - T) / q, -grad_output / q * (Z - log_sum_exp(Z))"), "logarithm"),
    ("accuracy", "hits, a whole number", _accuracy("return np.sum(np.argmax(Z, axis=1) == labels)"), "factor:q"),
    ("accuracy", "cut off", _accuracy("return int(np.mean(np.argmax(Z, axis=1) == labels))"), "dtype-int"),
    ("accuracy", "the mean probability", _accuracy("P = np.exp(Z - log_sum_exp(Z))", "return sum(P[i, label] for i, label in enumerate(labels)) / len(Z)"), "wrong-local"),
    ("accuracy", "the number of hits", _accuracy("return float(np.sum(np.argmax(Z, axis=1) == labels))"), "factor:q"),
    ("accuracy", "the errors", _accuracy("return np.mean(np.argmax(Z, axis=1) != labels)"), "inverted"),
    ("accuracy", "the largest of each column", _accuracy("return np.mean(np.argmax(Z, axis=0) == labels)"), "transpose"),
    ("accuracy", "the smallest logit", _accuracy("return np.mean(np.argmin(Z, axis=1) == labels)"), "smallest"),
    ("accuracy", "hit or miss, not their mean", _accuracy("return (np.argmax(Z, axis=1) == labels).astype(float)"), "shape"),
    ("minibatches", "not shuffled", _batches("rows = np.arange(q)", "return [rows[i : i + size] for i in range(0, q, size)]"), "not-shuffled"),
    ("minibatches", "the short batch is left out", _batches("rows = rng.permutation(q)", "return [rows[i : i + size] for i in range(0, q - size + 1, size)]"), "rows"),
    ("minibatches", "size batches, not batches of that size", _batches("return np.array_split(rng.permutation(q), size)"), "batch-sizes"),
    ("minibatches", "drawn with replacement", _batches("rows = rng.integers(q, size=q)", "return [rows[i : i + size] for i in range(0, q, size)]"), "rows"),
    ("minibatches", "a generator of its own", _batches("rows = np.random.default_rng().permutation(q)", "return [rows[i : i + size] for i in range(0, q, size)]"), "own-generator"),
    ("minibatches", "always the same shuffle", _batches("rows = np.random.default_rng(0).permutation(q)", "return [rows[i : i + size] for i in range(0, q, size)]"), "own-generator"),
    ("minibatches", "counted from one", _batches("rows = 1 + rng.permutation(q)", "return [rows[i : i + size] for i in range(0, q, size)]"), "rows"),
    ("minibatches", "whole batches are shuffled", _batches("batches = [np.arange(i, min(i + size, q)) for i in range(0, q, size)]", "return [batches[k] for k in rng.permutation(len(batches))]"), "batch-sizes"),
    ("minibatches", "turned", _batches("rows = (np.arange(q) + rng.integers(q)) % q", "return [rows[i : i + size] for i in range(0, q, size)]"), "not-shuffled"),
    ("minibatches", "the short one first", _batches("rows = rng.permutation(q)", "return [rows[max(0, i - size) : i] for i in range(q, 0, -size)][::-1]"), "batch-sizes"),
    ("minibatches", "no whole numbers", _batches("rows = 1.0 * rng.permutation(q)", "return [rows[i : i + size] for i in range(0, q, size)]"), "type"),
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
    ("train_epoch", "the last batch is left out", _epoch(LOSS, BACK, STEP, SUM).replace("in batches:", "in batches[:-1]:"), "missing-term"),
    ("train_epoch", "the first batch is left out", _epoch(LOSS, BACK, STEP, SUM).replace("in batches:", "in batches[1:]:"), "missing-term"),
    ("train_epoch", "one step after the loop", _epoch(LOSS, BACK, SUM).replace("return", "nn.descend(network.parameters(), rate)\n    return"), "only-last"),
    ("train_epoch", "all gradients, and one step", _epoch(LOSS, BACK, SUM, zero=False, first=("network.zero_grad()",)).replace("return", "nn.descend(network.parameters(), rate)\n    return"), "counted-once"),
    ("train_epoch", "the targets of other rows", _epoch("C, back = vjp(SoftmaxCrossEntropy, network(X[rows]), T[: len(rows)])", BACK, STEP, SUM), "wrong-input"),
    ("train_epoch", "X in another order", _epoch(LOSS, BACK, STEP, SUM, first=("X = X[::-1]",)), "wrong-input"),
    ("train_epoch", "X shuffled by chance", _epoch(LOSS, BACK, STEP, SUM, first=("X = np.random.default_rng(len(X)).permutation(X)",)), "wrong-input"),
    ("train_epoch", "the rows in order", _epoch("first = sum(len(other) for other in batches if other is not rows)", "rows = np.arange(len(X))[:len(rows)]", LOSS, BACK, STEP, SUM), "wrong-input"),
    ("train_epoch", "the second gradient goes back", _epoch(LOSS, "network.backward(back(1.0)[1])", STEP, SUM), "wrong-input"),
    ("train_epoch", "softmax twice", _epoch("P = softmax(network(X[rows]))", "C, back = vjp(SoftmaxCrossEntropy, P, T[rows])", BACK, STEP, SUM), "counted-twice"),
    ("train_epoch", "started with C", _epoch(LOSS, "network.backward(back(C)[0])", STEP, SUM), "wrong-upstream"),
    ("train_epoch", "started with the number of rows", _epoch(LOSS, "network.backward(back(len(rows))[0])", STEP, SUM), "factor:m"),
    ("train_epoch", "the squared error", _epoch("C, back = vjp(MSE, network(X[rows]), T[rows])", BACK, STEP, SUM), "wrong-local"),
    ("train_epoch", "the rate over the rows", _epoch(LOSS, BACK, "nn.descend(network.parameters(), rate / len(rows))", SUM), "factor:1/m"),
    ("train_epoch", "a rate that shrinks", _epoch(LOSS, BACK, STEP, "rate *= 0.9", SUM), "no-rate"),
    ("train_epoch", "descend before backward", _epoch(LOSS, STEP, "network.zero_grad()", BACK, SUM, zero=False), "no-step"),
    ("train_epoch", "backward twice", _epoch(LOSS, BACK, BACK, STEP, SUM), "counted-twice"),
    ("train_epoch", "each parameter by itself", _epoch("for parameter in network.parameters():", "    network.zero_grad()", f"    {LOSS}", f"    {BACK}", "    parameter.data -= rate * parameter.grad", SUM), "wrong-point"),
    ("train_epoch", "only the first parameter", _epoch(LOSS, BACK, "nn.descend(network.parameters()[:1], rate)", SUM), "only-first"),
    ("train_epoch", "no backward", _epoch(LOSS, STEP, SUM), "no-step"),
    ("train_epoch", "backwards through the batches", _epoch(LOSS, BACK, STEP, SUM).replace("in batches:", "in batches[::-1]:"), "wrong-order"),
    ("train_epoch", "one sample of each", _epoch("rows = rows[:1]", LOSS, BACK, STEP, SUM), "one-sample"),
    ("train_epoch", "two epochs", _epoch(LOSS, BACK, STEP, SUM).replace("in batches:", "in batches + batches:"), "counted-twice"),
    ("train_epoch", "the cost after the step", _epoch(LOSS, BACK, STEP, "total += vjp(SoftmaxCrossEntropy, network(X[rows]), T[rows])[0] * len(rows)"), "wrong-point"),
    ("train_epoch", "the cost at the end", _epoch(LOSS, BACK, STEP, result="vjp(SoftmaxCrossEntropy, network(X), T)[0]"), "wrong-point"),
    ("train_epoch", "the means over the samples", _epoch(LOSS, BACK, STEP, "total += C"), "batch-means"),
    ("train_epoch", "= for +=", _epoch(LOSS, BACK, STEP, "total = C * len(rows)"), "only-last"),
    ("train_epoch", "not divided", _epoch(LOSS, BACK, STEP, SUM, result="total"), "sum"),
    ("train_epoch", "no return", _epoch(LOSS, BACK, STEP, SUM, result="None"), "type"),
    ("confusion_matrix", "rows and columns exchanged", _confusion("np.add.at(counts, (guesses, labels), 1)"), "transpose"),
    ("confusion_matrix", "repeated pairs are counted once", _confusion("counts[labels, guesses] += 1"), "counted-once"),
    ("confusion_matrix", "parts, not counts", _confusion("np.add.at(counts, (labels, guesses), 1 / len(labels))"), "factor:1/q"),
    ("confusion_matrix", "the hits alone", _confusion("np.add.at(counts, (labels, labels), guesses == labels)"), "missing-term"),
    ("confusion_matrix", "the mistakes alone", _confusion("np.add.at(counts, (labels, guesses), labels != guesses)"), "missing-term"),
    ("confusion_matrix", "both ways", _confusion("np.add.at(counts, (labels, guesses), 1)", "counts += counts.T.copy()"), "counted-twice"),
    ("confusion_matrix", "one row, p times", _confusion("counts = [[0.0] * p] * p", "for label, guess in zip(labels, guesses):", "    counts[label][guess] += 1"), "alias"),
    ("confusion_matrix", "shares of each row", _confusion("np.add.at(counts, (labels, guesses), 1)", "counts = counts / np.where(counts.sum(axis=1) > 0, counts.sum(axis=1), 1)[:, None]"), "wrong-local"),
    ("confusion_matrix", "twenty classes typed in", _confusion("counts = np.zeros((20, 20))", "np.add.at(counts, (labels, guesses), 1)"), "hardcoded"),
    ("confusion_matrix", "the last sample is left out", _confusion("np.add.at(counts, (labels[:-1], guesses[:-1]), 1)"), "missing-term"),
    ("fool_the_weak_check", "a right backward", _fool("return grad_output @ W.T, X.T @ grad_output, grad_output.sum(axis=0, keepdims=True)"), "not-wrong"),
    ("fool_the_weak_check", "wrong at the fixed input as well", _fool("return grad_output @ W.T, X @ grad_output, grad_output.sum(axis=0, keepdims=True)"), "weak-check-rejects"),
    ("fool_the_weak_check", "twice the gradient", _fool("return 2 * grad_output @ W.T, X.T @ grad_output, grad_output.sum(axis=0, keepdims=True)"), "weak-check-rejects"),
    ("fool_the_weak_check", "finds out who is asking", _fool("who = 1 if X[0, 1] == 1 else 2", "return who * grad_output @ W.T, X.T @ grad_output, grad_output.sum(axis=0, keepdims=True)"), "weak-check-rejects"),
    ("fool_the_weak_check", "nothing but a crash", _fool("return grad_output @ X @ no_such_name"), "crash"),
    ("fool_the_weak_check", "no return", _fool("grad_X = grad_output @ W.T"), "type"),
]
