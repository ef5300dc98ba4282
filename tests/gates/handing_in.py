"""Hand in everything that is in the students' package as the answer to every exercise.

``python -m tests.gates.handing_in`` writes, as JSON, what is right, and how it came to that.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import gc
import importlib
import inspect
import io
import json
import os
import pkgutil
import signal
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import course_utils
from course_utils.checks.declarations import declaration_of
from course_utils.checks.derived_or_measured import reviewed
from course_utils.checks.methods import RunExaminer
from course_utils.exercises.notices import silence
from course_utils.exercises.registry import Exercise, registry

from .solved import answers_of_the_solutions

PACKAGE = Path(course_utils.__file__).parent
SEED = 0
WORKING, WAITING = 10, 600
"""Seconds after which a function is stopped: those that it works, and those by the clock."""

MEASURES = "measures"
EVALUATES = "evaluates the function that it is handed"
ASKS_FOR_SIZE = "asks for the size of an array"
HANDS_BACK = "hands back what it is handed"

Function = Callable[..., Any]

# ------------------------------------------------------------------ what is in the package


def functions() -> list[Function]:
    """Return what can be called of the package and is alive, and the functions inside of it.

    Wherever it hangs: in a module, a class, a closure, a default or the registry. Of the functions
    that are made when another one runs, those that need nothing from it are made here.
    """
    for module in pkgutil.walk_packages(course_utils.__path__, "course_utils."):
        if module.name.split(".")[1] not in ("__main__", "filled_in"):
            importlib.import_module(module.name)
    for slot in registry.values():
        declaration_of(slot)
    found = [each for each in gc.get_objects() if (code := code_of(each)) and _is_ours(code)]
    seen = {code_of(each) for each in found}
    for each in found.copy():
        for code in _inside(each.__code__) if isinstance(each, types.FunctionType) else ():
            if code not in seen and not code.co_freevars:
                seen.add(code)
                found.append(types.FunctionType(code, each.__globals__))
    return found


def code_of(thing: Any) -> types.CodeType | None:
    """Return the code of a function, or of the one that runs when something else is called."""
    while not isinstance(thing, types.FunctionType):
        if isinstance(thing, functools.partial):
            thing = thing.func
        elif isinstance(thing, types.MethodType):
            thing = thing.__func__
        elif isinstance(thing, functools._lru_cache_wrapper):
            thing = thing.__wrapped__
        elif callable(thing) and isinstance(type(thing).__call__, types.FunctionType):
            thing = type(thing).__call__
        else:
            return None
    return thing.__code__


def _is_ours(code: types.CodeType) -> bool:
    return code.co_filename.startswith(f"{PACKAGE}{os.sep}")


def _inside(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            # Comprehensions are functions of their own to Python alone.
            if constant.co_name == "<lambda>" or not constant.co_name.startswith("<"):
                yield constant
            yield from _inside(constant)


def _counts(function: Function, most: int) -> set[int]:
    """Return with how many arguments a function can be called."""
    found = set()
    for count in range(1, most + 1):
        with contextlib.suppress(TypeError, ValueError):
            inspect.signature(function).bind(*range(count))
            found.add(count)
    return found


# ------------------------------------------------------------------ handing in


class _Recorded(BaseException):
    """A first call was recorded: no more is wanted."""


@dataclass
class FirstCall:
    """What a check asks first, and what is right there.

    Attributes
    ----------
    run : callable or None
        Makes something of an answer, where a check does not call it by itself.
    many : bool
        Whether there are other right answers.
    """

    arguments: tuple[Any, ...]
    run: Function | None = None
    right: Any = None
    many: bool = False

    def made_with(self, function: Function) -> Any:
        """Return what comes of a function, or its error."""
        arguments = copy.deepcopy(self.arguments)
        try:
            return self.run(function, [], *arguments) if self.run else function(*arguments)
        except BaseException as error:
            return error

    def rules_out(self, function: Function) -> bool:
        """Tell whether a function is wrong here, so that nothing more has to be asked."""
        made = self.made_with(function)
        if isinstance(self.right, BaseException):
            return False
        return not _alike(made, self.right, np.inf if self.many else 1e-3)


def _alike(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(other, tuple | list):
        same_length = isinstance(one, tuple | list) and len(one) == len(other)
        return same_length and all(_alike(x, y, tolerance) for x, y in zip(one, other, strict=True))
    try:
        one, other = (np.asarray(x, dtype=np.float64) for x in (one, other))
    except Exception:
        return False
    return one.shape == other.shape and (tolerance == np.inf or np.allclose(one, other, tolerance))


def first_call(slot: Exercise, right: Function) -> FirstCall:
    """Return what the check of an exercise asks first."""
    examine = next(iter(declaration_of(slot).parts.values()))
    if isinstance(examine, RunExaminer):
        asked = FirstCall(examine.make_inputs(np.random.default_rng(SEED)), examine.run)
    else:
        recorded: list[tuple[Any, ...]] = []

        def candidate(*arguments: Any) -> Any:
            recorded.append(copy.deepcopy(arguments))
            raise _Recorded

        with contextlib.suppress(_Recorded):
            examine(candidate, SEED)
        asked = FirstCall(recorded[0], many=declaration_of(slot).stand_in is None)
    asked.right = asked.made_with(right)
    return asked


@dataclass
class Passed:
    """A function that is right as the answer to an exercise, and what it was seen to do."""

    exercise: str
    function: str
    how: list[str]


def handed_in(slot: Exercise, function: Function, first: FirstCall) -> Passed | None:
    """Let a function be examined as the answer to an exercise, in all of its parts."""

    def candidate(*arguments: Any) -> Any:
        return function(*arguments)

    candidate.__name__ = slot.entry
    for part, examine in declaration_of(slot).parts.items():
        report = reviewed(slot, part, candidate, examine(candidate, SEED), SEED)
        if not report.passed:
            return None
    return Passed(slot.name, _named(function), sorted(_seen(function, first)))


def _seen(function: Function, first: FirstCall) -> set[str]:
    """Return how a function comes to what it returns when it is asked first."""
    seen = set()

    def watched(*arguments: Any) -> Any:
        # What was measured a moment ago, to compare with, would be there already.
        getattr(function, "cache_clear", lambda: None)()
        handed = {code for each in arguments if (code := code_of(each))}

        def see(frame: types.FrameType, event: str, _: Any) -> None:
            code = frame.f_code
            if event == "call" and code.co_filename.startswith(f"{PACKAGE / 'measure'}{os.sep}"):
                seen.add(MEASURES)
            if event == "call" and code in handed:
                seen.add(EVALUATES)
            if event == "call" and _is_ours(code) and "nbytes" in code.co_names:
                seen.add(ASKS_FOR_SIZE)

        sys.setprofile(see)
        try:
            returned = function(*arguments)
        finally:
            sys.setprofile(None)
        if any(_alike(returned, each, 0.0) for each in arguments):
            seen.add(HANDS_BACK)
        return returned

    first.made_with(watched)
    return seen


def _named(function: Function) -> str:
    code = code_of(function)
    assert code is not None
    place = Path(code.co_filename)
    place = place.relative_to(PACKAGE.parent) if place.is_relative_to(PACKAGE.parent) else place
    return f"{getattr(function, '__qualname__', code.co_qualname)} ({place}:{code.co_firstlineno})"


def handed_in_everywhere(function: Function, asked: dict[str, FirstCall]) -> list[Passed]:
    """Hand a function in as the answer to every exercise that it has the arguments for."""
    counts = _counts(function, max(len(slot.parameters) for slot in registry.values()))
    found = []
    for name, first in asked.items():
        slot = registry[name]
        if len(slot.parameters) in counts and not first.rules_out(function):
            with contextlib.suppress(Exception, SystemExit):
                found.append(handed_in(slot, function, first))
    return [each for each in found if each is not None]


# ------------------------------------------------------------------ all of them


def everything() -> dict[str, Any]:
    """Hand in every function of the package.

    Returns
    -------
    dict
        ``"passed"``; ``"functions"``: how many there are; and ``"ended"``: those that ended their
        process, took too long, or changed the exercises.
    """
    with silence(), contextlib.redirect_stdout(io.StringIO()):
        found = functions()
        answers = answers_of_the_solutions()
        asked = {name: first_call(registry[name], answer) for name, answer in answers.items()}
        passed: list[dict[str, Any]] = []
        ended = []
        begin = 0
        while begin < len(found):
            lines = _in_a_child(found[begin:], asked)
            passed += [each for line in lines for each in line]
            begin += len(lines)
            if begin < len(found):
                ended.append(_named(found[begin]))
                begin += 1
    return {"passed": passed, "functions": len(found), "ended": ended}


def _in_a_child(
    some: Sequence[Function], asked: dict[str, FirstCall]
) -> list[list[dict[str, Any]]]:
    """Hand in functions in a process of its own; return what each passed, up to one that spoils it.

    What is called with anything may change anything, and nothing after it would mean much.
    """
    reading, writing = os.pipe()
    if child := os.fork():
        os.close(writing)
        with os.fdopen(reading) as pipe:
            lines = [json.loads(line) for line in pipe if line.endswith("\n")]
        os.waitpid(child, 0)
        return lines
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        before = _state()
        for function in some:
            signal.alarm(WAITING)
            signal.setitimer(signal.ITIMER_PROF, WORKING)
            lines = [asdict(each) for each in handed_in_everywhere(function, asked)]
            if _state() != before:
                break
            os.write(writing, (json.dumps(lines) + "\n").encode())
    finally:
        os._exit(0)


def _state() -> Any:
    """Return what of the exercises could be changed by calling a function."""
    slots = [(slot.name, slot.implementation, slot.parameters) for slot in registry.values()]
    return slots, [id(declaration_of(slot)) for slot in registry.values()], id(_provider())


def _provider() -> Any:
    return vars(importlib.import_module("course_utils.exercises.registry"))["_provider"]


if __name__ == "__main__":
    print(json.dumps(everything()))
