"""What was filled in earlier: loaded when the package is imported, and shown when asked for."""

from __future__ import annotations

import inspect
import linecache
import time
import traceback
from pathlib import Path
from typing import Any

from course_utils.exercises import store
from course_utils.exercises.notices import notice
from course_utils.exercises.registry import Exercise, Implementation, find, registry

_known: dict[Path, tuple[store.Stamp | None, str | None]] = {}
"""What each file was like when this session read or wrote it last."""

_loaded: dict[str, Implementation] = {}
"""What came from a file, by the exercise's name."""

_folder: store.Stamp | None = None
"""The same of the folder: while that stays, no file was written anew."""


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
    global _folder
    _folder = store.stamp(store.folder())
    for slot in registry.values():
        _load(slot)


def save(name: str, text: str) -> None:
    """Save the answer to `name`, which this session has from its own cell.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path = store.write(name, text)
    if path is not None:
        _known[path] = store.stamp(path), text


def follow() -> None:
    """Take what another session has saved since; never raises.

    What a cell of this session has filled in stays: it is what stands in that cell.
    """
    global _folder
    if store.alone():
        return
    now = store.stamp(store.folder())
    if now != _folder:
        _folder = now
        for slot in registry.values():
            follow_one(slot)


def follow_one(slot: Exercise) -> None:
    """Do it for one exercise, and say so."""
    if is_changed(slot) and not is_of_this_session(slot):
        _load(slot)
        if not slot.load_error:
            notice(
                f"{slot.name}: another session has saved a new answer to it; "
                "from now on it is used here too."
            )


def is_of_this_session(slot: Exercise) -> bool:
    """Tell whether a cell of this session has filled it in; otherwise it is the saved answer."""
    written = slot.implementation
    return written is not None and written is not _loaded.get(slot.name)


def saved_at(slot: Exercise) -> str:
    """Say when the answer was saved, "" if none is."""
    stamp = store.stamp(store.path_of(slot.name))
    if stamp is None:
        return ""
    return time.strftime("on %Y-%m-%d at %H:%M", time.localtime(stamp[0] / 1e9))


def is_changed(slot: Exercise) -> bool:
    """Tell whether the saved answer is another one than was read or written here last."""
    path = store.path_of(slot.name)
    stamp = store.stamp(path)
    known = _known.get(path, (None, None))
    if stamp is None or stamp == known[0] or store.alone():
        return False
    try:
        text = store.read(slot.name)
    except (OSError, UnicodeDecodeError):
        return True
    if text == known[1]:
        _known[path] = stamp, text
        return False
    return True


def _load(slot: Exercise) -> None:
    path = store.path_of(slot.name)
    stamp = store.stamp(path)
    _known[path] = stamp, None
    try:
        text = store.read(slot.name)
        if text is None:
            return
        _known[path] = stamp, text
        slot.implementation = _loaded[slot.name] = _function_in(text, path, slot)
        slot.load_error = ""
    # Whatever was saved, importing the package must work; SystemExit is no Exception.
    except (Exception, SystemExit) as error:
        slot.implementation = None
        slot.load_error = one_line(error, "filled_in")
        notice(
            f"Your saved answer to {slot.name} does not load "
            f"({slot.load_error}). It is kept in {path}; "
            f"run its cell in {slot.where} again to replace it. "
            "Until then it counts as not filled in."
        )


def _function_in(text: str, path: Path, slot: Exercise) -> Implementation:
    """Run a saved answer; raises for one that is none."""
    # Without a time of its file a stack shows these lines, also when the file has others by then.
    linecache.cache[str(path)] = (len(text), None, text.splitlines(keepends=True), str(path))
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
    return function


def one_line(error: BaseException, place: str) -> str:
    """Return the error and, where it has one, its line in the file that has `place` in its path."""
    text = traceback.format_exception_only(error)[-1].strip()
    line = getattr(error, "lineno", None)
    if line is None and error.__traceback__ is not None:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if place in f.filename]
        line = frames[-1].lineno if frames else None
    return f"{text}, line {line}" if line else text
