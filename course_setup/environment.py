"""A virtual environment beside course.py: whether it can be used, and how it is made."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import IO, Any

from course_setup import installing, say, stop
from course_setup.locking import only_one

# Each of these would mix another installation into this one, or hide what stands beside a program.
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "__PYVENV_LAUNCHER__")


class Environment:
    """The virtual environment `name` in the folder `root`, made from a lock.

    It must be able to import the `modules`; where `course_utils` is one, it holds the course
    itself. The `purpose` is what a sentence says of it.
    """

    def __init__(self, root: Path, name: str, lock: str, modules: str, purpose: str = "") -> None:
        self.root, self.name, self.lock = root, name, lock
        self.modules, self.purpose = modules, purpose
        self.course = "course_utils" in modules
        windows = os.name == "nt"
        self.folder = root / name
        self.programs = self.folder / ("Scripts" if windows else "bin")
        self.python = str(self.programs / ("python.exe" if windows else "python"))
        self.packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(self.folder)}))
        self.held: IO[bytes]  # the lock, while it is made
        self.log = self.folder / "set-up.log"  # the first file in the folder that is ours
        self.stamp = self.folder / "set-up.json"  # and the last one, when the environment answers

    def variables(self) -> dict[str, str]:
        """Return the variables that activating it would set."""
        return {
            **{name: value for name, value in os.environ.items() if name not in FOREIGN},
            "VIRTUAL_ENV": str(self.folder),
            "PATH": f"{self.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUTF8": "1",  # a path with an accent, on Windows before Python 3.15
            "JUPYTER_PREFER_ENV_PATH": "1",  # this kernel, not the home folder's of the same name
            "PIP_USER": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    # ---- whether it can be used ---------------------------------------------------------

    def trouble(self, *more: str) -> str | None:
        """Return None if it is as its lock and `more` locks on top want it, else why not."""
        if not os.path.lexists(self.folder):
            return "There is no environment yet"
        if (self.folder / "pyvenv.cfg").exists() and not self.log.exists():
            stop(
                f"{self.name} was not made by course.py, so it is left alone. Activate it and add"
                " --here to the command, or delete it."
            )
        try:
            found = json.loads(self.stamp.read_text("utf-8"))
        except (OSError, ValueError):
            return "The last set-up was not finished"
        want = self.wanted(*more)
        if found.keys() != {*want, "packages"}:
            return f"{self.name} was made by another version of course.py"
        if found["place"] != want["place"]:
            return "The folder was moved or copied"
        if found["python"] != want["python"]:
            return f"This is Python {want['python']}, {self.name} was made by {found['python']}"
        if not want["locks"].items() <= found["locks"].items():
            return "The locked packages have changed"
        if not self.installed().issuperset(found["packages"]):
            return f"Packages are missing from {self.name}"
        try:
            wrong = self.ask("import sys; sys.exit(sys.prefix == sys.base_prefix)")
        except OSError:
            return f"The Python in {self.name} does not start"
        return wrong and f"The Python in {self.name} does not work"

    def ask(self, code: str) -> str | None:
        """Let its Python run `code`; return what goes wrong."""
        command = [self.python, "-P", "-c", code]
        done = subprocess.run(command, env=self.variables(), capture_output=True, encoding="utf-8")
        return (done.stderr.splitlines() or ["it ends at once"])[-1] if done.returncode else None

    def wanted(self, *more: str) -> dict[str, Any]:
        """Return what the stamp of an up-to-date environment says, beside its packages."""
        how = ""
        if self.course:
            # Only what changes an installation: a new ruff rule is no reason to make it again.
            project = tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))
            tables = (project["build-system"], project["project"], project["tool"]["hatch"])
            how = json.dumps(tables, sort_keys=True)
        locks = {}
        for lock in (self.lock, *more):
            text = (self.root / lock).read_text("utf-8")  # the same, whatever ends its lines
            locks[lock] = hashlib.sha256((text + how).encode()).hexdigest()
        python = "{}.{}".format(*sys.version_info)
        return {"place": str(self.folder), "python": python, "locks": locks}

    def installed(self) -> set[str]:
        """Return the packages that are there, with their versions."""
        return {path.name for path in self.packages.glob("*.dist-info")}

    # ---- how it is made -----------------------------------------------------------------

    def need(self, *more: str) -> None:
        """Make it, or make it again, or add what is in `more` locks, unless all is there."""
        if self.trouble(*more) is None:
            return
        try:
            with only_one(self.root / f"{self.name}.lock") as self.held:
                trouble = self.trouble()  # another course.py may have made it meanwhile
                if trouble is None and self.trouble(*more) is not None:
                    say(f"Adding what this command needs to {self.name}. Once:")
                    if self.install(more, more):
                        trouble = f"What was added to {self.name} does not work"
                if trouble is not None:
                    self.empty(trouble)
                    if wrong := self.install((self.lock, *more), more):
                        stop(
                            f"{self.name} was made and does not work ({wrong}). Run this again; if"
                            " it stays so, show this line to whoever gave you the course."
                        )
        except OSError as error:
            advice = "Close what may be using it, or check the folder."
            stop(f"cannot write {self.name} ({error}). {advice}")

    def empty(self, trouble: str) -> None:
        """Make it with nothing in it."""
        if Path(sys.prefix).resolve() == self.folder:
            stop(f"{trouble}. It cannot replace itself: run `deactivate`, then this again.")
        if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
            stop(
                "this Python cannot make virtual environments. On Debian or Ubuntu:"
                " sudo apt install python{}.{}-venv".format(*sys.version_info)
            )
        say(f"{trouble}: setting up {self.name}{self.purpose}. Once; a minute or a few:")
        # In this order, so that what an interruption leaves is neither ready nor somebody else's.
        self.stamp.unlink(missing_ok=True)
        (self.folder / "pyvenv.cfg").unlink(missing_ok=True)
        if os.path.lexists(self.folder):
            shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.log.touch()
        say("  making the virtual environment (a few seconds)")
        if self.run(sys.executable, "venv", str(self.folder))[0]:
            stop(f"Python could not make {self.name}; what it says is in {self.log}")

    def install(self, locks: tuple[str, ...], more: tuple[str, ...]) -> str | None:
        """Install what is locked; leave the stamp if all works, or return what does not."""
        stamp = self.wanted(*more)  # as it is now: a lock may change meanwhile
        say("  downloading the locked packages, then installing them")
        for lock in locks:
            # Wheels only: building one from source would fetch what is not in the lock.
            self.pip("--require-hashes", "--only-binary=:all:", "-r", str(self.root / lock))
        if self.course and self.lock in locks:
            say("  installing the course itself (a few seconds)")
            self.pip("--no-index", "--no-deps", "--no-build-isolation", "-e", str(self.root))
        # pip writes this file when all else of a package is there, its programs too.
        half = [x for x in self.installed() if not (self.packages / x / "INSTALLER").exists()]
        if half:
            return f"{half[0]} is not complete"
        if wrong := self.ask(f"import {self.modules}"):
            return wrong
        stamp["packages"] = sorted(self.installed())
        new = self.stamp.with_suffix(".new")
        new.write_text(json.dumps(stamp), encoding="utf-8")
        new.replace(self.stamp)
        return None

    def pip(self, *what: str) -> None:
        """Let pip install something, or stop with what went wrong."""
        command = (self.python, "pip", "install", "--no-input", "--progress-bar=off", *what)
        status, written = self.run(*command)
        if status:
            stop(f"{installing.sentence(written)}.\nAll that pip says is in {self.log}")

    def run(self, *command: str) -> tuple[int, str]:
        """Run a program that makes it; return its exit status and what it wrote."""
        return installing.run(command, self.variables(), self.log, self.held, self.packages)
