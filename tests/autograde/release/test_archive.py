"""What students get: the right files, always the same bytes, and it works when unpacked."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import psutil
import pytest

from autograde.base.errors import AutogradeError
from autograde.cli import main
from autograde.commands.link import link
from autograde.course.course import ROOT, Course
from autograde.notebooks.leaks import MARKERS
from autograde.release.archive import AS_THEY_ARE, package, student_files, write_branch, write_zip

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:nbgrader"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    course = Course()
    return student_files(course, course.assignments())


@pytest.fixture(scope="module")
def unpacked(files, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("a student's home, déjà vu")
    write_zip(files, folder / "course.zip")
    with zipfile.ZipFile(folder / "course.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder / "backward-by-hand"


HAS = [
    "README.md",
    "LICENSE",
    ".gitignore",
    "course.py",
    "environment.yml",
    "pyproject.toml",
    "requirements.lock",
    "course_setup/commands.py",
    "course_setup/labconfig/default_setting_overrides.json",
    "course_utils/__init__.py",
    "course_utils/data/digits.csv.gz",
    "docs/diagnoses.md",
    "docs/notation.md",
    "notebooks/00_measuring_slopes/00_measuring_slopes.ipynb",
    "notebooks/08_capstone/08_capstone.ipynb",
]


@pytest.mark.parametrize("path", HAS)
def test_what_is_in_it(files, path):
    assert path in files


HAS_NOT = ["solutions", "autograde", "tests", "benchmarks", "nbgrader_config.py", ".git", ".venv"]
HAS_NOT += [
    "teaching.md",
    "gradebook.db",
    "filled_in",
    "__pycache__",
    ".ipynb_checkpoints",
    "secret",
]


@pytest.mark.parametrize("name", HAS_NOT)
def test_what_is_not_in_it(files, name):
    assert [path for path in files if name in Path(path).parts] == []


def test_the_notebooks_are_the_released_ones(files):
    found = {path: data for path, data in files.items() if path.startswith("notebooks/")}
    committed = sorted((ROOT / "notebooks").glob("*/*.ipynb"))
    assert sorted(found) == [path.relative_to(ROOT).as_posix() for path in committed]
    for path, data in found.items():
        if json.loads(data) != json.loads((ROOT / path).read_text(encoding="utf-8")):
            # somebody works in this checkout: then what they wrote must not be in the archive
            assert main(["build", "--check"]) == 1
        assert not [mark for mark in MARKERS if mark.encode() in data], path


def test_the_readme_of_students_leads_nowhere_else(files):
    text = files["README.md"].decode()
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    assert [each for each in links if "://" not in each and each not in files] == []


def test_the_same_bytes_at_any_time_by_anybody(files, tmp_path):
    write_zip(files, tmp_path / "one.zip")
    program = (
        "import os, sys; os.umask(0o077); from autograde.cli import main;"
        "sys.exit(main(['archive', '--to', sys.argv[1]]))"
    )
    environment = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    command = [sys.executable, "-c", program, str(tmp_path / "two.zip")]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert f"{len(files)} files, 9 notebooks" in done.stdout


@pytest.fixture
def small(tmp_path) -> Course:
    """A course of one assignment, with what people leave lying about."""
    root = tmp_path / "small"
    for name in AS_THEY_ARE:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"one\r\ntwo\r\n")
    (root / "nbgrader_config.py").write_text(
        "from pathlib import Path\nfrom autograde.course.config import configure\n"
        "configure(get_config(), Path(__file__).resolve().parent)\n"
    )
    name = "03_one_sample"
    (root / "solutions" / name).mkdir(parents=True)
    source = (ROOT / "solutions" / name / f"{name}.ipynb").read_bytes()
    (root / "solutions" / name / f"{name}.ipynb").write_bytes(source)
    (root / "notebooks" / name).mkdir(parents=True)
    (root / "notebooks" / name / f"{name}.ipynb").write_bytes(source)  # the model answers
    for path in ("a.py", "filled_in/a.py", "__pycache__/a.pyc", "data/b.gz"):
        (root / "course_utils" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "course_utils" / path).write_bytes(b"\0\r\n" if path.endswith("gz") else b"1\r\n")
    return Course(root)


def test_what_lies_about_stays_here(small):
    found = student_files(small, ["03_one_sample"])
    assert [path for path in found if path.startswith("course_utils")] == [
        "course_utils/a.py",
        "course_utils/data/b.gz",
    ]
    assert found["course_utils/a.py"] == b"1\n"
    assert found["course_utils/data/b.gz"] == b"\0\r\n"
    assert found["LICENSE"] == b"one\ntwo\n"
    notebook = found["notebooks/03_one_sample/03_one_sample.ipynb"]
    assert not [mark for mark in MARKERS if mark.encode() in notebook]


def test_what_git_does_not_track_stays_here(small):
    run(small.root, "init", "-q")
    run(small.root, "add", "course_utils/a.py")
    (small.root / "course_utils" / "model answers.py").write_text("x = 1\n")
    assert package(small.root) == [small.root / "course_utils/a.py"]


REFUSED = [  # (what is wrong, the sentence)
    (lambda root: (root / "LICENSE").unlink(), "LICENSE belongs to the archive"),
    (
        lambda root: (root / "course_utils/a.py").write_text("### BEGIN SOLUTION\n"),
        "course_utils/a.py must not be released, it holds 'BEGIN SOLUTION'",
    ),
]


@pytest.mark.parametrize(("spoil", "sentence"), REFUSED)
def test_what_is_refused(small, spoil, sentence):
    spoil(small.root)
    with pytest.raises(AutogradeError) as error:
        student_files(small, [])
    assert sentence in str(error.value)


# ---- it works when it is unpacked -------------------------------------------------------


def course_py(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, str(folder / "course.py"), "--here", *arguments]


def outside(**more: str) -> dict[str, str]:
    """The environment of somebody who has no checkout."""
    left_out = ("PYTHONPATH", "COURSE_UTILS_FILLED_IN")
    return {**{k: v for k, v in os.environ.items() if k not in left_out}, **more}


def test_progress_in_the_unpacked_archive(unpacked):
    done = subprocess.run(course_py(unpacked), env=outside(), capture_output=True, text=True)
    assert re.findall(r"^  (\w+)", done.stdout, re.MULTILINE) == ["lab", "progress", "run", "setup"]
    program = "import course_utils, sys; print(course_utils.__file__)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=unpacked, env=outside(), capture_output=True, text=True)
    assert done.stdout.strip() == str(unpacked / "course_utils" / "__init__.py")
    done = subprocess.run(
        course_py(unpacked, "progress", "--quick"), env=outside(), capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stderr
    assert "08" in done.stdout
    assert "0.1" in done.stdout
    assert done.stderr == ""


def test_jupyterlab_shows_the_unpacked_notebooks(unpacked):
    """`course.py lab` serves exactly these, nothing of the instructors', and ends when told to."""
    options = ["--no-browser", "--ServerApp.port=0", "--IdentityProvider.token=t", "--allow-root"]
    lab = subprocess.Popen(
        course_py(unpacked, "lab", *options),
        env=outside(JUPYTER_NO_CONFIG="1"),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert lab.stderr is not None
        address = None
        for line in lab.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                address = found.group()
                break
        assert address, "JupyterLab ended"
        answer = None
        for _ in range(50):
            with contextlib.suppress(OSError):
                url = f"{address}api/contents/notebooks?token=t"
                answer = json.load(urllib.request.urlopen(url, timeout=10))
                break
            time.sleep(0.2)
        assert answer is not None
        assert [each["name"] for each in sorted(answer["content"], key=lambda x: x["name"])] == [
            path.name for path in sorted((ROOT / "solutions").iterdir()) if path.is_dir()
        ]
        urllib.request.urlopen(f"{address}api/kernels?token=t", b"{}", timeout=60)
        kernels = psutil.Process(lab.pid).children(recursive=True)
        lab.terminate()
        assert (lab.wait(60), len(kernels)) == (0, 1)
        assert psutil.wait_procs(kernels, timeout=60)[1] == []
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(lab.pid, signal.SIGKILL)
        lab.wait()
        if lab.stderr:
            lab.stderr.close()


# ---- the branch -------------------------------------------------------------------------


def run(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ana")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ana@uni.example")
    folder = tmp_path / "repository"
    (folder / "solutions").mkdir(parents=True)
    run(folder, "init", "-q", "-b", "main")
    (folder / "solutions" / "answer").write_text("42")
    run(folder, "add", ".")
    run(folder, "commit", "-qm", "with answers")
    (folder / "work in progress").write_text("mine")
    return folder


FILES = {"README.md": b"hello\n", "notebooks/a b/é.ipynb": b"{}\n"}


def test_the_students_branch_has_no_history_of_ours(repository):
    assert write_branch(FILES, repository, "students", "one")
    assert run(repository, "rev-list", "--count", "students") == "1"
    listed = run(repository, "ls-tree", "-r", "-z", "--name-only", "students").split("\0")
    assert [each for each in listed if each] == list(FILES)
    assert run(repository, "show", "students:README.md") == "hello"
    # the work tree, the index and the branch that is checked out are as they were
    assert run(repository, "status", "--porcelain") == '?? "work in progress"'
    assert run(repository, "branch", "--show-current") == "main"


def test_an_update_is_a_commit_on_top_and_no_change_is_none(repository):
    write_branch(FILES, repository, "students", "one")
    assert not write_branch(FILES, repository, "students", "two")
    assert write_branch({"README.md": b"better\n"}, repository, "students", "three")
    assert run(repository, "log", "--format=%s", "students").splitlines() == ["three", "one"]
    assert run(repository, "ls-tree", "-r", "--name-only", "students") == "README.md"


def test_a_student_pulls_it_and_keeps_what_was_filled_in(repository, tmp_path):
    write_branch(FILES, repository, "students", "one")
    student = tmp_path / "student"
    run(tmp_path, "clone", "-q", "--single-branch", "-b", "students", str(repository), "student")
    (student / "filled in").write_text("an answer")
    write_branch({**FILES, "new": b""}, repository, "students", "two")
    run(student, "pull", "-q")
    assert sorted(each.name for each in student.iterdir() if each.name != ".git") == [
        *("README.md", "filled in", "new", "notebooks")
    ]
    with pytest.raises(subprocess.CalledProcessError):
        run(student, "show", "origin/main:solutions/answer")


def test_a_branch_that_is_no_students_branch_is_left_alone(repository):
    with pytest.raises(AutogradeError, match="main is checked out here"):
        write_branch(FILES, repository, "main", "one")
    run(repository, "branch", "other")
    with pytest.raises(AutogradeError, match="other has solutions/ or autograde/"):
        write_branch(FILES, repository, "other", "one")
    assert run(repository, "rev-parse", "other") == run(repository, "rev-parse", "main")


# ---- the link ---------------------------------------------------------------------------

HUB = "https://hub.uni.example"
GIT = "https://git.uni.example/ml/backward.git"
LINKS = [  # (hub, repository, branch, notebook, the link)
    (HUB, GIT, "students", None, "repo={git}&branch=students&targetpath=backward&urlpath=lab"),
    (HUB + "/", GIT, "2026/a", "01_j", "repo={git}&branch=2026%2Fa&targetpath=backward&urlpath="),
    (HUB, GIT[:-4] + "/", "s", None, "repo={git}&branch=s&targetpath=backward&urlpath=lab%2Ftree"),
]


@pytest.mark.parametrize(("hub", "repository", "branch", "name", "query"), LINKS)
def test_links(hub, repository, branch, name, query):
    quoted = repository.replace(":", "%3A").replace("/", "%2F")
    expected = f"{HUB}/hub/user-redirect/git-pull?{query.format(git=quoted)}"
    assert link(hub, repository, branch, name).startswith(expected)
    ending = (
        "lab%2Ftree%2Fbackward%2Fnotebooks%2F01_j%2F01_j.ipynb"
        if name
        else "lab%2Ftree%2Fbackward%2Fnotebooks"
    )
    assert link(hub, repository, branch, name).endswith(ending)


def test_a_link_needs_the_address_of_a_hub():
    with pytest.raises(AutogradeError, match="it starts with https://"):
        link("hub.uni.example", GIT, "students")
