"""What an answer's code reaches, by its code objects, however it is spelled.

A name may be another's, a helper may stand in another cell or hang on NumPy: what is followed
here are the objects. It is told as data, and the judge decides; it looks at the text as well.
"""

from __future__ import annotations

import builtins
import functools
import sys
import types
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from numpy import ndarray

from course_utils.autodiff.function import Context

LIBRARIES = tuple({sys.prefix, sys.base_prefix, "/usr/", "/jail/", "<frozen", "<__array"})
"""Where code lies that is only named and not gone through."""
WORK = "/jail/work/"

MOST = 2_000
"""Objects that are looked at, and names that are told."""
NEAR = 200
"""Objects on which one function may look up a name."""
LONGEST = 80
PLAIN = (int, float, str, tuple, list, dict, bool, type(None))


def reached(start: Any) -> dict[str, Any]:
    """Return what of names, functions and numbers an answer reaches."""
    found = Reach()
    found.follow(start)
    return {
        "names": sorted(name[:LONGEST] for name in found.names)[:MOST],
        "codes": sorted(name[:LONGEST] for name in found.codes)[:MOST],
        "numbers": sorted(found.numbers)[:MOST],
        "imaginary": found.imaginary,
        "all": not (found.waiting or found.stopped),
    }


class Reach:
    """Goes from object to object, each once.

    Attributes
    ----------
    names : set of str
        Of attributes and builtins that are looked up, and of what is a library's.
    codes : set of str
        Of the functions that the submission wrote.
    numbers : set of float
        That stand in the code, or in what it reads.
    imaginary : bool
        Whether complex numbers are among them.
    stopped : bool
        Whether something could not be looked at.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.codes: set[str] = set()
        self.numbers: set[float] = set()
        self.imaginary = False
        self.stopped = False
        self.seen: dict[int, Any] = {}  # kept alive, so that no id comes twice
        self.waiting: list[Any] = []

    def follow(self, start: Any) -> None:
        """Go through all that `start` reaches."""
        self.waiting.append(start)
        while self.waiting and len(self.seen) < MOST:
            thing = self.waiting.pop()
            if id(thing) not in self.seen:
                self.seen[id(thing)] = thing
                try:
                    self.waiting.extend(self._next(thing))
                except Exception:  # a student's object may do anything
                    self.stopped = True

    def _next(self, thing: Any) -> Iterable[Any]:
        kind = type(thing)  # which an object cannot lie about, as it can to isinstance
        if kind is bool:
            return ()
        if issubclass(kind, int | float):
            with suppress(OverflowError):
                self.numbers.add(float(thing))
            return ()
        if issubclass(kind, str):
            self.names.update([str(thing)] if str(thing).isidentifier() else [])  # for getattr
            return ()
        if issubclass(kind, tuple | list | set | frozenset | dict):
            return [*(thing.values() if issubclass(kind, dict) else thing)][:MOST]
        if kind is types.FunctionType:
            return self._function(thing)
        if issubclass(kind, types.ModuleType):
            self.names.update(str(vars(thing).get("__name__")).split("."))
            return ()
        return self._type(thing) if issubclass(kind, type) else self._object(thing)

    def _function(self, function: types.FunctionType) -> Iterator[Any]:
        if of_library(function.__code__.co_filename):
            module = str(function.__module__).rpartition(".")[2]
            self.names.update((function.__name__, module))
            return
        yield from self._code(function.__code__, function.__globals__)
        yield function.__defaults__
        yield function.__kwdefaults__
        yield function.__dict__
        for cell in function.__closure__ or ():
            with suppress(ValueError):  # not filled yet
                yield cell.cell_contents

    def _code(self, code: types.CodeType, space: dict[str, Any]) -> Iterator[Any]:
        self.codes.add(code.co_name)
        held: list[Any] = [Context, ndarray]  # what it is given: somebody may hang a method there
        for name in code.co_names:
            if name in space:
                held.append(space[name])
            else:
                self.names.add(name)
                held += [vars(builtins)[name]] if name in vars(builtins) else []
        words = {
            "__getattr__",
            *code.co_names,
            *(each for each in code.co_consts if isinstance(each, str)),
        }
        for thing in held:  # which grows: what hangs on what it reads, and on that
            if len(held) < NEAR and type(thing) not in PLAIN:
                held += [vars_of(thing)[word] for word in words & vars_of(thing).keys()]
        yield from held
        for value in code.co_consts:
            if isinstance(value, types.CodeType):
                yield from self._code(value, space)
            else:
                yield value

    def _type(self, kind: type) -> Iterator[Any]:
        for base in kind.__mro__:
            module = sys.modules.get(base.__module__)
            if base.__module__ != "__main__" and of_library(getattr(module, "__file__", None)):
                self.names.add(base.__name__)
                return
            yield from vars(base).values()

    def _object(self, thing: Any) -> Iterator[Any]:
        self.imaginary |= isinstance(thing, complex)
        self.imaginary |= "c" in (getattr(thing, "kind", ""), dtype_of(thing))
        if isinstance(thing, functools.partial):
            yield from (thing.func, thing.args, thing.keywords)
        for name in ("__func__", "__self__", "fget", "__wrapped__", "gi_code", "__name__"):
            yield getattr(thing, name, None)
        if str(getattr(thing, "__name__", "")).endswith(" (vectorized)"):
            self.names.add("frompyfunc")  # which does not tell what it calls
        yield type(thing)
        yield getattr(thing, "__dict__", None)


def vars_of(thing: Any) -> dict[str, Any]:
    """Return what hangs on a module, a class or an object, the class's own included."""
    found: dict[str, Any] = {}
    for kind in reversed(type.mro(thing if issubclass(type(thing), type) else type(thing))):
        found |= vars(kind)
    return found | (getattr(thing, "__dict__", None) or {})


def dtype_of(thing: Any) -> str:
    """Return the kind of numbers in an array, "" for what is none."""
    return str(getattr(getattr(thing, "dtype", None), "kind", ""))


def of_library(file: Any) -> bool:
    """Tell whether code comes from a file that every jail holds; what is built in has none."""
    return file is None or (str(file).startswith(LIBRARIES) and not str(file).startswith(WORK))
