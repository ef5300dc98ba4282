"""What stands in the place of `course_utils.checks` in the jail: nothing that compares is there.

Nothing can be checked. What is not filled in is computed where it can be computed by measuring, as
anybody can; what would be an answer to the exercise is asked of the judge.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # the package imports this module
    from course_utils.exercises.registry import Exercise, StandIn

AVAILABLE = False
NOT_HERE = (
    "Nothing is checked here while a submission is graded; the notebook's tests are run separately."
)

Ask = Callable[[Mapping[str, Any], tuple[Any, ...], dict[str, Any]], Any]
"""``ask(question, args, keywords)`` returns what the judge answers."""

_ask: Ask | None = None
_known: dict[str, StandIn | None] = {}
_faults: dict[tuple[str, int], str] = {}
_examined = 0


class CheckFailed(AssertionError):
    """Never raised here, but named where somebody catches it."""


def check(target: Any, **how: Any) -> None:
    """Say that nothing is checked here."""
    print(NOT_HERE)


check_vjp = check


def score(target: Any, points: Mapping[str, float], **how: Any) -> float:
    """Say that nothing is checked here; no point comes from here in any case."""
    print(NOT_HERE)
    return 0.0


def failing_inputs() -> dict[str, Any]:
    """Say that nothing was checked here, and nothing failed."""
    print(NOT_HERE)
    return {}


def _refuse(*args: Any, **keywords: Any) -> Any:
    raise RuntimeError(NOT_HERE)


examine = examine_exercise = parts_right = _refuse


def listen(ask: Ask) -> None:
    """From now on ask the judge with this."""
    global _ask
    _ask = ask


def tell_faults(faults: Mapping[str, tuple[int, str]]) -> None:
    """Know which answers are wrong, each by how often its exercise had been filled in."""
    for answer in [answer for answer, fault in _faults.items() if fault]:
        del _faults[answer]
    _faults.update({(name, times): fault for name, (times, fault) in faults.items()})


def fault_of(slot: Exercise) -> str:
    """Say what is wrong with an answer that something uses, "" for nothing.

    Only a cell asks: what an answer that is examined may use was told with the call.
    """
    answer = slot.name, slot.times_filled
    if answer not in _faults:
        if _ask is None or _examined:
            return ""
        drawn, plain = np.random.get_state(), random.getstate()  # noqa: NPY002
        _faults[answer] = str(_ask({"ask": "fault", "name": answer[0], "times": answer[1]}, (), {}))
        np.random.set_state(drawn)  # noqa: NPY002
        random.setstate(plain)
    return _faults[answer]


@contextmanager
def examined() -> Iterator[None]:
    """Ask for no answer's fault inside, and anew for what stands in: the judge is to see it."""
    global _examined
    _examined += 1
    _known.clear()
    try:
        yield
    finally:
        _known.clear()
        _examined -= 1


def stand_in_of(slot: Exercise) -> StandIn | None:
    """Return what does for an exercise that is not filled in; None for nothing."""
    if slot.name not in _known and _ask is not None:
        said = _ask({"ask": "stand-in", "name": slot.name}, (), {})
        _known[slot.name] = _made(slot, said) if isinstance(said, dict) else None
    return _known.get(slot.name)


def _made(slot: Exercise, said: Mapping[str, Any]) -> StandIn:
    from course_utils.exercises.measured import measured_backward
    from course_utils.exercises.registry import StandIn

    module, _, name = said["place"].rpartition(":")
    if name == measured_backward.__name__:
        return _stand_in(measured_backward(slot.target), said)
    if module:
        return _stand_in(getattr(importlib.import_module(module), name), said)

    def asked(*args: Any, **keywords: Any) -> Any:
        assert _ask is not None
        return _ask({"ask": "computed", "name": slot.name}, args, keywords)

    return StandIn(asked, said["meanwhile"])


def _stand_in(compute: Callable[..., Any], said: Mapping[str, Any]) -> StandIn:
    from course_utils.exercises.registry import StandIn
    from course_utils.exercises.resting import other

    if said["changed"]:
        return StandIn(lambda *args, **keywords: other(compute(*args, **keywords)), "")
    return StandIn(compute, said["meanwhile"])
