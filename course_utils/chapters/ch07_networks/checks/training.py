"""How 7.8 and 7.9 are examined: what accumulates, and a step of descent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch07_networks.checks.layer import left_behind, slope_of
from course_utils.chapters.ch07_networks.checks.passes import Other, Training, what_is_off
from course_utils.chapters.ch07_networks.checks.recorded import Recorded, passes_of
from course_utils.chapters.ch07_networks.stand_ins import train_step as measured_step
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
from course_utils.measure.numerical import jacobian, numerical_vjp

# ------------------------------------------------------------------ 7.8, accumulated


def _measured_factor(parts: int, calls: int) -> Array:
    """Measure it on a linear model and its squared error."""
    q, n, p = 2, 3, 2
    rng = np.random.default_rng(0)
    X, W, Y = rng.normal(size=(parts * q, n)), rng.normal(size=(n, p)), rng.normal(size=(parts, p))
    Y = np.repeat(Y, q, axis=0)

    def gradient(rows: slice) -> Array:
        return jacobian(lambda W: np.sum((X[rows] @ W - Y[rows]) ** 2) / len(X[rows]), W)

    held = np.zeros_like(W)
    for part in range(parts):
        for _ in range(calls):
            held = np.add(held, gradient(slice(part * q, (part + 1) * q)))
    whole = gradient(slice(None))
    return np.array(np.round(np.vdot(held, whole) / np.vdot(whole, whole), 9))


def _run_factor(candidate: Run, notes: Notes, parts: int, calls: int) -> Any:
    return number(candidate(parts, calls))


def _at(of: Callable[[int, int], tuple[int, int]]) -> Callable[..., Array]:
    return lambda parts, calls: _measured_factor(*of(parts, calls))


declare(
    "accumulated_factor",
    parts={
        "": RunExaminer(
            _run_factor,
            _measured_factor,
            lambda rng: (int(rng.integers(2, 6)), int(rng.integers(2, 6))),
            confusions=[
                Confusion("missing-factor", "The number of parts plays no role in it. By how many "
                          "samples is the loss of a part divided, and by how many the loss of the "
                          "whole batch?", _at(lambda parts, calls: (1, calls))),
                Confusion("missing-factor", "The number of calls plays no role in it. What does "
                          "the second call do to `.grad`?", _at(lambda parts, calls: (parts, 1))),
                Confusion("overwritten", "This would be right for the whole batch and one call, "
                          "with nothing to accumulate.", _at(lambda parts, calls: (1, 1))),
                Confusion("inverted", "The parts divide where they should multiply. The loss of a "
                          "part is divided by fewer samples.",
                          lambda parts, calls: _measured_factor(1, calls)
                          / _measured_factor(parts, 1)),
                Confusion("added", "The parts and the calls are added up. Each part is called "
                          "that often.",
                          lambda parts, calls: _measured_factor(parts, 1)
                          + _measured_factor(1, calls)),
                Confusion("inverted", "One over the right number: the parts and the calls divide "
                          "where they should multiply.",
                          lambda parts, calls: 1 / _measured_factor(parts, calls)),
                Confusion("inverted", "The calls divide where they should multiply. What does the "
                          "second call do to `.grad`?",
                          lambda parts, calls: _measured_factor(parts, 1)
                          / _measured_factor(1, calls)),
                Confusion("wrong-local", "The calls are an exponent. Each call adds to `.grad`; it "
                          "multiplies nothing.",
                          lambda parts, calls: _measured_factor(parts, 1) ** calls),
                Confusion("wrong-local", "The parts are an exponent. Each part adds to `.grad`; it "
                          "multiplies nothing.",
                          lambda parts, calls: _measured_factor(1, calls) ** parts),
            ],
            result_name="factor",
        )
    },
    stand_in=_measured_factor,
    no_extreme="its arguments are small whole numbers",
)  # fmt: skip


# ------------------------------------------------------------------ 7.9, a step


def _step_inputs(rng: np.random.Generator, q: int = 7, n: int = 3, p: int = 2) -> tuple[Any, ...]:
    """Draw X, Y, the rate, W, b, and what their `.grad`s hold before."""
    shapes = (n, p), (1, p), (n, p), (1, p)
    rate = float(rng.uniform(0.2, 0.6))
    X, Y = rng.normal(size=(q, n)), rng.normal(size=(q, p))
    return (X, Y, rate, *(rng.normal(size=shape) for shape in shapes))


def _cost(X: Array, Y: Array, W: Any, b: Any) -> Any:
    return np.sum((np.tanh(X @ W + b) - Y) ** 2) / len(Y)


Move = Callable[[float, Sequence[Array], Sequence[Array], float], Sequence[Any]]
"""The step, of the rate, the gradients, what `.grad` held before, and the cost."""


def _run_step(which: str) -> Run:
    def run(candidate: Run, notes: Notes, X: Array, Y: Array, rate: float, *arrays: Array) -> Any:
        returned, layer = _stepped(candidate, X, Y, rate, *arrays)
        left_behind(notes, layer.own, [each.shape for each in arrays[:2]])
        if which == "C":
            one_array(notes, returned, "the cost C", "type", NO_COST)
            return np.zeros(()) if notes else number(returned)
        if notes:
            return np.zeros(())
        return moved(layer.own, arrays)

    return run


NO_COST = "It returned None: is there a return statement? Return the cost C."


def moved(own: Sequence[Any], start: Sequence[Array]) -> Array:
    """Return by how much each parameter has become less."""
    return flat(*(old - each.data for each, old in zip(own, start, strict=False)))


def _stepped(
    candidate: Run, X: Array, Y: Array, rate: float, *arrays: Array
) -> tuple[Any, Recorded]:
    W, b, *start = arrays
    layer = Recorded(W, b)
    for parameter, grad in zip(layer.own, start, strict=True):
        parameter.grad = np.array(grad)
    with earlier_work_trusted("MSE.backward"):
        return candidate(layer, X, Y, rate), layer


_slope = slope_of(lambda output, Y: np.sum((output - Y) ** 2) / len(Y))

_IN_PLACE_OF_IT: list[Other] = [
    (("wrong-input", "What goes back into the network is its own output."),
     lambda output, Y: output),
    (("missing-local", "What goes back into the network are the signs of the errors."),
     lambda output, Y: np.sign(output - Y)),
    (("missing-term", "The targets Y are left out of what goes back into the network."),
     lambda output, Y: _slope(output, 0 * Y)),
    (("no-upstream", "What goes back into the network are ones, and not the gradient of the "
      "loss."), lambda output, Y: np.ones_like(output)),
]  # fmt: skip


def _explain_step(candidate: Run, X: Array, Y: Array, rate: float, *arrays: Array) -> Note | None:
    _, layer = _stepped(candidate, X, Y, rate, *arrays)
    training = Training(X, Y, [np.arange(len(X))], rate, _slope, _IN_PLACE_OF_IT)
    return what_is_off(training, passes_of(layer), [each.data for each in layer.own])


def _moves(move: Move) -> Callable[..., Array]:
    """Return how the parameters move along something else than the gradient."""

    def reference(X: Array, Y: Array, rate: float, W: Array, b: Array, *start: Array) -> Array:
        grads = numerical_vjp(lambda W, b: _cost(X, Y, W, b), [W, b], 1.0)
        return flat(*move(rate, grads, start, _cost(X, Y, W, b)))

    return reference


_right = _moves(lambda rate, grads, start, C: [rate * grad for grad in grads])


def _cost_afterwards(X: Array, Y: Array, rate: float, *arrays: Array) -> Any:
    W, b = arrays[:2]
    step = _right(X, Y, rate, *arrays)
    return _cost(X, Y, W - step[: W.size].reshape(W.shape), b - step[W.size :].reshape(b.shape))


_MOVES = [
    Confusion("not-zeroed", "What `.grad` held before the call is part of the step.",
              _moves(lambda rate, grads, start, C: [
                  rate * (old + grad) for old, grad in zip(start, grads, strict=True)])),
    Confusion("stale", "The step is along what `.grad` held before the call: descend comes "
              "before backward.",
              _moves(lambda rate, grads, start, C: [rate * old for old in start])),
    Confusion("no-step", "The parameters have not moved. Was descend called, and what did "
              "`.grad` hold at that moment?",
              _moves(lambda rate, grads, start, C: [0 * grad for grad in grads]), of_zero=True),
    Confusion("factor:-1", "The step goes uphill.",
              _moves(lambda rate, grads, start, C: [-rate * grad for grad in grads])),
    Confusion("no-rate", "The rate plays no role in the step.",
              _moves(lambda rate, grads, start, C: grads)),
    Confusion("counted-twice", "The step is twice as long as it should be. Is a gradient "
        "counted twice, or does the way back start with 2?",
              _moves(lambda rate, grads, start, C: [2 * rate * grad for grad in grads])),
    Confusion("wrong-upstream", "The gradient is C times too large. What is the gradient of C "
              "with respect to C itself?",
              _moves(lambda rate, grads, start, C: [rate * C * grad for grad in grads])),
    Confusion("factor:rate", "The rate is used twice.",
              _moves(lambda rate, grads, start, C: [rate**2 * grad for grad in grads])),
    Confusion("only-first", "Only the first of the parameters moves.",
              _moves(lambda rate, grads, start, C: [rate * grads[0], 0 * grads[1]])),
    Confusion("only-last", "Only the last of the parameters moves.",
              _moves(lambda rate, grads, start, C: [0 * grads[0], rate * grads[1]])),
    Confusion("normalised", "The step has the rate for its length, however steep it is.",
              _moves(lambda rate, grads, start, C: [
                  rate * grad / np.linalg.norm(flat(*grads)) for grad in grads])),
    Confusion("inverted", "The gradient is divided by the rate.",
              _moves(lambda rate, grads, start, C: [grad / rate for grad in grads])),
]  # fmt: skip

declare(
    "train_step",
    parts={
        "C": RunExaminer(
            _run_step("C"),
            lambda X, Y, rate, W, b, *_: _cost(X, Y, W, b),
            _step_inputs,
            confusions=[
                Confusion(
                    "wrong-point",
                    "C is the cost after the step. Return the one from before.",
                    _cost_afterwards,
                )
            ],
            result_name="C",
            explain=_explain_step,
        ),
        "step": RunExaminer(
            _run_step("step"),
            _right,
            _step_inputs,
            confusions=_MOVES,
            explain=_explain_step,
            result_name="step",
        ),
    },
    stand_in=measured_step,
    no_extreme="the gradients come from the modules, and it derives none",
    builds_on=("MSE.backward", "nn.Module.zero_grad", "nn.Sequential.backward"),
)
