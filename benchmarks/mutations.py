"""Whether the tests notice a change: ``python -m benchmarks.mutations``.

A copy of the tree is changed in one place at a time: another operator, constant or comparison, a
negated condition, a statement less, an entry of a table less. The tests that mirror the file are
run on it, until the first that fails. Reported are the changes that none of them noticed, each with
its lines, and the share that was noticed, room by room. What runs longer than allowed counts as
noticed, since whoever runs the tests would see it.

Some changes make no difference to anybody, and a share of 100 % is not to be had. Which those are
is for a person to say: nothing here leaves one out.

With ``--tables`` not a few changes are tried but all, to the tables that the jail consists of:
calls that are refused, rights, limits, mounts. Each of those must be noticed.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from autograde.base.tables import table
from autograde.course.course import ROOT
from benchmarks.arguments import positive
from benchmarks.changes import Change, changes, within

ROOMS = (
    "course_utils/measure",
    "course_utils/checker",
    "autograde/jail",
    "autograde/judging",
    "autograde/grading",
)

TABLES = {
    "autograde/jail/inside/seccomp.py": ("_CALLS", "_PRLIMIT", "_BY_SECOND", "_MACHINES"),
    "autograde/jail/inside/landlock.py": ("FIRST_VERSION", "REFER", "install"),
    "autograde/jail/inside/limits.py": ("_NAMES", "shut", "protect"),
    "autograde/jail/jail.py": ("SYSTEM", "FILES", "isolation", "command", "environment"),
}
"""What the jail consists of: all changes to these are tried with ``--tables``."""

BESIDE = {
    # Tests that mirror a file, or a folder, and are not called after it.
    "course_utils/measure": ["course_utils/measure/test_numerical.py"],
    "course_utils/checker": [
        f"course_utils/checker/test_{name}.py" for name in ("examine", "report", "right", "wrong")
    ],
    "course_utils/checker/float32.py": ["course_utils/checker/test_rounding.py"],
    "course_utils/checker/hypotheses": ["course_utils/checker/test_wrong.py"],
    "autograde/jail/inside": ["autograde/jail/inside/test_shell.py"],
    "autograde/jail/inside/landlock.py": ["autograde/jail/test_layers.py"],
    "autograde/jail/inside/limits.py": ["autograde/jail/test_layers.py"],
    "autograde/jail/inside/reach.py": ["autograde/judging/test_reached.py"],
    "autograde/jail/inside/runner.py": ["autograde/judging/test_proxy.py"],
    "autograde/jail/inside/seccomp.py": ["autograde/jail/test_jail.py"],
    "autograde/jail/inside/values.py": ["autograde/jail/inside/test_wire.py"],
    "autograde/jail/jail.py": ["autograde/jail/test_layers.py"],
    "autograde/jail": ["autograde/jail/test_worker.py"],
    "autograde/jail/clock.py": ["autograde/judging/test_cost.py"],
    "autograde/judging": ["autograde/judging/test_session.py"],
    "autograde/judging/pending.py": ["autograde/judging/test_proxy.py"],
    "autograde/grading": ["autograde/grading/test_pipeline.py"],
}

LOADED = ("numpy", "nbformat", "nbconvert", "nbgrader.apps", "IPython")
"""What tests import and no change is made to: once, and not again for every change."""


@dataclass(frozen=True)
class Result:
    """A change, and whether a test noticed it: `how` is "failed", "late" or "survived"."""

    room: str
    path: str
    line: int
    kind: str
    how: str
    diff: str


# ------------------------------------------------------------------ which changes, which tests


def mirrors(path: str, root: Path = ROOT) -> list[str]:
    """Return the tests that mirror a file: called after it, or else what is known to."""
    folder, name = os.path.split(path)
    own = [f"{folder}/test_{name}", *BESIDE.get(path, [])]
    found = [f"tests/{each}" for each in own if (root / "tests" / each).is_file()]
    while not found:
        found = [f"tests/{each}" for each in BESIDE.get(folder, [])]
        folder = os.path.dirname(folder)
    return found


def chosen(room: str, each: int, seed: int, root: Path = ROOT) -> list[tuple[str, Change]]:
    """Choose changes to a room, or to one file: a kind first, or long tables would be most."""
    place = root / room
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    kinds: dict[str, list[tuple[str, Change]]] = {}
    for path in files:
        for change in changes(path.read_text(encoding="utf-8")):
            kinds.setdefault(change.kind, []).append((path.relative_to(root).as_posix(), change))
    rng = random.Random(seed)
    for found in kinds.values():
        rng.shuffle(found)
    taken: list[tuple[str, Change]] = []
    while kinds and len(taken) < each:
        kind = rng.choice(sorted(kinds))
        taken.append(kinds[kind].pop())
        kinds = {name: found for name, found in kinds.items() if found}
    return sorted(taken, key=lambda pair: (pair[0], pair[1].start))


def of_tables(only: str, root: Path = ROOT) -> list[tuple[str, Change]]:
    """Return all changes to the jail's tables, in the files below `only`."""
    found = []
    for path, names in TABLES.items():
        if path.startswith(only):
            source = (root / path).read_text(encoding="utf-8")
            found += [(path, change) for change in within(changes(source), source, names)]
    return found


# ------------------------------------------------------------------ running them


class Copy:
    """A copy of the tree in which one file at a time is another.

    Parameters
    ----------
    root : Path
        Where to put it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.said = root.with_suffix(".txt")
        self.usual: dict[tuple[str, ...], float] = {}
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in names.split("\0"):
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name)

    def attempt(self, path: str, change: Change) -> str:
        """Run the tests of a file with a change; say what came of it."""
        tests = tuple(mirrors(path, self.root))
        if tests not in self.usual:
            begun = time.monotonic()
            if self._run(tests, 3600, first=True) != 0:
                said = self.said.read_text(encoding="utf-8", errors="replace")[-3000:]
                raise RuntimeError(f"these tests fail without any change:\n{said}")
            self.usual[tests] = time.monotonic() - begun
        place = self.root / path
        source = place.read_text(encoding="utf-8")
        place.write_text(change.made(source), encoding="utf-8")
        try:
            code = self._run(tests, 30 + 4 * self.usual[tests])
        finally:
            place.write_text(source, encoding="utf-8")
        return {0: "survived", None: "late"}.get(code, "failed")

    def _run(self, tests: Sequence[str], seconds: float, *, first: bool = False) -> int | None:
        """Run tests in a process of their own, which has what all of them import already."""
        child = os.fork()
        if child == 0:
            code = 3
            try:
                code = self._inside(tests, first)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return None

    def _inside(self, tests: Sequence[str], first: bool) -> int:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        said = os.open(self.said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.chdir(self.root)
        os.environ["PYTHONPATH"] = sys.path[0] = str(self.root)
        if not first:  # two changes in one second look alike
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
            sys.dont_write_bytecode = True
        for name in list(sys.modules):
            if name.partition(".")[0] in ("autograde", "benchmarks", "course_utils", "tests"):
                del sys.modules[name]
        return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))


def tried(room: str, found: Iterable[tuple[str, Change]], copy: Copy) -> Iterator[Result]:
    """Try changes, one after the other."""
    for path, change in found:
        source = (ROOT / path).read_text(encoding="utf-8")
        lines = difflib.unified_diff(
            source.splitlines(), change.made(source).splitlines(), path, path, "", "", 0, ""
        )
        how = copy.attempt(path, change)
        yield Result(room, path, change.start[0], change.kind, how, "\n".join(lines))


# ------------------------------------------------------------------ the command


def shares(results: Sequence[Result]) -> list[tuple[str, int, int]]:
    """Return for each room how many changes were noticed, and of how many."""
    rooms = dict.fromkeys(each.room for each in results)
    of = {room: [each.how != "survived" for each in results if each.room == room] for room in rooms}
    return [(room, sum(noticed), len(noticed)) for room, noticed in of.items()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; the status is 1 where a change to a table of the jail survived."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description=__doc__)
    parser.add_argument("--each", type=positive, default=25, metavar="N", help="for each room")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", metavar="PATH", help="a room, or a file")
    parser.add_argument("--tables", action="store_true", help="all changes to the jail's tables")
    parser.add_argument("--json", action="store_true", help="end with one line for machines")
    chosen_ = parser.parse_args(arguments)
    only = chosen_.only.rstrip("/")
    if chosen_.tables:
        rounds = {"tables of the jail": of_tables(only)}
    else:
        rooms = [only] if only else ROOMS
        rounds = {room: chosen(room, chosen_.each, chosen_.seed) for room in rooms}
    for name in LOADED:
        importlib.import_module(name)
    results = []
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        copy = Copy(Path(folder) / "course")
        for room, found in rounds.items():
            for result in tried(room, found, copy):
                results.append(result)
                print(f"{result.how:9}{result.kind:11}{result.path}:{result.line}", flush=True)
                if result.how == "survived":
                    print(f"\n{result.diff}\n", flush=True)
    rows = [(room, str(a), str(b), f"{a / b:.0%}") for room, a, b in shares(results)]
    print(f"\n{table(('room', 'noticed', 'of', 'share'), rows, left=1)}")
    if chosen_.json:
        print(json.dumps([asdict(each) for each in results]))
    return int(chosen_.tables and any(each.how == "survived" for each in results))


if __name__ == "__main__":
    sys.exit(main())
