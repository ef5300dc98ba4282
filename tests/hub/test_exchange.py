"""What students put into the exchange by hand, and what collecting makes of it."""

from __future__ import annotations

import shlex
import shutil
import stat
from pathlib import Path

from .machine import ANA, BO, COURSE
from .term import ANSWERS, NAME

FORGED = [  # (in whose name, what bo puts into the exchange, what the instructor is told)
    (ANA, "cp {home}/{name}/{name}.ipynb {to}", "is in the name of bbh-ana and belongs to bbh-bo"),
    (BO, "ln -s {course}/solutions/{name} {to}/folder", "/folder, handed in by bbh-bo, is a link"),
    (BO, "ln -s {course}/solutions/{name}/{name}.ipynb {to}", ".ipynb, handed in by bbh-bo, is a"),
    (BO, "mkfifo {to}/{name}.ipynb", ".ipynb, handed in by bbh-bo, is a link or no file"),
]


def test_what_is_handed_in_is_shut_to_classmates(term):
    """nbgrader itself gives it mode 777."""
    inbound = term.hub.exchange / "backward-by-hand" / "inbound"
    for student in ANSWERS:
        (folder,) = inbound.glob(f"{student}+*")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o770
        assert folder.group() == COURSE


def test_what_is_not_the_students_own_is_not_collected(term):
    """nbgrader would take the first for ana's, and read the solutions for bo."""
    hub = term.hub
    inbound = hub.exchange / "backward-by-hand" / "inbound"
    places = {"home": hub.home(BO), "name": NAME, "course": hub.course}
    forged = []
    for number, (student, command, _) in enumerate(FORGED):
        to = inbound / f"{student}+{NAME}+2030-01-0{number + 1} 00:00:00 UTC+x"
        forged.append(to)
        quoted = shlex.quote(str(to))
        stamp = f"echo '2030-01-01 00:00:00 UTC' > {quoted}/timestamp.txt"
        line = f"umask 022; mkdir {quoted}; {stamp}; {command}"
        done = hub.as_user(BO, "sh", "-ec", line.format(to=quoted, **places))
        assert done.returncode == 0, done.stderr

    def collected() -> dict[Path, bytes]:
        folders = [hub.course / f"autograde/submitted/{student}/{NAME}" for student in ANSWERS]
        return {path: path.read_bytes() for each in folders for path in each.iterdir()}

    before = collected()
    line = f"cd {hub.course} && nbgrader collect {NAME} --update"
    done = hub.as_user(COURSE, "sh", "-c", line)
    assert done.returncode == 3, done.stderr
    told = [line for line in done.stderr.splitlines() if "Not collected: " in line]
    for to, (_, _, sentence) in zip(forged, FORGED, strict=True):
        assert [line for line in told if to.name in line and sentence in line], told
    assert collected() == before
    for to in forged:  # what is read of the exchange after this is what was handed in
        shutil.rmtree(to)
