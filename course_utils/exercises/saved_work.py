"""What was filled in earlier: loaded when the package is imported, and shown when asked for."""

from __future__ import annotations

import inspect
import traceback
from typing import Any

from course_utils.exercises import store
from course_utils.exercises.notices import notice
from course_utils.exercises.registry import find, registry


def saved_answer(target: Any) -> str:
    """Return the source of the saved answer, as it was written.

    Raises
    ------
    LookupError
        If nothing is saved for that exercise.
    """
    slot = find(target)
    text = store.read(slot.name)
    if text is None:
        raise LookupError(f"Nothing is saved for {slot.name} in {store.folder()}.")
    return text


def load_saved_work() -> None:
    """Put every saved answer into its slot; report the ones that no longer work.

    Called once, when `course_utils` is imported. Never raises for what a learner saved.
    """
    for slot in registry.values():
        try:
            text = store.read(slot.name)
            if text is None:
                continue
            path = store.path_of(slot.name)
            namespace: dict[str, Any] = {
                "__name__": f"course_utils.filled_in.{slot.entry}",
                "__file__": str(path),
            }
            exec(compile(text, str(path), "exec"), namespace)
            function = namespace.get(slot.entry)
            if not inspect.isfunction(function):
                raise ImportError(f"it defines no function {slot.entry}")
            parameters = tuple(inspect.signature(function).parameters)
            if parameters != slot.parameters:
                raise ImportError(f"its arguments are {parameters}, not {slot.parameters}")
            slot.implementation = function
        # Whatever was saved, importing the package must work; SystemExit is no Exception.
        except (Exception, SystemExit) as error:
            slot.load_error = one_line(error, "filled_in")
            notice(
                f"Your saved answer to {slot.name} does not load "
                f"({slot.load_error}). It is kept in {store.path_of(slot.name)}; "
                f"run its cell in {slot.where} again to replace it. "
                "Until then it counts as not filled in."
            )


def one_line(error: BaseException, place: str) -> str:
    """Return the error and, where it has one, its line in the file that has `place` in its path."""
    text = traceback.format_exception_only(error)[-1].strip()
    line = getattr(error, "lineno", None)
    if line is None and error.__traceback__ is not None:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if place in f.filename]
        line = frames[-1].lineno if frames else None
    return f"{text}, line {line}" if line else text
