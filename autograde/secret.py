"""The course's secret, from which the seeds of all checks are made."""

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from nbgrader.coursedir import CourseDirectory


def secret_of(coursedir: CourseDirectory) -> bytes:
    """The secret, made when it is first needed; it is a file beside the gradebook."""
    path = Path(coursedir.root) / "autograde" / "secret"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            contextlib.suppress(FileExistsError),  # another process was faster
            open(path, "x", encoding="ascii", opener=private) as file,
        ):
            file.write(secrets.token_hex(32))
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


def private(path: str, flags: int) -> int:
    """Open a file that only its owner may read."""
    return os.open(path, flags, 0o600)


def seed(secret: bytes, *what: str) -> int:
    """A number that nobody can guess, and that is the same for the same `what`."""
    digest = hmac.new(secret, "\n".join(what).encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") >> 1
