"""The course's secret, from which the seeds of all checks are made."""

import contextlib
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
        # Complete or not there: half a secret would be used for ever.
        temporary = path.with_name(f".secret.{os.getpid()}")
        try:
            with open(temporary, "w", encoding="ascii", opener=private) as file:
                file.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):  # another process was faster
                os.link(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


def private(path: str, flags: int) -> int:
    """Open a file that only its owner may read."""
    return os.open(path, flags, 0o600)


def seed(secret: bytes, *what: str) -> int:
    """A number that nobody can guess, and that is the same for the same `what`."""
    digest = hmac.digest(secret, "\n".join(what).encode(), "sha256")
    return int.from_bytes(digest[:8], "big") >> 1
