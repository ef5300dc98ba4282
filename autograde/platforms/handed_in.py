"""What one student handed in on a platform: which files, and under which names."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from autograde.base.errors import AutogradeError
from autograde.notebooks.beside import BOOKKEEPING
from autograde.notebooks.submission import real_files
from autograde.platforms.file_names import JUNK, ORDINAL, File
from autograde.platforms.unpacking import readable, unpack

ENDING = re.compile(r"\.ipynb(( ?\(\d+\)|-\d+)?\.(txt|json))?$", re.IGNORECASE)
"""Browsers and mail programs take a notebook for text."""


@dataclass
class HandedIn:
    """One submission."""

    files: list[File]
    notes: list[str] = field(default_factory=list)
    trouble: str = ""
    """Why it cannot be collected."""
    order: int = 0
    """Greater in what was handed in later; 0 where the platform does not count."""
    seen: float = 0.0
    """The date of the newest file: when it was packed, so a later download has a later one."""

    def contents(self) -> dict[str, bytes]:
        """The files as they are to be."""
        return {each.name: each.path.read_bytes() for each in self.files}


def places(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a download with its place."""
    for path in real_files(folder):
        place = readable(path.relative_to(folder).as_posix())
        if not JUNK.search(place):
            yield place, path


def handed_in(
    files: Sequence[File], notebooks: Collection[str], largest: int, aside: Path
) -> HandedIn:
    """Choose the files, and give notebooks that others renamed their names back.

    Parameters
    ----------
    files : sequence of File
        All that the platform has of one student.
    notebooks : collection of str
        The names of the assignment's notebooks.
    largest : int
        Bytes of a submission.
    aside : Path
        An empty folder, for what is in an archive of the student's own.
    """
    done = HandedIn(
        list(files),
        order=max(each.order for each in files),
        seen=max(each.path.stat().st_mtime for each in files),
    )
    packed = [each for each in files if each.name.lower().endswith(".zip")]
    if len(packed) == 1 and not any(ENDING.search(each.name) for each in files):
        try:
            refused = unpack(packed[0].path, aside, largest)
        except AutogradeError:
            done.trouble = f"{packed[0].name} is damaged or too large, and all there is"
            return done
        inner = [replace(packed[0], path=path, name=place) for place, path in places(aside)]
        done.files = [each for each in files if each is not packed[0]] + inner
        done.notes = [f"in {packed[0].name}: {name} {why}" for name, why in refused]
    without_bookkeeping(done)
    done.files = [replace(each, name=name) for each, name in inner_names(done.files)]
    for name in notebooks:
        name_again(done, name)
    if not any(each.name.endswith(".ipynb") for each in done.files):
        what = ", ".join(sorted(each.name for each in files)[:3])
        done.trouble = f"there is no notebook, only {what}"
    elif sum(each.path.stat().st_size for each in done.files) > largest:
        done.trouble = f"there are more than {largest:,} bytes"
    elif len({each.name for each in done.files}) < len(done.files):
        done.trouble = "two files have the same name"
    return done


def without_bookkeeping(done: HandedIn) -> None:
    """Leave out what only nbgrader or the platform may say, such as the date."""
    for each in list(done.files):
        if PurePosixPath(each.name).name.lower() in BOOKKEEPING:
            done.files.remove(each)
            done.notes.append(f"{each.name} was handed in as well, and is left out")


def inner_names(files: Sequence[File]) -> Iterator[tuple[File, str]]:
    """Each file with its name, without a folder that all are in, and as a notebook if it is one."""
    folders = {PurePosixPath(each.name).parts[:-1] for each in files}
    shared = 0
    while all(len(each) > shared for each in folders) and len({e[shared] for e in folders}) == 1:
        shared += 1
    for each in files:
        name = "/".join(PurePosixPath(each.name).parts[shared:])
        found = ENDING.search(name)
        plain = found and not ORDINAL.search(name[: found.start()])
        yield each, f"{name[: found.start()]}.ipynb" if found and plain else name


def name_again(done: HandedIn, notebook: str) -> None:
    """Find the notebook of this name, if it is there under a name such as "NAME (1).ipynb"."""
    alike = [
        each
        for each in done.files
        if ENDING.search(each.name)
        and ORDINAL.sub("", ENDING.sub("", PurePosixPath(each.name).name)).casefold()
        == notebook.casefold()
    ]
    newest = max(alike, key=lambda each: each.order, default=None)
    if newest is None:
        return
    if newest.order:
        for each in alike:
            if each is not newest:
                done.files.remove(each)
                done.notes.append(f"{each.name} is older than {newest.name}, which counts")
    elif len(alike) > 1:
        return  # grading looks into them, and asks if it cannot tell
    name = f"{notebook}.ipynb"
    if newest.name != name:
        done.files[done.files.index(newest)] = replace(newest, name=name)
        done.notes.append(f"{newest.name} was collected as {name}")
