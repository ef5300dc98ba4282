"""What one student handed in, as names and bytes, so that it can be sent to whoever grades it."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from autograde.base.budget import (
    ALL_BESIDE,
    ALL_NOTEBOOKS,
    DEEPEST,
    LARGEST_NOTEBOOK,
    MOST_FILES,
    MOST_NOTEBOOKS,
)


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
                else:  # enough to be refused; no disk has room for every size that a hole has
                    file.truncate(min(content, LARGEST_NOTEBOOK + 1))


def read_submission(student: str, folder: Path) -> Submission:
    """Read a submission's folder.

    Raises
    ------
    OSError
        If it cannot be read, is a link, or holds too much.
    """
    refuse_links(folder)
    files: dict[str, bytes | int] = {}
    left = {True: ALL_NOTEBOOKS, False: ALL_BESIDE}
    for path in real_files(folder):
        size = path.stat().st_size
        notebook = path.suffix == ".ipynb"
        fits = size <= min(left[notebook], LARGEST_NOTEBOOK)
        left[notebook] -= size if fits else 0
        files[path.relative_to(folder).as_posix()] = path.read_bytes() if fits else size
    if sum(name.endswith(".ipynb") for name in files) > MOST_NOTEBOOKS:
        raise OSError(errno.E2BIG, f"more than {MOST_NOTEBOOKS} notebooks are in it", str(folder))
    return Submission(student, files)


def refuse_links(folder: Path) -> None:
    """See that a submission's folder is the student's own: a link leads to what others wrote.

    Raises
    ------
    OSError
    """
    for place in (folder, folder.parent):
        if place.is_symlink():
            why = "the folder is a link, and what it leads to was not handed in"
            raise OSError(errno.ELOOP, why, str(place))


def real_files(folder: Path) -> Iterator[Path]:
    """Every file below `folder` that is no link and is not reached through one.

    Raises
    ------
    OSError
        If a folder cannot be read or is too deep in others, or there are too many files.
    """
    for number, path in enumerate(_below(folder, DEEPEST)):
        if number >= MOST_FILES:
            raise OSError(errno.E2BIG, f"more than {MOST_FILES:,} files are in it", str(folder))
        if path.is_file():
            yield path


def _below(folder: Path, deep: int) -> Iterator[Path]:
    """Everything below a folder but links."""
    if not deep:
        raise OSError(errno.ELOOP, f"more than {DEEPEST} folders are in each other", str(folder))
    for path in sorted(islice(folder.iterdir(), MOST_FILES + 1)):
        if path.is_symlink():
            continue
        yield path
        if path.is_dir():
            yield from _below(path, deep - 1)
