"""The folders that graders work in, each made from the same solutions and submissions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from autograde.base.errors import AutogradeError
from autograde.course.config import CHECKOUT
from autograde.course.course import Course
from autograde.demonstration.demo import home
from autograde.notebooks.notebook import write
from autograde.workers.run import register
from benchmarks.classes import Submission

OURS = """\
import sys
from pathlib import Path

sys.path.insert(0, {checkout!r})

from autograde.course.config import configure

c = get_config()
configure(c, Path(__file__).resolve().parent)
c.Examine.outputs = {outputs}
"""

STOCK = """\
c = get_config()
c.CourseDirectory.course_id = "stock"
c.CourseDirectory.root = {root!r}
"""
"""nbgrader as it comes: nothing is said but where the folders are."""

IGNORED = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")


def environment(folder: Path) -> dict[str, str]:
    """Return the variables that every grader gets: nobody's settings, and this course_utils."""
    found = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER_", "NBGRADER_", "IPYTHON", "PYTHON", "COURSE_UTILS_"))
    }
    found.update(home(folder / "home"))
    found["PYTHONPATH"] = str(CHECKOUT)
    found["COURSE_UTILS_FILLED_IN"] = str(folder / "home" / "filled_in")
    found["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), found.get("PATH", os.defpath)])
    return found


def make_home(folder: Path) -> None:
    """Make the home, and in it matplotlib's list of fonts, so that no grader pays for that."""
    (folder / "home").mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-c", "import matplotlib.font_manager"],
        env=environment(folder),
        check=False,
    )


def our_course(root: Path, name: str, target: Path) -> None:
    """Copy a course and record an assignment in its gradebook; nobody has handed in yet."""
    (target / "autograde").mkdir(parents=True)
    for part in ("solutions", "notebooks"):
        shutil.copytree(root / part, target / part, ignore=IGNORED)
    configure_ours(target, outputs=True)
    register(Course(target), name)


def configure_ours(target: Path, *, outputs: bool) -> None:
    """Say whether all cells are run for their outputs, or only what the tests need."""
    text = OURS.format(checkout=str(CHECKOUT), outputs=outputs)
    (target / "nbgrader_config.py").write_text(text, encoding="utf-8")


def stock_course(root: Path, name: str, target: Path, variables: dict[str, str]) -> None:
    """Make a course of nbgrader's own, with its own release of the same solutions."""
    shutil.copytree(root / "solutions" / name, target / "source" / name, ignore=IGNORED)
    config = STOCK.format(root=str(target))
    (target / "nbgrader_config.py").write_text(config, encoding="utf-8")
    made = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", name],
        cwd=target,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        last = "\n".join((made.stderr or made.stdout).strip().splitlines()[-3:])
        raise AutogradeError(f"nbgrader generate_assignment {name} failed: {last}")


def hand_in(submissions: Iterable[Submission], folder: Path, name: str) -> None:
    """Write submissions where a grader looks for them."""
    for each in submissions:
        place = folder / each.student / name
        place.mkdir(parents=True)
        write(each.notebook, place / f"{name}.ipynb")
