"""What lies beside a graded notebook: data and pictures, and everything else as text.

JupyterLab starts Python in the folder of a notebook that is opened, and instructors open those in
``autograded``. Of the student's files none has a name there that Python would import, or that
IPython, git or anything else would obey: ``helper.py`` is ``helper.py.txt``, and the folder
``numpy`` is ``numpy.d``.
"""

import shutil
from collections.abc import Collection, Iterable
from pathlib import Path, PurePath

from autograde.base.budget import ALL_BESIDE, FOUND_BESIDE
from autograde.base.harmless import harmless
from autograde.notebooks.reading import UnreadableNotebook
from autograde.notebooks.submission import real_files

LONGEST = 255
"""Bytes that a name may have on most systems."""

BOOKKEEPING = {"timestamp.txt", "submission_secret.txt"}


def harmless_names(names: Iterable[PurePath]) -> dict[PurePath, PurePath | None]:
    """What each file is called there; None for those that find no name of their own."""
    found: dict[PurePath, PurePath | None] = {}
    taken: set[PurePath] = set()
    # First those that keep their names: `timestamp` must not become `timestamp.txt`.
    for name in sorted(names, key=lambda each: (harmless(each) != each, each)):
        new = harmless(name)
        if new in taken or any(len(part.encode(errors="replace")) > LONGEST for part in new.parts):
            found[name] = None
        else:
            found[name] = new
            taken.add(new)
    return found


def put_beside(submitted: Path, folder: Path) -> list[str]:
    """Copy what was handed in beside the notebooks; returns what had to be left out.

    What `folder` holds already stays: the files that were released with the notebook.

    Raises
    ------
    UnreadableNotebook
        If a file cannot be read.
    """
    names = [
        path.relative_to(submitted) for path in real_files(submitted) if path.suffix != ".ipynb"
    ]
    left, left_out = ALL_BESIDE, []
    for name, new in harmless_names(names).items():
        size = (submitted / name).stat().st_size
        if new is None or size > left:  # a hole in a file takes no place, its copy does
            left_out.append(name.as_posix())
        elif not (folder / new).exists():
            (folder / new).parent.mkdir(parents=True, exist_ok=True)
            copy(submitted / name, folder / new)
            left -= size
    return left_out


def copy(path: Path, target: Path) -> None:
    """Copy one file of a submission; that it cannot be read is no trouble of the disk."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableNotebook(
            "unreadable", f"{path.name} cannot be read ({error.strerror}); look at it"
        ) from None
    with file, target.open("wb") as written:
        shutil.copyfileobj(file, written)


def put_beside_again(submitted: Path, folder: Path, released: Collection[str]) -> None:
    """Do so in the place of what nbgrader has copied into `folder`, under all names and for links.

    Parameters
    ----------
    submitted : Path
        What was handed in.
    folder : Path
        The student's in ``autograded``.
    released : collection of str
        The files that are there because they were released with the notebook.
    """
    folder.mkdir(parents=True, exist_ok=True)  # nbgrader makes none where nothing can be read
    for path in real_files(folder):
        if path.suffix != ".ipynb" and path.relative_to(folder).as_posix() not in released:
            path.unlink()
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    put_beside(submitted, folder)


def files_beside(folder: Path) -> dict[str, bytes]:
    """The files that were handed in with a notebook, or released with it, as far as they fit."""
    found: dict[str, bytes] = {}
    left = FOUND_BESIDE
    for path in real_files(folder):
        if path.suffix == ".ipynb" or path.name in BOOKKEEPING:
            continue
        left -= path.stat().st_size
        if left < 0:
            break
        found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found
