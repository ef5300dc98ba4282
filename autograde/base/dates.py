"""The date of a submission, as far as there is one in what the student wrote."""

from datetime import UTC, datetime
from pathlib import Path

from nbgrader.utils import parse_utc

LONGEST = 100
"""Characters; nbgrader writes thirty."""


def date_of(text: str) -> datetime | None:
    """The date in a text, in UTC and without a zone, as nbgrader has it; None if there is none."""
    # dateutil takes the last word for a time zone, and opens the file of that name, also /home/...;
    # and what a text leaves out it takes from today, so that "5" would be a date.
    if len(text) > LONGEST or "/" in text or sum(map(str.isdecimal, text)) < len("20260131"):
        return None
    try:
        when: datetime = parse_utc(text.strip())
    except Exception:  # dateutil raises whatever it meets
        return None
    # Others cannot be shown in another time zone, which ends the form grader's pages.
    return when if 1970 < when.year < 2100 else None


def timestamp_in(folder: Path) -> datetime | None:
    """The date in a folder's ``timestamp.txt``."""
    text = small_text(folder / "timestamp.txt")
    return None if text is None else date_of(text)


def small_text(path: Path) -> str | None:
    """What stands in one of nbgrader's small files; None if it cannot be read, or is no text."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 10 * LONGEST:
            return None
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None


def changed(seconds: float) -> datetime:
    """A time of the file system, in the same form."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
