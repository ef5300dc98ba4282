"""What students get: the course without ``solutions/`` and ``autograde/``, as a zip or a branch."""

import os
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from autograde.base.errors import AutogradeError
from autograde.course.course import Course
from autograde.notebooks.leaks import MARKERS
from autograde.release.release import contents, generate_all, is_text

FOLDER = "backward-by-hand"
"""The folder that the archive unpacks to."""

AS_THEY_ARE = (
    *("course.py", "environment.yml", "pyproject.toml", "requirements.lock", "LICENSE"),
    "docs/notation.md",  # where every notebook's conventions are explained
    "docs/diagnoses.md",  # to which every finding points
)

PACKAGES = ("course_utils", "course_setup")

STUDENTS = {"README.md": "README.md", "gitignore": ".gitignore"}
"""What is in ``autograde/release/students``, and where it goes."""

NOT_OURS = {"filled_in", "__pycache__", ".ipynb_checkpoints"}

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can hold."""


def student_files(course: Course, names: list[str]) -> dict[str, bytes]:
    """Every file of the students' course by its path, in order.

    The notebooks are built anew, so that nothing that somebody filled in here is given away.

    Raises
    ------
    AutogradeError
        If a file is missing, or holds a mark that stands for a solution.
    """
    paths = {name: course.root / name for name in AS_THEY_ARE}
    for name, place in STUDENTS.items():
        paths[place] = Path(__file__).parent / "students" / name
    for path in package(course.root):
        paths[path.relative_to(course.root).as_posix()] = path
    found = {}
    for place, path in paths.items():
        try:
            data = path.read_bytes()
        except OSError as error:
            raise AutogradeError(f"{place} belongs to the archive ({error})") from None
        text = is_text(path) or b"\0" not in data
        found[place] = data.replace(b"\r\n", b"\n") if text else data
    with tempfile.TemporaryDirectory() as scratch:
        fresh = generate_all(course, names, Path(scratch))
        for name in names:
            for place, data in contents(fresh / name).items():
                found[f"notebooks/{name}/{place}"] = data
    for place, data in found.items():
        if marks := [mark for mark in MARKERS if mark.encode() in data]:
            raise AutogradeError(f"{place} must not be released, it holds '{marks[0]}'")
    return dict(sorted(found.items()))


def package(root: Path) -> list[Path]:
    """The files of PACKAGES: those that git tracks, or all where there is no git."""
    if (root / ".git").exists():
        listed = git(root, "ls-files", "-z", "--", *PACKAGES).split("\0")
        return [root / each for each in listed if each]
    return [
        path
        for name in PACKAGES
        for path in (root / name).rglob("*")
        if path.is_file() and not NOT_OURS & set(path.parts)
    ]


def write_zip(files: Mapping[str, bytes], path: Path) -> None:
    """Write an archive that is the same bytes on every machine and at any time.

    Nothing is compressed, because not every zlib compresses alike.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            for place, data in files.items():
                entry = zipfile.ZipInfo(f"{FOLDER}/{place}", LONG_AGO)
                entry.create_system = 3  # Unix, also when written on Windows
                entry.external_attr = 0o100644 << 16
                archive.writestr(entry, data)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_branch(files: Mapping[str, bytes], root: Path, branch: str, message: str) -> bool:
    """Commit the files, and nothing else, to a branch; whether anything changed.

    The branch starts without a parent, so that no commit with a solution is behind it. Neither
    the work tree nor git's index is touched.
    """
    reference = f"refs/heads/{branch}"
    parent = git(root, "rev-parse", "--verify", "--quiet", reference, may_fail=True)
    if parent and git(root, "symbolic-ref", "--quiet", "HEAD", may_fail=True) == reference:
        raise AutogradeError(f"{branch} is checked out here; the students' branch must not be")
    if parent and git(root, "ls-tree", parent, "--", "solutions", "autograde"):
        raise AutogradeError(
            f"the branch {branch} has solutions/ or autograde/, so it is no students' branch; give"
            " another name"
        )
    with tempfile.TemporaryDirectory() as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        for place, data in files.items():
            blob = git(root, "hash-object", "-w", "--stdin", given=data)
            entry = f"100644,{blob},{place}"
            git(root, "update-index", "--add", "--cacheinfo", entry, more=index)
        tree = git(root, "write-tree", more=index)
    if parent and git(root, "rev-parse", f"{parent}^{{tree}}") == tree:
        return False
    commit = git(root, "commit-tree", tree, *(["-p", parent] if parent else []), "-m", message)
    git(root, "update-ref", reference, commit, parent)
    return True


def git(
    root: Path,
    *arguments: str,
    given: bytes = b"",
    may_fail: bool = False,
    more: Mapping[str, str] | None = None,
) -> str:
    """What git prints; an empty string where it `may_fail` and does."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=root,
            env={**os.environ, **(more or {})},
            input=given,
            capture_output=True,
        )
    except FileNotFoundError:
        raise AutogradeError("this needs git, and there is none") from None
    if done.returncode and not may_fail:
        said = done.stderr.decode(errors="replace").strip()
        raise AutogradeError(f"git {arguments[0]} failed: {said}")
    return done.stdout.decode("utf-8", "surrogateescape").strip() if not done.returncode else ""
