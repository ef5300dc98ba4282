"""A folder that somebody else owns, and may change at any moment: taken whole, or not at all.

Each file is opened before it is looked at, from the folder that holds it, and no link is followed:
what was looked at is what is copied.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograde.base.budget import DEEPEST, MOST_FILES

LONGEST_PATH = 1000
"""Bytes below the submission's folder; a few thousand in all are what a system can open."""


class Refused(Exception):
    """What of a submission is why it cannot be taken."""

    def __init__(self, what: object, why: str) -> None:
        super().__init__(f"{what} {why}")
        self.what = what
        self.why = why


@dataclass
class Taking:
    """One submission.

    Parameters
    ----------
    folder : Path
    largest, largest_file : int
        Bytes of all files, and of one; a file that has more is left out.
    left_out : callable
        ``left_out(folder, names)``: which of them are not taken, and so not looked at.
    allowed : callable
        ``allowed(uid)``: what is wrong with the owner of a file, if anything.
    """

    folder: Path
    largest: int
    largest_file: int
    left_out: Callable[[str, list[str]], Iterable[str]]
    allowed: Callable[[int], str]
    seen: int = 0
    size: int = 0
    too_large: list[Path] = field(default_factory=list)

    def look(self) -> None:
        """See whether it can be taken.

        Raises
        ------
        Refused
        """
        for _ in self._files():
            pass

    def copy(self, target: Path) -> None:
        """Copy it to a folder that is made for it.

        Raises
        ------
        Refused
        OSError
            If the copies cannot be written.
        """
        target.mkdir()
        for path, file, size in self._files():
            place = target / path.relative_to(self.folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            with open(place, "wb") as written:
                while size and (chunk := os.read(file, min(size, 2**20))):
                    size -= written.write(chunk)
            if size:
                raise Refused(path, "became shorter while it was copied")

    def _files(self) -> Iterator[tuple[Path, int, int]]:
        """Each file, opened, with its size."""
        self.seen = self.size = 0
        self.too_large.clear()
        return self._below(self.folder, str(self.folder), None, DEEPEST)

    def _below(
        self, path: Path, name: str, within: int | None, deep: int
    ) -> Iterator[tuple[Path, int, int]]:
        file = opened(path, name, within)
        try:
            about = os.fstat(file)
            if wrong := self.allowed(about.st_uid):
                raise Refused(path, wrong)
            if stat.S_ISREG(about.st_mode) and path != self.folder:
                if about.st_size > self.largest_file:
                    self.too_large.append(path)
                    return
                self.size += about.st_size
                if self.size > self.largest:
                    raise Refused(self.folder, f"has more than {self.largest:,} bytes")
                yield path, file, about.st_size
            elif stat.S_ISDIR(about.st_mode):
                for each in self._names(path, file, deep):
                    yield from self._below(path / each, each, file, deep - 1)
            elif path == self.folder:
                raise Refused(path, "is no folder")
            else:
                raise Refused(path, "is a link or no file")
        finally:
            os.close(file)

    def _names(self, path: Path, file: int, deep: int) -> list[str]:
        """What a folder holds."""
        below = len(os.fsencode(path)) - len(os.fsencode(self.folder))
        if not deep or below > LONGEST_PATH:
            raise Refused(self.folder, "has too many folders in each other")
        names = []
        with os.scandir(file) as entries:
            for entry in entries:
                self.seen += 1
                if self.seen > MOST_FILES:
                    raise Refused(self.folder, f"has more than {MOST_FILES:,} files")
                names.append(entry.name)
        return sorted(set(names).difference(self.left_out(str(path), names)))


def opened(path: Path, name: str, within: int | None) -> int:
    """Open a file or a folder, whatever it is, without waiting for anybody."""
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=within)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, a socket
            raise Refused(path, "is a link or no file") from None
        raise Refused(path, f"cannot be read ({error.strerror})") from None
