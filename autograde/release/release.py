"""Make the students' notebooks from ``solutions/``, with nbgrader's own GenerateAssignment."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from nbgrader.utils import compute_checksum, is_solution
from traitlets.config import Config

from autograde.base.errors import AutogradeError
from autograde.base.writing import write_whole
from autograde.course.course import Course
from autograde.course.failures import RemembersFailure
from autograde.notebooks.leaks import IGNORED, MARKERS
from autograde.notebooks.notebook import read
from autograde.notebooks.original import grade_id_of


def generate(
    course: Course, name: str, target: Path, *, record: type[SaveCells] | None = None
) -> None:
    """Write the student version of assignment `name` to ``target/name``.

    The release is checked by the preprocessors in ``config.GENERATE``. With nbgrader's own
    ``SaveCells`` to `record` them, the cells and points go to the course's gradebook as well.

    Raises
    ------
    AutogradeError
        If the source has an error or the result would give something away.
    """
    check_source(course.solutions / name)
    coursedir = CourseDirectory(
        parent=course.app, release_directory=str(target), assignment_id=name
    )
    converter = Generate(coursedir=coursedir, parent=course.app)
    converter.force = True
    if record is not SaveCells:  # as `nbgrader generate_assignment --no-db` does
        converter.no_database = True
    if record is None:
        converter.update_config(Config({"SaveCells": {"enabled": False}}))
    else:
        converter.preprocessors = [
            record if str(each).endswith(".SaveCells") else each for each in converter.preprocessors
        ]
    try:
        converter.start()
    except Exception as error:
        raise AutogradeError(f"{name}: {converter.failure or error}") from error
    for path in files(target / name):
        data = path.read_bytes().replace(b"\r\n", b"\n") if is_text(path) else path.read_bytes()
        marks = [mark for mark in MARKERS if mark.encode() in data]
        if marks:
            raise AutogradeError(
                f"{name}: {path.name} must not be released, it holds '{marks[0]}'; nbgrader"
                " strips notebooks only, so move what is secret out of solutions/"
            )
        path.write_bytes(data)


class Generate(RemembersFailure, GenerateAssignment):
    """nbgrader's converter, which can say why it failed."""


def check_source(folder: Path) -> None:
    """Refuse ids that are missing or there twice: nbgrader would fail, or invent random ones."""
    for path in sorted(folder.glob("*.ipynb")):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        except (ValueError, KeyError) as error:
            raise AutogradeError(f"{path.name} is not a notebook ({error})") from None
        ids = [cell.get("id") for cell in cells]
        for index, cell_id in enumerate(ids):
            if not cell_id or ids.index(cell_id) != index:
                raise AutogradeError(
                    f"{path.name}: cell {index} has "
                    + (f"the id '{cell_id}' of another cell" if cell_id else "no id")
                    + "; open and save the notebook in JupyterLab, or give it an id"
                )
        names = [name for cell in cells if (name := grade_id_of(cell))]
        for name in names:
            if names.count(name) > 1:
                raise AutogradeError(
                    f"{path.name}: {names.count(name)} cells have the grade_id '{name}'"
                )


def files(folder: Path) -> Iterator[Path]:
    """Every file below `folder` that belongs to a release, in order."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not IGNORED & set(path.relative_to(folder).parts):
            yield path


def is_text(path: Path) -> bool:
    """Whether line ends in this file are git's to choose."""
    return path.suffix in {".ipynb", ".py", ".md", ".txt", ".csv", ".json", ".svg"}


def build(course: Course, names: list[str], *, force: bool = False) -> Iterator[tuple[str, bool]]:
    """Bring ``notebooks/`` up to date; yields each name and whether anything changed.

    All assignments are generated before the first file is replaced, and each file is replaced in
    one step, so that an error or an interruption leaves whole notebooks behind.

    Raises
    ------
    AutogradeError
        As `generate`, or if a notebook that would be replaced holds somebody's answers and
        `force` is not given.
    """
    with tempfile.TemporaryDirectory() as scratch:
        fresh = generate_all(course, names, Path(scratch))
        if not force:
            for name in names:
                refuse_to_overwrite_work(course.notebooks / name)
        for name in names:
            yield name, replace(fresh / name, course.notebooks / name)


def compare(course: Course, names: list[str]) -> Iterator[tuple[str, str]]:
    """Each assignment whose committed release is not a fresh build, and how it differs."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = generate_all(course, names, Path(scratch))
        for name in names:
            if difference := describe_difference(fresh / name, course.notebooks / name):
                yield name, difference


def generate_all(course: Course, names: list[str], scratch: Path) -> Path:
    """Generate every assignment of `names` below `scratch`, without a gradebook."""
    for name in names:
        generate(course, name, scratch)
    return scratch


def contents(folder: Path) -> dict[str, bytes]:
    """What is in a release, by path; line ends as on Unix, because git may have changed them."""
    found = {}
    for path in files(folder):
        data = path.read_bytes()
        key = path.relative_to(folder).as_posix()
        found[key] = data.replace(b"\r\n", b"\n") if is_text(path) else data
    return found


def describe_difference(fresh: Path, committed: Path) -> str:
    """One clause for the first thing in which two releases differ; empty if they are equal."""
    new, old = contents(fresh), contents(committed)
    if new == old:
        return ""
    for path in sorted(new.keys() | old.keys()):
        if path not in old:
            return f"{path} is missing"
        if path not in new:
            return f"{path} has no source"
        if new[path] != old[path]:
            lines = zip(new[path].splitlines(), old[path].splitlines(), strict=False)
            line = next((i for i, (a, b) in enumerate(lines, 1) if a != b), None)
            return f"{path} differs " + (f"from line {line} on" if line else "in length")
    return "it differs"


def replace(fresh: Path, target: Path) -> bool:
    """Put the files of `fresh` into `target`, each in one step; whether anything changed."""
    if not describe_difference(fresh, target):
        return False
    new = contents(fresh)
    for path, data in new.items():
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, data)
    for path in contents(target).keys() - new.keys():
        (target / path).unlink()
    return True


def refuse_to_overwrite_work(folder: Path) -> None:
    """Stop if a notebook in ``notebooks/`` was filled in by whoever uses this checkout."""
    for path in sorted(folder.glob("*.ipynb")):
        try:
            nb = read(path)
        except Exception:  # a broken release is what a build is there to replace
            continue
        for cell in nb.cells:
            if not is_solution(cell) or "checksum" not in cell.metadata.nbgrader:
                continue
            if cell.metadata.nbgrader.checksum != compute_checksum(cell):
                raise AutogradeError(
                    f"{path.parent.name}/{path.name} is filled in (cell '{grade_id_of(cell)}'),"
                    " and building would overwrite that; move the notebook away, or build with"
                    " --force"
                )
