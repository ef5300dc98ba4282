"""Feedback goes back under the platform's names, and only what says what the gradebook says."""

from __future__ import annotations

import zipfile
from datetime import datetime

import pytest

from autograde.base.errors import CANNOT_START, OK, SOME_LEFT_OUT
from autograde.cli import main
from autograde.course.course import Course
from autograde.course.nbgrader import nbgrader
from autograde.gradebook.exchange import ReleaseFeedback
from autograde.notebooks.notebook import write
from autograde.platforms.collected import Collected, write_collected
from autograde.platforms.giving_back import feedback_of
from autograde.workers.run import grade
from tests.autograde.conftest import NAME

PAGE = f"{NAME}.html"
LABELS = {  # (the platform, what it puts before, whether that is a folder)
    "ana": Collected("moodle", "Ana Á_901_assignsubmission_file", False, 0, 1.0, False, True),
    "bo": Collected("moodle", "Bo_902_assignsubmission_file", True, 0, 1.0, False, True),
    "cy": Collected("canvas", "cy_LATE_9003_55503", True, 55503, 1.0, True, False),
}


@pytest.fixture
def graded(course, hand_in, solved):
    """Four students, with the pages that nbgrader itself makes."""
    for student in ("ana", "bo", "cy", "dee"):
        write(solved, hand_in(student, {}) / f"{NAME}.ipynb")
    assert [each.score for each in grade(course, NAME, ["ana", "bo", "cy", "dee"])] == [5.0] * 4
    nbgrader("generate_feedback", NAME, folder=course.root, environment={})
    write_collected(course, NAME, LABELS)
    return course


def feedback(course, *options):
    return main(["--root", str(course.root), "feedback", NAME, *map(str, options)])


def mark(course, student):
    """A person's mark for the derivation."""
    with course.gradebook() as gradebook:
        found = gradebook.find_grade("why", NAME, NAME, student)
        found.manual_score, found.needs_manual_grade = 4, False
        gradebook.db.commit()


def test_the_term_of_four(graded, tmp_path, capsys):
    course, out = graded, tmp_path / "out.zip"
    pages = {s: course.root / "autograde" / "feedback" / s / NAME / PAGE for s in ["ana", "bo"]}
    assert feedback(course, "--moodle", "--to", out) == SOME_LEFT_OUT
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == [
            f"Ana Á_901_assignsubmission_file/{PAGE}",
            f"Bo_902_assignsubmission_file_{PAGE}",
        ]
        for name, page in zip(archive.namelist(), pages.values(), strict=True):
            assert archive.read(name) == page.read_bytes()
    said = capsys.readouterr().out
    assert "left out: dee: not collected with --moodle: its name there is unknown" in said
    assert f"Written: {out} (2 of 4)" in said
    first = out.read_bytes()
    feedback(course, "--moodle", "--to", out)
    assert out.read_bytes() == first

    assert feedback(course, "--canvas") == SOME_LEFT_OUT
    with zipfile.ZipFile(course.root / "autograde" / f"feedback_{NAME}.zip") as archive:
        assert archive.namelist() == [f"cy_LATE_9003_55503_{PAGE}"]

    folder = tmp_path / "pages"
    assert feedback(course, "--folder", "--to", folder) == OK
    assert sorted(each.name for each in folder.iterdir()) == [
        f"{each}_{PAGE}" for each in ("ana", "bo", "cy", "dee")
    ]
    assert feedback(course, "--folder", "--to", folder) == CANNOT_START
    assert "is not empty" in capsys.readouterr().err

    # Three ways to be out of date; the page of cy is still right.
    mark(course, "ana")
    pages["bo"].unlink()
    submitted = course.root / "autograde" / "submitted" / "dee" / NAME
    (submitted / "timestamp.txt").write_text(f"{datetime(2026, 5, 1)} UTC")
    assert feedback(course, "--folder", "--to", tmp_path / "again") == SOME_LEFT_OUT
    assert [each.name for each in (tmp_path / "again").iterdir()] == [f"cy_{PAGE}"]
    said = capsys.readouterr().out
    assert "left out: ana: the page shows other scores or comments than the gradebook" in said
    assert f"left out: bo: no page; nbgrader generate_feedback {NAME}" in said
    assert "left out: dee: handed in again and not graded yet" in said
    again = ("generate_feedback", NAME, "--student=ana")
    nbgrader(*again, folder=course.root, environment={})
    feedback(course, "--folder", "--to", tmp_path / "third")
    assert (tmp_path / "third" / f"ana_{PAGE}").is_file()


def comment(course, student):
    with course.gradebook() as gradebook:
        gradebook.find_comment("why", NAME, NAME, student).manual_comment = "Well argued."
        gradebook.db.commit()


def take_off(course, student):
    """A deadline that has passed for one."""
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=datetime(2026, 1, 1))
        gradebook.find_submission(NAME, student).timestamp = datetime(2026, 1, 2)
        gradebook.db.commit()


def regrade(course, student):
    """The same scores, and something else to be seen."""
    path = course.root / "autograde" / "autograded" / student / NAME / f"{NAME}.ipynb"
    path.write_text(path.read_text().replace("# Fixture", "# The fixture"))


CHANGES = [  # (what happens to a submission whose page is written, what the page then has)
    (comment, "Well argued."),
    (mark, '<a href="#why">Fixture</a> 4 / 4'),
    (regrade, "The fixture"),
    (take_off, "Handed in late: −9"),
]


def test_a_page_is_written_again_when_it_shows_what_is_not_so_any_more(graded, tmp_path):
    """And only that one is, by nbgrader's own command; until then nobody gets it."""
    course = graded
    pages = {
        student: course.root / "autograde" / "feedback" / student / NAME / PAGE
        for student in ("ana", "bo", "cy", "dee")
    }
    for each in pages.values():
        with_small_texts(each.parent)
        assert (
            '<a href="#why">Fixture</a> <strong>not marked yet</strong> (of 4)' in each.read_text()
        )
    for change, wanted in CHANGES:
        before = {student: page.stat().st_mtime_ns for student, page in pages.items()}
        change(course, "bo")
        course = Course(course.root)
        assert feedback_of(course, NAME).left_out.keys() == {"bo"}, change.__name__
        assert released(course, tmp_path) == (3, 1), change.__name__
        nbgrader("generate_feedback", NAME, folder=course.root, environment={})
        assert feedback_of(course, NAME).left_out == {}, change.__name__
        assert wanted in pages["bo"].read_text(), change.__name__
        changed = {s for s, page in pages.items() if page.stat().st_mtime_ns != before[s]}
        assert changed == {"bo"}, change.__name__
        with_small_texts(pages["bo"].parent)


def with_small_texts(folder):
    """What `nbgrader submit` writes, and `release_feedback` reads."""
    (folder / "submission_secret.txt").write_text(f"secret of {folder.parent}")
    (folder / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")


def released(course, root):
    """How many pages nbgrader's exchange gives back, and how many it does not."""
    course.app.coursedir.assignment_id = NAME
    root = root / f"exchange-{len(list(root.iterdir()))}"
    root.mkdir(mode=0o777)
    about = {"coursedir": course.app.coursedir, "config": course.app.config}
    step = ReleaseFeedback(root=str(root), **about)
    step.start()
    return len(list(root.rglob("*.html"))), step.troubles


def test_where_nobody_is_graded(course, capsys):
    assert feedback(course, "--folder") == CANNOT_START
    assert f"nobody's {NAME} is graded" in capsys.readouterr().err
