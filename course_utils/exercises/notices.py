"""Sentences for the person at the keyboard.

They go to standard output: nbgrader counts any text on standard error as a
failed test cell, and a notice must never cost a point.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_said: set[str] = set()
_silent: ContextVar[bool] = ContextVar("silent", default=False)


@contextmanager
def silence() -> Iterator[None]:
    """Say nothing, where nobody sits at the keyboard."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def notice(text: str) -> None:
    """Print `text`."""
    if not _silent.get():
        print(text, flush=True)


def notice_once(key: str, text: str) -> None:
    """Print `text`, unless something was already said under `key` in this session."""
    if key not in _said and not _silent.get():
        _said.add(key)
        notice(text)


def forget(name: str) -> None:
    """Let `notice_once` speak again of an exercise, under whatever key begins with its name."""
    for key in [key for key in _said if key.partition(" ")[0] == name]:
        _said.discard(key)
