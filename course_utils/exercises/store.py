"""Where a learner's filled-in work is kept, one small Python file an exercise.

The folder is, in this order:

1. ``$COURSE_UTILS_FILLED_IN`` where that is set;
2. ``course_utils/filled_in/`` in a checkout of the course that can be written to
   (git ignores it, so ``git pull`` cannot conflict with it);
3. a folder of the user's own, where the package is installed.

While nbgrader grades a submission, or validates a notebook, there is no store at
all: nothing is read and nothing is written, so one submission never sees another's
work, nor the instructor's, and Validate says what grading would.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

FOLDER_VARIABLE = "COURSE_UTILS_FILLED_IN"
Stamp = tuple[int, int, int]
_PACKAGE = Path(__file__).resolve().parent.parent


def grading() -> bool:
    """Tell whether nbgrader is grading a submission in this process."""
    return os.environ.get("NBGRADER_EXECUTION") == "autograde"


def alone() -> bool:
    """Tell whether a notebook is graded, or validated, which is to say what grading would."""
    return os.environ.get("NBGRADER_EXECUTION") in ("autograde", "validate")


def folder() -> Path:
    """Return the folder of the saved work; it need not exist yet."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    checkout = _PACKAGE.parent
    # Only a checkout: what an installer put into site-packages, the next one may take away.
    if (checkout / "pyproject.toml").is_file() and os.access(_PACKAGE, os.W_OK):
        return _PACKAGE / "filled_in"
    return Path(platformdirs.user_data_dir("backward-by-hand", appauthor=False)) / "filled_in"


def path_of(name: str) -> Path:
    """Return the file in which the answer to the exercise `name` is kept."""
    return folder() / f"{name}.py"


def read(name: str) -> str | None:
    """Return the saved source of `name`, or None where there is none.

    Raises
    ------
    OSError, UnicodeDecodeError
        If there is a file and it cannot be read.
    """
    if alone():
        return None
    try:
        return path_of(name).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        # A folder that cannot be is told when something is to be saved in it.
        return None


def stamp(path: Path) -> Stamp | None:
    """Return what changes when a file, or what a folder holds, is written anew; None without it."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def write(name: str, source: str) -> Path | None:
    """Save `source` for the exercise `name`, all of it or nothing.

    Returns
    -------
    Path or None
        Where it was written; None while a notebook is run alone.

    Raises
    ------
    OSError
        If the folder cannot be made or written to. What was saved before is kept.
    """
    if alone():
        return None
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(source)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return path
