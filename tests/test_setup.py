"""course.py, the package and the files that say what the course needs."""

from __future__ import annotations

import ast
import copy
import glob
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
COURSE = ROOT / "course.py"


# ---- an old Python is told so -----------------------------------------------------------


def old_pythons():
    names = ["python2", *(f"python{v}" for v in ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10"))]
    found = [shutil.which(name) for name in names]
    pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    found += glob.glob(os.path.join(pyenv, "versions", "*", "bin", "python"))
    for path in dict.fromkeys(path for path in found if path and "shims" not in path):
        command = [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        version = subprocess.run(command, capture_output=True, text=True).stdout.strip()
        if version and Version(version) < Version("3.11"):
            yield pytest.param(path, version, id=f"python{version}")


OLD = list(old_pythons()) or [
    pytest.param("", "", marks=pytest.mark.skip(reason="no Python older than 3.11 is installed"))
]


@pytest.mark.parametrize(("python", "version"), OLD)
def test_an_old_python_is_told_in_one_sentence(python, version):
    done = subprocess.run([python, str(COURSE), "demo"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"this is Python {version}, and the course needs 3.11 or newer" in done.stderr


def test_the_sentence_does_not_need_an_old_python_to_be_tested():
    pretend = "import sys; sys.version_info = (3, 8, 18); exec(open(sys.argv[1]).read())"
    command = [sys.executable, "-c", pretend, str(COURSE)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("course.py: this is Python 3.8, and the course needs 3.11")


NEWER_THAN_PYTHON_2 = (
    ast.JoinedStr,
    ast.AnnAssign,
    ast.NamedExpr,
    ast.Nonlocal,
    ast.AsyncFunctionDef,
    ast.Await,
    ast.YieldFrom,
    ast.MatMult,
    ast.Match,
)


def newer_syntax(source):
    """Line numbers where Python 2.7 would give up."""
    for node in ast.walk(ast.parse(source)):
        new = isinstance(node, NEWER_THAN_PYTHON_2)
        new |= isinstance(node, ast.arg) and node.annotation is not None
        new |= isinstance(node, ast.FunctionDef) and node.returns is not None
        new |= isinstance(node, ast.arguments) and bool(node.kwonlyargs or node.posonlyargs)
        new |= isinstance(node, ast.Raise) and node.cause is not None
        new |= isinstance(node, ast.List | ast.Tuple | ast.Set) and any(
            isinstance(element, ast.Starred) for element in node.elts
        )
        new |= isinstance(node, ast.Dict) and None in node.keys
        if new:
            yield getattr(node, "lineno", 0)


def test_an_old_python_can_read_course_py():
    source = COURSE.read_text(encoding="utf-8")
    assert source.isascii()  # else Python 2 wants a coding line
    assert list(newer_syntax(source)) == []


@pytest.mark.parametrize(
    "line",
    ["f'{x}'", "x: int = 1", "(y := 1)", "def f(x: int): 0", "def f() -> int: 0"]
    + ["def f(*, x): 0", "[*x]", "{**x}", "raise x from y", "a @ b"],
)
def test_newer_syntax_would_be_seen(line):
    assert list(newer_syntax(line))


def test_the_version_is_checked_before_anything_else_is_imported():
    first = [type(node) for node in ast.parse(COURSE.read_text(encoding="utf-8")).body[:3]]
    assert first == [ast.Expr, ast.Import, ast.If]


# ---- when .venv is made again -----------------------------------------------------------

# Requirements that hold wherever these tests run; the real ones are tested further down.
SMALL_PROJECT = """
[build-system]
requires = ["hatchling"]
[project]
name = "pytest"
dependencies = ["pluggy>=1"]
[project.optional-dependencies]
course = []
dev = []
[tool.hatch]
[tool.ruff]
line-length = 100
"""


def load(folder):
    spec = importlib.util.spec_from_file_location("course_under_test", folder / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.PYTHON = sys.executable  # stands in for the one in .venv
    return module


@pytest.fixture
def clone(tmp_path):
    folder = tmp_path / "a clone, déjà vu"
    folder.mkdir()
    shutil.copy(COURSE, folder)
    (folder / "requirements.lock").write_text("pluggy==1.6.0\n")
    (folder / "pyproject.toml").write_text(SMALL_PROJECT)
    return folder


@pytest.fixture
def made(clone, monkeypatch):
    """A clone whose set-up has gone through, with every program it runs left out."""
    module = load(clone)
    monkeypatch.setattr(module, "logged", lambda *args, **options: 0)
    module.set_up()
    return clone


def edit(name, old, new):
    def change(folder):
        path = folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return change


def remove(name):
    return lambda folder: (folder / name).unlink()


STAMP = ".venv/set-up.json"
CHANGES = [  # (what happened since the set-up, how, the reason given to make it again)
    ("nothing", lambda folder: None, None),
    ("a ruff rule", edit("pyproject.toml", "line-length = 100", "line-length = 99"), None),
    ("a checkout with CRLF", edit("requirements.lock", "\n", "\r\n"), None),
    ("no .venv", lambda folder: shutil.rmtree(folder / ".venv"), "There is no environment yet"),
    ("interrupted", remove(STAMP), "The last set-up was not finished"),
    ("interrupted sooner", lambda f: (remove(STAMP)(f), remove(".venv/set-up.log")(f)), "not fin"),
    ("a stamp cut short", edit(STAMP, "}", ""), "The last set-up was not finished"),
    ("a new version", edit("requirements.lock", "1.6.0", "1.6.1"), "locked packages have changed"),
    ("a requirement", edit("pyproject.toml", "pluggy>=1", "pluggy>=0.9"), "packages have changed"),
    ("another Python", edit(STAMP, '"python": "3.', '"python": "9.'), "was made by 9."),
]


@pytest.mark.parametrize(
    ("change", "reason"), [pytest.param(*case[1:], id=case[0]) for case in CHANGES]
)
def test_when_the_environment_is_made_again(made, change, reason):
    change(made)
    found = load(made).ready()
    assert (found is None) if reason is None else (found and reason in found)


def test_a_moved_clone_is_set_up_again(made):
    moved = made.rename(made.parent / "moved")
    assert load(moved).ready() == "The folder was moved or copied"


@pytest.mark.parametrize(
    ("program", "reason"),
    [(None, "The Python in .venv does not start"), ("exit 3", "The Python in .venv does not work")],
)
@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_a_broken_environment_is_made_again(made, program, reason):
    module = load(made)
    module.PYTHON = str(made / "python")
    if program:
        Path(module.PYTHON).write_text(f"#!/bin/sh\n{program}\n")
        Path(module.PYTHON).chmod(0o755)
    assert module.ready() == reason


def test_a_package_that_was_removed_is_missed(clone, monkeypatch):
    edit("pyproject.toml", "pluggy>=1", "no-such-package-at-all")(clone)
    module = load(clone)
    monkeypatch.setattr(module, "logged", lambda *args, **options: 0)
    module.set_up()
    assert module.ready() == "Packages are missing from .venv"


def test_an_environment_of_someone_else_is_left_alone(clone):
    (clone / ".venv").mkdir()
    (clone / ".venv" / "pyvenv.cfg").write_text("home = elsewhere\n")
    with pytest.raises(SystemExit, match=r"was not made by course\.py, so it is left alone"):
        load(clone).set_up()
    assert (clone / ".venv" / "pyvenv.cfg").exists()


@pytest.mark.parametrize("step", [0, 1, 2])
def test_an_interrupted_set_up_starts_again(clone, monkeypatch, step):
    module = load(clone)
    steps = iter(range(3))

    def interrupted(*args, **options):
        if next(steps) == step:
            raise KeyboardInterrupt
        return 0

    monkeypatch.setattr(module, "logged", interrupted)
    with pytest.raises(KeyboardInterrupt):
        module.set_up()
    assert module.ready() == "The last set-up was not finished"


def test_what_is_installed_is_locked_and_never_built(clone, monkeypatch):
    module = load(clone)
    commands = []
    monkeypatch.setattr(module, "logged", lambda command, *a, **o: commands.append(command) or 0)
    module.set_up()
    venv, packages, itself = commands
    assert venv[1:] == ["-m", "venv", module.VENV]
    assert {"--require-hashes", "--only-binary=:all:", module.LOCK} <= set(packages)
    assert {"--no-index", "--no-deps", "--no-build-isolation"} <= set(itself)


@pytest.fixture
def commands(clone, monkeypatch):
    """The commands that a course.py with a finished .venv runs, in the clone."""
    module = load(clone)
    ran = []
    monkeypatch.setattr(module, "set_up", lambda: None)
    monkeypatch.setattr(module, "logged", lambda command, *_, **__: ran.append(command) or 0)
    monkeypatch.setattr(module, "run", lambda command, environment: ran.append(command) or 0)
    (clone / ".venv").mkdir(exist_ok=True)
    (clone / "docs").mkdir()
    (clone / "docs" / "requirements.lock").write_text("sphinx==9.0.4\n")

    def called(*arguments):
        ran.clear()
        assert module.main(list(arguments)) == 0
        return [" ".join(command).replace(str(clone), "HERE") for command in ran]

    return called


def test_what_the_site_needs_is_added_once_and_only_where_it_is_wanted(commands, clone):
    assert not any("pip" in command for command in commands("lab"))
    first, build = commands("site")
    assert "--require-hashes --only-binary=:all: -r HERE/docs/requirements.lock" in first
    assert build.endswith("docs/build.py")
    assert [command for command in commands("site") if "pip" in command] == []
    (clone / "docs" / "requirements.lock").write_text("sphinx==9.1.0\n")
    assert "docs/requirements.lock" in commands("test")[0]


def test_the_version_for_the_browser_is_built_by_an_environment_of_its_own(commands, clone):
    (clone / "docs" / "lite").mkdir()
    (clone / "docs" / "lite" / "requirements.lock").write_text("jupyterlite-core==0.8.6\n")
    (clone / "docs" / "lite" / "build.py").touch()
    *_, page, venv, pip, lite = commands("site", "--output", "elsewhere")
    assert page.endswith("docs/build.py --output elsewhere")
    assert venv.endswith("-m venv HERE/.venv-lite")
    assert "--require-hashes -r HERE/docs/lite/requirements.lock" in pip
    assert lite.endswith("HERE/docs/lite/build.py HERE/elsewhere/lite")
    assert not any("-m venv" in command for command in commands("site"))


def test_without_ensurepip_the_apt_command_is_named(clone, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "ensurepip" else find(name)
    )
    with pytest.raises(SystemExit, match=r"sudo apt install python3\.\d+-venv"):
        load(clone).set_up()
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ("WARNING: ... NewConnectionError(...): Name or service not known", "could not be down"),
        ("WARNING: ... ReadTimeoutError(...)\nERROR: No matching distribution found for x", "conn"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that was locked"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "tested with Python 3.11 to"),
        ("ERROR: something\nERROR: something else", r"pip failed \(something else\)"),
        ("nothing that helps", "pip failed[.]"),
    ],
)
def test_what_pip_says_becomes_a_sentence(clone, monkeypatch, log, sentence):
    module = load(clone)

    def fails(command, *args, **options):
        Path(module.LOG).write_text(log)
        return 1 if "pip" in command else 0

    monkeypatch.setattr(module, "logged", fails)
    with pytest.raises(SystemExit, match=sentence) as stopped:
        module.set_up()
    assert module.LOG in str(stopped.value)
    assert module.ready() == "The last set-up was not finished"


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        ("", ("found", 0, "")),
        ("Collecting a==1\n  x\nCollecting b-c==2 (from y)\n", ("found", 2, "b-c")),
        ("Collecting a==1\nInstalling collected packages: a\n", ("installed", 1, "")),
    ],
)
def test_progress_is_read_from_pips_log(made, log, shown):
    module = load(made)
    packages = Path(module.sysconfig.get_path("purelib", "venv", {"base": module.VENV}))
    (packages / "a-1.dist-info").mkdir(parents=True)
    Path(module.LOG).write_text(log)
    assert module.progress() == shown


# ---- the commands -----------------------------------------------------------------------


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
    command = [sys.executable, "-S", str(COURSE), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == status
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_version_that_is_too_old_is_named(clone):
    edit("pyproject.toml", "pluggy>=1", "pluggy>=99")(clone)
    (lacking,) = load(clone).lacking(["course", "dev"])
    assert re.fullmatch(r"pluggy>=99 \(it has [\d.]+\)", lacking)


def test_jupyterlab_asks_nothing_and_no_other_environment_is_told_so(commands, clone):
    place = clone / ".venv" / "etc" / "jupyter" / "labconfig" / "default_setting_overrides.json"
    commands("--here", "lab")
    assert not place.exists()
    commands("lab")
    settings = json.loads(place.read_text())
    assert settings == {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}


def test_here_needs_only_what_the_command_needs(clone, monkeypatch):
    edit("pyproject.toml", "dev = []", 'dev = ["no-such-package-at-all"]')(clone)
    module = load(clone)
    environments = []
    monkeypatch.setattr(module, "run", lambda _, environment: environments.append(environment) or 0)
    assert module.main(["--here", "lab"]) == 0
    # nbgrader starts alembic by name, whether or not this Python is an activated one
    assert environments[0]["PATH"].startswith(sysconfig.get_path("scripts") + os.pathsep)
    with pytest.raises(SystemExit, match="lacks no-such-package-at-all"):
        module.main(["--here", "test"])


@pytest.mark.parametrize(
    ("code", "status"),
    [("pass", 0), ("raise SystemExit(7)", 7)]
    + ([] if os.name == "nt" else [("import os; os.kill(os.getpid(), 15)", 128 + 15)]),
)
def test_the_exit_status_is_passed_on(clone, code, status):
    assert load(clone).run([sys.executable, "-c", code], dict(os.environ)) == status


@pytest.mark.parametrize(
    ("failing", "status"),
    [([], 0), (["pytest"], 1), (["mypy"], 1), (["ruff check", "ruff format --check"], 1)],
)
def test_pytest_runs_last_and_a_failure_before_it_counts(clone, monkeypatch, failing, status):
    module = load(clone)
    seen = []

    def run(command, environment):
        seen.append(" ".join(command[2:]).split(" -n ")[0])
        return int(seen[-1] in failing)

    monkeypatch.setattr(module, "run", run)
    environment = {}
    assert module.test("python", environment, []) == status
    assert seen == ["ruff check", "ruff format --check", "mypy", "pytest"]
    assert environment["COURSE_TEST_FAILED"] == ", ".join(n for n in failing if n != "pytest")


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_an_interruption_ends_quietly_with_130(clone):
    # The program tells its parent that it has started by interrupting it.
    code = "import os, signal; os.kill(os.getppid(), signal.SIGINT); raise SystemExit(1)"
    harness = (
        "import sys, os; sys.argv = ['course.py']; import course\n"
        "try: course.run([sys.executable, '-c', sys.stdin.read()], dict(os.environ))\n"
        "except KeyboardInterrupt: sys.exit(130)"
    )
    done = subprocess.run(
        [sys.executable, "-c", harness], input=code, cwd=clone, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (130, "")


# ---- pyproject.toml, requirements.lock and environment.yml agree --------------------------

CONDA_NAMES = {"matplotlib-base": "matplotlib"}  # without the desktop windows


def read_lock(text):
    """{name: (version, number of hashes)} of a requirements file with hashes."""
    locked = {}
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.lstrip().startswith(("#", "--")):
            continue
        requirement, *hashes = re.split(r"\s+--hash=sha256:", line.strip())
        requirement = Requirement(requirement)
        (specifier,) = requirement.specifier
        assert specifier.operator == "=="
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in hashes)
        locked[requirement.name] = (specifier.version, len(hashes))
    return locked


def disagreements(pyproject, lock, environment):
    project = pyproject["project"]
    extras = project["optional-dependencies"]
    direct = [Requirement(r) for r in project["dependencies"] + extras["course"] + extras["dev"]]
    names = {requirement.name for requirement in direct}

    locked = read_lock(lock)
    for requirement in direct:
        version, _ = locked.get(requirement.name, (None, 0))
        if version is None:
            yield f"{requirement.name} is not locked"
        elif not requirement.specifier.contains(version):
            yield f"{requirement} is locked at {version}"
    yield from (f"{name} has no hash" for name, (_, hashes) in locked.items() if not hashes)
    for requirement in map(Requirement, pyproject["build-system"]["requires"]):
        if requirement.name not in locked:
            yield f"{requirement.name}, which builds the package, is not locked"
    if "torch" in locked:
        yield "torch is in the lock"
    if re.search(r"://|--(extra-)?index-url|--find-links| @ ", lock):
        yield "the lock names a place"

    conda = {}
    for pin in environment["dependencies"]:
        if isinstance(pin, str):
            name, _, version = pin.partition("=" if ">" not in pin else ">")
            conda[CONDA_NAMES.get(name, name)] = version.lstrip("=")
    python, _ = conda.pop("python", ",").split(",")
    if SpecifierSet(f">={python}") != SpecifierSet(project["requires-python"]):
        yield f"conda's Python is {python}"
    conda.pop("pip")
    for name in sorted(names ^ conda.keys()):
        yield f"{name} is only in {'pyproject.toml' if name in names else 'environment.yml'}"
    for name in names & conda.keys() & locked.keys():
        pin, version = conda[name].split("."), locked[name][0].split(".")
        if len(pin) < 2 or version[: len(pin)] != pin:
            yield f"{name} is {conda[name]} in environment.yml and {locked[name][0]} in the lock"


def requirement_files():
    return [
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")),
        (ROOT / "requirements.lock").read_text(encoding="utf-8"),
        yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8")),
    ]


def test_what_the_course_needs_is_said_alike_in_three_places():
    assert list(disagreements(*requirement_files())) == []


def project_change(**changes):
    return lambda files: files[0]["project"].update(changes)


def lock_change(pattern, new):
    def change(files):
        files[1], count = re.subn(pattern, new, files[1], flags=re.MULTILINE)
        assert count

    return change


def conda_change(old, new):
    def change(files):
        pins = files[2]["dependencies"]
        (index,) = [i for i, pin in enumerate(pins) if str(pin).split("=")[0] == old]
        pins[index : index + 1] = new

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (project_change(dependencies=["numpy>=2.3", "platformdirs", "scipy"]), "scipy is not lock"),
        (project_change(dependencies=["numpy>=99", "platformdirs"]), "numpy>=99 is locked at"),
        (project_change(dependencies=["numpy"]), "platformdirs is only in environment.yml"),
        (project_change(**{"requires-python": ">=3.12"}), "conda's Python is 3.11"),
        (lambda files: files[0]["build-system"]["requires"].append("flit-core"), "flit-core, whic"),
        (lock_change(r"^numpy==\S+", "numpy==1.26.4"), "in environment.yml and 1.26.4 in the lock"),
        (lock_change(r"^numpy==", "numpy-financial=="), "numpy is not locked"),
        (lock_change(r"^(six==\S+).*(\\\n +--hash.*)+", r"\1"), "six has no hash"),
        (lock_change(r"^six==", "torch=="), "torch is in the lock"),
        (lock_change(r"\A", "--index-url https://example.org/simple\n"), "the lock names a place"),
        (conda_change("numpy", ["numpy=2.3"]), "numpy is 2.3 in environment.yml"),
        (conda_change("numpy", ["numpy"]), "numpy is  in environment.yml"),
        (conda_change("pytest", []), "pytest is only in pyproject.toml"),
        (conda_change("pytest", ["pytest=9.2", "scipy=1.16"]), "scipy is only in environment.yml"),
    ],
)
def test_a_disagreement_would_be_seen(change, message):
    files = copy.deepcopy(requirement_files())
    change(files)
    assert any(message in found for found in disagreements(*files)), list(disagreements(*files))


def test_the_lock_serves_every_platform():
    locked = read_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert {"pywinpty", "appnope", "pexpect"} <= locked.keys()  # Windows, macOS, not Windows
    # Wheels of four Pythons for Linux, macOS and Windows.
    assert all(locked[name][1] >= 12 for name in ("numpy", "matplotlib", "pyzmq", "pyyaml"))


def site_disagreements(pyproject, lock, site_lock):
    locked, on_top = read_lock(lock), read_lock(site_lock)
    for name, (version, _) in locked.items():
        if on_top.get(name, ("nothing", 0))[0] != version:
            yield f"{name} is {version} in the lock and {on_top.get(name)} in the site's"
    for requirement in map(Requirement, pyproject["project"]["optional-dependencies"]["site"]):
        if not requirement.specifier.contains(on_top.get(requirement.name, ("0", 0))[0]):
            yield f"{requirement} is locked at {on_top.get(requirement.name)}"
    yield from (f"{name} has no hash" for name, (_, hashes) in on_top.items() if not hashes)
    if re.search(r"://|--(extra-)?index-url|--find-links| @ ", site_lock):
        yield "the lock names a place"


def site_files():
    pyproject, lock, _ = requirement_files()
    return [pyproject, lock, (ROOT / "docs" / "requirements.lock").read_text(encoding="utf-8")]


def test_the_sites_lock_is_the_courses_and_more():
    assert list(site_disagreements(*site_files())) == []


@pytest.mark.parametrize(
    ("index", "old", "new", "message"),
    [
        (1, r"^numpy==\S+", "numpy==1.26.4", "numpy is 1.26.4 in the lock and"),
        (2, r"^six==", "sixty==", "in the lock and None in the site's"),
        (2, r"^sphinx==\S+", "sphinx==1.0", "is locked at ('1.0', 2)"),
        (2, r"^(sphinx==\S+).*(\\\n +--hash.*)+", r"\1", "sphinx has no hash"),
        (2, r"\A", "--index-url https://example.org/simple\n", "the lock names a place"),
    ],
)
def test_a_disagreement_of_the_sites_lock_would_be_seen(index, old, new, message):
    files = site_files()
    files[index], count = re.subn(old, new, files[index], count=1, flags=re.MULTILINE)
    assert count
    found = list(site_disagreements(*files))
    assert any(message in each for each in found), found


# ---- what is packaged, what git ignores ---------------------------------------------------

SECRET = "the learner's own work"


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The names in a wheel and in an sdist built offline from this checkout, .gitignore apart."""
    pytest.importorskip("hatchling", reason="hatchling is not installed (it is in the lock)")
    folder = tmp_path_factory.mktemp("build")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("course_utils", "autograde", "solutions", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("filled_in"))
    filled_in = folder / "course_utils" / "filled_in"
    filled_in.mkdir()
    (filled_in / "Linear.py").write_text(SECRET)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", "dist"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("dist/*.whl")
    (sdist,) = folder.glob("dist/*.tar.gz")
    with zipfile.ZipFile(wheel) as file:
        in_wheel = file.namelist()
    with tarfile.open(sdist) as file:
        in_sdist = [name.partition("/")[2] for name in file.getnames()]
    return {"wheel": in_wheel, "sdist": in_sdist}


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_a_package_holds_course_utils_and_nothing_else(packages, kind):
    names = packages[kind]
    assert "course_utils/__init__.py" in names
    assert [name for name in names if "filled_in/" in name] == []
    outside = {name for name in names if not name.startswith("course_utils/")}
    outside = {name for name in outside if ".dist-info/" not in name}
    described = {"pyproject.toml", "README.md", "LICENSE", "PKG-INFO", ".gitignore"}
    assert outside <= (described if kind == "sdist" else set())


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("course_utils/filled_in/Linear.py", True),
        (".venv/set-up.log", True),
        (".venv-lite/set-up.json", True),
        ("docs/_build/html/index.html", True),
        ("autograde/submitted/ada/00_measuring_slopes/00_measuring_slopes.ipynb", True),
        ("autograde/gradebook.db", True),
        ("course_utils/store.py", False),
        ("notebooks/01_jacobians/01_jacobians.ipynb", False),
        ("autograde/config.py", False),
    ],
)
def test_what_git_ignores(tmp_path, path, ignored):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    done = subprocess.run(["git", "-C", str(tmp_path), "check-ignore", "-q", path])
    assert (done.returncode == 0) is ignored


# ---- CI -----------------------------------------------------------------------------------


def test_ci_runs_the_commands_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python3 course\.py .*$", script, re.MULTILINE)
    assert commands == ["python3 course.py demo", "python3 course.py test"]
    for command in [*commands, "python3 course.py lab"]:
        assert re.search(rf"(^|`){re.escape(command)}(`|$)", readme, re.MULTILINE), command


def test_the_stamp_is_json_without_surprises(made):
    stamp = json.loads((made / STAMP).read_text())
    assert stamp.keys() == {"place", "python", "packages"}
    assert stamp["place"] == str(made / ".venv")
