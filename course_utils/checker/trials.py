"""What is tried: sizes and numbers drawn so that no mistake can hide.

Sizes that are all different leave no factor ambiguous; square shapes catch a
matrix used without its transpose; a batch of one, small, large and zero inputs
catch what is right only elsewhere.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any, TypeVar

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker import sizes as drawn_sizes
from course_utils.checker.waiting import tick
from course_utils.measure.branches import Branches

MakeInputs = Callable[..., tuple[Any, ...]]
Build = Callable[[np.random.Generator], tuple[Any, ...]]
Change = Callable[[Array], Array]
Special = Sequence[tuple[str, Build]]
"""Further inputs that an author wants tried: what they are called, and what draws them."""

ENOUGH = 40  # entries to be seen before a check may pass
MOST = 60  # trials, where one has a single entry
TRIES = 4  # draws of sizes, where forward may not take them
WIDER: tuple[tuple[str, str, Change], ...] = (
    *(("scaled", f"by {by:g}", partial(np.multiply, by)) for by in (4, 16, 64, 256)),
    *(("scaled", f"by 1/{by}", partial(np.multiply, 1 / by)) for by in (4, 16, 64)),
    *(("shifted", f"by {by}", partial(np.add, by)) for by in (2, -2, 8, -8, 32, -32)),
)
"""What is done to inputs for as long as the forward has a branch that none of them takes."""
MADE_UP = ("size 1", "small", "zeros", "large", "scaled", "shifted")
"""Kinds of trials that may be what no author of an exercise thinks of."""
OPTIONAL = ("other sizes", "square", "batch of 1", *MADE_UP)
"""Kinds of trials that an author can have left out."""


NOTHING: Array = np.zeros(())


@dataclass(eq=False)
class Trial:
    """One set of inputs.

    Attributes
    ----------
    kind : str
        "generic", "other sizes", "batch of 1", "size 1", "square", "small", "zeros",
        "large", "scaled", "shifted" or "special".
    sizes : dict
        Size names and values; empty for special inputs.
    own : bool
        Whether the author asked for it; if not, it is skipped where forward cannot do it.
    build : callable
        Draws the arguments.
    name : str
        What the author calls special inputs.
    further : bool
        Whether it is one more, for as long as too little was compared.
    arguments, inputs : tuple
        What was drawn, and the arrays among it.
    """

    kind: str
    sizes: dict[str, int]
    own: bool
    build: Build
    name: str = ""
    further: bool = False
    arguments: tuple[Any, ...] = ()
    inputs: tuple[Array, ...] = ()
    output: Array = field(default_factory=lambda: NOTHING)
    upstream: Array = field(default_factory=lambda: NOTHING)

    @property
    def kept(self) -> bool:
        """Whether it made sense: what is dropped never gets an upstream gradient."""
        return self.upstream is not NOTHING

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


Prepared = TypeVar("Prepared")


def wanted(
    plan: Iterable[Trial], prepare: Callable[[Trial], tuple[Prepared, int] | None]
) -> Iterator[tuple[Trial, Prepared]]:
    """Yield as many trials as are wanted of an answer that is right.

    `prepare` returns what comes with a trial, and how many entries are compared in it; None where
    the trial makes no sense.
    """
    count = entries = 0
    for trial in plan:
        tick()
        if trial.further and (entries >= ENOUGH or count >= MOST):
            return
        prepared = prepare(trial)
        if prepared is not None:
            count += 1
            entries += prepared[1]
            yield trial, prepared[0]


def plan_for_function(
    make_inputs: MakeInputs, special: Special, rng: np.random.Generator
) -> Iterator[Trial]:
    """Yield the trials of a plain function, without end; sizes are drawn from `rng`."""
    sizes = sizes_of(make_inputs, None)
    names = list(sizes)
    choices: list[tuple[str, Mapping[str, int]]] = [("generic", sizes)] * 3
    if names:
        large = drawn_sizes.one_large(sizes, {}, rng, batch="q", ordered=False)
        small = drawn_sizes.different(sizes, {}, rng, ordered=False)
        choices += [("other sizes", small), ("other sizes", large)]
    if len(names) > 1:
        choices += [("square", dict.fromkeys(names, drawn_sizes.alike(names, {}, rng)))]
    choices += [("size 1", {**sizes, name: 1}) for name in names]
    choices += [("generic", sizes)] * (3 if names else 6)
    for kind, chosen in choices:
        yield Trial(kind, dict(chosen), True, partial(make_inputs, **chosen))
    for name, build in special:
        yield Trial("special", {}, True, build, name)
    while True:
        yield Trial("generic", dict(sizes), True, partial(make_inputs, **sizes), further=True)


@dataclass
class Plan:
    """What is tried of a backward; its attributes are what `examine` is given.

    `sizes` are the generic ones, and `bounds` the signs that the author was seen to draw.
    `without` are kinds of trials that are left out. Further sizes are drawn from `rng`, and what
    is done to the numbers depends on the `branches`, if they are given.
    """

    make_inputs: MakeInputs
    sizes: Mapping[str, int]
    wrt: Sequence[int]
    special: Special = ()
    square: Sequence[str] = ()
    batch: str | None = None
    least: Mapping[str, int] = field(default_factory=dict)
    bounds: dict[int, tuple[float, float]] = field(default_factory=dict)
    without: Sequence[str] = ()
    rng: np.random.Generator = field(default_factory=np.random.default_rng)
    branches: Branches | None = None

    def trials(self) -> Iterator[Trial]:
        """Yield the trials without end, the generic ones first."""
        for trial in self._usual():
            if trial.kind not in self.without:
                yield trial
                self._note_branches(trial)
        for trial in self._wider():
            if trial.kind not in self.without:
                yield trial
        while True:
            yield replace(self._trial("generic"), further=True)

    def _usual(self) -> Iterator[Trial]:
        sizes, least = self.sizes, self.least
        yield self._trial("generic")
        yield self._trial("generic")
        yield from self._other_sizes()
        yield from self._squares()
        if self.batch is not None and self.batch in sizes and least.get(self.batch, 1) <= 1:
            yield self._trial("batch of 1", {self.batch: 1})
        small = [name for name in sizes if name != self.batch and least.get(name, 1) <= 1]
        if small:
            yield self._trial("size 1", dict.fromkeys(small, 1))
        yield self._trial("small", change=lambda x: 1e-2 * x)
        yield self._trial("zeros", change=_some_zeros)
        yield self._trial("large", change=lambda x: 3e3 * x)
        for name, build in self.special:
            yield Trial("special", {}, True, build, name)

    def _note_branches(self, trial: Trial) -> None:
        """Note which branches a trial takes, as long as there are some that none has taken."""
        # So far out nothing is compared closely: such a trial leaves a branch as good as untried.
        if self.branches is None or not trial.kept or trial.kind == "large":
            return
        if not self.branches.runs or self.branches.open():
            self.branches.note(self.branches.at(trial.inputs))

    def _wider(self) -> Iterator[Trial]:
        """Yield inputs that take a branch which none has taken yet, where some are found."""
        branches = self.branches
        if branches is None:
            return
        for kind, name, change in WIDER:
            still_open = branches.open()
            if not still_open:
                return
            given = self._trial(kind, change=change).build(self.rng)
            taken = branches.at([np.asarray(x, dtype=np.float64) for x in given])
            if taken.isdisjoint(still_open):
                continue
            trial = Trial(kind, dict(self.sizes), False, partial(_as_drawn, given), name)
            yield trial
            if trial.kept:
                branches.note(taken)

    def _other_sizes(self) -> Iterator[Trial]:
        """Yield small sizes, one large one among small ones, and sizes above the generic ones."""
        if not self.sizes:
            return
        given = self.sizes, self.least, self.rng
        far: Change = partial(np.multiply, 4.0)  # where a slope may saturate
        draws: tuple[tuple[Callable[[bool], dict[str, int]], Change | None], ...] = (
            (lambda ordered: drawn_sizes.different(*given, ordered=ordered), None),
            (
                lambda ordered: drawn_sizes.one_large(*given, batch=self.batch, ordered=ordered),
                None,
            ),
            (lambda ordered: drawn_sizes.larger(*given), far),
        )
        for draw, change in draws:
            for attempt in range(TRIES):
                drawn = draw(attempt > 0)
                if drawn == self.sizes:
                    continue
                trial = self._trial("other sizes", drawn, change)
                yield trial
                if trial.kept:
                    break

    def _squares(self) -> Iterator[Trial]:
        """Yield the sizes that are to be equal, and all sizes equal."""
        squares = [self.square] if self.square else []
        if len(self.sizes) > 1 and set(self.square) != set(self.sizes):
            squares.append(list(self.sizes))
        for names in squares:
            size = drawn_sizes.alike(names, self.least, self.rng)
            yield self._trial("square", dict.fromkeys(names, size))

    def _trial(
        self, kind: str, changes: Mapping[str, int] | None = None, change: Change | None = None
    ) -> Trial:
        sizes = {**self.sizes, **(changes or {})}

        def build(rng: np.random.Generator) -> tuple[Any, ...]:
            inputs = self.make_inputs(rng, **sizes)
            for k in self.wrt:
                self._note(k, np.asarray(inputs[k]))
            return inputs if change is None else self._changed(kind, inputs, change)

        return Trial(kind, sizes, kind == "generic", build)

    def _note(self, k: int, x: Array) -> None:
        """Note which signs the author draws."""
        low, high = self.bounds.get(k, (0.0, 0.0))
        if not low < 0 < high:
            self.bounds[k] = min(low, x.min(initial=0.0)), max(high, x.max(initial=0.0))

    def _changed(self, kind: str, inputs: tuple[Any, ...], change: Change) -> tuple[Any, ...]:
        signed = [k for k in self.wrt if self.bounds[k][0] < 0 < self.bounds[k][1]]
        free = list(self.wrt)
        if kind == "zeros":
            # Where the author draws one sign only, zero and the other sign may be out of bounds.
            inputs = _with_ties(inputs, signed)
            # In one input at a time: in several, right code may divide by one of them.
            free = signed[:1]
        if kind == "shifted":
            free = signed
        if kind == "large":  # an overflow has a sign, which a few numbers may happen to miss
            inputs = tuple(_opposed(x) if k in signed else x for k, x in enumerate(inputs))
        if kind == "small":
            # Labels stay what they are; a target shrinks with what is compared to it.
            free += [k for k, x in enumerate(inputs) if k not in self.wrt and not _is_whole(x)]
        return tuple(change(np.asarray(x)) if k in free else x for k, x in enumerate(inputs))


def _as_drawn(inputs: tuple[Any, ...], rng: np.random.Generator) -> tuple[Any, ...]:
    """Be what builds inputs that were drawn already."""
    return inputs


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
