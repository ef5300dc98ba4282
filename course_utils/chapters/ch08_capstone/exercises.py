"""Notebook 08: softmax, cross-entropy, a network for digits, and a checker to be fooled.

The answer key of the softmax is the measured gradient of `log_sum_exp`, that of
the loss its forward pass, that of the two counts a count made another way, and that
of an epoch the measured gradient of a whole network's loss.

Codes, besides those of `course_utils.checker`
-----------------------------------------------
``axis``, ``logarithm``, ``inverted``, ``smallest``, ``counted-once``, ``rows``,
``batch-sizes``, ``not-shuffled``, ``own-generator``, ``not-zeroed``, ``no-step``,
``no-rate``, ``whole-batch``, ``only-first``, ``only-last``, ``batch-means``, ``sum``,
``not-wrong`` and ``weak-check-rejects``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.chapters.ch07_networks import checks as nn_checks
from course_utils.chapters.ch07_networks import nn
from course_utils.checker import Finding, Report, examine
from course_utils.checks.plain_functions import Confusion, Notes
from course_utils.exercises.registry import Exercise, exercise, find, with_backward
from course_utils.measure.numerical import COMPLEX_STEP, numerical_vjp, quiet


def log_sum_exp(Z: Any) -> Any:
    """Return log Σ_j exp(Z_ij) for each row, shape (q, 1); Z has shape (q, p).

    The largest entry of a row is taken out first: no exponential overflows.
    """
    largest = np.max(Z.real, axis=1, keepdims=True)
    return largest + np.log(np.sum(np.exp(Z - largest), axis=1, keepdims=True))


def _slopes_of_log_sum_exp(Z: Array) -> Array:
    """Measure, for each row on its own, the slope of its log_sum_exp along each entry."""
    slopes = np.empty(Z.shape)
    for j in range(Z.shape[1]):
        moved = Z.astype(np.complex128)
        moved[:, j] += 1j * COMPLEX_STEP
        slopes[:, j] = log_sum_exp(moved)[:, 0].imag / COMPLEX_STEP
    return slopes


def _logits(rng: np.random.Generator, q: int = 7, p: int = 3) -> tuple[Array]:
    return (2 * rng.normal(size=(q, p)),)


@exercise("08_capstone", "8.1")
def softmax(Z: Array) -> Array:
    """Return P with P_ij = exp(Z_ij) / Σ_k exp(Z_ik), for logits of any size.

    Parameters
    ----------
    Z : ndarray, shape (q, p)

    Returns
    -------
    ndarray, shape (q, p)
    """
    raise NotImplementedError


@exercise("08_capstone", "8.2")
class SoftmaxCrossEntropy(Function):
    """The loss C = (1/q) Σ_i (log Σ_j exp(Z_ij) - Σ_j T_ij Z_ij), the mean over the q rows.

    Where each row of T adds up to 1, this is -(1/q) Σ_ij T_ij log P_ij, with P the
    softmax of each row of Z: PyTorch's ``cross_entropy``.
    """

    @staticmethod
    def forward(ctx: Context, Z: Any, T: Any) -> Any:
        """Return C, a 0-d array; logits Z and targets T (one-hot rows) have shape (q, p)."""
        ctx.save_for_backward(Z, T)
        return (np.sum(log_sum_exp(Z)) - np.sum(T * Z)) / Z.shape[0]

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return (grad_Z, grad_T), both of shape (q, p).

        Yours: notebook 08_capstone, exercise 8.2.
        """
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, q: int = 7, p: int = 3) -> tuple[Array, ...]:
        """Draw Z of shape (q, p), and T of shape (q, p) with a single 1 in each row."""
        return rng.normal(size=(q, p)), np.eye(p)[rng.integers(p, size=q)]


def _logits_and_labels(rng: np.random.Generator, q: int = 23, p: int = 4) -> tuple[Any, ...]:
    """Draw logits whose largest entry is the label in about half of the rows."""
    Z, labels = rng.normal(size=(q, p)), rng.integers(p, size=q)
    Z[np.arange(q), labels] += 1.0
    return Z, labels


def _counted_hits(Z: Array, labels: Any) -> Array:
    """Count the rows in which no other logit reaches that of the label."""
    of_label = np.take_along_axis(Z, labels[:, None], axis=1)
    return np.array(float(np.mean(np.sum(of_label <= Z, axis=1) == 1)))


@exercise("08_capstone", "8.3")
def accuracy(Z: Array, labels: Any) -> float:
    """Return which part of the rows has its largest logit at the label.

    Parameters
    ----------
    Z : ndarray, shape (q, p)
    labels : ndarray of int, shape (q,)
        From 0 to p - 1.

    Returns
    -------
    float
        From 0 to 1.
    """
    raise NotImplementedError


def _counted_pairs(Z: Array, labels: Any) -> Array:
    """Count with one-hot matrices what a loop would count."""
    p = Z.shape[1]
    true = labels[:, None] == np.arange(p)
    predicted = Z.max(axis=1, keepdims=True) == Z
    counts: Array = np.sum(true[:, :, None] & predicted[:, None, :], axis=0, dtype=np.float64)
    return counts


@exercise("08_capstone", "8.6")
def confusion_matrix(Z: Array, labels: Any) -> Array:
    """Return how often label i (the row) was taken for digit j (the column).

    Parameters
    ----------
    Z : ndarray, shape (q, p)
    labels : ndarray of int, shape (q,)

    Returns
    -------
    ndarray, shape (p, p)
    """
    raise NotImplementedError


# ------------------------------------------------------------------ training


def _cut(rng: np.random.Generator, q: int, size: int) -> list[Any]:
    """Shuffle by sorting random numbers, and cut after every `size`."""
    return np.split(np.argsort(rng.random(q)), np.arange(size, q, size))


def _run_minibatches(
    candidate: Callable[..., Any], notes: Notes, q: int, size: int, start: int
) -> Any:
    """Draw batches several times; return which rows there are, and how large the batches."""
    drawn = [candidate(np.random.default_rng(seed), q, size) for seed in (start, start, start + 1)]
    if drawn[0] is None:
        return None
    if any(np.ndim(batch) != 1 for batches in drawn for batch in batches):
        notes.append(("type", "Return a list of index arrays, one with one axis for each batch."))
        return np.zeros(q)
    first, again, other = ([int(row) for batch in batches for row in batch] for batches in drawn)
    sizes = sorted((len(batch) for batch in drawn[0]), reverse=True)
    if sorted(first) != list(range(q)):
        notes.append(("rows", _which_rows(first, q)))
    elif sizes != _sizes(q, size):
        message = (
            f"With q = {q} and size = {size}, the batches have {sizes} rows. All must have "
            "`size` rows, but the last, which has what is left."
        )
        notes.append(("batch-sizes", message))
    elif q >= LONG_ENOUGH and first == sorted(first):
        notes.append(("not-shuffled", "The rows are in the order of the data: shuffle them."))
    elif first != again:
        message = (
            "The same rng does not give the same batches. Draw from the rng that is handed in, "
            "so that a run can be repeated."
        )
        notes.append(("own-generator", message))
    elif q >= LONG_ENOUGH and first == other:
        message = "The batches are the same for every rng. Draw the order from the one handed in."
        notes.append(("own-generator", message))
    return np.array([*sorted(first), *sizes], dtype=np.float64)


LONG_ENOUGH = 12
"""Rows whose order does not come out twice, or sorted, by chance: once in 479 001 600."""


def _sizes(q: int, size: int) -> list[int]:
    return [min(size, q - begin) for begin in range(0, q, size)]


def _which_rows(rows: list[int], q: int) -> str:
    if rows and not 0 <= min(rows) <= max(rows) < q:
        return f"There are {q} rows, numbered 0 to {q - 1}; yours go up to {max(rows)}."
    missing = len(set(range(q)) - set(rows))
    twice = len(rows) - len(set(rows))
    return (
        f"Every row must be in exactly one batch. With q = {q}, {missing} of the rows are in "
        f"none, and {twice} are there once more than they should."
    )


_minibatches_part = nn_checks._part(
    _run_minibatches,
    lambda q, size, start: np.array([*range(q), *_sizes(q, size)], dtype=np.float64),
    lambda rng, q=23, size=5: (q, size, int(rng.integers(2**31))),
    result_name="rows and sizes",
)


@exercise("08_capstone", "8.4")
def minibatches(rng: np.random.Generator, q: int, size: int) -> list[Any]:
    """Return the rows of each batch: all rows 0 to q - 1, in random order, `size` at a time.

    Parameters
    ----------
    rng : numpy Generator
    q, size : int
        How many rows there are, and how many a batch has; the last one may have fewer.

    Returns
    -------
    list of ndarray of int
    """
    raise NotImplementedError


def _cost(X: Array, T: Array, W: Any, b: Any) -> Any:
    return SoftmaxCrossEntropy.forward(Context(), X @ W + b, T)


def _epoch_inputs(
    rng: np.random.Generator, q: int = 7, n: int = 4, p: int = 3
) -> tuple[Array, Array, float, Array, Array, Array, Array]:
    """Draw X, T, the rate, the parameters W and b, and what their `.grad`s hold before."""
    _, T = SoftmaxCrossEntropy.make_inputs(rng, q, p)
    shapes = (n, p), (1, p), (n, p), (1, p)
    W, b, by_W, by_b = (rng.normal(size=shape) for shape in shapes)
    return rng.normal(size=(q, n)), T, float(rng.uniform(0.5, 1.5)), W, b, by_W, by_b


def _halves(q: int) -> list[Any]:
    """Cut unequally, so that the mean over the batches is not that over the samples."""
    cut = max(1, (2 * q) // 3)
    return [rows for rows in (np.arange(q)[:cut], np.arange(q)[cut:]) if len(rows)]


class _Watched(nn.Linear):
    """A linear layer with a measured backward, so that no earlier answer takes part."""

    def forward(self, X: Any) -> Any:
        self.X = np.array(X)
        return X @ self.W.data + self.b.data

    def backward(self, grad_output: Any) -> Any:
        G = np.asarray(grad_output)
        inputs = (self.X, self.W.data, self.b.data)
        grads = numerical_vjp(lambda X, W, b: X @ W + b, inputs, G)
        for parameter, grad in zip(self.parameters(), grads[1:], strict=True):
            parameter.grad = np.add(parameter.grad, grad)
        return grads[0]

    def zero_grad(self) -> None:
        for parameter in self.parameters():
            parameter.grad = np.zeros_like(parameter.data)


def _walk(
    X: Array,
    T: Array,
    rate: float,
    W: Array,
    b: Array,
    start: Sequence[Array],
    along: Callable[..., Sequence[Any]],
    batches: Sequence[Any],
) -> tuple[Array, list[float]]:
    """Take one step for each batch; return the parameters, and the cost before each."""
    held, costs = tuple(start), []
    for rows in batches:
        costs.append(float(_cost(X[rows], T[rows], W, b)))
        grads = numerical_vjp(lambda W, b, rows=rows: _cost(X[rows], T[rows], W, b), [W, b], 1.0)
        moves = along(rate, grads, held)
        held = tuple(old + grad for old, grad in zip(held, grads, strict=True))
        W, b = (data - move for data, move in zip((W, b), moves, strict=True))
    return np.concatenate([W.ravel(), b.ravel()]), costs


def _steps(along: Callable[..., Sequence[Any]], only: slice = slice(None)) -> Callable[..., Array]:
    def reference(X: Array, T: Array, rate: float, W: Array, b: Array, *start: Array) -> Array:
        return _walk(X, T, rate, W, b, start, along, _halves(len(X))[only])[0]

    return reference


def _mean_cost(weighted: bool) -> Callable[..., Array]:
    def reference(X: Array, T: Array, rate: float, W: Array, b: Array, *start: Array) -> Array:
        batches = _halves(len(X))
        _, costs = _walk(X, T, rate, W, b, start, _right_way, batches)
        weights = [len(rows) for rows in batches] if weighted else None
        return np.asarray(np.average(costs, weights=weights))

    return reference


def _right_way(rate: float, grads: Sequence[Array], held: Sequence[Array]) -> list[Array]:
    return [rate * grad for grad in grads]


def _last_cost(X: Array, T: Array, rate: float, W: Array, b: Array, *start: Array) -> Array:
    return np.asarray(_walk(X, T, rate, W, b, start, _right_way, _halves(len(X)))[1][-1])


def _summed_cost(X: Array, T: Array, rate: float, W: Array, b: Array, *start: Array) -> Array:
    return np.asarray(sum(_walk(X, T, rate, W, b, start, _right_way, _halves(len(X)))[1]))


def _run_epoch(wanted: str) -> Callable[..., Any]:
    def run(
        candidate: Callable[..., Any],
        notes: Notes,
        X: Array,
        T: Array,
        rate: float,
        W: Array,
        b: Array,
        by_W: Array,
        by_b: Array,
    ) -> Any:
        n, p = W.shape
        layer = _Watched(n, p, np.random.default_rng(0))
        layer.W.data, layer.b.data = np.array(W), np.array(b)
        layer.W.grad, layer.b.grad = np.array(by_W), np.array(by_b)
        with nn_checks._earlier_work_trusted("SoftmaxCrossEntropy.backward", "softmax"):
            mean = candidate(layer, X, T, _halves(len(X)), rate)
        if wanted == "mean":
            return mean
        return np.concatenate([layer.W.data.ravel(), layer.b.data.ravel()])

    return run


def _parts_of_epoch() -> dict[str, Callable[..., Report]]:
    ways = [
        Confusion("only-first", "Only the first batch makes a step.",
                  _steps(_right_way, slice(0, 1))),
        Confusion("not-zeroed", "What `.grad` held before is part of a step.",
                  _steps(lambda rate, grads, held: [
                      rate * (old + grad) for old, grad in zip(held, grads, strict=True)])),
        Confusion("not-zeroed", "`.grad` is emptied once, and must be before every step: the "
                  "second step goes along the first one's gradient too.", _emptied_once),
        Confusion("no-step", "The parameters have not moved. Was descend called, and what did "
                  "`.grad` hold at that moment?",
                  _steps(lambda rate, grads, held: [0 * grad for grad in grads])),
        Confusion("factor:-1", "The steps go uphill.",
                  _steps(lambda rate, grads, held: [-rate * grad for grad in grads])),
        Confusion("whole-batch", "Every step is along the gradient of all samples, and not of "
                  "its batch.", _whole_each_time),
        Confusion("no-rate", "The rate plays no role in the steps.",
                  _steps(lambda rate, grads, held: grads)),
    ]  # fmt: skip
    means = [
        Confusion("batch-means", "This is the mean over the batches. A short batch counts too "
                  "much in it: each *sample* must count the same.", _mean_cost(False)),
        Confusion("only-last", "This is the cost of the last batch alone.", _last_cost),
        Confusion("sum", "This is the sum of the batches' costs.", _summed_cost),
    ]  # fmt: skip

    return {
        "steps": nn_checks._part(
            _run_epoch("steps"),
            _steps(_right_way),
            _epoch_inputs,
            confusions=ways,
            result_name="parameters",
        ),
        "mean": nn_checks._part(
            _run_epoch("mean"),
            _mean_cost(True),
            _epoch_inputs,
            confusions=means,
            result_name="mean cost",
        ),
    }


def _whole_each_time(X: Array, T: Array, rate: float, W: Array, b: Array, *start: Array) -> Array:
    batches = [np.arange(len(X))] * len(_halves(len(X)))
    return _walk(X, T, rate, W, b, start, _right_way, batches)[0]


def _emptied_once(X: Array, T: Array, rate: float, W: Array, b: Array, *start: Array) -> Array:
    zeros = [np.zeros_like(each) for each in start]
    added = _steps(
        lambda rate, grads, held: [
            rate * (old + grad) for old, grad in zip(held, grads, strict=True)
        ]
    )
    return added(X, T, rate, W, b, *zeros)


def _epoch_measured(
    network: nn.Module, X: Array, T: Array, batches: Sequence[Any], rate: float
) -> float:
    """Go through the batches by measured gradients."""
    costs = []
    for rows in batches:
        costs.append(
            float(SoftmaxCrossEntropy.forward(Context(), network._evaluate(X[rows], {}), T[rows]))
        )
        grads = nn.gradients_by_stand_in(network, X[rows], T[rows], SoftmaxCrossEntropy)
        for parameter, grad in zip(network._held(), grads, strict=True):
            parameter.grad = grad
        nn.descend(network._held(), rate)
    return float(np.average(costs, weights=[len(rows) for rows in batches]))


@exercise("08_capstone", "8.5")
def train_epoch(
    network: nn.Module, X: Array, T: Array, batches: Sequence[Any], rate: float
) -> float:
    """Take one step of descent for each batch, on the batch's softmax cross-entropy.

    Parameters
    ----------
    network : Module
        Changed in place. What its `.grad`s hold at the start must not matter.
    X, T : ndarray, shapes (q, n) and (q, p)
        All samples, and their one-hot targets.
    batches : list of ndarray of int
        The rows of each batch.
    rate : float

    Returns
    -------
    float
        The mean cost over all samples, each taken before the step of its batch.
    """
    raise NotImplementedError


IN_TRAINING = (
    "Linear.backward",
    "ReLU.backward",
    "nn.Module.zero_grad",
    "nn.Linear.backward",
    "nn.Sequential.forward",
    "nn.Sequential.backward",
    "nn.Sequential.parameters",
    "SoftmaxCrossEntropy.backward",
    "train_epoch",
)
"""The exercises that every step of the training runs through."""


def not_filled_in_for_training() -> list[str]:
    """Return which pieces of the training are measured: tens of times as long.

    Returns
    -------
    list of str
        One clause for each piece: its name, and where it is asked for.
    """
    slots: list[Exercise] = [find(name) for name in IN_TRAINING]
    return [f"{slot.name} ({slot.where})" for slot in slots if slot.implementation is None]


# ------------------------------------------------------------------ break the checker


class _Affine(Function):
    """Y = X W + b, apart from the `Linear` that learners fill in."""

    @staticmethod
    def forward(ctx: Context, X: Any, W: Any, b: Any) -> Any:
        ctx.save_for_backward(X, W, b)
        return X @ W + b

    @staticmethod
    def make_inputs(
        rng: np.random.Generator, q: int = 7, n: int = 5, p: int = 3
    ) -> tuple[Array, ...]:
        return rng.normal(size=(q, n)), rng.normal(size=(n, p)), rng.normal(size=(1, p))


def weak_check(
    backward: Callable[..., Any],
    X: Array | None = None,
    W: Array | None = None,
    b: Array | None = None,
    grad_output: Array | None = None,
) -> bool:
    """Check a backward of Y = X W + b in one place, and badly where nothing else is given.

    Parameters
    ----------
    backward : callable
        ``backward(ctx, grad_output)`` returns (grad_X, grad_W, grad_b).
    X, W, b : ndarray, optional
        By default always the same: 3 by 3, W symmetric, b zero.
    grad_output : ndarray, optional
        Ones by default.

    Returns
    -------
    bool
        Whether the three gradients agree with the measured ones here.
    """
    numbers = np.arange(9.0).reshape(3, 3)
    X = numbers if X is None else X
    W = (numbers + numbers.T) / 10 if W is None else W
    b = np.zeros((1, W.shape[1])) if b is None else b
    ctx = Context()
    Y = _Affine.forward(ctx, X, W, b)
    upstream = np.ones_like(Y) if grad_output is None else grad_output
    received = backward(ctx, upstream)
    expected = numerical_vjp(lambda *moved: _Affine.forward(Context(), *moved), (X, W, b), upstream)
    return len(received) == len(expected) and all(
        np.shape(r) == e.shape and np.allclose(r, e)
        for r, e in zip(received, expected, strict=True)
    )


def _examine_fooling(candidate: Callable[..., Any], seed: int | None = None) -> Report:
    """Pass a backward that `weak_check` accepts and the course's checker rejects."""
    report = examine(with_backward(_Affine, candidate), seed=seed)
    by_checker = report.passed
    try:
        with quiet():
            accepted, why = weak_check(candidate), "it saw wrong numbers"
    except Exception as error:
        accepted, why = False, f"it raised {type(error).__name__}"
    if accepted and not by_checker:
        return replace(report, passed=True, findings=())
    if report.code in ("crash", "type", "not-filled-in"):
        return report  # which says more than that the weak check stopped as well
    if by_checker:
        finding = Finding("not-wrong", "This backward is right. Here a wrong one is wanted.")
    else:
        finding = Finding("weak-check-rejects", f"The weak check does not accept it: {why}.")
    return replace(report, passed=False, findings=(finding,))


@exercise("08_capstone", "8.7")
def fool_the_weak_check(ctx: Context, grad_output: Array) -> Any:
    """Return wrong (grad_X, grad_W, grad_b) for Y = X W + b that `weak_check` takes for right.

    Parameters
    ----------
    ctx : Context
        ``X, W, b = ctx.saved_tensors``.
    grad_output : ndarray, shape (q, p)
    """
    raise NotImplementedError
