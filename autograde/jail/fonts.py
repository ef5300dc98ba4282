"""Matplotlib's list of the fonts of this machine, for every jail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs


def fonts() -> Path | None:
    """A folder with matplotlib's list of fonts, made once: it takes as long as a whole job."""
    folder = Path(platformdirs.user_cache_dir("backward-by-hand", appauthor=False)) / "matplotlib"
    if not list(folder.glob("fontlist-*.json")):
        environment = {**os.environ, "MPLCONFIGDIR": str(folder)}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(
                [sys.executable, "-c", "import matplotlib.font_manager"],
                env=environment,
                capture_output=True,
                check=True,
            )
            # The jail has a user id of its own, and matplotlib shuts its folder to others.
            for path in (folder, *folder.glob("*")):
                path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))
        except (OSError, subprocess.CalledProcessError):
            return None  # without the list the jail makes its own
    return folder
