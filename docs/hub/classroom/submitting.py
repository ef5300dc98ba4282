"""Handing in to a folder that classmates cannot enter.

nbgrader gives it mode 777, "hidden from other users" by a random end of its name: whoever learns
the name could read it and change it. Where `inbound` gives its group to what is made in it, the
course is in that group, and nobody else has to come in.
"""

import os
import stat
from pathlib import Path

from nbgrader.exchange.default import ExchangeSubmit


class Submit(ExchangeSubmit):
    """nbgrader's own, and then its folder is shut to others."""

    def copy_files(self) -> None:
        """Hand it in, and shut it."""
        super().copy_files()
        inbound = os.stat(self.inbound_path)
        folder = Path(self.inbound_path, self.assignment_filename)
        # Otherwise the course itself is among the others.
        if inbound.st_mode & stat.S_ISGID and folder.stat().st_gid == inbound.st_gid:
            folder.chmod(0o770)
