"""How 8.5 is examined: an epoch on a linear layer, in batches of unequal size, rows in no order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context
from course_utils.chapters.ch07_networks.checks.layer import affine, left_behind, slope_of
from course_utils.chapters.ch07_networks.checks.passes import Other, Training, what_is_off
from course_utils.chapters.ch07_networks.checks.recorded import Recorded, passes_of
from course_utils.chapters.ch07_networks.checks.training import moved
from course_utils.chapters.ch08_capstone import stand_ins
from course_utils.chapters.ch08_capstone.checks.measured import softmax
from course_utils.chapters.ch08_capstone.exercises import SoftmaxCrossEntropy
from course_utils.checks.declarations import declare
from course_utils.checks.methods import (
    Note,
    Notes,
    Run,
    RunExaminer,
    earlier_work_trusted,
    flat,
    number,
    one_array,
)
from course_utils.checks.plain_functions import Confusion
from course_utils.measure.memo import remembering
from course_utils.measure.numerical import numerical_vjp


def _loss(output: Any, T: Array) -> Any:
    return SoftmaxCrossEntropy.forward(Context(), output, T)


def _cost(X: Array, T: Array, W: Any, b: Any) -> Any:
    return _loss(X @ W + b, T)


@remembering
def _gradients(X: Array, T: Array, W: Array, b: Array) -> tuple[Array, ...]:
    return numerical_vjp(lambda W, b: _cost(X, T, W, b), [W, b], 1.0)


def _epoch_inputs(rng: np.random.Generator, q: int = 7, n: int = 4, p: int = 3) -> tuple[Any, ...]:
    """Draw X, T, the order of the rows, the rate, W, b, and what their `.grad`s hold before."""
    _, T = SoftmaxCrossEntropy.make_inputs(rng, q, p)
    shapes = (n, p), (1, p), (n, p), (1, p)
    arrays = [rng.normal(size=shape) for shape in shapes]
    order = rng.permutation(q)
    return rng.normal(size=(q, n)), T, order, float(rng.uniform(0.5, 1.5)), *arrays


def _cut(order: Array) -> list[Any]:
    """Cut the rows into two batches of unequal size, few rows into three.

    So the mean over the batches is not that over the samples, and the first batch is not all but
    the last.
    """
    return np.array_split(order, min(len(order), 3 if len(order) < 5 else 2))


def _after_epoch(
    candidate: Run, X: Array, T: Array, order: Array, rate: float, *arrays: Array
) -> tuple[Any, Recorded]:
    W, b, *start = arrays
    layer = Recorded(W, b, affine)
    for parameter, grad in zip(layer.own, start, strict=True):
        parameter.grad = np.array(grad)
    with earlier_work_trusted("SoftmaxCrossEntropy.backward", "softmax"):
        return candidate(layer, X, T, _cut(order), rate), layer


def _difference(Z: Array, T: Array) -> Array:
    """Measure the slope of the halves of the squares, 1/q."""
    return numerical_vjp(lambda Z: np.sum((Z - T) ** 2) / (2 * len(T)), (Z,), 1.0)[0]


def _run_epoch(wanted: str) -> Run:
    def run(candidate: Run, notes: Notes, *inputs: Any) -> Any:
        returned, layer = _after_epoch(candidate, *inputs)
        arrays = inputs[4:]
        left_behind(notes, layer.own, [each.shape for each in arrays[:2]])
        if wanted == "mean":
            one_array(notes, returned, "the mean cost", "type", NO_COST)
        if notes:
            return np.zeros(())
        return number(returned) if wanted == "mean" else moved(layer.own, arrays)

    return run


NO_COST = "It returned None: is there a return statement? Return the mean cost."

_slope = slope_of(_loss)

_IN_PLACE_OF_IT: list[Other] = [
    (("wrong-input", "The gradient with respect to the targets goes back into the network, and "
      "not that with respect to its output."), lambda Z, T: -Z / len(Z)),
    (("counted-twice", "Softmax is taken before the loss, which has it inside: what goes back "
      "belongs to the softmax of a softmax, and to probabilities, which the network does not "
      "return."), lambda Z, T: _slope(softmax(Z), T)),
    (("missing-term", "The targets T are left out of what goes back into the network."),
     lambda Z, T: softmax(Z) / len(Z)),
    (("wrong-local", "What goes back is the gradient of the squared error. The loss here is the "
      "softmax cross-entropy."), lambda Z, T: 2 * _difference(Z, T)),
    (("wrong-local", "What goes back is the difference of the output and the targets. The output "
      "are logits, and no probabilities."), _difference),
    (("no-upstream", "What goes back into the network are ones, and not the gradient of the "
      "loss."), lambda Z, T: np.ones_like(Z)),
    (("wrong-upstream", "What goes back into the network is C times too large: the way back "
      "starts with the cost. What is the gradient of C with respect to C itself?"),
     lambda Z, T: _loss(Z, T) * _slope(Z, T)),
    (("wrong-input", "What goes back into the network is its own output."), lambda Z, T: Z),
]  # fmt: skip


def _explain(candidate: Run, X: Array, T: Array, order: Array, rate: float, *arrays: Any) -> Any:
    _, layer = _after_epoch(candidate, X, T, order, rate, *arrays)
    training = Training(X, T, _cut(order), rate, _slope, _IN_PLACE_OF_IT)
    note: Note | None = what_is_off(training, passes_of(layer), [each.data for each in layer.own])
    return note


# ------------------------------------------------------------------ the steps

Move = Callable[[float, Sequence[Array], Sequence[Array]], Sequence[Any]]
"""A step, of the rate, the gradients, and all that has been added up by then."""


def _walk(
    inputs: tuple[Any, ...], move: Move, batches: Sequence[Any], held: Sequence[Any]
) -> tuple[list[Array], list[float]]:
    """Take one step for each batch; return the parameters, and the cost before each."""
    X, T, _, rate, W, b = inputs[:6]
    costs = []
    for rows in batches:
        costs.append(float(_cost(X[rows], T[rows], W, b)))
        grads = _gradients(X[rows], T[rows], W, b)
        step = move(rate, grads, held)
        held = [old + grad for old, grad in zip(held, grads, strict=True)]
        W, b = (data - each for data, each in zip((W, b), step, strict=True))
    return [W, b], costs


def _right_way(rate: float, grads: Sequence[Array], held: Sequence[Array]) -> list[Array]:
    return [rate * grad for grad in grads]


def _along_all(rate: float, grads: Sequence[Array], held: Sequence[Array]) -> list[Array]:
    return [rate * (old + grad) for old, grad in zip(held, grads, strict=True)]


def _steps(
    move: Move,
    which: Callable[[list[Any]], Sequence[Any]] = lambda batches: batches,
    *,
    emptied: bool = False,
) -> Callable[..., Array]:
    """Return by how much the parameters become less in an epoch of other steps.

    Parameters
    ----------
    which : callable
        Makes other batches of the batches.
    emptied : bool
        Whether the `.grad`s are zero at the start.
    """

    def reference(*inputs: Any) -> Array:
        start = inputs[6:]
        held = [0 * each for each in start] if emptied else start
        ends, _ = _walk(inputs, move, which(_cut(inputs[2])), held)
        return flat(*(old - new for old, new in zip(inputs[4:6], ends, strict=True)))

    return reference


def _in_one_step(move: Callable[[float, list[Any]], list[Any]]) -> Callable[..., Array]:
    """Return the one step that is made of the gradients of all batches at the start."""

    def reference(*inputs: Any) -> Array:
        X, T, order, rate, W, b = inputs[:6]
        found = [_gradients(X[rows], T[rows], W, b) for rows in _cut(order)]
        return flat(*move(rate, found))

    return reference


def _added_up(rate: float, found: list[Any]) -> list[Any]:
    return [rate * sum(grads) for grads in zip(*found, strict=True)]


_OWN = "every batch makes a step of its own, at once."

_WAYS = [
    Confusion("only-first", "Only the first batch makes a step. Is `return` inside the loop?",
              _steps(_right_way, lambda batches: batches[:1])),
    Confusion("only-last", "One step is made, along the gradient of the last batch alone: "
              "does descend come after the loop, or are the other batches left out?",
              _steps(_right_way, lambda batches: batches[-1:])),
    Confusion("missing-term", "The last batch makes no step.",
              _steps(_right_way, lambda batches: batches[:-1])),
    Confusion("missing-term", "The first batch makes no step.",
              _steps(_right_way, lambda batches: batches[1:])),
    Confusion("wrong-order", "The batches are gone through from the last to the first.",
              _steps(_right_way, lambda batches: batches[::-1])),
    Confusion("counted-twice", "This goes through all batches twice; one epoch is once.",
              _steps(_right_way, lambda batches: [*batches, *batches])),
    Confusion("counted-twice", "Every batch makes two steps.",
              _steps(_right_way, lambda batches: [b for batch in batches for b in (batch, batch)])),
    Confusion("counted-once", "One step is made, along the sum of all batches' gradients: "
              "descend comes after the loop, and " + _OWN, _in_one_step(_added_up)),
    Confusion("counted-once", "One step is made, along the mean of all batches' gradients: "
              "descend comes after the loop, and " + _OWN,
              _in_one_step(lambda rate, found: _added_up(rate / len(found), found))),
    Confusion("not-zeroed", "What `.grad` held before is part of a step.", _steps(_along_all)),
    Confusion("not-zeroed", "`.grad` is emptied once, and must be before every step: the "
              "second step goes along the first one's gradient too.",
              _steps(_along_all, emptied=True)),
    Confusion("stale", "A step is along what was added up before its own backward: descend comes "
              "before backward.",
              _steps(lambda rate, grads, held: [rate * old for old in held])),
    Confusion("no-step", "The parameters have not moved. Was descend called, and what did "
              "`.grad` hold at that moment?",
              _steps(lambda rate, grads, held: [0 * grad for grad in grads]), of_zero=True),
    Confusion("factor:-1", "The steps go uphill.",
              _steps(lambda rate, grads, held: [-rate * grad for grad in grads])),
    Confusion("whole-batch", "Every step is along the gradient of all samples, and not of "
              "its batch.",
              _steps(_right_way, lambda batches: [np.concatenate(batches)] * len(batches))),
    Confusion("whole-batch", "One step is made, along the gradient of all samples: " + _OWN,
              _steps(_right_way, lambda batches: [np.concatenate(batches)])),
    Confusion("no-rate", "The rate plays no role in the steps.",
              _steps(lambda rate, grads, held: grads)),
    Confusion("factor:rate", "The rate is used twice in every step.",
              _steps(lambda rate, grads, held: [rate**2 * grad for grad in grads])),
    Confusion("only-first", "Only the first of the parameters moves.",
              _steps(lambda rate, grads, held: [rate * grads[0], 0 * grads[1]])),
    Confusion("only-last", "Only the last of the parameters moves.",
              _steps(lambda rate, grads, held: [0 * grads[0], rate * grads[1]])),
]  # fmt: skip

# ------------------------------------------------------------------ the mean cost


def _mean(of: Callable[[Array, Array], Any]) -> Callable[..., Array]:
    """Return what is made of the costs of the batches, before their steps, and their sizes."""

    def reference(*inputs: Any) -> Array:
        batches = _cut(inputs[2])
        _, costs = _walk(inputs, _right_way, batches, inputs[6:])
        return np.asarray(of(np.array(costs), np.array([len(rows) for rows in batches])))

    return reference


def _weighted(costs: Array, sizes: Array) -> Any:
    return np.average(costs, weights=sizes)


def _after_each_step(*inputs: Any) -> Array:
    """Return the mean over the samples where each cost is taken after the step of its batch."""
    X, T, order = inputs[:3]
    batches = _cut(order)
    costs = []
    for k, rows in enumerate(batches):
        W, b = _walk(inputs, _right_way, batches[: k + 1], inputs[6:])[0]
        costs.append(float(_cost(X[rows], T[rows], W, b)))
    return np.asarray(_weighted(np.array(costs), np.array([len(rows) for rows in batches])))


def _of_everything(*, afterwards: bool) -> Callable[..., Array]:
    """Return the cost of all samples, at the end or at the start of the epoch."""

    def reference(*inputs: Any) -> Array:
        steps = _cut(inputs[2]) if afterwards else []
        W, b = _walk(inputs, _right_way, steps, inputs[6:])[0]
        return np.asarray(_cost(inputs[0], inputs[1], W, b))

    return reference


_MEANS = [
    Confusion("batch-means", "This is the mean over the batches. A short batch counts too "
              "much in it: each *sample* must count the same.",
              _mean(lambda costs, sizes: costs.mean())),
    Confusion("batch-means", "The batches' costs are added up and divided by the number of "
              "samples. Each of them is a mean already: how many samples does it stand for?",
              _mean(lambda costs, sizes: costs.sum() / sizes.sum())),
    Confusion("batch-means", "The cost of every sample is added up, and the sum divided by the "
              "number of batches.",
              _mean(lambda costs, sizes: costs @ sizes / len(sizes))),
    Confusion("batch-means", "Every batch counts as if it had as many samples as the first.",
              _mean(lambda costs, sizes: costs.sum() * sizes[0] / sizes.sum())),
    Confusion("only-last", "This is the cost of the last batch alone.",
              _mean(lambda costs, sizes: costs[-1])),
    Confusion("only-first", "This is the cost of the first batch alone.",
              _mean(lambda costs, sizes: costs[0])),
    Confusion("only-last", "Only the last batch is counted in the mean. Is there an = where += is "
              "meant?", _mean(lambda costs, sizes: costs[-1] * sizes[-1] / sizes.sum())),
    Confusion("sum", "This is the sum of the batches' costs.",
              _mean(lambda costs, sizes: costs.sum())),
    Confusion("sum", "This is the sum of the costs of all samples, and not their mean.",
              lambda *inputs: len(inputs[0]) * _mean(_weighted)(*inputs)),
    Confusion("missing-term", "The last batch is left out of the mean.",
              _mean(lambda costs, sizes: costs[:-1] @ sizes[:-1] / sizes.sum())),
    Confusion("wrong-point", "Every cost is taken after the step of its batch, and belongs before "
              "it.", _after_each_step),
    Confusion("wrong-point", "This is the cost of all samples after the last step. Each batch's "
              "cost belongs before its own step.", _of_everything(afterwards=True)),
    Confusion("wrong-point", "This is the cost of all samples before the first step. Each batch's "
              "cost belongs just before its own step.", _of_everything(afterwards=False)),
]  # fmt: skip

declare(
    "train_epoch",
    parts={
        "steps": RunExaminer(
            _run_epoch("steps"),
            _steps(_right_way),
            _epoch_inputs,
            confusions=_WAYS,
            explain=_explain,
            result_name="steps",
        ),
        "mean": RunExaminer(
            _run_epoch("mean"),
            _mean(_weighted),
            _epoch_inputs,
            confusions=_MEANS,
            explain=_explain,
            result_name="mean cost",
        ),
    },
    stand_in=stand_ins.train_epoch,
    no_extreme="the gradients come from the modules and the loss, and it derives none",
    builds_on=("SoftmaxCrossEntropy.backward", "nn.Module.zero_grad", "nn.Sequential.backward"),
)
