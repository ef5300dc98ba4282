"""Remove a folder, however deep others are nested in it."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path


def remove(folder: Path) -> None:
    """Remove a folder, as far as that can be done.

    `shutil.rmtree` ends with a `RecursionError` where some hundred are in each other.
    """
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        flatten(folder)
        shutil.rmtree(folder, ignore_errors=True)


def flatten(folder: Path) -> None:
    """Bring every folder below to the top, so that none is below another.

    So no path is longer than what a system can open.
    """
    names = (folder / f"flat-{number}" for number in count())
    waiting = [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    while waiting:
        for path in list(waiting.pop().iterdir()):
            if path.is_dir() and not path.is_symlink():
                to = next(name for name in names if not os.path.lexists(name))
                path.rename(to)
                waiting.append(to)
