"""The records of a case set: operations, and backwards for them that are right or wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Backward = Callable[..., Any]
Special = tuple[tuple[str, Callable[[np.random.Generator], tuple[Any, ...]]], ...]


@dataclass(frozen=True)
class Op:
    """An operation with a trusted forward.

    Attributes
    ----------
    name, title : str
    forward : callable
        Takes the inputs, returns an array. Keeps the dtype it is given, so that
        `tests/benchmarks` can differentiate it in extended precision.
    inputs : tuple of str
    shapes : mapping
        For each input its sizes by name, such as ``"q n"``; ``""`` is a scalar,
        ``"1"`` is one and ``"2n"`` twice n.
    dims : mapping
        The generic sizes, all different.
    wrt : tuple of int
        Positions of the inputs that have a gradient.
    turn : mapping
        For some inputs ``turn(normal numbers, sizes)``, where these are not just normal.
    special : tuple of (name, callable)
        Inputs worth a trial of their own: zeros, ties, large ones.
    square, batch, lo
        Sizes to make equal, the name of the batch size, smallest sensible sizes.
    """

    name: str
    title: str
    forward: Callable[..., Any]
    inputs: tuple[str, ...]
    shapes: Mapping[str, str]
    dims: Mapping[str, int]
    wrt: tuple[int, ...]
    turn: Mapping[str, Callable[[Any, Mapping[str, int]], Any]] = field(default_factory=dict)
    special: Special = ()
    square: tuple[str, ...] = ()
    batch: str = ""
    lo: tuple[tuple[str, int], ...] = ()

    def make_inputs(
        self, rng: np.random.Generator, dims: Mapping[str, int] | None = None
    ) -> tuple[Any, ...]:
        """Draw inputs at the generic sizes, or at those in `dims`."""
        sizes = {**self.dims, **(dims or {})}
        drawn = []
        for name in self.inputs:
            x = np.asarray(rng.normal(size=_shape(self.shapes[name], sizes)))
            drawn.append(self.turn[name](x, sizes) if name in self.turn else x)
        return tuple(drawn)


def _shape(words: str, sizes: Mapping[str, int]) -> tuple[int, ...]:
    shape = []
    for word in words.split():
        times, name = re.fullmatch(r"(\d*)(\w*?)", word).groups()  # type: ignore[union-attr]
        shape.append(int(times or 1) * (sizes[name] if name else 1))
    return tuple(shape)


@dataclass(frozen=True)
class Case:
    """One backward.

    Attributes
    ----------
    id, op : str
    kind : str
        ``"correct"`` or ``"wrong"``.
    label : str
        The style it is written in, or the mistake, in words.
    code, accept : str, tuple of str
        The code a checker should report, and others that are as fair.
    needs : str
        What exposes it: ``"generic"`` numbers, ``"square"``, ``"special:NAME"``,
        sizes such as ``"q=1"``, or ``"contract"`` for right numbers got in a wrong way.
    """

    id: str
    op: str
    kind: str
    label: str
    code: str = ""
    accept: tuple[str, ...] = ()
    needs: str = "generic"
    fn: Backward = lambda *_: None
    fresh: bool = False

    @property
    def backward(self) -> Backward:
        """``backward(grad_output, *inputs)``, which keeps nothing of what another one kept."""
        return self.fn() if self.fresh else self.fn


class Table:
    """The operations and cases of one file."""

    def __init__(self) -> None:
        self.OPS: dict[str, Op] = {}
        self.CASES: list[Case] = []

    def op(
        self,
        name: str,
        title: str,
        forward: Callable[..., Any],
        shapes: Mapping[str, str],
        *,
        fixed: str = "",
        lo: Mapping[str, int] | None = None,
        square: str = "",
        **how: Any,
    ) -> None:
        """Add an operation; `fixed` names the inputs without a gradient."""
        inputs = tuple(shapes)
        wrt = tuple(i for i, x in enumerate(inputs) if x not in fixed.split())
        self.OPS[name] = Op(
            name,
            title,
            forward,
            inputs,
            shapes,
            wrt=wrt,
            square=tuple(square.split()),
            lo=tuple((lo or {}).items()),
            **how,
        )

    def right(
        self, op: str, name: str, label: str, fn: Backward | None = None, *, fresh: bool = False
    ) -> Callable[[Backward], Backward]:
        """Add a right backward: `fn`, or what this decorates."""
        return self._add(
            lambda f: Case(f"{op}__right_{name}", op, "correct", label, fn=f, fresh=fresh), fn
        )

    def wrong(
        self,
        op: str,
        name: str,
        code: str,
        label: str,
        fn: Backward | None = None,
        *,
        accept: str = "",
        needs: str = "generic",
        fresh: bool = False,
    ) -> Callable[[Backward], Backward]:
        """Add a wrong backward: `fn`, or what this decorates."""
        fair = tuple(accept.split())
        return self._add(
            lambda f: Case(f"{op}__{name}", op, "wrong", label, code, fair, needs, f, fresh), fn
        )

    def _add(
        self, case: Callable[[Backward], Case], fn: Backward | None
    ) -> Callable[[Backward], Backward]:
        def keep(f: Backward) -> Backward:
            self.CASES.append(case(f))
            return f

        if fn is not None:
            keep(fn)
        return keep
