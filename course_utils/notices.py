"""Sentences for the person at the keyboard.

They go to standard output: nbgrader counts any text on standard error as a
failed test cell, and a notice must never cost a point.
"""

from __future__ import annotations

_said: set[str] = set()


def notice(text: str) -> None:
    """Print `text`."""
    print(text, flush=True)


def notice_once(key: str, text: str) -> None:
    """Print `text`, unless something was already said under `key` in this session."""
    if key not in _said:
        _said.add(key)
        notice(text)


def forget(key: str) -> None:
    """Let `notice_once` speak again under `key`."""
    _said.discard(key)
