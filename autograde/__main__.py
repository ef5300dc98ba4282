"""``python -m autograde``."""

# ruff: noqa: UP031, UP036
# Older Pythons can read this file. They must, to be able to say what the next lines say.
import gc
import os
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "autograde: this is Python %d.%d, and the course needs 3.11 or newer: type"
        " `python3 course.py run python -m autograde ...`, or activate .venv first."
        % sys.version_info[:2]
    )

from autograde.base.one_thread import ONE_THREAD

for name, value in ONE_THREAD.items():
    os.environ.setdefault(name, value)

# jsonschema imports it for a kind of address that no notebook has, and it takes as long to load
# as to grade a class of a hundred: it builds its grammars anew each time.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

# What is imported stays, all of it: to look through it for what could go takes a tenth as long
# as the imports themselves.
gc.disable()
from autograde.base.unread import go_on_unread  # noqa: E402
from autograde.cli import main  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    go_on_unread()
    sys.exit(main())
