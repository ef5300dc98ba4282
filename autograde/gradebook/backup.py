"""A copy of the gradebook, made before it is changed for the whole class."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from autograde.base.errors import AutogradeError


def back_up(url: str, folder: Path) -> Path:
    """Copy the gradebook at `url` into `folder`; returns the file.

    SQLite's own copy is whole also while somebody writes; PostgreSQL's is made by ``pg_dump``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = make_url(url)
    name = f"gradebook-{datetime.now():%Y-%m-%d-%H%M%S}"
    if database.get_backend_name() == "sqlite":
        target = folder / f"{name}.db"
        paths = database.database or "", target
        with closing(sqlite3.connect(paths[0])) as source, closing(sqlite3.connect(paths[1])) as to:
            source.backup(to)
        return target
    program = shutil.which("pg_dump")
    if database.get_backend_name() != "postgresql" or program is None:
        raise AutogradeError(
            "there is no backup: it would be made by pg_dump, which is not installed; make one, and"
            " give --no-backup"
        )
    target = folder / f"{name}.dump"
    plain = database.set(drivername="postgresql", password=None)
    done = subprocess.run(
        [program, "--format=custom", f"--file={target}", plain.render_as_string()],
        env={**os.environ, "PGPASSWORD": str(database.password or "")},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise AutogradeError(f"there is no backup, pg_dump failed: {done.stderr.strip()}")
    return target
