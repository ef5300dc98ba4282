"""``course.py lock``, for maintainers: bring the locks up to date with pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from course_setup import stop


def write(root: Path, lock: str, site_lock: str) -> int:
    """Write both locks: for every platform and Python 3.11 or newer, with hashes."""
    uv = shutil.which("uv")
    if uv is None:
        stop("the lock is made by uv: https://docs.astral.sh/uv/")
    # The last argon2-cffi-bindings with a wheel for Macs with an Intel processor.
    constraints = "argon2-cffi-bindings<26\n"
    options = "--extra course --extra dev --universal --python-version 3.11"
    options += " --fork-strategy fewest --generate-hashes --no-emit-index-url --constraint -"
    command = [uv, "pip", "compile", "pyproject.toml", "-q", *options.split()]
    # What pip is told about this machine's mirrors must not get into the lock.
    command += ["--custom-compile-command", "python3 course.py lock"]
    for more in (["-o", lock], ["-o", site_lock, "--extra", "site", "--constraint", lock]):
        done = subprocess.run(command + more, cwd=root, input=constraints, text=True)
        if done.returncode:
            return done.returncode
    return 0
