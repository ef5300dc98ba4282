"""A layer that notes how a training uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch07_networks.checks.layer import Layer


@dataclass
class Pass:
    """One way back through the network.

    Attributes
    ----------
    given, output : ndarray
        What the last forward before it was given, and returned.
    upstream
        What backward was given.
    held, added : list of ndarray
        What the `.grad`s held just before, and what came to it.
    data : list of ndarray
        The parameters at that time.
    """

    given: Array
    output: Array
    upstream: Array
    held: list[Array]
    added: list[Array]
    data: list[Array]


class Recorded(Layer):
    """A layer that notes every pass."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._forward: tuple[Array, Array] | None = None
        self._passes: list[Pass] = []

    def forward(self, X: Any) -> Any:
        """Note what is computed of what."""
        output = super().forward(X)
        self._forward = np.array(X), np.array(output)
        return output

    def backward(self, grad_output: Any) -> Any:
        """Note what arrives, and what there is by then."""
        held = [np.array(each.grad) for each in self.own]
        data = [np.array(each.data) for each in self.own]
        result = super().backward(grad_output)
        if self._forward is not None:
            upstream = np.array(grad_output, dtype=np.float64)
            added = [each.grad - old for each, old in zip(self.own, held, strict=True)]
            self._passes.append(Pass(*self._forward, upstream, held, added, data))
        return result


def passes_of(layer: Recorded) -> list[Pass]:
    """Return what a layer has noted; no method, for an answer may call those."""
    return layer._passes
