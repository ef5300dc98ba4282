"""Record what the package's exercises are asked in a cell, and ask the same of another submission.

A figure takes a second to draw, and the calls that it is made of a millisecond. Where a student's
functions answer them as the instructor's do, the figure is the instructor's. This decides about
pictures in the feedback, and about nothing else: no score depends on it.

Recordings are made of the instructor's notebook only, and pass through the judge as a text that it
never looks into. A submission's job may read them: that it could be misled by them is its own loss.
"""

from __future__ import annotations

import base64
import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np

from course_utils.exercises.registry import Exercise, registry

MOST_CALLS = 300
LARGEST = 500_000
"""Calls, and bytes, of one cell; what is more is run, not compared."""

CLOSE = 1e-9
"""Relative. Two right answers differ by rounding, a figure's labels have three digits."""


class Recorder:
    """Watches every exercise of the package from the moment when it is made.

    Attributes
    ----------
    touched : set of str
        The exercises that were looked into since `take`.
    """

    def __init__(self) -> None:
        self.touched: set[str] = set()
        self.filled: set[str] = set()
        self.calls: list[bytes] | None = []
        self.inside = False
        call = Exercise.__call__

        def look(slot: Exercise) -> Any:
            self.touched.add(slot.name)
            if not self.inside:
                self.calls = None  # somebody asks whether it is filled in
            return vars(slot)["implementation"]

        def put(slot: Exercise, value: Any) -> None:
            vars(slot)["implementation"] = value

        def record(slot: Exercise, *args: Any, **keywords: Any) -> Any:
            if self.inside:
                return call(slot, *args, **keywords)
            self.inside = True
            try:
                if vars(slot)["implementation"] is None:
                    return call(slot, *args, **keywords)
                self.filled.add(slot.name)
                before = self._pickled((slot.name, args, keywords))
                value = call(slot, *args, **keywords)
                after = self._pickled((value, args, keywords))
                if self.calls is not None:
                    self.calls += [before, after]
                return value
            except BaseException:
                self.calls = None
                raise
            finally:
                self.inside = False

        Exercise.implementation = property(look, put)  # type: ignore[assignment]
        Exercise.__call__ = record  # type: ignore[method-assign, assignment]

    def take(self) -> dict[str, Any]:
        """Return what there is of one cell, and begin the next."""
        found = {
            "touched": sorted(self.touched),
            "filled": sorted(self.filled),
            "calls": None
            if self.calls is None
            else base64.b64encode(pickle.dumps(self.calls)).decode("ascii"),
        }
        self.touched.clear()
        self.filled.clear()
        self.calls = []
        return found

    def _pickled(self, value: Any) -> bytes:
        if self.calls is None:
            return b""
        try:
            data = pickle.dumps(value)
        except Exception:  # a lambda, a class of the notebook
            data = b""
        size = sum(map(len, self.calls)) + len(data)
        if not data or size > LARGEST or len(self.calls) >= 2 * MOST_CALLS:
            self.calls = None
        return data


def state(filled: list[str], calls: str) -> str:
    """Say how the exercises of this submission answer recorded calls.

    Parameters
    ----------
    filled : list of str
        The exercises that were filled in where the calls were recorded.
    calls : str

    Returns
    -------
    str
        ``"empty"`` if none is filled in here, ``"same"`` if they answer as recorded,
        ``"other"`` if not.
    """
    there = [registry[name].implementation is not None for name in filled]
    if filled and not any(there):
        return "empty"
    if not all(there):
        return "other"
    recorded = pickle.loads(base64.b64decode(calls))
    for before, after in zip(recorded[::2], recorded[1::2], strict=True):
        name, args, keywords = pickle.loads(before)
        with registry[name].as_written():  # what is computed in its place is alike at any time
            value = registry[name](*args, **keywords)
        if not alike((value, args, keywords), pickle.loads(after)):
            return "other"
    return "same"


def alike(one: Any, other: Any, depth: int = 0) -> bool:
    """Tell whether two values are the same but for rounding."""
    if depth > 12:
        return False
    if isinstance(one, np.ndarray | np.generic | float | int | complex):
        if not isinstance(other, np.ndarray | np.generic | float | int | complex):
            return False
        a, b = np.asarray(one), np.asarray(other)
        if a.shape != b.shape or a.dtype.kind not in "fciub" or b.dtype.kind not in "fciub":
            return False
        size = float(np.max(np.abs(b[np.isfinite(b)]), initial=0.0))
        return bool(np.allclose(a, b, rtol=CLOSE, atol=CLOSE * size, equal_nan=True))
    if isinstance(one, list | tuple):
        return (
            isinstance(other, list | tuple)
            and len(one) == len(other)
            and all(alike(x, y, depth + 1) for x, y in zip(one, other, strict=True))
        )
    if isinstance(one, Mapping):
        return (
            isinstance(other, Mapping)
            and one.keys() == other.keys()
            and all(alike(one[key], other[key], depth + 1) for key in one)
        )
    if one is None or isinstance(one, str | bytes) or callable(one):
        return bool(one == other)
    return type(one) is type(other) and alike(vars(one), vars(other), depth + 1)
