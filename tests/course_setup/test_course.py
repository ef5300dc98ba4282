"""course.py and its commands: what is said, and what is run."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from packaging.version import Version

import tests.__main__ as testing
from course_setup import commands
from course_setup.lacking import lacking
from tests.course_setup.conftest import ROOT, edit

COURSE = str(ROOT / "course.py")
STUDENTS = ("lab", "progress", "run", "setup")

# ---- an old Python is told so -----------------------------------------------------------


def old_pythons():
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    names = ("python2", *(f"python{v}" for v in ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")))
    for path in [*map(shutil.which, names), *map(str, pyenv.glob("*/bin/python"))]:
        if path and "shims" not in path:
            command = [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
            version = subprocess.run(command, capture_output=True, text=True).stdout.strip()
            if version and Version(version) < Version("3.11"):
                yield pytest.param([path], version, id=f"python{version}")


PRETEND = "import sys; sys.version_info = (3, 8, 18); exec(open(sys.argv[1]).read())"


@pytest.mark.parametrize(
    ("python", "version"), [*old_pythons(), ([sys.executable, "-c", PRETEND], "3.8")]
)
def test_an_old_python_is_told_in_one_sentence(python, version):
    done = subprocess.run([*python, COURSE, "demo"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"this is Python {version}, and the course needs 3.11 or newer" in done.stderr


def test_an_old_python_can_read_it():
    """Every kind of syntax in the file is one of Python 2.7 (an f-string is a JoinedStr)."""
    source = Path(COURSE).read_text(encoding="utf-8")
    assert source.isascii()  # else Python 2 wants a coding line
    tree = ast.parse(source)
    assert [type(node) for node in tree.body[:3]] == [ast.Expr, ast.Import, ast.If]
    old = "Module Expr Constant Import ImportFrom alias If Compare Lt Eq Tuple Attribute Name Load"
    old += " Call keyword BinOp Mod Subscript Slice Try ExceptHandler"
    assert {type(node).__name__ for node in ast.walk(tree)} <= set(old.split())


# ---- what is run ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "usage: python3 course.py"),
        (["--help"], 0, "usage: python3 course.py"),
        (["gradde"], 2, "there is no command 'gradde'"),
        # -S hides every installed package
        (["--here", "demo"], 1, "lacks numpy"),
        (["test", "--here"], 1, "lacks numpy"),
    ],
)
def test_the_command_line(arguments, status, said):
    command = [sys.executable, "-S", COURSE, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == status
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def became(monkeypatch):
    """Take a command; return what it needs, what it would become, and with which variables."""
    needed = []
    for made in (commands.VENV, commands.LITE):
        monkeypatch.setattr(
            made, "need", lambda *more, name=made.name: needed.append([name, *more])
        )
    monkeypatch.setattr(commands, "become", lambda *what: what)

    def run(*arguments):
        needed.clear()
        command, variables = commands.main(list(arguments))
        return needed, " ".join(command).replace(str(commands.ROOT), "HERE"), variables

    return run


VENV, LITE = [".venv"], [".venv-lite"]
SITE = [".venv", "docs/requirements.lock"]
RUN = {  # what is typed: (what is made before, what Python runs)
    "demo": ([VENV], "-m autograde demo"),
    "build 01": ([VENV], "-m autograde build 01"),
    "progress 02": ([VENV], "-m course_utils 02"),
    "test tests/docs": ([SITE, LITE], "-m tests tests/docs"),
    "site --run x": ([SITE, LITE], f"docs/build.py --lite {commands.LITE.python} --run x"),
    "lab -y": (
        [VENV],
        "-m jupyterlab --ServerApp.root_dir=HERE --LabApp.default_url=/lab/tree/notebooks"
        " --ServerApp.terminado_settings=shell_command=env -u PYTHONSAFEPATH SHELL -y",
    ),
}


@pytest.mark.parametrize(("typed", "case"), RUN.items(), ids=RUN)
def test_what_is_made_and_what_is_run(became, typed, case):
    needed, command, variables = became(*typed.split())
    expected = f"{commands.VENV.python} {case[1]}".replace(str(commands.ROOT), "HERE")
    command = command.replace(os.environ.get("SHELL", "sh") + " -y", "SHELL -y")
    assert (needed, command) == (case[0], expected)
    assert variables["PATH"].startswith(str(commands.VENV.programs) + os.pathsep)


def test_jupyterlab_asks_nothing_and_its_kernels_import_nothing_from_beside_a_notebook(
    became, monkeypatch
):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    for here in ((), ("--here",)):
        variables = became(*here, "lab")[2]
        assert variables["PYTHONSAFEPATH"] == "1"
        ours, mine = variables["JUPYTER_CONFIG_PATH"].split(os.pathsep)
        assert mine == "mine"
        monkeypatch.setenv("PYTHONSAFEPATH", "1")  # in a terminal of it, the others are as ever
        assert "PYTHONSAFEPATH" not in became(*here, "progress")[2]
    (settings,) = Path(ours, "labconfig").glob("default_setting_overrides.json")
    notification = json.loads(settings.read_text())["@jupyterlab/apputils-extension:notification"]
    assert notification == {"fetchNews": "false"}


def test_the_students_copy_has_its_commands(became, clone, monkeypatch, capsys):
    monkeypatch.setattr(commands, "ROOT", clone)
    (clone / "autograde").rename(clone / "gone")
    assert commands.main(["--help"]) == 0
    assert re.findall(r"^  (\w+)", capsys.readouterr().out, re.MULTILINE) == [*STUDENTS]
    for command in commands.COMMANDS:
        if command not in STUDENTS:
            with pytest.raises(
                SystemExit, match=rf"students' copy.*: it has {', '.join(STUDENTS)}"
            ):
                commands.main([command])


def test_here_needs_only_what_the_command_needs(became, clone, monkeypatch):
    edit(clone, "pyproject.toml", "dev = []", 'dev = ["no-such-package-at-all"]')
    monkeypatch.setattr(commands, "ROOT", clone)
    needed, command, variables = became("--here", "lab")
    assert (needed, command.split()[:3]) == ([], [sys.executable, "-m", "jupyterlab"])
    # nbgrader starts alembic by name, whether or not this Python is an activated one
    assert variables["PATH"].startswith(sysconfig.get_path("scripts") + os.pathsep)
    with pytest.raises(SystemExit, match="lacks no-such-package-at-all"):
        became("--here", "test")


def test_a_version_that_is_too_old_is_named(clone):
    edit(clone, "pyproject.toml", "pluggy>=1", "pluggy>=99")
    (absent,) = lacking(clone, ["course", "dev"])
    assert re.fullmatch(r"pluggy>=99 \(it has [\d.]+\)", absent)


@pytest.mark.parametrize(
    ("failing", "status"),
    [([], 0), (["pytest"], 1), (["mypy"], 1), (["ruff check", "ruff format --check"], 1)],
)
def test_pytest_runs_last_and_a_failure_before_it_counts(monkeypatch, failing, status):
    seen = []

    def run(command):
        seen.append(" ".join(command[2:]))
        return subprocess.CompletedProcess(command, int(seen[-1] in failing))

    monkeypatch.setattr(testing.subprocess, "run", run)
    monkeypatch.setattr(pytest, "main", lambda _: run(["", "-m", "pytest"]).returncode)
    monkeypatch.setenv("COURSE_TEST_FAILED", "")
    assert testing.main([]) == status
    assert seen == ["ruff check", "ruff format --check", "mypy", "pytest"]
    assert os.environ["COURSE_TEST_FAILED"] == ", ".join(n for n in failing if n != "pytest")
