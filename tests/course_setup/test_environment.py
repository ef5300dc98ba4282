"""When an environment is made again, how, and what is said: the second as the first."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import json
import os
import shutil
import sys
import venv
from pathlib import Path

import pytest

from course_setup import installing
from course_setup.environment import Environment
from tests.course_setup.conftest import edit

SITE = "docs/requirements.lock"


@pytest.fixture
def programs(monkeypatch):
    """The commands that make an environment; only venv is run, and it makes one with a package.

    `programs.ends` says how a program ends, the first time, the second ..., if not well.
    """
    ran = type("Programs", (list,), {"ends": {}})()

    def run(self, *command):
        ran.append(command)
        name = Path(command[1]).stem
        if name == "venv":
            venv.create(command[2], symlinks=os.name != "nt")
            (self.packages / "base-1.dist-info").mkdir()
            for path in ("base-1.dist-info/INSTALLER", "base.py", "course_utils.py"):
                (self.packages / path).touch()
        end = ran.ends[name].pop(0) if ran.ends.get(name) else (0, "")
        if isinstance(end, BaseException):
            raise end
        return end if isinstance(end, tuple) else (0, end(self))

    monkeypatch.setattr(Environment, "run", run)
    return ran


@pytest.fixture(params=[".venv", ".venv-lite"])
def env(clone, programs, request) -> Environment:
    if request.param == ".venv":
        return Environment(clone, ".venv", "requirements.lock", "course_utils, base")
    return Environment(clone, ".venv-lite", "docs/lite/requirements.lock", "base")


# ---- when it is made again --------------------------------------------------------------


def emptied(env, *left):
    shutil.rmtree(env.folder)
    env.folder.mkdir()
    for name in left:
        (env.folder / name).touch()


def stamped(env, **changes):
    env.stamp.write_text(json.dumps({**json.loads(env.stamp.read_text()), **changes}))


def python(env, script):
    Path(env.python).unlink()
    Path(env.python).write_text(f"#!{script}\n")
    Path(env.python).chmod(0o755)


def crlf(env):
    lock = env.root / env.lock
    lock.write_bytes(lock.read_bytes().replace(b"\n", b"\r\n"))


def config(env):
    return env.folder / "pyvenv.cfg"


NOT_FINISHED = "The last set-up was not finished"
CHANGED = "The locked packages have changed"
CHANGES = {  # what happened since the set-up: (how, the reason given to make it again)
    "nothing": (lambda env: None, None),
    "a ruff rule": (lambda env: edit(env.root, "pyproject.toml", "100", "99"), None),
    "a checkout with CRLF": (crlf, None),
    "a new version": (lambda env: edit(env.root, env.lock, "==1", "==2"), CHANGED),
    "another Python": (lambda env: stamped(env, python="9.9"), "was made by 9.9"),
    "moved": (lambda env: stamped(env, place="elsewhere"), "The folder was moved or copied"),
    "long ago": (lambda env: stamped(env, more=1), "made by another version of course.py"),
    "deleted": (lambda env: shutil.rmtree(env.folder), "There is no environment yet"),
    "killed at once": (lambda env: emptied(env), NOT_FINISHED),
    "killed in venv": (lambda env: emptied(env, "set-up.log", "pyvenv.cfg"), NOT_FINISHED),
    "killed in pip": (lambda env: env.stamp.unlink(), NOT_FINISHED),
    "killed at the stamp": (lambda env: env.stamp.write_text('{"place": "'), NOT_FINISHED),
    "killed as it went": (lambda env: (env.stamp.unlink(), config(env).unlink()), NOT_FINISHED),
    "stamped and empty": (lambda env: shutil.rmtree(env.packages), "Packages are missing from"),
    "a package less": (lambda env: shutil.rmtree(env.packages / "base-1.dist-info"), "are missing"),
    "no environment": (lambda env: config(env).unlink(), "does not work"),
    "a broken Python": (lambda env: python(env, "/bin/false"), "does not work"),
    "no Python": (lambda env: python(env, "/nowhere"), "does not start"),
}


@pytest.mark.parametrize(("change", "reason"), CHANGES.values(), ids=CHANGES)
def test_when_it_is_made_again(env, programs, capsys, change, reason):
    env.need()
    stamp = json.loads(env.stamp.read_text())
    assert stamp == {**env.wanted(), "place": str(env.folder), "packages": ["base-1.dist-info"]}
    change(env)
    programs.clear()
    capsys.readouterr()
    assert (env.trouble() is None) if reason is None else (reason in env.trouble())
    env.need()
    assert bool(programs) == bool(reason)
    assert (reason or "") in capsys.readouterr().out
    assert env.trouble() is None


def test_a_requirement_of_the_course_is_a_reason_and_not_for_the_second(env):
    env.need()
    edit(env.root, "pyproject.toml", "pluggy>=1", "pluggy>=0.9")
    assert env.trouble() == (CHANGED if env.course else None)


REFUSED = {  # why it cannot be made: (how that comes, the sentence)
    "it is somebody else's": (
        lambda env, patch: (env.folder.mkdir(), config(env).touch()),
        r"was not made by course\.py, so it is left alone",
    ),
    "it would replace itself": (
        lambda env, patch: patch.setattr(sys, "prefix", str(env.folder)),
        "It cannot replace itself: run `deactivate`",
    ),
    "there is no ensurepip": (
        lambda env, patch: patch.setattr(importlib.util, "find_spec", "venv".__eq__),
        r"sudo apt install python3\.\d+-venv",
    ),
    "the folder is a file": (
        lambda env, patch: env.folder.touch(),
        r"cannot write \.venv.*Not a directory.*Close what may be using it, or check the folder",
    ),
}


@pytest.mark.parametrize(("come", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_made_is_left_alone(env, programs, monkeypatch, come, sentence):
    come(env, monkeypatch)
    before = sorted(env.root.rglob(f"{env.name}/*"))
    with pytest.raises(SystemExit, match=sentence):
        env.need()
    assert (programs, sorted(env.root.rglob(f"{env.name}/*"))) == ([], before)


# ---- how it is made ---------------------------------------------------------------------


def test_what_is_installed_is_locked_and_never_built(env, programs):
    env.need()
    made, packages, *itself = [" ".join(command) for command in programs]
    assert made.endswith(f" venv {env.folder}")
    assert packages.endswith(f"--require-hashes --only-binary=:all: -r {env.root / env.lock}")
    assert [x.split("-bar=off ")[1] for x in itself] == [
        f"--no-index --no-deps --no-build-isolation -e {env.root}"
    ][: env.course]


def not_complete(env):
    (env.packages / "base-1.dist-info" / "INSTALLER").unlink()


def old_glibc(env):
    (env.packages / "base.py").write_text("raise ImportError('GLIBC_2.99')")


ENDS = [  # (the program, how it ends, what is raised)
    ("venv", KeyboardInterrupt("Ctrl-C"), "Ctrl-C"),
    ("pip", KeyboardInterrupt("Ctrl-C"), "Ctrl-C"),
    ("venv", (1, ""), r"Python could not make \.venv"),
    ("pip", (1, "ERROR: No space left on device"), r"the disk is full\.\nAll that.*set-up.log"),
    ("pip", OSError(errno.ENOSPC, "no space"), r"cannot write \.venv.*no space"),
    ("pip", not_complete, r"was made and does not work \(base-1.dist-info is not complete\)"),
    ("pip", old_glibc, r"was made and does not work \(ImportError: GLIBC_2.99\)"),
]


@pytest.mark.parametrize(("program", "end", "sentence"), ENDS)
def test_what_does_not_come_to_its_end_has_no_stamp(env, programs, program, end, sentence):
    programs.ends[program] = [end]
    with pytest.raises((SystemExit, KeyboardInterrupt), match=sentence):
        env.need()
    assert env.trouble() == NOT_FINISHED
    env.need()
    assert env.trouble() is None


ADDED = {  # what comes of it: (how pip ends, how often all is made again, the sentence)
    "it works": ([], 0, None, None),
    "it does not, and is made again": ([not_complete], 1, None, None),
    "again it does not": ([old_glibc] * 9, 1, "does not work .ImportE", NOT_FINISHED),
    "pip adds nothing": ([(1, "ReadTimeout")], 0, "could not be downloaded", None),
}


@pytest.mark.parametrize(("ends", "made", "sentence", "trouble"), ADDED.values(), ids=ADDED)
def test_what_is_added(env, programs, ends, made, sentence, trouble):
    env.need()
    assert env.trouble(SITE) == CHANGED
    programs.clear()
    programs.ends["pip"] = [*ends]
    with pytest.raises(SystemExit, match=sentence) if sentence else contextlib.nullcontext():
        env.need(SITE)
    assert sum(command[1] == "venv" for command in programs) == made
    assert (env.trouble(), env.trouble(SITE) is None) == (trouble, sentence is None)


def test_where_nothing_can_be_locked_this_is_said(env, monkeypatch, capsys):
    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(pytest.importorskip("fcntl"), "flock", flock)
    env.need()
    assert "No locks available): use one course.py at a time" in capsys.readouterr().out


# ---- what pip says ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("WARNING: ... NewConnectionError(...): Name or service not known", "could not be down"),
        ("WARNING: ... ReadTimeoutError(...)\nERROR: No matching distribution found for x", "conn"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that was locked"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "tested with Python 3.11 to"),
        ("ERROR: something\nERROR: something else", "pip failed (something else)"),
        ("nothing that helps", "pip failed"),
    ],
)
def test_what_pip_says_becomes_a_sentence(written, sentence):
    assert sentence in installing.sentence(written)


COLLECTING = "Collecting a==1\n  x\nCollecting b-c==2 (from y)\n"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", ""),
        (COLLECTING, "found 2 packages  b-c"),
        (COLLECTING + "Retrying (Retry(", "the connection is bad, trying again; found 2 packages"),
        (COLLECTING + "Installing collected packages: a\n", "installed 1 packages"),
    ],
)
def test_how_far_pip_is(tmp_path, monkeypatch, capsys, written, said):
    (tmp_path / "a-1.dist-info").mkdir()
    assert installing.tell(26 * COLLECTING, tmp_path, "") == "    found 50 packages"
    assert capsys.readouterr().out == "    found 50 packages\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    installing.tell(written, tmp_path, "")
    assert capsys.readouterr().out.strip() == said
