"""Files of the npm registry, kept from build to build."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path

KEPT = Path(__file__).resolve().parent / "_build" / "fetched"


def fetched(address: str, sha512: str) -> bytes:
    """Return a file of the npm registry; it is kept, and refused if it is another one."""
    kept = KEPT / address.rsplit("/", 1)[1]
    content = kept.read_bytes() if kept.exists() else b""
    if hashlib.sha512(content).hexdigest() != sha512:
        with urllib.request.urlopen(address, timeout=120) as answer:
            content = answer.read()
        if hashlib.sha512(content).hexdigest() != sha512:
            sys.exit(f"{address} is not the file that it was")
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
    return content


def members(archive: bytes, names: Sequence[str]) -> list[bytes]:
    """Return some files of an npm package."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        return [file.read() for file in map(files.extractfile, names) if file is not None]
