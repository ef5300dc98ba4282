"""How 7.5 and 7.6 are examined: a network's forward and backward."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch07_networks import nn, stand_ins
from course_utils.chapters.ch07_networks.checks.layer import (
    NO_MODULE,
    Layer,
    layers,
    network_inputs,
    network_of,
    output,
    watch,
)
from course_utils.checks.declarations import declare
from course_utils.checks.methods import Notes, Run, RunExaminer, flat, one_array
from course_utils.checks.plain_functions import Confusion
from course_utils.measure.memo import remembering
from course_utils.measure.numerical import numerical_vjp

FEW = (2, 3, 4, 5)
"""Numbers of modules that may be typed in."""

# ------------------------------------------------------------------ 7.5, forward


def _run_forward(candidate: Run, notes: Notes, X: Array, _: Array, *arrays: Array) -> Any:
    returned = network_of(layers(arrays), forward=lambda self, X: candidate(self, X))(X)
    if isinstance(returned, list | tuple):
        notes.append(
            (
                "type",
                f"It returns {len(returned)} things. Return the output of the last module alone.",
            )
        )
    one_array(notes, returned, "the output of the last module", "type", NOTHING)
    return np.zeros(()) if notes else returned


NOTHING = "It returned None: is there a return statement?"


def _with(which: Callable[[Sequence[Array]], Sequence[Array]]) -> Callable[..., Any]:
    """Return the output of some of the layers, or of the layers in another order."""
    return lambda X, _, *arrays: output(X, which(arrays))


def _first(k: int) -> Callable[[Sequence[Array]], Sequence[Array]]:
    return lambda arrays: arrays[: 2 * k]


def _all_outputs(X: Array, arrays: Sequence[Array]) -> Any:
    return sum(output(X, arrays[k : k + 2]) for k in range(0, len(arrays), 2))


def _residual(X: Array, arrays: Sequence[Array]) -> Any:
    for k in range(0, len(arrays), 2):
        X = X + output(X, arrays[k : k + 2])
    return X


def _pairs_repeated(arrays: Sequence[Array]) -> list[Array]:
    return [each for k in range(0, len(arrays), 2) for each in 2 * [*arrays[k : k + 2]]]


def _last_first(arrays: Sequence[Array]) -> Sequence[Array]:
    pairs = list(zip(arrays[::2], arrays[1::2], strict=True))
    return [each for pair in pairs[::-1] for each in pair]


declare(
    "nn.Sequential.forward",
    parts={
        "": RunExaminer(
            _run_forward,
            _with(lambda arrays: arrays),
            network_inputs,
            confusions=[
                Confusion("wrong-order", "The modules are applied last one first.",
                          _with(_last_first)),
                Confusion("not-chained", "The last module is given X itself, and not the output "
                          "of the one before it.", _with(lambda arrays: arrays[-2:])),
                Confusion("missing-term", "Only the first module is applied. Is `return` inside "
                          "the loop?", _with(lambda arrays: arrays[:2])),
                Confusion("missing-term", "The last module is left out.",
                          _with(lambda arrays: arrays[:-2])),
                Confusion("missing-term", "The first module is left out.",
                          _with(lambda arrays: arrays[2:])),
                Confusion("not-chained", "Every module is given X itself, and the outputs are "
                          "added up.", lambda X, _, *arrays: _all_outputs(X, arrays)),
                Confusion("added", "What a module is given is added to its output. The next one "
                          "is given the output alone.", lambda X, _, *arrays: _residual(X, arrays)),
                Confusion("counted-twice", "Every module is applied twice.",
                          _with(lambda arrays: _pairs_repeated(arrays))),
                *(
                    Confusion("hardcoded", f"Only the first {k} modules are applied, however many "
                              "there are.", _with(_first(k)))
                    for k in FEW
                ),
                Confusion("missing-term", "X comes out as it went in: no module is applied to "
                          "it.", lambda X, *_: X),
            ],
            edges=[NO_MODULE],
            result_name="output",
        )
    },
    stand_in=stand_ins.forward,
    meanwhile="for now every module is run on what those before it come to, computed as one "
    "function, which is right and takes longer",
    no_extreme="nothing is differentiated",
)  # fmt: skip


# ------------------------------------------------------------------ 7.6, backward


def _backward_inputs(
    rng: np.random.Generator, q: int = 5, n: int = 4, layers: int = 2
) -> tuple[Array, ...]:
    """Draw what the `.grad`s hold before as well, for all layers, after the rest."""
    inputs = network_inputs(rng, q, n, layers)
    return (*inputs, *(rng.normal(size=each.shape) for each in inputs[2:]))


def _run_backward(parameters: bool) -> Run:
    def run(candidate: Run, notes: Notes, X: Array, G: Array, *more: Array) -> Any:
        arrays, start = _halves(more)
        modules = _after_forward(X, arrays)
        held = [each for module in modules for each in module.own]
        for each, grad in zip(held, start, strict=True):
            each.grad = np.array(grad)
        network = network_of(
            modules,
            parameters=lambda self: list(held),
            backward=lambda self, grad_output: candidate(self, grad_output),
        )
        look = watch(notes, held)
        returned = network.backward(G)
        look()
        if network.modules != modules:
            notes.append(
                (
                    "mutates-input",
                    "Afterwards the network's modules are in another order: `.reverse()` turns "
                    "the list itself around, and the next forward goes the wrong way.",
                )
            )
        if not parameters:
            one_array(notes, returned, GRADIENT, "not-returned", f"{NO_GRADIENT} {GRADIENT}.")
        if notes:
            return np.zeros(())
        return flat(*_added(held, start)) if parameters else returned

    return run


GRADIENT = "the gradient with respect to the network's input"
NO_GRADIENT = "backward returns nothing. Return"


def _halves(more: Sequence[Array]) -> tuple[Sequence[Array], Sequence[Array]]:
    return more[: len(more) // 2], more[len(more) // 2 :]


def _added(held: Sequence[nn.Parameter], start: Sequence[Array]) -> list[Array]:
    return [each.grad - grad for each, grad in zip(held, start, strict=True)]


def _after_forward(X: Array, arrays: Sequence[Array]) -> list[Layer]:
    """Return layers each of which was called with what the ones before it compute."""
    modules = layers(arrays)
    for place, module in enumerate(modules):
        module(output(X, arrays[: 2 * place]))
    return modules


Gradients = Callable[..., list[Array]]
"""What a way through the layers returns, and then what it adds to every `.grad`."""


@remembering
def _whole(X: Array, G: Array, *more: Array) -> list[Array]:
    """Measure the gradients with respect to X and to every parameter."""
    arrays, _ = _halves(more)
    return list(numerical_vjp(lambda X, *arrays: np.sum(G * output(X, arrays)), [X, *arrays], 1.0))


def _passed_on(follow: Callable[[list[Layer], Array], Any]) -> Gradients:
    """Measure what comes of another way through the layers."""

    def gradients(X: Array, G: Array, *more: Array) -> list[Array]:
        modules = _after_forward(X, _halves(more)[0])
        grad_X = follow(modules, G)
        return [grad_X, *(each.grad for module in modules for each in module.own)]

    return gradients


def _one_after_the_other(modules: Sequence[Layer], G: Array) -> Array:
    return functools.reduce(lambda grad, module: module.backward(grad), modules, G)


def _all_given_the_same(modules: list[Layer], G: Array) -> Array:
    grads: list[Array] = [module.backward(G) for module in modules]
    return grads[0]


def _twice(modules: list[Layer], G: Array) -> Array:
    return functools.reduce(_called_twice, modules[::-1], G)


def _called_twice(grad: Array, module: Layer) -> Array:
    module.backward(grad)
    return np.asarray(module.backward(grad))


def _forward_again(modules: list[Layer], G: Array) -> Array:
    return functools.reduce(lambda grad, module: module(grad), modules[::-1], G)


def _returned(gradients: Gradients) -> Callable[..., Array]:
    return lambda *inputs: gradients(*inputs)[0]


def _accumulated(gradients: Gradients) -> Callable[..., Array]:
    return lambda *inputs: flat(*gradients(*inputs)[1:])


_WAYS: list[tuple[str, str, Callable[[list[Layer], Array], Any]]] = [
    (
        "wrong-order",
        "The modules are gone through first one first. The way back starts where forward ended.",
        _one_after_the_other,
    ),
    (
        "not-chained",
        "Every module is given the gradient with respect to the network's output. Each one needs "
        "the gradient with respect to its own output, which the module after it returns.",
        _all_given_the_same,
    ),
    (
        "missing-term",
        "The first module is left out: its backward is not called.",
        lambda modules, G: _one_after_the_other(modules[:0:-1], G),
    ),
    (
        "missing-term",
        "The last module is left out: its backward is not called.",
        lambda modules, G: _one_after_the_other(modules[-2::-1], G),
    ),
    (
        "missing-term",
        "The first and the last module are left out: their backwards are not called.",
        lambda modules, G: _one_after_the_other(modules[-2:0:-1], G),
    ),
    (
        "missing-local",
        "The gradient is sent through the modules themselves, and not through their backwards: "
        "nothing is differentiated.",
        _forward_again,
    ),
    ("counted-twice", "Every module's backward is called twice.", _twice),
    *(
        (
            "hardcoded",
            f"Only the last {k} modules' backwards are called, however many modules there are.",
            lambda modules, G, k=k: _one_after_the_other(modules[::-1][:k], G),
        )
        for k in FEW
    ),
]
"""Other ways through the layers, and what is said of them."""


def _backward_confusions(pick: Callable[[Gradients], Callable[..., Array]]) -> list[Confusion]:
    return [Confusion(code, message, pick(_passed_on(follow))) for code, message, follow in _WAYS]


def _last_layer_only(modules: list[Layer], G: Array) -> Array:
    return np.asarray(modules[-1].backward(G))


declare(
    "nn.Sequential.backward",
    parts={
        "grad_X": RunExaminer(
            _run_backward(parameters=False),
            _returned(_whole),
            _backward_inputs,
            confusions=[
                Confusion(
                    "wrong-input",
                    "What is returned is the gradient that arrived, with respect to the network's "
                    "output.",
                    lambda X, G, *_: G,
                ),
                Confusion(
                    "wrong-input",
                    "What is returned is the gradient with respect to the last module's input, and "
                    "not to the network's.",
                    _returned(_passed_on(_last_layer_only)),
                ),
                *_backward_confusions(_returned),
            ],
            edges=[NO_MODULE],
            result_name="grad_X",
        ),
        "parameters": RunExaminer(
            _run_backward(parameters=True),
            _accumulated(_whole),
            _backward_inputs,
            confusions=[
                Confusion(
                    "not-accumulated",
                    "No `.grad` has changed: no module's backward was called, or what it added was "
                    "taken away again.",
                    lambda X, G, *more: flat(*(0 * each for each in _halves(more)[0])),
                    of_zero=True,
                ),
                Confusion(
                    "overwritten",
                    "What the `.grad`s held before is gone. Emptying them is for `zero_grad`, once "
                    "before a step; backward adds.",
                    lambda *inputs: _accumulated(_whole)(*inputs) - flat(*_halves(inputs[2:])[1]),
                ),
                Confusion(
                    "missing-term",
                    "Only the last module's `.grad`s have changed.",
                    _accumulated(_passed_on(_last_layer_only)),
                ),
                *_backward_confusions(_accumulated),
            ],
            edges=[NO_MODULE],
            result_name="what is added to the `.grad`s",
        ),
    },
    stand_in=stand_ins.backward,
    no_extreme="it hands on what the modules' own backwards return, and derives nothing",
    builds_on=("nn.Linear.backward",),
)
