"""The steps inside a forward pass, recorded, and derivatives with one step changed.

A backward that forgets one inner derivative, or evaluates it at the wrong value,
is the derivative of a forward pass in which one step was treated wrongly. So the
forward is run once on arrays that record what is done with them; then its
derivative along a direction is pushed through the recorded steps, each measured by
a complex step, with one of them changed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from course_utils.autodiff.function import Array

_H = 1e-30
_INVERSES: dict[str, Callable[[Any], Any]] = {
    "tanh": np.arctanh,
    "exp": np.log,
    "log": np.exp,
    "sin": np.arcsin,
    "cos": np.arccos,
    "sqrt": np.square,
    "square": np.sqrt,
    "reciprocal": np.reciprocal,
}


@dataclass
class Step:
    """One recorded operation: ``value = function(*arguments)``."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    value: Any


@dataclass(frozen=True)
class Ref:
    """Stands in a step's arguments for the value of an earlier step."""

    index: int


class Untraceable(Exception):
    """The forward does something with its arrays that cannot be recorded."""


class Tape:
    """The steps of one forward pass; the inputs come first."""

    def __init__(self, forward: Callable[..., Any], inputs: Sequence[Array]) -> None:
        self.steps: list[Step] = []
        self.inputs = len(inputs)
        traced = []
        for x in inputs:
            self.steps.append(Step("input", lambda: None, (), {}, x))
            traced.append(Traced(self, len(self.steps) - 1))
        result = forward(*traced)
        if not isinstance(result, Traced):
            raise Untraceable
        self.result = result.index

    def record(
        self, name: str, function: Callable[..., Any], arguments: Any, keywords: dict[str, Any]
    ) -> Traced:
        """Run one operation on the recorded values and remember it."""
        references = _map(arguments, lambda t: Ref(t.index))
        value = function(*_map(arguments, lambda t: t.value), **_map(keywords, lambda t: t.value))
        if not isinstance(value, np.ndarray | np.generic):
            raise Untraceable
        self.steps.append(Step(name, function, tuple(references), keywords, value))
        return Traced(self, len(self.steps) - 1)

    def push(
        self,
        tangents: dict[int, Any],
        change: Change | None = None,
        base: list[Any] | None = None,
    ) -> list[Any]:
        """Push a direction through all steps, one of them changed.

        Parameters
        ----------
        tangents : dict
            Input position to direction.
        change : Change, optional
            What is done differently.
        base : list, optional
            The tangents without a change; steps before the change are taken from it.
        """
        found: list[Any] = [tangents.get(i) for i in range(self.inputs)]
        start = self.inputs
        if change is not None and base is not None:
            found = base[: change.step]
            start = change.step
        for index in range(start, len(self.steps)):
            step = self.steps[index]
            changed = change if change is not None and change.step == index else None
            found.append(self._one(step, found, changed))
        return found

    def _one(self, step: Step, found: list[Any], change: Change | None) -> Any:
        live = [r.index for r in _refs(step.arguments) if found[r.index] is not None]
        if not live:
            return None
        if change is not None and change.kind in ("skip", "value", "output", "inverse"):
            return change.apply(step, self, found)

        seen = [0]

        def moved(ref: Ref) -> Any:
            position = seen[0]
            seen[0] += 1
            value, tangent = self.steps[ref.index].value, found[ref.index]
            if change is not None and change.argument == position:
                if change.kind == "cut":
                    tangent = None
                elif change.kind == "primal":
                    value = self.steps[change.other].value
            return value if tangent is None else value + (1j * _H) * tangent

        out = np.asarray(step.function(*_map_refs(step.arguments, moved), **_values(step.keywords)))
        return out.imag / _H if out.dtype.kind == "c" else None

    def changes(self, k: int) -> Iterator[Change]:
        """List what may have been done wrongly on the way from input `k` to the output."""
        touched = {k}
        for index in range(self.inputs, len(self.steps)):
            step = self.steps[index]
            refs = _refs(step.arguments)
            if not any(r.index in touched for r in refs):
                continue
            touched.add(index)
            if len(refs) == 1 and np.shape(self.steps[refs[0].index].value) == np.shape(step.value):
                yield Change("skip", index)
                yield Change("value", index)
                yield Change("output", index)
                if step.name in _INVERSES:
                    yield Change("inverse", index)
            if len(refs) > 1:
                for argument, ref in enumerate(refs):
                    if ref.index in touched:
                        yield Change("cut", index, argument)
        # Last, as there are many: another value of the same shape in a product.
        for index in range(self.inputs, len(self.steps)):
            step = self.steps[index]
            refs = _refs(step.arguments)
            if len(refs) < 2 or not any(r.index in touched for r in refs):
                continue
            if step.name not in ("multiply", "matmul", "einsum", "dot", "divide", "tensordot"):
                continue
            for argument, ref in enumerate(refs):
                shape = np.shape(self.steps[ref.index].value)
                for other in range(len(self.steps)):
                    if other != ref.index and np.shape(self.steps[other].value) == shape and shape:
                        yield Change("primal", index, argument, other)


@dataclass(frozen=True)
class Change:
    """One step treated wrongly.

    Attributes
    ----------
    kind : str
        "skip" (its derivative left out), "value" (not differentiated), "output" and
        "inverse" (differentiated at the wrong point), "cut" (one way through it
        left out), "primal" (another value used in a product).
    step, argument, other : int
        Which step, which of its arguments, and which step's value instead.
    """

    kind: str
    step: int
    argument: int = -1
    other: int = -1

    def apply(self, step: Step, tape: Tape, found: list[Any]) -> Any:
        """Return the tangent after a step of one argument, treated wrongly."""
        (ref,) = _refs(step.arguments)
        tangent, value = found[ref.index], tape.steps[ref.index].value
        if self.kind == "skip":
            return tangent
        if self.kind == "value":
            return step.value * tangent

        def run(x: Any) -> Any:
            return np.asarray(
                step.function(*_map_refs(step.arguments, lambda _: x), **_values(step.keywords))
            )

        if self.kind == "output":
            return run(step.value + (1j * _H) * tangent).imag / _H
        point = _INVERSES[step.name](np.asarray(value, dtype=np.complex128))
        slope = (run(point + 1e-5) - run(point - 1e-5)) / 2e-5
        return slope.real * tangent


class Traced(NDArrayOperatorsMixin):
    """An array that records what is done with it."""

    __array_priority__ = 1000.0

    def __init__(self, tape: Tape, index: int) -> None:
        self.tape, self.index = tape, index

    @property
    def value(self) -> Any:
        """The numbers."""
        return self.tape.steps[self.index].value

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        keywords.pop("out", None)
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        return self.tape.record(name, getattr(ufunc, method), inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        return self.tape.record(function.__name__, function, args, keywords)

    def __array__(self, *args: Any, **keywords: Any) -> Any:
        raise Untraceable

    def __getitem__(self, key: Any) -> Any:
        return self.tape.record("getitem", operator.getitem, (self, key), {})

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        raise Untraceable

    def __float__(self) -> float:
        raise Untraceable

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("shape", "ndim", "size", "dtype"):
            return getattr(self.value, name)
        if name in ("T", "real", "imag"):
            return self.tape.record(name, lambda v: getattr(v, name), (self,), {})
        if not callable(getattr(self.value, name)):
            raise Untraceable

        def method(*args: Any, **keywords: Any) -> Any:
            return self.tape.record(
                name, lambda v, *a, **k: getattr(v, name)(*a, **k), (self, *args), keywords
            )

        return method


def _map(item: Any, change: Callable[[Traced], Any]) -> Any:
    if isinstance(item, Traced):
        return change(item)
    if isinstance(item, tuple | list):
        return type(item)(_map(part, change) for part in item)
    if isinstance(item, dict):
        return {key: _map(part, change) for key, part in item.items()}
    return item


def _values(keywords: dict[str, Any]) -> Any:
    return _map(keywords, lambda traced: traced.value)


def _map_refs(item: Any, change: Callable[[Ref], Any]) -> Any:
    if isinstance(item, Ref):
        return change(item)
    if isinstance(item, tuple | list):
        return type(item)(_map_refs(part, change) for part in item)
    return item


def _refs(item: Any) -> list[Ref]:
    if isinstance(item, Ref):
        return [item]
    if isinstance(item, tuple | list):
        return [ref for part in item for ref in _refs(part)]
    return []
