"""How 7.7 is examined: a network's parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch07_networks import nn, stand_ins
from course_utils.chapters.ch07_networks.checks.layer import (
    Layer,
    layers,
    network_inputs,
    network_of,
)
from course_utils.checks.declarations import declare
from course_utils.checks.methods import Notes, Run, RunExaminer, flat


def _only_asked(layer: Layer) -> nn.Module:
    """Return a module that tells the layer's Parameters when it is asked, and has none itself."""
    module: nn.Module = type(
        "Layer", (nn.Module,), {"parameters": lambda self: layer.parameters()}
    )()
    return module


def _run_parameters(shared: bool) -> Run:
    def run(candidate: Run, notes: Notes, *arrays: Array) -> Any:
        # Numbers that are equal, as biases are at first, do not make one Parameter of two.
        equal = [array if k % 2 == 0 else arrays[1] for k, array in enumerate(arrays)]
        first, *others = layers(equal)
        method = {"parameters": lambda self: candidate(self)}
        # One network inside another, and a module without parameters.
        inner = network_of([*map(_only_asked, others), *([first] if shared else [])], **method)
        returned = network_of([first, nn.Tanh(), inner], **method).parameters()
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
        return flat(*arrays)

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
    equal = [each for each in expected if id(each) not in ids and _stands_for(each, found)]
    if len(equal) == missing:
        return (
            "missing-term",
            f"{missing} of {len(right)} Parameters are not in the list, each of them with the same "
            "numbers as one that is. Equal numbers do not make one Parameter of two: compare them "
            "by `is`.",
        )
    return (
        "missing-term",
        f"{missing} of {len(right)} Parameters are not in the list. The network that was tried has "
        "another network inside it.",
    )


def _stands_for(missing: nn.Parameter, found: list[Any]) -> bool:
    return any(np.array_equal(missing.data, each.data) for each in found)


declare(
    "nn.Sequential.parameters",
    parts={
        name: RunExaminer(
            _run_parameters(shared),
            flat,
            lambda rng, n=4: network_inputs(rng, 1, n, 3)[2:],
            edges=[
                (
                    "a network that holds one without modules",
                    lambda rng: network_inputs(rng, layers=1)[2:],
                )
            ],
            result_name="parameters",
        )
        for name, shared in (("list", False), ("shared", True))
    },
    stand_in=stand_ins.parameters,
    meanwhile="found among the attributes of the modules for now",
    no_extreme="nothing is differentiated",
)
