"""What lies beside a graded notebook: nothing that Python, IPython, Jupyter or git would obey."""

from __future__ import annotations

import importlib.machinery
import subprocess
import sys
from pathlib import PurePosixPath

import pytest

from autograde.base.harmless import harmless
from autograde.cli import main
from autograde.course.course import Course
from autograde.course.nbgrader import nbgrader
from autograde.notebooks.beside import harmless_names, put_beside
from autograde.notebooks.reading import UnreadableNotebook
from autograde.workers.run import grade
from tests.autograde.ordinary import folder_of_nobody, ordinary
from tests.thoroughly import rows

NAME = "00_fixture"
FILE = f"{NAME}.ipynb"

NAMES = [  # (what is handed in, what it is called beside the graded notebook)
    ("data.csv", "data.csv"),
    ("Figure 1.PNG", "Figure 1.PNG"),
    ("more/notes.txt", "more.d/notes.txt"),
    ("a.d/b.d/c.md", "a.d/b.d/c.md"),
    ("helper.py", "helper.py.txt"),
    ("HELPER.PY", "HELPER.PY.txt"),
    ("helper.pyc", "helper.pyc.txt"),
    ("helper.py.", "helper.py..txt"),
    ("helper", "helper.txt"),
    *((f"numpy{each}", f"numpy{each}.txt") for each in importlib.machinery.all_suffixes()),
    ("numpy.abi3.so", "numpy.abi3.so.txt"),
    ("numpy.pyd", "numpy.pyd.txt"),
    ("numpy/__init__.py", "numpy.d/__init__.py.txt"),
    ("numpy/data.csv", "numpy.d/data.csv"),
    ("evil-1.0.dist-info/entry_points.txt", "evil-1.0.dist-info.d/entry_points.txt"),
    ("evil.egg-info", "evil.egg-info.txt"),
    ("evil.pth", "evil.pth.txt"),
    ("evil.zip", "evil.zip.txt"),
    ("nbgrader_config.py", "nbgrader_config.py.txt"),
    ("jupyter_config.json", "jupyter_config.json.txt"),
    ("ipython_config.py", "ipython_config.py.txt"),
    (".ipython/profile_default/startup/a.py", ".ipython.d/profile_default.d/startup.d/a.py.txt"),
    (".git/config", ".git.d/config.txt"),
    ("HEAD", "HEAD.txt"),
    (".env", ".env.txt"),
    (".txt", ".txt.txt"),
    ("matplotlibrc", "matplotlibrc.txt"),
    ("kernel.json", "kernel.json.txt"),
    ("Makefile", "Makefile.txt"),
    ("other.ipynb/helper.py", "other.ipynb.d/helper.py.txt"),
    (f".ipynb_checkpoints/{NAME}-checkpoint.py", f".ipynb_checkpoints.d/{NAME}-checkpoint.py.txt"),
    ("lab.jupyterlab-workspace", "lab.jupyterlab-workspace.txt"),
    ("sub.d/__init__.py", "sub.d/__init__.py.txt"),
    (".vscode/settings.json", ".vscode.d/settings.json.txt"),
    ("python.exe", "python.exe.txt"),
    ("helper.py ", "helper.py .txt"),
    ("helper.py\n.csv", "helper.py\n.csv"),
    ("...", "....txt"),
    ("page.html", "page.html.txt"),
    ("picture.svg", "picture.svg.txt"),
    ("copy.IPYNB", "copy.IPYNB.txt"),
]


@pytest.mark.parametrize(("name", "new"), NAMES)
def test_a_name_that_could_be_obeyed_is_another(name, new):
    assert harmless(PurePosixPath(name)) == PurePosixPath(new)
    assert harmless(PurePosixPath(new)) == PurePosixPath(new)


TAKEN = [  # names that would become the same, or too long: the later one has none
    (["timestamp", "timestamp.txt"], {"timestamp": None, "timestamp.txt": "timestamp.txt"}),
    (["a.py", "a.py.txt"], {"a.py": None, "a.py.txt": "a.py.txt"}),
    (["a/b.csv", "a.d/b.csv"], {"a/b.csv": None, "a.d/b.csv": "a.d/b.csv"}),
    (["x" * 252 + ".py"], {"x" * 252 + ".py": None}),
    (["ü" * 126 + ".py"], {"ü" * 126 + ".py": None}),
    (["x" * 251 + ".csv"], {"x" * 251 + ".csv": "x" * 251 + ".csv"}),
]


@pytest.mark.parametrize(("names", "new"), TAKEN)
def test_no_two_have_the_same_name(names, new):
    found = harmless_names(map(PurePosixPath, names))
    assert {str(key): value and str(value) for key, value in found.items()} == new


SHADOWS = sorted(
    {*sys.stdlib_module_names, "ipykernel_launcher", "numpy", "IPython", "course_utils"}
)
HANDED_IN = {
    **{f"{name}.py": b"raise SystemExit('imported')" for name in SHADOWS},
    **{f"{name}/__init__.py": b"raise SystemExit('imported')" for name in SHADOWS[::7]},
    **{name: b"x" for name, _ in NAMES},
    "data/mine.csv": b"mine",
    "released.py": b"raise SystemExit('imported')",
}
WAYS = {
    "ours": lambda root: main(["--root", str(root), "grade", NAME]),
    "scores only": lambda root: main(["--root", str(root), "grade", NAME, "--scores-only"]),
    "two processes": lambda root: main(["--root", str(root), "grade", NAME, "--workers", "2"]),
    "unsafe": lambda root: main(["--root", str(root), "grade", NAME, "--unsafe"]),
    "nbgrader": lambda root: nbgraders_own(root),
    "nbgrader, unsafe": lambda root: nbgraders_own(root, "--Examine.unsafe=True"),
}


def nbgraders_own(root, *options):
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME, *options]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return 0


@pytest.mark.parametrize("way", rows(WAYS, ["ours", "unsafe", "nbgrader"]))
def test_nothing_beside_a_graded_notebook_can_be_imported(course, solved, hand_in, way):
    (course.solutions / NAME / "data").mkdir()
    (course.solutions / NAME / "data" / "given.csv").write_text("given")
    (course.solutions / NAME / "released.py").write_text("ours = 1")
    hand_in("ana", {FILE: solved, **HANDED_IN})
    hand_in("bo", {FILE: solved})
    assert WAYS[way](course.root) == 0
    assert [each.score for each in grade(Course(course.root), NAME, ["ana", "bo"])] == [5.0, 5.0]

    folder = course.root / "autograde" / "autograded" / "ana" / NAME
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert {FILE, "data/given.csv", "data.d/mine.csv", "numpy.d/__init__.py.txt"} <= names
    assert (folder / "released.py").read_text() == "ours = 1"
    assert sorted(path.name for path in folder.parent.parent.glob(f"bo/{NAME}/*")) == [
        FILE,
        "data",
        "released.py",
    ]
    # Python is asked: from there, nothing that was handed in is found under any name.
    assert importable(folder) == {"data", "released"}
    if way in ("ours", "nbgrader"):
        nbgrader("generate_feedback", NAME, folder=course.root, environment={})
        page = course.root / "autograde" / "feedback" / "ana" / NAME
        assert (page / f"{NAME}.html").is_file()
        assert importable(page) == {"data", "released"}


def importable(folder) -> set[str]:
    """The names of modules and packages that Python finds in a folder."""
    finder = importlib.machinery.FileFinder(
        str(folder),
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (importlib.machinery.SourceFileLoader, importlib.machinery.SOURCE_SUFFIXES),
        (importlib.machinery.SourcelessFileLoader, importlib.machinery.BYTECODE_SUFFIXES),
    )
    tried = {path.name.partition(".")[0] for path in folder.iterdir()} | {*SHADOWS}
    return {name for name in tried if finder.find_spec(name) is not None}


def test_the_finder_of_this_test_finds(tmp_path):
    for name in ("a.py", "b/__init__.py", "c/data.csv", "d.pyc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert importable(tmp_path) == {"a", "b", "c", "d"}


def test_what_has_no_name_there_is_told(course, solved, hand_in):
    hand_in("ana", {FILE: solved, "timestamp": b"x", "timestamp.txt": b"2026-01-01 00:00:00 UTC"})
    (result,) = grade(course, NAME, ["ana"])
    assert result.notes == [
        "beside the graded notebook there is no room for timestamp; see autograde/submitted"
    ]
    folder = course.root / "autograde" / "autograded" / "ana" / NAME
    assert (folder / "timestamp.txt").read_text() == "2026-01-01 00:00:00 UTC"


def test_what_cannot_be_read_is_no_trouble_of_the_disk():
    """After which the whole class would be given up."""
    with folder_of_nobody() as folder, ordinary():
        (folder / "in").mkdir()
        (folder / "out").mkdir()
        (folder / "in" / "a.csv").touch(mode=0)
        with pytest.raises(UnreadableNotebook, match=r"a\.csv cannot be read"):
            put_beside(folder / "in", folder / "out")


@pytest.mark.parametrize("way", ["ours", "nbgrader"])
def test_a_link_is_not_copied(course, solved, hand_in, way, tmp_path):
    (tmp_path / "secret").write_text("the answers")
    folder = hand_in("ana", {FILE: solved})
    (folder / "data.csv").symlink_to(tmp_path / "secret")
    (folder / "more").symlink_to(tmp_path)
    assert WAYS[way](course.root) == 0
    graded = course.root / "autograde" / "autograded" / "ana" / NAME
    assert sorted(path.name for path in graded.iterdir()) == [FILE]


@pytest.mark.parametrize("way", ["ours", "nbgrader"])
def test_a_notebook_that_is_graded_finds_its_files_under_their_names(
    course, solved, hand_in, find, way
):
    (course.solutions / NAME / "data.csv").write_text("the course's")
    find(
        solved, "double"
    ).source += (
        "\nprint(open('data.csv').read(), open('more/mine.dat').read(), open('helper.py').read())"
    )
    files = {"data.csv": b"other", "more/mine.dat": b"mine", "helper.py": b"text"}
    hand_in("ana", {FILE: solved, **files})
    assert WAYS[way](course.root) == 0
    graded = course.root / "autograde" / "autograded" / "ana" / NAME / FILE
    assert "the course's mine text" in graded.read_text()
