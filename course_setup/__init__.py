"""What course.py uses to make the course's environments; nothing but Python itself is needed."""

import sys
from typing import NoReturn


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def stop(sentence: str) -> NoReturn:
    """End with a sentence that says what to do."""
    sys.exit(f"course.py: {sentence}")
