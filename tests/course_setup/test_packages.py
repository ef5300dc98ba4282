"""What is packaged, what git ignores, what CI runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from tests.course_setup.conftest import ROOT


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The names in a wheel and in an sdist built offline from this checkout, .gitignore apart."""
    pytest.importorskip("hatchling", reason="hatchling is not installed (it is in the lock)")
    folder = tmp_path_factory.mktemp("build")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    ignored = shutil.ignore_patterns("filled_in", "__pycache__")
    for name in ("course_utils", "course_setup", "autograde", "solutions", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    (folder / "course_utils" / "filled_in").mkdir()
    (folder / "course_utils" / "filled_in" / "Linear.py").write_text("the learner's own work")
    command = [sys.executable, "-m", "hatchling", "build", "-d", "dist"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (wheel,), (sdist,) = folder.glob("dist/*.whl"), folder.glob("dist/*.tar.gz")
    with zipfile.ZipFile(wheel) as wheels, tarfile.open(sdist) as sdists:
        in_sdist = [name.partition("/")[2] for name in sdists.getnames()]
        return {"wheel": wheels.namelist(), "sdist": in_sdist}


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_a_package_holds_course_utils_and_nothing_else(packages, kind):
    names = packages[kind]
    assert "course_utils/__init__.py" in names
    assert [name for name in names if "filled_in/" in name] == []
    outside = {name for name in names if not re.match(r"course_utils/|[^/]*\.dist-info/", name)}
    described = {"pyproject.toml", "README.md", "LICENSE", "PKG-INFO", ".gitignore"}
    assert outside <= (described if kind == "sdist" else set())


IGNORED = [
    *("course_utils/filled_in/Linear.py", ".venv/set-up.log", ".venv.lock", ".venv-lite.lock"),
    *(".venv-lite/set-up.json", "docs/_build/html/index.html", "autograde/gradebook.db"),
    "autograde/submitted/ada/00_measuring_slopes/00_measuring_slopes.ipynb",
    "01_jacobians/01_jacobians.ipynb",  # what `nbgrader fetch_assignment` makes
]
KEPT = ["course_utils/store.py", "notebooks/01_jacobians/new.ipynb", "requirements.lock"]
KEPT += ["autograde/course/config.py", "docs/requirements.lock", "solutions/01_jacobians/new.ipynb"]


@pytest.mark.parametrize("path", IGNORED + KEPT)
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_what_git_ignores(tmp_path, path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    done = subprocess.run(["git", "-C", str(tmp_path), "check-ignore", "-q", path])
    assert (done.returncode == 0) is (path in IGNORED)


def test_ci_runs_the_commands_of_the_readme():
    script, readme = ((ROOT / x).read_text(encoding="utf-8") for x in (".ci/run", "README.md"))
    commands = re.findall(r"^python3 course\.py \w+", script, re.MULTILINE)
    assert commands == ["python3 course.py demo", "python3 course.py test"]
    for command in [*commands, "python3 course.py lab"]:
        assert re.search(rf"(^|`){re.escape(command)}(`|$)", readme, re.MULTILINE), command
