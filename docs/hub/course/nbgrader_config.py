"""nbgrader for the course's account: the settings of the course in its home, wherever they are."""

from pathlib import Path

load_subconfig("nbgrader_config.py", str(Path.home() / "backward-by-hand"))  # type: ignore[name-defined]  # noqa: F821
