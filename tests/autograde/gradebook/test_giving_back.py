"""Giving back: one page that cannot be released stops no other; and how each step ends."""

from __future__ import annotations

import getpass
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.apps.api import NbGraderAPI

from autograde.base.errors import SOME_LEFT_OUT, AutogradeError
from autograde.course.course import Course
from autograde.course.nbgrader import nbgrader
from autograde.gradebook.exchange import ReleaseFeedback
from autograde.notebooks.notebook import write
from autograde.workers.run import grade
from tests.autograde.conftest import NAME
from tests.autograde.hostile import fifo, file, folder_for, in_turn, without

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nbgrader has no exchange there")

ME = getpass.getuser()
FILE = f"{NAME}.ipynb"
DATE = "2026-01-01 00:00:00 UTC"


@pytest.fixture
def exchange(course: Course, tmp_path: Path) -> Path:
    """Return an exchange of its own."""
    course.app.coursedir.assignment_id = NAME
    root = tmp_path / "exchange"
    (root / course.app.coursedir.course_id / "inbound").mkdir(parents=True)
    root.chmod(0o777)
    return root


def hand_in(course: Course, exchange: Path, name: str) -> None:
    """Put a folder into the exchange, under any name."""
    place = exchange / course.app.coursedir.course_id / "inbound" / name
    place.mkdir()
    (place / FILE).write_text("mine")


# ---- giving back --------------------------------------------------------------------------


def feedback(course: Course, student: str) -> Path:
    """What nbgrader's `generate_feedback` leaves of one student."""
    folder = course.root / "autograde" / "feedback" / student / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.html").write_text(f"page of {student}")
    (folder / "timestamp.txt").write_text(DATE)
    (folder / "submission_secret.txt").write_text(f"secret of {student}")
    return folder


def release(course: Course, exchange: Path) -> ReleaseFeedback:
    about = {"coursedir": course.app.coursedir, "config": course.app.config}
    step = ReleaseFeedback(root=str(exchange), **about)
    step.start()
    return step


PAGE, STAMP, SECRET = f"{NAME}.html", "timestamp.txt", "submission_secret.txt"
UNRELEASED = [  # (what is wrong with it, what is told)
    (without(STAMP), "has no timestamp.txt that can be read"),
    (file(STAMP, b"garbage"), "has no timestamp.txt that can be read"),
    (file(STAMP, b"\xff"), "has no timestamp.txt that can be read"),
    (without(SECRET), "has no submission_secret.txt that can be read"),
    (file(SECRET, b" \n"), "has no submission_secret.txt that can be read"),
    (file(SECRET, b"\xff"), "has no submission_secret.txt that can be read"),
    (file(SECRET, b"a" * 2000), "has no submission_secret.txt that can be read"),
    (file(SECRET, 2**40), "has no submission_secret.txt that can be read"),
    (folder_for(SECRET), "has no submission_secret.txt that can be read"),
    (fifo(SECRET), "has no submission_secret.txt that can be read"),
    (in_turn(without(STAMP), without(SECRET)), "no timestamp.txt and no submission_secret.txt"),
    (folder_for(PAGE), "IsADirectoryError"),
]


@pytest.mark.parametrize(("spoil", "sentence"), UNRELEASED)
def test_one_page_that_cannot_be_released_stops_no_other(exchange, course, spoil, sentence, caplog):
    for student in ("a", "b[1]", "c"):
        feedback(course, student)
    spoil(course.root / "autograde" / "feedback" / "b[1]" / NAME)
    release(course, exchange)
    pages = (exchange / course.app.coursedir.course_id / "feedback").glob("*.html")
    assert sorted(page.read_text() for page in pages) == ["page of a", "page of c"]
    (said,) = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert said.startswith("Not released: b[1]: ")
    assert sentence in said


def test_who_is_excluded_is_not_released_and_not_told(exchange, course):
    for student in ("a", "b"):
        feedback(course, student)
    (course.root / "autograde" / "feedback" / "b" / NAME / "timestamp.txt").unlink()
    course.app.coursedir.student_id_exclude = "b"
    step = release(course, exchange)
    assert step.troubles == 0


@pytest.mark.parametrize("spoil", [file(FILE, b"garbage"), file(FILE, b"")])
def test_one_page_that_cannot_be_written_stops_no_other(course, solved, spoil):
    for student in ("a", "b", "c"):
        folder = course.root / "autograde" / "submitted" / student / NAME
        folder.mkdir(parents=True)
        write(solved, folder / FILE)
    assert [each.score for each in grade(course, NAME, ["a", "b", "c"])] == [5.0] * 3
    spoil(course.root / "autograde" / "autograded" / "b" / NAME)
    with pytest.raises(AutogradeError, match=f"processing assignment '{NAME}' for student 'b'"):
        nbgrader("generate_feedback", NAME, folder=course.root, environment={})
    pages = course.root.glob(f"autograde/feedback/*/{NAME}/{PAGE}")
    assert {page.parent.parent.name for page in pages} == {"a", "c"}


# ---- how it ends --------------------------------------------------------------------------


@pytest.fixture
def troubled(exchange: Path, course: Course) -> Path:
    """Return the exchange, with one submission that cannot be collected and one to give back."""
    hand_in(course, exchange, f"{ME}+{NAME}+{DATE}+r")
    hand_in(course, exchange, f"zoe+{NAME}+garbage+r")
    feedback(course, "a")
    (feedback(course, "b") / STAMP).unlink()
    return exchange


STEPS = [  # (the command, its status, what it says; the form grader's name of it)
    ("collect", SOME_LEFT_OUT, "Not collected: "),
    ("release_feedback", SOME_LEFT_OUT, f"/b/{NAME} has no timestamp.txt that can be read"),
    ("list --inbound", 0, f"{ME} {NAME}"),
]


@pytest.mark.parametrize(("step", "status", "said"), STEPS)
def test_a_command_has_a_status_of_its_own(troubled, course, step, status, said):
    command = [sys.executable, "-m", "nbgrader", *step.split(), f"--Exchange.root={troubled}"]
    if status:
        command.append(NAME)
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    if step == "collect":
        assert [each.name for each in course.root.glob("autograde/submitted/*")] == [ME]


@pytest.mark.parametrize(("step", "said"), [(step, said) for step, status, said in STEPS if status])
def test_the_form_grader_says_success_and_shows_the_sentence(troubled, course, step, said):
    course.app.config.Exchange.root = str(troubled)
    api = NbGraderAPI(coursedir=course.app.coursedir, config=course.app.config)
    done = getattr(api, step)(NAME)
    assert done["success"], done
    assert said in done["log"]
    assert "error" not in done
