"""``python -m autograde``."""

# ruff: noqa: UP031, UP036
# Older Pythons can read this file. They must, to be able to say what the next lines say.
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "autograde: this is Python %d.%d, and the course needs 3.11 or newer: type"
        " `python3 course.py run python -m autograde ...`, or activate .venv first."
        % sys.version_info[:2]
    )

from autograde.cli import main

if __name__ == "__main__":
    sys.exit(main())
