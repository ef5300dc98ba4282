"""What a plain function computes if one of its arguments is used wrongly.

A result that is wrong may be the right one for other arguments: for ones, for another argument,
for all but the last row. So the trusted counterpart is asked at such arguments. What is said of a
result is that it is what it would be there, and nothing else was looked at.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker import codes
from course_utils.checker.candidate import Adapted, LocalCandidate

Arguments = tuple[Any, ...]

LARGEST_COUNT = 1000
"""A whole number above it is no size and no index, and is left alone."""


@dataclass(frozen=True)
class Confusion:
    """A mix-up: what it computes, and what to say of it.

    Attributes
    ----------
    of_zero : bool
        Whether it is said of zeros as such. They may come of anything, so nothing else is.
    """

    code: str
    message: str
    reference: Callable[..., Any]
    of_zero: bool = False

    def __post_init__(self) -> None:
        codes.require(self.code)


def names_of(reference: Callable[..., Any]) -> tuple[str, ...]:
    """Return what the trusted counterpart calls its arguments; () where it does not say."""
    while isinstance(reference, Adapted | LocalCandidate):
        inner = reference.candidate if isinstance(reference, Adapted) else reference.function
        reference = inner
    try:
        parameters = inspect.signature(reference).parameters.values()
    except (TypeError, ValueError):  # NumPy's own may have none
        return ()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return ()
    return tuple(p.name for p in parameters)


def is_upstream(name: str) -> bool:
    """Tell whether an argument is called as what arrives from above is called."""
    return name == "G" or name.startswith("grad")


def mixed_arguments(reference: Callable[..., Any], drawn: Arguments) -> Iterator[Confusion]:
    """Yield what may have become of each argument, the simple things first.

    Parameters
    ----------
    reference : callable
    drawn : tuple
        Arguments as they are drawn, which tell the arrays from the rest.
    """
    names = names_of(reference)
    if len(names) < len(drawn):
        return
    arrays = [k for k, x in enumerate(drawn) if isinstance(x, np.ndarray)]
    for k in arrays:
        for code, message, change in _changes(names[k], drawn[k]):
            yield Confusion(code, message, _with_changed(reference, k, change))
    yield from _exchanged(reference, names, drawn)
    for k in arrays:
        for code, message, change in _parts(names[k], drawn[k].ndim):
            yield Confusion(code, message, _with_changed(reference, k, change))


def turned_arguments(reference: Callable[..., Any], drawn: Arguments) -> Iterator[Confusion]:
    """Yield what comes of two exchanged axes, which fit only where they are equally long."""
    names = names_of(reference)
    for k, x in enumerate(drawn):
        if not isinstance(x, np.ndarray) or x.ndim < 2:
            continue
        name = names[k] if k < len(names) else "A matrix"
        for a, b in itertools.combinations(range(x.ndim), 2):
            yield Confusion(
                "transpose",
                f"{name} is used the wrong way round: two of its indices are exchanged, or a "
                "transpose is missing, or too many.",
                _with_changed(reference, k, partial(np.swapaxes, axis1=a, axis2=b)),
            )


Change = Callable[[Array], Any]


def _with_changed(reference: Callable[..., Any], k: int, change: Change) -> Callable[..., Any]:
    def asked(*arguments: Any) -> Any:
        return reference(*(change(x) if j == k else x for j, x in enumerate(arguments)))

    return asked


def _changes(name: str, x: Array) -> Iterator[tuple[str, str, Change]]:
    above = is_upstream(name)
    as_if = f"The result is what it would be if {name} were"
    one = x.ndim == 0
    yield (
        "no-upstream" if above else "missing-local",
        f"{as_if} {'1' if one else 'all ones'}: {name} is left out.",
        np.ones_like,
    )
    yield (
        "only-b0" if name == "b" else "missing-term",
        f"{as_if} {'0' if one else 'all zeros'}: {name} is left out.",
        np.zeros_like,
    )
    yield (
        "upstream-misused" if above else "squared",
        f"{as_if} squared{'' if one else ', entry by entry'}.",
        np.square,
    )
    yield (
        "upstream-misused" if above else "sign",
        f"The result is made with the size of {'' if one else 'each entry of '}{name}, without "
        "its sign.",
        np.abs,
    )
    if one:
        return
    for what, reduced in (("sum", np.sum), ("mean", np.mean)):
        yield (
            "upstream-misused" if above else "sum" if what == "sum" else "wrong-axis",
            f"Only the {what} of {name} is used, where each of its entries counts by itself.",
            partial(_reduced, how=reduced),
        )
        for axis in range(x.ndim if x.ndim > 1 else 0):
            yield (
                "upstream-misused" if above else "wrong-axis",
                f"Only the {what} of {name} over axis {axis} is used, where each of its entries "
                "counts by itself.",
                partial(_reduced, how=reduced, axis=axis),
            )


def _reduced(x: Array, how: Callable[..., Any], axis: int | None = None) -> Array:
    return np.broadcast_to(how(x, axis=axis, keepdims=True), x.shape)


def _parts(name: str, ndim: int) -> Iterator[tuple[str, str, Change]]:
    """Yield what is left of an argument where a loop leaves out or overwrites something."""
    for axis in range(ndim):
        yield (
            "wrong-input",
            f"The first {_slice(ndim, axis)} of {name} stands in the place of each of them.",
            partial(_repeated, axis=axis),
        )
        for which, index in (("last", -1), ("first", 0)):
            piece = f"the {which} {_slice(ndim, axis)} of {name}"
            yield (
                "missing-term",
                f"The result is what it would be if {piece} were zero: it is left out.",
                partial(_without, axis=axis, index=index),
            )
            why = (
                "is something overwritten, by = in place of +=, that should be added up?"
                if which == "last"
                else "does a loop, or the return in it, end too early?"
            )
            yield (
                "missing-term",
                f"Only {piece} counts: {why}",
                partial(_alone, axis=axis, index=index),
            )


def _repeated(x: Array, axis: int) -> Array:
    return np.broadcast_to(x[(slice(None),) * axis + (slice(0, 1),)], x.shape)


def _slice(ndim: int, axis: int) -> str:
    if ndim == 1:
        return "entry"
    return ("row", "column")[axis] if ndim == 2 else f"slice along axis {axis}"


def _alone(x: Array, axis: int, index: int) -> Array:
    """Set all of an array to zero but for one slice."""
    alone = np.zeros_like(x)
    where = (slice(None),) * axis + (index,)
    alone[where] = x[where]
    return alone


def _without(x: Array, axis: int, index: int) -> Array:
    return x - _alone(x, axis, index)


def _exchanged(
    reference: Callable[..., Any], names: tuple[str, ...], drawn: Arguments
) -> Iterator[Confusion]:
    """Yield what comes of an argument in another one's place, and of two that changed places."""
    alike = [k for k, x in enumerate(drawn) if isinstance(x, np.ndarray | int | float)]
    # A seed in the place of a count would make a result of a thousand million entries.
    alike = [k for k in alike if not (isinstance(drawn[k], int) and drawn[k] > LARGEST_COUNT)]
    for a, b in itertools.permutations(alike, 2):
        if isinstance(drawn[a], np.ndarray) is not isinstance(drawn[b], np.ndarray):
            continue
        yield Confusion(
            "wrong-input",
            f"{names[b]} stands in the place of {names[a]}.",
            _with_places(reference, {a: b}),
        )
        if a < b:
            yield Confusion(
                "wrong-input",
                f"{names[a]} and {names[b]} have changed places.",
                _with_places(reference, {a: b, b: a}),
            )


def _with_places(reference: Callable[..., Any], taken: dict[int, int]) -> Callable[..., Any]:
    def asked(*arguments: Any) -> Any:
        for a, b in taken.items():
            if np.shape(arguments[a]) != np.shape(arguments[b]):
                raise ValueError("only what has the same shape can stand in its place")
        return reference(*(arguments[taken.get(j, j)] for j in range(len(arguments))))

    return asked
