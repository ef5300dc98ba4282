"""Where a course's files are, and nbgrader opened on them."""

import difflib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.apps.baseapp import NbGrader

from autograde.base.errors import AutogradeError
from course_utils import own

ROOT = Path(__file__).resolve().parents[2]
"""The checkout that this package is part of."""


class Course:
    """The folders of a course, and its nbgrader application with the settings loaded.

    Parameters
    ----------
    root : Path
        The folder with ``nbgrader_config.py`` and ``solutions/``.
    log_level : int
        From which level on nbgrader's own log lines are shown.
    db : str, optional
        The URL of the gradebook, if it is not the one of the settings.
    """

    def __init__(
        self, root: Path = ROOT, log_level: int = logging.CRITICAL, db: str | None = None
    ) -> None:
        self.root = root.resolve()
        if not (self.root / "nbgrader_config.py").is_file():
            raise AutogradeError(
                f"{self.root} is not a course: there is no nbgrader_config.py in it"
            )
        self.solutions = self.root / "solutions"
        self.notebooks = self.root / "notebooks"
        self.app = open_nbgrader(self.root, log_level)
        if db is not None:
            self.app.config.CourseDirectory.db_url = db
            self.app.coursedir.db_url = db

    def gradebook(self) -> Any:
        """The gradebook, to be used in a ``with`` statement."""
        return Gradebook(self.app.coursedir.db_url, self.app.coursedir.course_id)

    def assignments(self) -> list[str]:
        """The names of all assignments, in order: the folders of ``solutions/`` with a notebook."""
        return sorted({path.parent.name for path in self.solutions.glob("*/*.ipynb")})

    def of_the_course(self) -> list[str]:
        """The assignments without those that an instructor added, which only that one plans."""
        return [name for name in self.assignments() if name not in own.notebooks()]

    def chosen(self, names: Sequence[str]) -> list[str]:
        """The assignments that a command names, or all of them if it names none."""
        return [self.assignment(name) for name in names] or self.assignments()

    def assignment(self, name: str) -> str:
        """Check an assignment's `name`; a trailing slash or the folder before it does no harm."""
        name = Path(name).name
        known = self.assignments()
        if name in known:
            return name
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.5) or [
            each for each in known if each.startswith(name)
        ]
        meant = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known) or 'none'}"
        raise AutogradeError(f"there is no assignment '{name}' in solutions/; {meant}")


def open_nbgrader(root: Path, log_level: int) -> NbGrader:
    """An nbgrader application that has read the settings of `root`, wherever we were started."""
    app = NbGrader()
    app.log_level = log_level
    app.load_cwd_config = False
    app.initialize([], root=str(root))
    # traitlets filters when it prints; this saves nbclient from describing every message.
    app.log.setLevel(log_level)
    # The settings file is read last, so an nbgrader_config.py of the user's own cannot move the
    # course's folders; its other settings (such as the exchange) hold.
    app.coursedir.root = str(root)
    return app
