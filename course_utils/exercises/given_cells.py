"""Where the notebooks are, and which of their cells the course gives."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

_MADE_UP_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}")
"""What programs call a new cell; the course's own cells have names that a person gave them."""


def places() -> list[Path]:
    """Return the folders to look for notebooks in: where the learner works comes first.

    A kernel runs in its notebook's own folder, beside those of the others.
    """
    here = Path.cwd()
    return [here.parent, here, NOTEBOOKS]


def is_given(text: str) -> bool:
    """Tell whether a code cell with this text came with a notebook, and is not for an answer."""
    return text.strip() in _given(tuple(dict.fromkeys(places())))


@functools.cache
def _given(folders: tuple[Path, ...]) -> frozenset[str]:
    return frozenset(text for folder in folders for text in _given_in(folder))


def _given_in(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*/*.ipynb")):
        try:
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                is_answer = cell["metadata"].get("nbgrader", {}).get("solution")
                if not is_answer and not _MADE_UP_ID.fullmatch(cell.get("id", "0" * 8)):
                    yield "".join(cell["source"]).strip()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # a learner's notebook can be in any state
