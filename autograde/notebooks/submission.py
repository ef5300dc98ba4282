"""What one student handed in, as names and bytes, so that it can be sent to whoever grades it."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograde.notebooks.reading import LARGEST

BESIDE = 64_000_000
"""Bytes of all files beside the notebooks that are taken along."""

DEEPEST = 50
"""Folders within folders; Python itself cannot follow some hundreds."""


@dataclass(frozen=True)
class Submission:
    """The files of one submission. Of a file that is too large to be read, only its size is here.

    Links are never followed: what they point to is not the student's.
    """

    student: str
    files: dict[str, bytes | int]

    def unpack(self, folder: Path) -> None:
        """Write the files into an empty folder."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "wb") as file:
                if isinstance(content, bytes):
                    file.write(content)
                else:
                    file.truncate(content)


def read_submission(student: str, folder: Path) -> Submission:
    """Read a submission's folder."""
    files: dict[str, bytes | int] = {}
    left = BESIDE
    for path in real_files(folder):
        size = path.stat().st_size
        name = path.relative_to(folder).as_posix()
        notebook = path.suffix == ".ipynb"
        if not notebook:
            left -= size
        files[name] = path.read_bytes() if size <= (LARGEST if notebook else left + size) else size
    return Submission(student, files)


def real_files(folder: Path, deep: int = DEEPEST) -> Iterator[Path]:
    """Every file below `folder` that is no link and is not reached through one.

    Raises
    ------
    OSError
        If a folder cannot be read, or is too deep in others.
    """
    if not deep:
        raise OSError(errno.ELOOP, f"more than {DEEPEST} folders are in each other", str(folder))
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            continue
        if path.is_dir():
            yield from real_files(path, deep - 1)
        elif path.is_file():
            yield path
