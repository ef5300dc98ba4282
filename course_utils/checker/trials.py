"""What is tried: sizes and numbers chosen so that no mistake can hide.

Sizes that are all different leave no factor ambiguous; square shapes catch a
matrix used without its transpose; a batch of one, small, large and zero inputs
catch what is right only elsewhere.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array

MakeInputs = Callable[..., tuple[Any, ...]]
Special = Sequence[tuple[str, Callable[[np.random.Generator], tuple[Any, ...]]]]

PRIMES = (3, 5, 7, 11, 13, 17, 19, 23)
ENOUGH = 40  # gradient entries to be seen before a check may pass
MOST = 60  # trials, where one has a single entry


NOTHING: Array = np.zeros(())


@dataclass(eq=False)
class Trial:
    """One set of inputs.

    Attributes
    ----------
    kind : str
        "generic", "other sizes", "batch of 1", "size 1", "square", "small", "zeros",
        "large" or "special".
    sizes : dict
        Size names and values; empty for special inputs.
    own : bool
        Whether the author asked for it; if not, it is skipped where forward cannot do it.
    name : str
        What the author calls special inputs.
    """

    kind: str
    sizes: dict[str, int]
    own: bool
    build: Callable[[np.random.Generator], tuple[Any, ...]]
    name: str = ""
    inputs: tuple[Array, ...] = ()
    output: Array = field(default_factory=lambda: NOTHING)
    upstream: Array = field(default_factory=lambda: NOTHING)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes of the inputs."""
        return [x.shape for x in self.inputs]

    @property
    def label(self) -> str:
        """The kind and the sizes, for people."""
        shown = self.name or ", ".join(f"{name} = {size}" for name, size in self.sizes.items())
        kind = "random numbers" if self.kind == "generic" else self.kind
        return f"{kind}: {shown}" if shown else kind


def sizes_of(make_inputs: MakeInputs, dims: Mapping[str, int] | None) -> dict[str, int]:
    """Return the generic sizes: `dims`, or the defaults of make_inputs's keyword arguments."""
    return dict(_defaults(make_inputs) if dims is None else dims)


@lru_cache(maxsize=256)  # of the same few functions, before every check
def _defaults(make_inputs: MakeInputs) -> dict[str, int]:
    parameters = list(inspect.signature(make_inputs).parameters.values())[1:]
    return {p.name: p.default for p in parameters if isinstance(p.default, int)}


def plan(
    make_inputs: MakeInputs,
    sizes: Mapping[str, int],
    wrt: Sequence[int],
    *,
    special: Special = (),
    square: Sequence[str] = (),
    batch: str | None = None,
    smallest: Mapping[str, int] | None = None,
) -> Iterator[Trial]:
    """Yield the trials of one check, the generic ones first.

    After all kinds were tried comes one of kind "end", and then generic ones for as
    long as they are wanted.
    """
    least = dict(smallest or {})
    generic = dict(sizes)
    bounds: dict[int, tuple[float, float]] = {}

    def trial(
        kind: str,
        changes: Mapping[str, int] | None = None,
        *,
        own: bool = False,
        change: Callable[[Array], Array] | None = None,
        both_signs: bool = False,
        all_inputs: bool = False,
    ) -> Trial:
        chosen = {**generic, **(changes or {})}

        def build(rng: np.random.Generator) -> tuple[Any, ...]:
            inputs = make_inputs(rng, **chosen)
            for k in wrt:
                low, high = bounds.get(k, (0.0, 0.0))
                if not low < 0 < high:
                    x = np.asarray(inputs[k])
                    bounds[k] = min(low, x.min(initial=0.0)), max(high, x.max(initial=0.0))
            if change is None:
                return inputs
            # Where the author draws one sign only, zero and the other sign may be out of bounds.
            free = [k for k in wrt if not both_signs or bounds[k][0] < 0 < bounds[k][1]]
            inputs = _with_ties(inputs, free) if both_signs else inputs
            if kind == "large":  # an overflow has a sign, which a few numbers may happen to miss
                signed = [k for k in wrt if bounds[k][0] < 0 < bounds[k][1]]
                inputs = tuple(_opposed(x) if k in signed else x for k, x in enumerate(inputs))
            # Zeros in one input at a time: in several, right code may divide by one of them.
            free = free[:1] if change is _some_zeros else free
            if all_inputs:
                # Labels stay what they are; a target shrinks with what is compared to it.
                free += [k for k, x in enumerate(inputs) if k not in wrt and not _is_whole(x)]
            return tuple(change(np.asarray(x)) if k in free else x for k, x in enumerate(inputs))

        return Trial(kind, chosen, own, build)

    yield trial("generic", own=True)
    yield trial("generic", own=True)
    for number, changes in enumerate(_other_sizes(generic, least)):
        # The second time further out, where a slope may saturate.
        yield trial("other sizes", changes, change=(lambda x: 4.0 * x) if number else None)
    if square:
        size = max(4, *(least.get(name, 1) for name in square))
        yield trial("square", dict.fromkeys(square, size))
    if len(generic) > 1 and set(square) != set(generic):
        size = max(4, *(least.get(name, 1) for name in generic))
        yield trial("square", dict.fromkeys(generic, size))
    if batch in generic and least.get(str(batch), 1) <= 1:
        yield trial("batch of 1", {str(batch): 1})
    small = [name for name in generic if name != batch and least.get(name, 1) <= 1]
    if small:
        yield trial("size 1", dict.fromkeys(small, 1))
    yield trial("small", change=lambda x: 1e-2 * x, all_inputs=True)
    yield trial("zeros", change=_some_zeros, both_signs=True)
    yield trial("large", change=lambda x: 3e3 * x)
    for name, build in special:
        yield Trial("special", {}, True, build, name)
    yield Trial("end", {}, False, lambda rng: ())
    while True:
        yield trial("generic", own=True)


def _other_sizes(generic: Mapping[str, int], least: Mapping[str, int]) -> list[dict[str, int]]:
    """Give every size a prime of its own, and then make all of them larger than generic."""
    names = sorted(generic, key=lambda name: generic[name])
    primes = dict(zip(reversed(names), PRIMES, strict=False))
    # What is cut off at the generic sizes shows where every size is above them.
    larger = {name: generic[name] + 1 + step for step, name in enumerate(names)}
    found: list[dict[str, int]] = []
    for choice in (primes, larger):
        raised = {name: max(size, least.get(name, 1)) for name, size in choice.items()}
        if raised != generic and raised not in found:
            found.append(raised)
    return found


def _is_whole(x: Any) -> bool:
    """Tell whether an input holds whole numbers, as labels and counts do."""
    return bool(np.all(np.asarray(x) == np.round(x)))


def _with_ties(inputs: tuple[Any, ...], free: Sequence[int]) -> tuple[Any, ...]:
    """Let the first input agree with another one of its shape, in every fourth entry."""
    found = [np.array(x, dtype=np.float64) for x in inputs]
    for k in free:
        for j, other in enumerate(found):
            if j != k and other.shape == found[k].shape and other.size > 1:
                found[k].flat[1::4] = other.flat[1::4]
                return tuple(found)
    return inputs


def _opposed(x: Any) -> Array:
    """Let the largest entry have one beside it of nearly its size and the other sign."""
    out = np.array(x, dtype=np.float64)
    if out.size > 1:
        j = int(np.argmax(np.abs(out)))
        out.flat[j - 1] = -0.9 * out.flat[j]
    return out


def _some_zeros(x: Array) -> Array:
    """Set every other entry to exactly zero."""
    out = np.array(x, dtype=np.float64)
    out.flat[::2] = 0.0
    return out


def random_upstream(
    rng: np.random.Generator, shape: tuple[int, ...], kind: str = "generic"
) -> Array:
    """Draw an upstream gradient of both signs, no entry close to zero.

    Small inputs get a large one, and inputs with zeros one with zeros.
    """
    drawn: Array = np.asarray(rng.uniform(-1.8, 1.8, size=shape))
    drawn = drawn + np.copysign(0.2, drawn)
    # A single number close to 1 or -1 would hide that it is not used.
    if drawn.size == 1 and 0.8 < abs(float(drawn.flat[0])) < 1.25:
        drawn = drawn * 1.6
    if kind == "small":
        return 1e3 * drawn
    if kind == "zeros" and drawn.size > 2:
        drawn.flat[::3] = 0.0
    return drawn
