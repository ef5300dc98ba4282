"""Run nbgrader's own command line in this process, in another folder and as somebody else."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from jupyter_core.application import NoStart
from nbgrader.apps import NbGraderApp

from autograde.base.errors import AutogradeError


def nbgrader(*arguments: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Do what typing ``nbgrader`` and `arguments` in `folder` does; returns what it logged.

    A process of its own would take two seconds a command to start.

    Raises
    ------
    AutogradeError
        If nbgrader exits with an error; the message has the end of its log.
    """
    log = io.StringIO()
    status: int | str | None = 0
    with elsewhere(folder, environment), contextlib.redirect_stderr(log):
        app = NbGraderApp()
        try:
            app.initialize(list(arguments))
            app.start()
        except NoStart:  # how Jupyter says that the subcommand has done it all
            pass
        except SystemExit as stop:
            status = stop.code
        finally:
            app.reset()
    if status:
        lines = "\n".join(log.getvalue().strip().splitlines()[-8:])
        raise AutogradeError(f"nbgrader {' '.join(arguments)} failed:\n{lines}")
    return log.getvalue()


@contextlib.contextmanager
def elsewhere(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Be in `folder`, with these environment variables, and leave no trace of it afterwards."""
    before, variables, search = Path.cwd(), dict(os.environ), list(sys.path)
    os.environ.update(environment)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(variables)
        sys.path[:] = search
