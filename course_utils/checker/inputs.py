"""A Function's inputs: what they are called, and which of them have a gradient."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Function, as_float64
from course_utils.checker.trials import MakeInputs
from course_utils.measure.numerical import FIXED_SEED


def inputs_of(
    function: type[Function], make_inputs: MakeInputs, sizes: Mapping[str, int]
) -> tuple[tuple[str, ...], list[int]]:
    """Return the names of the inputs that are drawn, and the positions of those with a gradient.

    An argument of `forward` with a default need not be drawn. Labels and masks, which are drawn
    as integers and truth values, have no gradient.

    Raises
    ------
    ValueError
        If something is drawn that holds no numbers.
    """
    names = function.input_names()
    try:
        drawn = tuple(make_inputs(np.random.default_rng(FIXED_SEED), **sizes))
    except Exception:  # what is the matter is said where a trial draws them
        return names, list(range(len(names)))
    if not names:  # forward(ctx, *inputs)
        names = tuple(f"input_{i}" for i in range(len(drawn)))
    for name, x in zip(names, drawn, strict=False):
        try:
            as_float64(x, name)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{function.__name__} cannot be checked, which is not the fault of its backward. "
                f"Of the inputs that make_inputs draws {error}"
            ) from error
    optional = len(inspect.unwrap(function.forward).__defaults__ or ())
    if len(names) - optional <= len(drawn) < len(names):
        names = names[: len(drawn)]
    counted = [k for k, x in enumerate(drawn[: len(names)]) if _is_counted(x)]
    measured = [k for k in range(len(names)) if k not in counted]
    return names, measured or counted


def positions_of(names: tuple[str, ...], wrt: Sequence[str | int]) -> tuple[int, ...]:
    """Turn names or positions of inputs into positions."""
    found = []
    for which in wrt:
        position = names.index(which) if which in names else which
        if not isinstance(position, int) or not 0 <= position < len(names):
            raise ValueError(f"wrt names {which!r}; the inputs are {', '.join(names)}")
        found.append(position)
    if not found:
        raise ValueError("wrt is empty: there is no gradient to check")
    return tuple(found)


def _is_counted(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind in "iub"


def advice(drawn: Sequence[Any], names: Sequence[str]) -> str:
    """Return what to do in a forward that cannot index with what was drawn; "" if nothing helps."""
    counted = [(name, x) for name, x in zip(names, drawn, strict=True) if _is_counted(x)]
    if not counted:
        return ""
    name, x = counted[0]
    kind = "bool" if x.dtype.kind == "b" else "int"
    return (
        f"Every input arrives as float64, as from vjp: write {name}.astype({kind}) where forward "
        f"and backward need {name} as it was drawn"
    )
