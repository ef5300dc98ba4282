"""What in all that an answer reaches a person should look at, whatever its text says.

The jail tells what the code objects reach. That is only true of honest submissions, so the text of
all cells is looked at for what could make the jail tell something else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from autograde.judging.suspicion import (
    COMPLEX,
    HIDING,
    LARGEST_STEP,
    ROUNDING,
    is_quotient,
    measuring,
    parsed,
    suspicious,
)
from course_utils.checks.declarations import declaration_of
from course_utils.exercises.registry import Exercise

PATCHING = {
    *("inside", "ctypes", "__main__", "__code__", "f_globals", "settrace", "setprofile"),
    *("co_names", "co_consts", "modules", "gc", "builtins", "importlib", "runpy"),
    *("__globals__", "__subclasses__", "__self__", "co_filename"),
}
"""Modules and attributes that a cell needs which changes what the jail tells of the others."""

RUNNING = {"compile", "exec", "__import__", "__builtins__"}
"""What is built in and runs what no text shows, or as if it came from a library's file."""

_MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*)$", re.MULTILINE)
_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(PATCHING | RUNNING))})\b")

MORE_HIDING = HIDING | {"getattr", "vars", "attrgetter", "methodcaller", "frompyfunc", "__dict__"}


def looked_at(slot: Exercise, told: Any, sources: Sequence[str]) -> str:
    """Return what a person should be told of an answer, "" for nothing.

    Parameters
    ----------
    slot : Exercise
    told : mapping
        What the jail says the answer reaches.
    sources : sequence of str
        All cells of the notebook.
    """
    if declaration_of(slot).may_measure:
        return ""
    said = said_of(slot, sources)
    signs = dict.fromkeys([*signs_of(slot, told, sources), *patched_in(tuple(sources))])
    new = [sign for sign in signs if not any(sign in each for each in said)]
    return f"the answer to {slot.name} {', '.join(new)}" if new else ""


def said_of(slot: Exercise, sources: Sequence[str]) -> list[str]:
    """Return what the text of the cells says of an answer."""
    start = f"the answer to {slot.name} "
    return [each for source in sources for each in suspicious(source) if each.startswith(start)]


def signs_of(slot: Exercise, told: Any, sources: Sequence[str]) -> Iterator[str]:
    """Yield what in what an answer reaches looks like measuring."""
    if not isinstance(told, dict) or told.get("all") is not True:
        yield "reaches more than can be looked at"
        return
    names, codes = texts(told.get("names")), texts(told.get("codes"))
    for name in sorted(names & measuring()):
        yield f"uses `{name}`"
    for name in sorted(names & MORE_HIDING):
        yield f"uses `{name}`, which can hide what is run"
    if {"sys", "modules"} <= names:
        yield "uses `modules`, which can hide what is run"
    if names & COMPLEX or told.get("imaginary"):
        yield "computes with complex numbers"
    own = slot.name.removesuffix(".backward").rpartition(".")[2]
    if slot.entry != "forward" and "forward" in names:
        yield "calls a forward"
    if {"apply", own} <= names:
        yield "calls its own forward"
    yield from quotients(codes, tuple(sources))
    if declaration_of(slot).probing is not None or slot.name.startswith("nn."):
        for name in sorted(names & ROUNDING):
            yield f"uses `{name}`, from which steps are made"
        numbers = told.get("numbers")
        for value in numbers if isinstance(numbers, list) else []:
            if isinstance(value, float) and 0 < abs(value) <= LARGEST_STEP:
                yield f"has the small number {abs(value):g}, like a step"


def texts(told: Any) -> set[str]:
    """Return the names in what was told."""
    return {each for each in told if isinstance(each, str)} if isinstance(told, list) else set()


def quotients(codes: set[str], sources: tuple[str, ...]) -> Iterator[str]:
    """Yield the quotients of differences in the functions of some names."""
    for name, shown in quotients_in(sources):
        if name in codes:
            yield f"divides a difference of two values of one function: `{shown}`"


@lru_cache(maxsize=64)
def quotients_in(sources: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the quotients in all functions, with the function's name."""
    return tuple(
        (function.name, ast.unparse(node)[:60])
        for source in sources
        if "/" in source and "def " in source
        for function in ast.walk(parsed(source))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if is_quotient(node)
    )


@lru_cache(maxsize=64)
def patched_in(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Return what in any cell could change what the jail tells."""
    found: set[str] = set()
    for source in sources:
        if _WORDS.search(source):
            tree = parsed(_MAGIC.sub(r"\1pass", source))
            # What cannot be read as Python is taken by its words.
            there = set(parts_in(tree)) if tree.body else {*re.findall(r"\w+", source)}
            found |= (PATCHING | RUNNING | {"sys"}) & there
    if "sys" not in found:  # modules may be anybody's
        found.discard("modules")
    found.discard("sys")
    return tuple(f"stands beside a cell that uses `{name}`" for name in sorted(found))


def parts_in(tree: ast.Module) -> Iterator[str]:
    """Yield the parts of what is imported, the attributes, and the first words of texts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield from alias.name.split(".")
            yield from (getattr(node, "module", None) or "").split(".")
        elif isinstance(node, ast.Attribute) and not own_attribute(node):
            yield from {node.attr} - RUNNING  # as in re.compile
        elif isinstance(node, ast.Name) and node.id in RUNNING:
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.partition(".")[0]


def own_attribute(node: ast.Attribute) -> bool:
    """Tell whether an attribute is of what a method belongs to: `self.modules` is anybody's."""
    return isinstance(node.value, ast.Name) and node.value.id == "self"
