"""How 8.5 is examined: an epoch on a linear layer, in two batches of unequal size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context
from course_utils.chapters.ch07_networks.checks.layer import Layer, affine
from course_utils.chapters.ch08_capstone import stand_ins
from course_utils.chapters.ch08_capstone.exercises import SoftmaxCrossEntropy
from course_utils.checks.declarations import declare
from course_utils.checks.methods import Notes, Run, RunExaminer, earlier_work_trusted, flat
from course_utils.checks.plain_functions import Confusion
from course_utils.measure.numerical import numerical_vjp


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


def _run_epoch(wanted: str) -> Run:
    def run(candidate: Run, notes: Notes, X: Array, T: Array, rate: float, *arrays: Array) -> Any:
        W, b, *start = arrays
        layer = Layer(W, b, affine)
        for parameter, grad in zip(layer.own, start, strict=True):
            parameter.grad = np.array(grad)
        with earlier_work_trusted("SoftmaxCrossEntropy.backward", "softmax"):
            mean = candidate(layer, X, T, _halves(len(X)), rate)
        if wanted == "mean":
            return mean
        return flat(*(parameter.data for parameter in layer.own))

    return run


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
    return flat(W, b), costs


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


_WAYS = [
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
_MEANS = [
    Confusion("batch-means", "This is the mean over the batches. A short batch counts too "
              "much in it: each *sample* must count the same.", _mean_cost(False)),
    Confusion("only-last", "This is the cost of the last batch alone.", _last_cost),
    Confusion("sum", "This is the sum of the batches' costs.", _summed_cost),
]  # fmt: skip

declare(
    "train_epoch",
    parts={
        "steps": RunExaminer(
            _run_epoch("steps"),
            _steps(_right_way),
            _epoch_inputs,
            confusions=_WAYS,
            result_name="parameters",
        ),
        "mean": RunExaminer(
            _run_epoch("mean"),
            _mean_cost(True),
            _epoch_inputs,
            confusions=_MEANS,
            result_name="mean cost",
        ),
    },
    stand_in=stand_ins.train_epoch,
    no_extreme="the gradients come from the modules and the loss, and it derives none",
    builds_on=("SoftmaxCrossEntropy.backward", "nn.Module.zero_grad", "nn.Sequential.backward"),
)
