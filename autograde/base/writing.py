"""A file is written as a whole or not at all: whoever reads it finds the old one or the new."""

import os
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file in one step; text is UTF-8."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    if isinstance(content, str):
        temporary.write_text(content, encoding="utf-8")
    else:
        temporary.write_bytes(content)
    os.replace(temporary, path)
