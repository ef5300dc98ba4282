"""What is said of an exercise beside what students read: how it is examined, and its stand-in.

Each chapter says it in its own ``checks.py``, an exercise of an instructor's own in
``NAME_checks.py`` beside its file. That module is imported when it is asked for first. A `Function`
of one's own needs none: its forward and its ``make_inputs`` say enough.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from course_utils.autodiff.function import Context, Function
from course_utils.checker import Report, examine
from course_utils.checker.trials import Special
from course_utils.checks.extreme_inputs import (
    Build,
    Probing,
    Scale,
    of_function,
    of_plain,
)
from course_utils.checks.plain_functions import examine_named
from course_utils.exercises.registry import (
    Exercise,
    Implementation,
    StandIn,
    find,
    plain_forward,
    with_backward,
)
from course_utils.measure.fast_vjp import fast_vjp

NUMERICALLY = "computed numerically for now, which is right and takes longer"
"""What is said of most stand-ins."""

Examiner = Callable[..., Report]
"""``examine(candidate, seed)`` returns the checker's report."""


@dataclass(frozen=True)
class Declaration:
    """How an exercise is examined, and what stands in for it.

    Attributes
    ----------
    parts : mapping
        Name of a part (``""`` for the whole) to what examines it. Parts carry partial credit.
    stand_in : callable or None
        Computes numerically what the answer should, called with the same arguments.
    probe : callable or None
        Draws inputs at which what is measured has lost its digits.
    no_extreme : str
        Why there is no `probe`.
    builds_on : tuple of str
        The earlier exercises that an answer may use.
    meanwhile : str
        What the notice says of the stand-in.
    """

    parts: Mapping[str, Examiner]
    stand_in: Implementation | None
    probe: Probing | None
    no_extreme: str
    builds_on: tuple[str, ...]
    meanwhile: str = NUMERICALLY


_declared: dict[Exercise, Declaration] = {}


def declare(
    target: Any,
    *,
    parts: Mapping[str, Examiner] | None = None,
    stand_in: Implementation | None = None,
    meanwhile: str = NUMERICALLY,
    extreme: Callable[..., Any] | None = None,
    no_extreme: str = "",
    builds_on: Sequence[str] = (),
    **how: Any,
) -> None:
    """Say how an exercise is examined.

    Parameters
    ----------
    target : Function subclass, function or str
        What was marked by `exercise`.
    parts : mapping, optional
        What examines each part, where one comparison does not do.
    stand_in : callable, optional
        The numerical stand-in. If left out, it is `reference` for a function, and the forward
        differentiated numerically for a `Function`.
    meanwhile : str, optional
        What the notice says of it, where it does not compute the same numerically.
    extreme : callable, optional
        Inputs at which a finite difference is worth nothing; see `extreme_inputs`. A `Function`
        has some by itself.
    no_extreme : str, optional
        Why none are needed.
    builds_on : sequence of str, optional
        Earlier exercises that an answer may use: while they are not filled in, it rests on what
        is computed numerically.
    **how
        In place of `parts`: `reference`, `make_inputs` and what else `examine_named` takes for a
        function; `special` inputs for a `Function`.

    Raises
    ------
    TypeError
        If that is not enough to examine it, or more than is used.
    """
    slot = find(target)
    if extreme is not None and no_extreme:
        raise TypeError(f"{slot.name}: extreme inputs, and a reason why there are none")
    if parts is not None and how:
        raise TypeError(f"{slot.name}: {', '.join(how)} cannot be used beside parts")
    of = _of_function if isinstance(slot.target, type) else _of_plain
    declared = of(slot, parts, stand_in, extreme, no_extreme, tuple(builds_on), **how)
    _declared[slot] = replace(declared, meanwhile=meanwhile)


def declaration_of(target: Any) -> Declaration:
    """Return what is declared of an exercise.

    Raises
    ------
    TypeError
        If it is a plain function of which nothing is declared.
    """
    slot = find(target)
    if slot not in _declared:
        _import_checks_of(slot)
    if slot not in _declared:
        if not isinstance(slot.target, type):
            raise TypeError(
                f"nothing is declared of {slot.name}: how it is examined belongs into "
                f"{_checks_of(slot.module)}"
            )
        declare(slot)
    return _declared[slot]


def stand_in_of(slot: Exercise) -> StandIn | None:
    """Return what computes numerically what is not filled in."""
    declared = declaration_of(slot)
    if declared.stand_in is None:
        return None
    return StandIn(declared.stand_in, declared.meanwhile)


def _checks_of(module: str) -> str:
    package, _, _ = module.rpartition(".")
    return f"{package}.checks" if ".chapters." in module else f"{module}_checks"


def _import_checks_of(slot: Exercise) -> None:
    """Import the module that declares it: the one plug-in of this package, found by its name."""
    name = _checks_of(slot.module)
    if importlib.util.find_spec(name) is not None:
        importlib.import_module(name)


# ------------------------------------------------------------------ a Function


def _of_function(
    slot: Exercise,
    parts: Mapping[str, Examiner] | None,
    stand_in: Implementation | None,
    extreme: Scale | None,
    no_extreme: str,
    builds_on: tuple[str, ...],
    *,
    special: Special = (),
) -> Declaration:
    cls: type[Function] = slot.target
    return Declaration(
        parts=parts or {"": examiner_of(cls, special)},
        stand_in=stand_in or _numerically(cls),
        probe=None if extreme is None else of_function(cls, extreme),
        no_extreme=no_extreme,
        builds_on=builds_on,
    )


def examiner_of(cls: type[Function], special: Special = ()) -> Examiner:
    """Return what examines a backward of `cls`, at `special` inputs as well."""

    def examine_backward(candidate: Implementation, seed: int | None = None) -> Report:
        return examine(with_backward(cls, candidate), special=special, seed=seed)

    return examine_backward


def _numerically(cls: type[Function]) -> Implementation:
    forward = plain_forward(cls)

    def backward(ctx: Context, grad_output: Any) -> Any:
        grads = fast_vjp(lambda *xs: forward(Context(), *xs), ctx._inputs, grad_output)
        return tuple(grads) if len(grads) > 1 else grads[0]

    return backward


# ------------------------------------------------------------------ a plain function


def _of_plain(
    slot: Exercise,
    parts: Mapping[str, Examiner] | None,
    stand_in: Implementation | None,
    extreme: Build | None,
    no_extreme: str,
    builds_on: tuple[str, ...],
    *,
    reference: Callable[..., Any] | None = None,
    make_inputs: Callable[..., tuple[Any, ...]] | None = None,
    **how: Any,
) -> Declaration:
    if parts is None:
        if reference is None or make_inputs is None:
            raise TypeError(f"{slot.name}: give its parts, or a reference and make_inputs")
        parts = {"": compared(reference, make_inputs, **how)}
    if extreme is None and not no_extreme:
        raise TypeError(f"{slot.name}: give extreme inputs, or say why none are needed")
    stand_in = stand_in or reference
    probe = None
    if extreme is not None:
        if stand_in is None:
            raise TypeError(f"{slot.name}: without a stand-in nothing is right at extreme inputs")
        # Earlier exercises that are not filled in take a complex step: they are not asked for more.
        probe = of_plain(stand_in, tuple(parts), extreme, gentle=bool(builds_on))
    return Declaration(parts, stand_in, probe, no_extreme, builds_on)


def compared(
    reference: Callable[..., Any], make_inputs: Callable[..., tuple[Any, ...]], **how: Any
) -> Examiner:
    """Return what compares an answer with `reference`.

    Parameters
    ----------
    reference, make_inputs, **how
        As for `examine_named`.
    """

    def examine(candidate: Implementation, seed: int | None = None) -> Report:
        return examine_named(candidate, reference, make_inputs, seed=seed, **how)

    return examine
