"""What is said of an exercise beside what students read: how it is examined, and its stand-in.

Each chapter says it in its own ``checks.py``, an exercise of an instructor's own in
``NAME_checks.py`` beside its file. That module is imported when it is asked for first. A `Function`
of one's own needs none: its forward and its ``make_inputs`` say enough.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Function
from course_utils.checker import Report, examine
from course_utils.checker.candidate import Adapted, Unreadable
from course_utils.checker.trials import Special
from course_utils.checks.default_probes import default_probing
from course_utils.checks.extreme_inputs import (
    Build,
    Probing,
    Scale,
    of_function,
    of_plain,
)
from course_utils.checks.plain_functions import Confusion, examine_named
from course_utils.checks.wide_inputs import Widening
from course_utils.exercises.measured import measured_backward
from course_utils.exercises.registry import (
    Exercise,
    Implementation,
    StandIn,
    find,
    registry,
    with_backward,
)

NUMERICALLY = "computed numerically for now, which is right and takes longer"
"""What is said of most stand-ins."""

NO_GRADIENT = "a factor is predicted, and no gradient asked for"
"""Why some exercises have no extreme inputs."""

Examiner = Callable[..., Report]
"""``examine(candidate, seed)`` returns the checker's report."""


@dataclasses.dataclass(frozen=True)
class Declaration:
    """How an exercise is examined, and what stands in for it.

    Attributes
    ----------
    parts : mapping
        Name of a part (``""`` for the whole) to what examines it. Parts carry partial credit.
    stand_in : callable or None
        Computes numerically what the answer should, called with the same arguments.
    probing : callable or None
        Draws inputs at which what is measured has lost its digits.
    no_extreme : str
        Why there is none.
    builds_on : tuple of str
        The earlier exercises that an answer may use.
    may_measure : bool
        Whether an answer is meant to measure.
    meanwhile : str
        What the notice says of the stand-in.
    while_graded : callable or None
        Stands in where a submission is graded.
    wide : callable or None
        Draws inputs at which what an answer costs tells whether it measures.
    """

    parts: Mapping[str, Examiner]
    stand_in: Implementation | None
    probing: Probing | None
    no_extreme: str
    builds_on: tuple[str, ...] = ()
    may_measure: bool = False
    meanwhile: str = NUMERICALLY
    while_graded: Implementation | None = None
    wide: Widening | None = None


_declared: dict[Exercise, Declaration] = {}


def declare(
    target: Any,
    *,
    parts: Mapping[str, Examiner] | None = None,
    stand_in: Implementation | None = None,
    meanwhile: str = NUMERICALLY,
    while_graded: Implementation | None = None,
    extreme: Callable[..., Any] | None = None,
    no_extreme: str = "",
    builds_on: Sequence[str] = (),
    may_measure: bool = False,
    wide: Widening | None = None,
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
    while_graded : callable, optional
        What stands in where a submission is graded, in its own process, which must not know an
        answer: for what calls a function that it is given very often.
    extreme : callable, optional
        Inputs at which a finite difference is worth nothing; see `extreme_inputs`. A `Function`
        has some by itself.
    no_extreme : str, optional
        Why none are needed.
    builds_on : sequence of str, optional
        Earlier exercises that an answer may use: while they are not filled in, it rests on what
        is computed numerically.
    may_measure : bool, optional
        Whether an answer is meant to measure: then nobody looks for that.
    wide : callable, optional
        For a function: draws wide inputs; see `wide_inputs`. A `Function` has some by itself,
        where they couple.
    **how
        In place of `parts`: what `compared` takes for a function; for a `Function` `special`
        inputs, and `without`, the kinds of trials to leave out: see `examine`.

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
    earlier = tuple(find(name).name for name in builds_on)
    of = _of_function if isinstance(slot.target, type) else _of_plain
    gentle = any(not _has_no_derivative(registry[name]) for name in earlier)
    made = of(slot, parts, stand_in, extreme, no_extreme, gentle=gentle, **how)
    _declared[slot] = dataclasses.replace(
        made,
        builds_on=earlier,
        may_measure=may_measure,
        meanwhile=meanwhile,
        while_graded=while_graded,
        wide=wide,
    )


def _has_no_derivative(slot: Exercise) -> bool:
    """Tell whether an exercise is known to be one whose stand-in measures no gradient."""
    return slot in _declared and _declared[slot].no_extreme == NO_GRADIENT


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
    in_a_chapter = package.startswith("course_utils.chapters.")
    return f"{package}.checks" if in_a_chapter else f"{module}_checks"


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
    *,
    gentle: bool,
    special: Special = (),
    without: Sequence[str] = (),
) -> Declaration:
    cls: type[Function] = slot.target
    probing = None
    if not no_extreme:
        probing = default_probing(cls) if extreme is None else of_function(cls, extreme)
    parts = parts or {"": examiner_of(cls, special, without)}
    return Declaration(parts, stand_in or measured_backward(cls), probing, no_extreme)


def examiner_of(
    cls: type[Function], special: Special = (), without: Sequence[str] = ()
) -> Examiner:
    """Return what examines a backward of `cls`, at `special` inputs too, `without` some kinds."""

    def examine_backward(candidate: Implementation, seed: int | None = None) -> Report:
        function = with_backward(cls, candidate)
        return examine(function, special=special, without=without, seed=seed)

    return examine_backward


# ------------------------------------------------------------------ a plain function


def _of_plain(
    slot: Exercise,
    parts: Mapping[str, Examiner] | None,
    stand_in: Implementation | None,
    extreme: Build | None,
    no_extreme: str,
    *,
    gentle: bool,
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
    probing = None
    if extreme is not None:
        if stand_in is None:
            raise TypeError(f"{slot.name}: without a stand-in nothing is right at extreme inputs")
        # Earlier exercises that are not filled in take a complex step: they are not asked for more.
        probing = of_plain(stand_in, tuple(parts), extreme, gentle=gentle)
    return Declaration(parts, stand_in, probing, no_extreme)


def compared(
    reference: Callable[..., Any],
    make_inputs: Callable[..., tuple[Any, ...]],
    *,
    adapt: Callable[[Implementation], Implementation] | None = None,
    confusions: Sequence[Confusion] = (),
    special: Special = (),
    digits: int | None = None,
    result_name: str = "result",
) -> Examiner:
    """Return what compares an answer with `reference`.

    Parameters
    ----------
    adapt : callable, optional
        Makes what is compared of the answer; see `Adapted`.
    reference, make_inputs, confusions, special, digits, result_name
        As for `examine_named`.
    """

    def examine(candidate: Implementation, seed: int | None = None) -> Report:
        return examine_named(
            adapt(candidate) if adapt else candidate,
            reference,
            make_inputs,
            confusions=confusions,
            digits=digits,
            special=special,
            result_name=result_name,
            seed=seed,
        )

    return examine


def compared_each(
    reference: Callable[..., tuple[Any, ...]],
    make_inputs: Callable[..., tuple[Any, ...]],
    names: Mapping[str, str],
    confusions: Mapping[str, Sequence[Confusion]],
) -> dict[str, Examiner]:
    """Return parts, one for each of the results that an answer and `reference` return.

    Parameters
    ----------
    names : mapping
        The name of each part, and what its result is called.
    confusions : mapping
        Those of a part, by its name.
    """

    def one(position: int) -> Callable[[Implementation], Implementation]:
        def pick(results: Any) -> Any:
            return None if results is None else _several(results, tuple(names.values()))[position]

        return lambda function: Adapted(function, result=pick)

    return {
        part: compared(
            one(k)(reference),
            make_inputs,
            adapt=one(k),
            confusions=confusions.get(part, ()),
            result_name=name,
        )
        for k, (part, name) in enumerate(names.items())
    }


def _several(results: Any, names: Sequence[str]) -> Sequence[Any]:
    """Return the results of an answer, if there are as many as there should be."""
    wanted = f"it must return {len(names)} results, in this order: {', '.join(names)}"
    if not isinstance(results, tuple | list):
        what = "one array" if isinstance(results, np.ndarray) else f"a {type(results).__name__}"
        code = "count" if isinstance(results, np.ndarray | float | int) else "type"
        raise Unreadable(code, f"{what[0].upper()}{what[1:]} was returned; {wanted}.")
    if len(results) != len(names):
        raise Unreadable("count", f"{len(results)} results were returned; {wanted}.")
    return results
