"""A zip that others filled: what it holds is written where it belongs, or is named and left out.

nbgrader's own extractor writes whatever an archive says, of any size, and follows the links in it.
"""

import contextlib
import os
import shutil
import stat
import unicodedata
import zipfile
from datetime import datetime
from pathlib import Path
from typing import IO

from nbgrader.plugins import ExtractorPlugin

from autograde.base.budget import DEEPEST, LARGEST_NOTEBOOK
from autograde.base.errors import OF_THE_DISK, AutogradeError
from autograde.base.tables import plain
from autograde.notebooks.submission import real_files

MOST_ENTRIES = 100_000

SUSPICIOUS = 10_000_000
"""Bytes of an entry from which on it is looked at how much smaller it is in the archive."""

DENSEST = 100
"""Times that an honest large file is smaller in an archive; text and pictures stay far below."""

EARLIEST = datetime(1981, 1, 1)
"""What is dated before has no date: a zip's dates begin with 1980."""

Refused = tuple[str, str]
"""The name of an entry, and why it was left out."""


def unpack(archive: Path, folder: Path, largest: int) -> list[Refused]:
    """Unpack an archive into `folder`, with the dates of its files; returns what was left out.

    Raises
    ------
    AutogradeError
        If it is no archive, or holds more than `largest` bytes or too many files.
    """
    left_out: list[Refused] = []
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [each for each in opened.infolist() if not each.is_dir()]
            if len(entries) > MOST_ENTRIES:
                raise AutogradeError(f"{archive} has more than {MOST_ENTRIES:,} files")
            if sum(each.file_size for each in entries if not why_not(each)) > largest:
                raise AutogradeError(f"{archive} holds more than {largest:,} bytes")
            for entry in entries:
                name = name_of(entry)
                if why := why_not(entry) or write(opened, entry, folder / name):
                    left_out.append((name, why))
    except (zipfile.BadZipFile, OSError, UnicodeDecodeError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno in OF_THE_DISK:
            raise
        raise AutogradeError(
            f"{archive} is no zip file that can be read ({error}); download it again"
        ) from None
    return left_out


def name_of(entry: zipfile.ZipInfo) -> str:
    """The name of an entry as text."""
    name = entry.filename
    if not entry.flag_bits & 0x800:  # it is not said to be UTF-8, and often is nevertheless
        raw = name.encode("cp437")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            # Western Windows: of the two code pages, the one that reads no frames as letters.
            if any("\u2500" <= letter <= "\u259f" for letter in name):
                name = raw.decode("cp850")
    return readable(name)


def readable(name: str) -> str:
    """A name as it is shown: without marks that nobody sees, and with ordinary spaces.

    macOS takes letters and accents apart, and puts odd spaces into the names of screenshots.
    """
    composed = unicodedata.normalize("NFC", name)
    kinds = [(letter, unicodedata.category(letter)) for letter in composed]
    return "".join(" " if kind == "Zs" else letter for letter, kind in kinds if kind != "Cf")


def why_not(entry: zipfile.ZipInfo) -> str:
    """Why an entry cannot be unpacked, from what the archive says of it; empty if it can."""
    name = name_of(entry)
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or ":" in parts[0] or {"", ".", ".."} & set(parts):
        return "has a name that leads elsewhere"
    if plain(name) != name:
        return "has a name that cannot be printed"
    if len(parts) > DEEPEST:
        return "is in too many folders in each other"
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        return "is a link or no file"
    if entry.flag_bits & 1:
        return "is encrypted"
    if entry.file_size > LARGEST_NOTEBOOK:
        return f"has more than {LARGEST_NOTEBOOK:,} bytes"
    if entry.file_size > max(SUSPICIOUS, DENSEST * entry.compress_size):
        return f"is over {DENSEST} times smaller in the archive, as only a trap is"
    return ""


def write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> str:
    """Unpack one entry; returns why it could not be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(entry) as packed, path.open("xb") as file:
            copy(packed, file, entry.file_size)
    except FileExistsError:
        return "is there twice"
    except Exception as error:  # whatever a damaged archive raises
        if isinstance(error, OSError) and error.errno in OF_THE_DISK:
            raise
        with contextlib.suppress(OSError):
            path.unlink()
        return f"cannot be unpacked ({getattr(error, 'strerror', None) or type(error).__name__})"
    if seconds := date_in(entry):
        os.utime(path, (seconds, seconds))
    return ""


def copy(packed: IO[bytes], file: IO[bytes], size: int) -> None:
    """Copy at most the bytes that were announced."""
    while size > 0 and (chunk := packed.read(min(size, 2**20))):
        size -= file.write(chunk)


def date_in(entry: zipfile.ZipInfo) -> float:
    """When an entry was packed or changed, by the clock of whoever did it; 0 if it is not said."""
    try:
        when = datetime(*entry.date_time)
    except ValueError:
        return 0.0
    return when.timestamp() if when > EARLIEST else 0.0


class Extractor(ExtractorPlugin):
    """The same for ``nbgrader zip_collect``: what cannot be unpacked is a line of its log.

    Only zips are unpacked, and not the zips in them.
    """

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack each zip into a folder of its name, and copy everything else."""
        for path in real_files(Path(archive_path)):
            target = Path(extracted_path) / path.relative_to(archive_path)
            if path.suffix.lower() == ".zip":
                target = target.with_suffix("")
                target.mkdir(parents=True, exist_ok=True)
                for name, why in unpack(path, target, room_on_disk(target)):
                    self.log.error("Left out: %s %s", name, why)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


def room_on_disk(folder: Path) -> int:
    """Bytes that may be written there: half of what is free."""
    return shutil.disk_usage(folder).free // 2
