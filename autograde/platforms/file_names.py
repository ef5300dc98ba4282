"""What the names say under which a learning platform gives files out.

Moodle (``mod/assign/classes/downloader.php``) writes a folder for each person,
``Full Name_912345_assignsubmission_file/NAME``, before 4.1 with an underscore at its end, or
without folders ``Full Name_912345_assignsubmission_file_NAME``. An underscore in a name becomes a
space, so the number is what stands between the first two. It is another one in each assignment.

Canvas (``lib/content_zipper.rb``) writes ``lastnamefirst_LATE_9001_55501_NAME``: its number of
the person, which is the same everywhere, and that of the file, which grows. NAME has ``-1`` at its
end where the person handed in a file of this name before.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from nbgrader.plugins import FileNameCollectorPlugin

from autograde.base.errors import AutogradeError

JUNK = re.compile(
    r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\.ipynb_checkpoints/)"
)
"""What systems and Jupyter leave in folders."""

MOODLE = re.compile(
    r"(?:^|.*/)(?P<label>(?P<person>[^/_]*)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+))"
    r"(?:_?/|_)(?P<name>.+)$"
)
CANVAS = re.compile(
    r"(?:^|.*/)(?P<label>(?P<person>[^/]+?)(?P<late>_LATE|_late)?_(?P<number>\d+)_(?P<file>\d+))"
    r"_(?P<name>[^/]+)$"
)
CANVAS_ANONYMOUS = re.compile(r"(?:^|.*/)(?:LATE_)?anon_[A-Za-z0-9]+_\d+_[^/]+$")
"""Of an anonymous assignment: its first number is a file's, and may be a person's as well."""
CANVAS_TEXT = re.compile(
    r"(?:^|.*/)(?P<label>(?P<person>[^/]+?)(?P<late>_LATE)?_(?P<number>\d+))"
    r"_(?P<name>text\.html|link\.html)$"
)

ORDINAL = re.compile(r"( ?\(\d+\)|-\d+| - Copy|-Copy\d*)$", re.IGNORECASE)
"""What browsers, Canvas, Windows and Jupyter add to a name that is there already."""


@dataclass(frozen=True)
class File:
    """One file that was handed in."""

    path: Path
    """Where it was unpacked."""
    name: str
    """What the student called it, with the student's own folders."""
    label: str
    """What the platform put before: feedback goes back under the same."""
    key: str
    """By which the platform knows the person: a number, or else the label."""
    person: str = ""
    """The name of the person, as far as the platform has left it."""
    late: bool = False
    order: int = 0
    """Greater in what was handed in later; 0 where the platform does not count."""
    flat: bool = False
    """Whether the label is the beginning of a file's name, and not a folder."""


Reader = Callable[[str, Path], File | None]
"""Of a place in the download and the file there: what its name says, or None."""


def moodle(place: str, path: Path) -> File | None:
    """Read a name of Moodle's."""
    found = MOODLE.match(place)
    if not found:
        return None
    label, number = found["label"], found["number"]
    text = found["kind"] != "file"  # what was typed in is part of the same submission
    return File(
        path,
        found["name"],
        label.removesuffix(found["kind"]) + "file" if text else label,
        number,
        found["person"],
        flat="/" not in place[found.start("label") : found.start("name")],
    )


def canvas(place: str, path: Path) -> File | None:
    """Read a name of Canvas's."""
    found = CANVAS_TEXT.match(place) or CANVAS.match(place)
    if not found or CANVAS_ANONYMOUS.match(place):
        return None
    return File(
        path,
        found["name"],
        found["label"],
        found["number"],
        found["person"],
        late=bool(found["late"]),
        order=int(found.groupdict().get("file") or 0),
        flat=True,
    )


def by_pattern(app: Any, pattern: str) -> Reader:
    """Names as nbgrader's ``named_regexp`` describes them."""
    try:
        groups = set(re.compile(pattern).groupindex)
    except re.error as error:
        raise AutogradeError(f"--pattern is no regular expression: {error}") from None
    if not groups & {"student_id", "email", "last_name"}:
        raise AutogradeError(
            "--pattern must say where the student is: (?P<student_id>...), (?P<email>...) or"
            " (?P<first_name>...) and (?P<last_name>...)"
        )

    def reader(place: str, path: Path) -> File | None:
        plugin = FileNameCollectorPlugin(
            parent=app, named_regexp=pattern, valid_ext=[PurePosixPath(place).suffix]
        )
        found = plugin.collect(place)
        if not found:
            return None
        name = f"{found.get('first_name') or ''} {found.get('last_name') or ''}".strip()
        key = found.get("student_id") or found.get("email") or name
        file = found.get("file_id") or PurePosixPath(place).name
        if not PurePosixPath(file).suffix:
            file += PurePosixPath(place).suffix
        return File(path, file, key, key, name or key, flat=True) if key else None

    return reader


def by_person(known: dict[str, str], notebooks: Collection[str]) -> Reader:
    """Folders that are called as a person, and files as a person and a notebook.

    "ana-maria_x.ipynb" is not ana's: what stands beside the person must be the notebook's name.

    Parameters
    ----------
    known : dict
        The students by all by which they are known, in small letters.
    notebooks : collection of str
        The names of the assignment's notebooks.
    """
    called = {
        form.casefold(): key
        for key in known
        for each in notebooks
        for gap in "_- "
        for form in (f"{key}{gap}{each}", f"{each}{gap}{key}", key)
    }

    def reader(place: str, path: Path) -> File | None:
        *folders, file = place.split("/")
        for depth, folder in enumerate(folders, 1):
            if folder.casefold() in known:
                student = known[folder.casefold()]
                inner = "/".join([*folders[depth:], file])
                return File(path, inner, student, student, student)
        stem, _, ending = file.partition(".ipynb")
        key = called.get(ORDINAL.sub("", stem).casefold())
        if key is None:
            return None
        name = ORDINAL.sub("", stem)
        one = next((each for each in notebooks if each.casefold() in name.casefold()), name)
        return File(path, f"{one}.ipynb{ending}", known[key], known[key], known[key], flat=True)

    return reader
