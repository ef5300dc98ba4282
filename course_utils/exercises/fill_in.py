"""`fill_in` takes what a cell defines into the package, in this session and in the saved work."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.exercises import cells_run, public, saved_work, store
from course_utils.exercises.cell_source import CellSource, read_cell
from course_utils.exercises.notices import notice
from course_utils.exercises.registry import Exercise, Implementation, find

public_names: dict[str, Any] = {}
"""What a saved answer may import from `course_utils`, which puts it in here itself."""


class FillInError(Exception):
    """The cell cannot be taken into the package as it is; the text says what to change."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows this in place of a stack that holds nothing of the learner's.
        return [f"FillInError: {self}"]


def fill_in(target: Any) -> Callable[[Implementation], Any]:
    """Put the decorated function into the package, now and for later sessions.

    Parameters
    ----------
    target : Function subclass or function
        What is filled in: ``@fill_in(MatVec)`` above ``def backward(ctx, grad_output)``,
        ``@fill_in(chain_rule)`` above ``def chain_rule(grad_L, J_h)``.

    Returns
    -------
    callable
        A decorator. It returns what learners import under that name, so that the
        cell's own ``def`` and ``from course_utils import ...`` are the same thing.

    Raises
    ------
    FillInError
        If the function has another name or other arguments than it must have, or
        uses a name that is defined in another cell.

    Notes
    -----
    The cell's function is saved with the imports, helpers and constants of the
    same cell that it uses. A cell that is still the stub changes nothing: earlier
    work stays saved.
    """
    slot = find(target)

    def decorate(function: Implementation) -> Any:
        try:
            _fill(slot, function)
        except FillInError as error:
            slot.refused = str(error)
            slot.stub_in_notebook = True
            cells_run.decided(slot)
            raise
        cells_run.decided(slot)
        return function if isinstance(slot.target, type) else slot.target

    return decorate


def _fill(slot: Exercise, function: Implementation) -> None:
    if not inspect.isfunction(function):
        raise FillInError(f"@fill_in goes directly above a def, not above {function!r:.60}.")
    found = read_cell(function, public.names)
    if found.is_stub if found else "NotImplementedError" in function.__code__.co_names:
        _keep_stub(slot, has_code=bool(found and found.has_code))
        return
    _require_same_signature(slot, function)
    if found and found.elsewhere:
        names = " and ".join(f"`{name}`" for name in found.elsewhere)
        them = "it" if len(found.elsewhere) == 1 else "them"
        raise FillInError(
            f"{slot.entry} uses {names}, defined in another cell of this notebook. "
            f"The saved answer could not find {them} later: define {them} inside "
            f"{slot.entry}, or in this same cell. Nothing was filled in."
        )
    if found is None:
        slot.put(function)
        notice(
            f"{slot.name} is filled in for this session only: "
            "Python has no source for it, so it could not be saved."
        )
        return
    for name in found.unknown:
        notice(f"{slot.entry} uses `{name}`, which is not defined anywhere.")
    slot.put(_run(found, slot))
    _save(slot, found)


def _keep_stub(slot: Exercise, *, has_code: bool) -> None:
    slot.stub_in_notebook = True
    slot.refused = ""
    text = f"{slot.name}: not filled in yet."
    if has_code:
        slot.refused = (
            "Your code is there, but so is `raise NotImplementedError()`: delete that line."
        )
        text = f"{slot.name}: {slot.refused} Then run the cell again."
    elif slot.implementation is not None:
        text = (
            f"{slot.name}: this cell is still the stub. Your earlier answer is kept and other "
            f"notebooks go on using it; print(saved_answer({slot.name!r})) shows it. "
            "This cell is what gets graded, so write the answer here as well."
        )
    notice(text)


def _require_same_signature(slot: Exercise, function: Implementation) -> None:
    parameters = tuple(inspect.signature(function).parameters)
    if function.__name__ != slot.entry or parameters != slot.parameters:
        raise FillInError(
            f"The first line must read  def {slot.entry}({', '.join(slot.parameters)}):  "
            f"and this one reads  def {function.__name__}({', '.join(parameters)}):  "
            "Nothing was filled in."
        )


def _run(found: CellSource, slot: Exercise) -> Implementation:
    """Run the statements on their own, as a later session will, under the cell's line numbers."""
    namespace: dict[str, Any] = {"__name__": f"course_utils.filled_in.{slot.entry}", "np": np}
    code = compile(ast.Module(found.body, type_ignores=[]), found.filename, "exec")
    exec(code, namespace)
    result: Implementation = namespace[slot.entry]
    return result


def _save(slot: Exercise, found: CellSource) -> None:
    if store.alone():  # nothing is kept then, and the text takes as long as to run a cell
        return
    head = (
        f"# Your answer to exercise {slot.number} of notebook {slot.notebook}, saved when you\n"
        "# ran its cell. Change it there: this file is written anew each time.\n"
        "import numpy as np\n\n"
    )
    try:
        saved_work.save(slot.name, head + found.text())
    except OSError as error:
        notice(
            f"{slot.name} is filled in for this session, but could not be saved in "
            f"{store.folder()} ({error.strerror or error}). After a kernel restart, run its cell "
            f"again, or set {store.FOLDER_VARIABLE} to a folder you can write to."
        )
