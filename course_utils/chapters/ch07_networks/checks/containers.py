"""How 7.5, 7.6 and 7.7 are examined: a network's forward, backward and parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch07_networks import nn, stand_ins
from course_utils.chapters.ch07_networks.checks.layer import Layer, layers, output, watch
from course_utils.checks.declarations import declare
from course_utils.checks.methods import Notes, Run, RunExaminer, flat
from course_utils.checks.plain_functions import Confusion
from course_utils.measure.numerical import numerical_vjp

_DEPTH = 3


def _network_inputs(rng: np.random.Generator, q: int = 5, n: int = 4) -> tuple[Array, ...]:
    """Draw X, the upstream, and weights and biases of layers that are all of one size.

    One size, so that layers in the wrong order run, and can be told from a crash.
    """
    drawn = [rng.normal(size=shape) for _ in range(_DEPTH) for shape in ((n, n), (1, n))]
    return (rng.normal(size=(q, n)), rng.normal(size=(q, n)), *drawn)


def _network(modules: Sequence[nn.Module], **methods: Callable[..., Any]) -> Any:
    return type("Sequential", (nn.Sequential,), methods)(*modules)


# ------------------------------------------------------------------ 7.5, forward


def _run_forward(candidate: Run, notes: Notes, X: Array, _: Array, *arrays: Array) -> Any:
    returned = _network(layers(arrays), forward=lambda self, X: candidate(self, X))(X)
    if isinstance(returned, list | tuple):
        notes.append(
            (
                "type",
                f"It returns {len(returned)} things. Return the output of the last module alone.",
            )
        )
        return np.zeros(())
    return returned


def _with(which: Callable[[Sequence[Array]], Sequence[Array]]) -> Callable[..., Any]:
    """Return the output of some of the layers, or of the layers in another order."""
    return lambda X, _, *arrays: output(X, which(arrays))


def _last_first(arrays: Sequence[Array]) -> Sequence[Array]:
    pairs = list(zip(arrays[::2], arrays[1::2], strict=True))
    return [each for pair in pairs[::-1] for each in pair]


declare(
    "nn.Sequential.forward",
    parts={
        "": RunExaminer(
            _run_forward,
            _with(lambda arrays: arrays),
            _network_inputs,
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
                Confusion("missing-term", "X comes out as it went in: no module is applied to "
                          "it.", lambda X, *_: X),
            ],
            result_name="output",
        )
    },
    stand_in=stand_ins.forward,
    meanwhile="for now every module is run on what those before it come to, computed as one "
    "function, which is right and takes longer",
    no_extreme="nothing is differentiated",
)  # fmt: skip


# ------------------------------------------------------------------ 7.6, backward


def _run_backward(parameters: bool) -> Run:
    def run(candidate: Run, notes: Notes, X: Array, G: Array, *arrays: Array) -> Any:
        modules = _after_forward(X, arrays)
        held = [each for module in modules for each in module.own]
        network = _network(
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
        if not parameters and returned is None:
            notes.append(
                (
                    "not-returned",
                    "backward returns nothing. Return the gradient by the network's input.",
                )
            )
        if notes:
            return np.zeros(())
        return flat(*(each.grad for each in held)) if parameters else returned

    return run


def _after_forward(X: Array, arrays: Sequence[Array]) -> list[Layer]:
    """Return layers each of which was called with what the ones before it compute."""
    modules = layers(arrays)
    for place, module in enumerate(modules):
        module(output(X, arrays[: 2 * place]))
    return modules


Gradients = Callable[..., list[Array]]
"""What a way through the layers returns, and then every `.grad`."""


def _whole(X: Array, G: Array, *arrays: Array) -> list[Array]:
    """Measure the gradients by X and by every parameter."""
    return list(numerical_vjp(lambda X, *arrays: np.sum(G * output(X, arrays)), [X, *arrays], 1.0))


def _passed_on(follow: Callable[[list[Layer], Array], Array]) -> Gradients:
    """Measure what comes of another way through the layers."""

    def gradients(X: Array, G: Array, *arrays: Array) -> list[Array]:
        modules = _after_forward(X, arrays)
        grad_X = follow(modules, G)
        return [grad_X, *(each.grad for module in modules for each in module.own)]

    return gradients


def _first_layer_first(modules: list[Layer], G: Array) -> Array:
    return functools.reduce(lambda grad, module: module.backward(grad), modules, G)


def _all_given_the_same(modules: list[Layer], G: Array) -> Array:
    grads: list[Array] = [module.backward(G) for module in modules]
    return grads[0]


def _last_layer_only(modules: list[Layer], G: Array) -> Array:
    grad: Array = modules[-1].backward(G)
    return grad


def _returned(gradients: Gradients) -> Callable[..., Array]:
    return lambda *inputs: gradients(*inputs)[0]


def _accumulated(gradients: Gradients) -> Callable[..., Array]:
    return lambda *inputs: flat(*gradients(*inputs)[1:])


def _backward_confusions(pick: Callable[[Gradients], Callable[..., Array]]) -> list[Confusion]:
    return [
        Confusion(
            "wrong-order",
            "The modules are gone through first one first. The way back starts where forward "
            "ended.",
            pick(_passed_on(_first_layer_first)),
        ),
        Confusion(
            "not-chained",
            "Every module is given the gradient by the network's output. Each one needs the "
            "gradient by its own output, which the module after it returns.",
            pick(_passed_on(_all_given_the_same)),
        ),
    ]


declare(
    "nn.Sequential.backward",
    parts={
        "grad_X": RunExaminer(
            _run_backward(parameters=False),
            _returned(_whole),
            _network_inputs,
            confusions=[
                *_backward_confusions(_returned),
                Confusion(
                    "wrong-input",
                    "What is returned is the gradient that arrived, by the network's output.",
                    lambda X, G, *_: G,
                ),
                Confusion(
                    "wrong-input",
                    "What is returned is the gradient by the last module's input, and not by the "
                    "network's.",
                    _returned(_passed_on(_last_layer_only)),
                ),
            ],
            result_name="grad_X",
        ),
        "parameters": RunExaminer(
            _run_backward(parameters=True),
            _accumulated(_whole),
            _network_inputs,
            confusions=[
                *_backward_confusions(_accumulated),
                Confusion(
                    "not-accumulated",
                    "No `.grad` has changed: no module's backward was called.",
                    lambda *inputs: flat(*(np.zeros_like(each) for each in inputs[2:])),
                ),
                Confusion(
                    "missing-term",
                    "Only the last module's `.grad`s have changed.",
                    _accumulated(_passed_on(_last_layer_only)),
                ),
            ],
            result_name="parameters",
        ),
    },
    stand_in=stand_ins.backward,
    no_extreme="it hands on what the modules' own backwards return, and derives nothing",
    builds_on=("nn.Linear.backward",),
)


# ------------------------------------------------------------------ 7.7, parameters


def _only_asked(layer: Layer) -> nn.Module:
    """Return a module that tells the layer's Parameters when it is asked, and has none itself."""
    module: nn.Module = type(
        "Layer", (nn.Module,), {"parameters": lambda self: layer.parameters()}
    )()
    return module


def _run_parameters(shared: bool) -> Run:
    def run(candidate: Run, notes: Notes, *arrays: Array) -> Any:
        first, *others = layers(arrays)
        method = {"parameters": lambda self: candidate(self)}
        # One network inside another, and a module without parameters.
        inner = _network([*map(_only_asked, others), *([first] if shared else [])], **method)
        returned = _network([first, nn.Tanh(), inner], **method).parameters()
        if returned is None:
            return None
        found = list(returned) if isinstance(returned, list | tuple) else None
        if found is None or not all(isinstance(each, nn.Parameter) for each in found):
            notes.append(("type", _wrong_kind(returned, found)))
            return np.zeros(())
        expected = [each for layer in (first, *others) for each in layer.own]
        if [id(each) for each in found] != [id(each) for each in expected]:
            notes.append(_wrong_list(found, expected))
            return np.zeros(())
        return flat(*(each.data for each in found))

    return run


def _wrong_kind(returned: Any, found: list[Any] | None) -> str:
    kinds = type(returned).__name__
    if found is not None:
        odd = next(each for each in found if not isinstance(each, nn.Parameter))
        kinds = f"{kinds} with a {type(odd).__name__} in it"
    return (
        f"It returns a {kinds}. Return one flat list of Parameters; "
        "for a module that stands in the list, ask the module for its own."
    )


def _wrong_list(found: list[Any], expected: list[Any]) -> tuple[str, str]:
    ids, right = [id(each) for each in found], [id(each) for each in expected]
    if len(set(ids)) < len(ids):
        return (
            "counted-twice",
            "A Parameter stands in the list more than once: with a module that stands in two "
            "places of the network, a step of descent would move it twice.",
        )
    if set(ids) == set(right):
        return "order", "All the Parameters are there, but not in the order of the layers."
    missing = len(set(right) - set(ids))
    return (
        "missing-term",
        f"{missing} of {len(right)} Parameters are not in the list. The network that was tried has "
        "another network inside it.",
    )


declare(
    "nn.Sequential.parameters",
    parts={
        name: RunExaminer(
            _run_parameters(shared),
            flat,
            lambda rng, n=4: _network_inputs(rng, 1, n)[2:],
            result_name="parameters",
        )
        for name, shared in (("list", False), ("shared", True))
    },
    stand_in=stand_ins.parameters,
    meanwhile="found among the attributes of the modules for now",
    no_extreme="nothing is differentiated",
)
