"""What stands in the cell of an exercise: IPython tells of each cell that is run.

A cell that was run, and from which `fill_in` got nothing, takes its exercise back: what was
filled in before is no longer what stands there. The exercise's cell is the one that last held
``@fill_in(...)`` of it, and until there is one, the one with the id that the course gave it.
Where nobody tells of cells (a terminal, plain Python), nothing here happens.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from typing import Any

from course_utils.exercises import saved_work
from course_utils.exercises.notices import notice
from course_utils.exercises.registry import Exercise, named, registry

# The end of the line may be what is wrong with the cell.
_DECORATOR = re.compile(r"^[ \t]*@[ \t]*(?:\w+\.)*fill_in\([ \t]*[\"']?([\w.]+)", re.MULTILINE)

_heard: list[set[str]] = [set()]
"""What `fill_in` has decided on, for each cell that is running: a magic runs one in another.
The first is for the cell that imports this, whose beginning nobody has heard of."""

_watched: list[Any] = []
"""The shell that tells of its cells, if there is one."""

_homes: dict[str, str] = {}
"""The id of the cell that held the exercise last."""


def decided(slot: Exercise) -> None:
    """Keep in mind that `fill_in` got to this exercise, whatever it made of it."""
    if _heard:
        _heard[-1].add(slot.name)


def watch(shell: Any = None) -> None:
    """Let IPython tell of its cells from now on.

    Parameters
    ----------
    shell : InteractiveShell, optional
        This session's without it, if there is one.
    """
    if shell is None:
        # To import IPython takes longer than all of this package, and here it would be for nothing.
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        _watched.append(shell)
        shell.events.register("pre_run_cell", _before)
        shell.events.register("post_run_cell", _after)


def judged_instead(slot: Exercise) -> str:
    """Return a sentence if what is judged need not stand on the screen; "" otherwise."""
    if saved_work.is_of_this_session(slot):
        if not saved_work.is_changed(slot):
            return ""
        return (
            f"{slot.name}: another session has saved another answer {saved_work.saved_at(slot)}. "
            "What is judged here is what this notebook's cell held when it was run."
        )
    when = saved_work.saved_at(slot)
    if not _watched or not when:
        return ""
    return (
        f"{slot.name}: its cell has not been run in this session. What is judged is the answer "
        f"that was saved {when}."
    )


def _before(info: Any) -> None:
    _heard.append(set())
    saved_work.follow()


def _after(result: Any) -> None:
    info = result.info
    if not _heard or not info.raw_cell or info.raw_cell.isspace():  # it did not begin either
        return
    decided_on = _heard.pop()
    if _heard:
        _heard[-1] |= decided_on
    cell = _id_of(info)
    written = {slot.name for slot in _written_in(info.raw_cell, decided_on)}
    if cell:
        is_other = bool(written | decided_on)  # two notebooks may give the same id
        at_home = {slot.name for slot in registry.values() if cell == _home(slot, is_other)}
        _homes.update(dict.fromkeys(written | decided_on, cell))
    else:
        at_home = set()
    for name in sorted((written | at_home) - decided_on):
        _take_back(registry[name], result, is_written=name in written)


def _id_of(info: Any) -> str:
    """Return the id of the cell, "" where nobody says it."""
    found = getattr(info, "cell_id", None)
    if not found:
        # The kernel in the browser gives it to nobody, but keeps the message in which it came.
        try:
            found = _watched[-1].kernel.get_parent()["metadata"]["cellId"]
        except (AttributeError, LookupError, TypeError):
            found = ""
    return str(found or "")


def _home(slot: Exercise, is_other: bool) -> str:
    given = "" if is_other else f"ex-{slot.number.replace('.', '-')}-answer"
    return _homes.get(slot.name, given)


def filled_by_text(cell: str) -> set[Exercise]:
    """Return the exercises that stand in the decorators of a cell, Python or not."""
    return {slot for target in _DECORATOR.findall(cell) if (slot := named(target))}


def _written_in(cell: str, known: set[str]) -> Iterator[Exercise]:
    """Yield the exercises that a cell would fill in, by its text."""
    found = filled_by_text(cell)
    if all(slot.name in known for slot in found):
        yield from found
        return
    try:
        tree = ast.parse(cell)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # magics too
        yield from found
        return
    # A line of a text may look like a decorator.
    decorators = [
        decorator
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for decorator in node.decorator_list
    ]
    for decorator in decorators:
        for target in _DECORATOR.findall("@" + ast.unparse(decorator)):
            slot = named(target)
            if slot:
                yield slot


def _take_back(slot: Exercise, result: Any, *, is_written: bool) -> None:
    """Say that nothing of the cell was taken, and why."""
    line = f"`@fill_in({slot.short})`"
    error = result.error_before_exec or result.error_in_exec
    kind = type(error).__name__
    an = "an" if kind[:1] in "AEIOU" else "a"
    if isinstance(error, SyntaxError):
        at = f" in line {error.lineno}" if error.lineno else ""
        slot.refused = f"its cell was run last with {an} {kind}{at}, so nothing of it was taken"
    elif error is not None:
        slot.refused = (
            f"its cell was run last and stopped with {an} {kind} before anything of it was taken"
        )
    elif is_written:
        slot.refused = f"its cell was run last and did not get to {line}"
    else:
        slot.refused = f"its cell was run last without {line}, so nothing of it was taken"
    slot.stub_in_notebook = True
    if error is None:  # an error is shown by itself
        notice(f"{slot.name}: {slot.refused}.")
