"""One grading run at a time: there is one writer of a gradebook."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from autograde.base.errors import AutogradeError

if sys.platform != "win32":
    import fcntl


@contextlib.contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold the file `path`; however this process ends, the system lets go of it.

    Raises
    ------
    AutogradeError
        If another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", encoding="ascii") as file:
        if sys.platform != "win32":
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                raise AutogradeError(
                    f"another run (process {file.read().strip() or 'unknown'}) is grading in this"
                    " course; wait until it has ended, or stop it"
                ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
