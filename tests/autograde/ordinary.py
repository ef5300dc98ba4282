"""Be an ordinary user for a while: root is refused nothing, and so sees no trouble with modes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

NOBODY = 65534


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@contextlib.contextmanager
def ordinary() -> Iterator[None]:
    """Have the rights of nobody, where one is root."""
    if not is_root():
        yield
        return
    groups, group = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


@contextlib.contextmanager
def folder_of_nobody() -> Iterator[Path]:
    """Give a folder that such a user can reach; whatever it then holds is removed."""
    with tempfile.TemporaryDirectory() as name:
        if is_root():
            os.chown(name, NOBODY, NOBODY)
        try:
            yield Path(name)
        finally:
            # Python's own way does not reach the end of a thousand folders.
            subprocess.run(["chmod", "-R", "u+rwX", name], check=False, capture_output=True)
            subprocess.run(["rm", "-rf", name], check=True)
            os.mkdir(name)


def give_to_nobody(folder: Path) -> None:
    """Make a folder, and all in it, that user's."""
    if is_root():
        subprocess.run(["chown", "-hR", f"{NOBODY}:{NOBODY}", folder], check=True)
