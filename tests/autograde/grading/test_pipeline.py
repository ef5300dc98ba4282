"""Each submission has an empty folder and one budget, whatever the others do."""

from __future__ import annotations

import gc
import os
import time
from types import SimpleNamespace

import pytest

from autograde.base.budget import LONGEST_NOTE, MOST_NOTES, Budget
from autograde.grading import pipeline as module
from autograde.grading.pipeline import Outcome, Pipeline, Scratch, limited
from autograde.grading.preprocessors.examine import Examine
from autograde.notebooks.released import released_assignment
from autograde.notebooks.submission import read_submission
from tests.autograde.conftest import NAME


def fill(folder):
    """What a submission may leave: files, folders, and links to somewhere else."""
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "file.txt").write_text("here")
    (folder / "file.txt").write_text("here")
    (folder / "link").symlink_to(os.path.expanduser("~"))


def test_it_is_empty_each_time():
    scratch = Scratch()
    with scratch.empty() as first:
        fill(first)
    with scratch.empty() as second:
        assert list(second.iterdir()) == []
        assert second == first


def test_it_is_empty_after_an_error():
    scratch = Scratch()
    try:
        with scratch.empty() as first:
            fill(first)
            raise ValueError
    except ValueError:
        pass
    with scratch.empty() as second:
        assert list(second.iterdir()) == []


def test_one_that_cannot_be_emptied_is_left(monkeypatch):
    scratch = Scratch()

    def refuse(path):
        raise PermissionError

    with scratch.empty() as first:
        fill(first)
        monkeypatch.setattr(os, "unlink", refuse)
    monkeypatch.undo()
    with scratch.empty() as second:
        assert second != first
        assert list(second.iterdir()) == []


def test_one_that_was_removed_is_made_anew():
    scratch = Scratch()
    with scratch.empty() as first:
        pass
    first.rmdir()
    with scratch.empty() as second:
        assert list(second.iterdir()) == []


def test_nothing_stays_when_it_goes():
    scratch = Scratch()
    with scratch.empty() as folder:
        fill(folder)
    del scratch
    gc.collect()
    assert not folder.exists()


# ---- one budget -------------------------------------------------------------------------


@pytest.fixture
def pipeline(course):
    """One for the small notebook of these tests."""
    everything = released_assignment(course.app.coursedir, course.solutions, NAME, [NAME])
    return Pipeline(everything, course.app.config)


def test_what_is_repeated_is_of_the_same_budget(pipeline, monkeypatch):
    budgets = []

    def broken(submission, budget):
        budgets.append(budget)
        return Outcome("ana", code="infrastructure", problem="x" * 10_000, notes=["y"] * 1000)

    monkeypatch.setattr(pipeline, "_once", broken)
    outcome = pipeline.grade(SimpleNamespace(student="ana"))
    assert len(budgets) == 2
    assert budgets[0] is budgets[1]
    assert len(outcome.problem) <= LONGEST_NOTE
    assert len(outcome.notes) == MOST_NOTES + 1


def test_what_is_run_once_more_for_feedback_is_of_the_same_budget(monkeypatch):
    monkeypatch.setattr("autograde.grading.preprocessors.examine.shared_jail", lambda **_: jail)
    jail, resources, step = SimpleNamespace(), {"metadata": {}}, Examine()
    first = step.session(resources)
    assert jail.budget is resources["budget"]
    resources["budget"].until = time.monotonic() + 7
    second = step.session(resources)
    assert first.until > time.monotonic() + 100
    assert second.until == pytest.approx(resources["budget"].until, abs=0.5)


def test_what_whoever_grades_does_is_limited_too(pipeline, hand_in, solved, monkeypatch):
    submission = read_submission("ana", hand_in("ana", {f"{NAME}.ipynb": solved}))
    monkeypatch.setattr(module, "OVERTIME", 0.3 - pipeline.seconds)
    with monkeypatch.context() as patch:
        patch.setattr(module, "inspect", lambda *_: time.sleep(60))
        outcome = pipeline.grade(submission)
    assert outcome.code == "endless"
    assert "one submission may take" in outcome.problem
    monkeypatch.setattr(module, "OVERTIME", 60.0)
    again = pipeline.grade(submission)
    assert again.notebooks, again.problem


@pytest.mark.parametrize("count", [0, MOST_NOTES, MOST_NOTES + 7])
def test_notes_are_as_many_as_anybody_reads(count):
    found = limited(["x" * 10_000] * count)
    assert found[:MOST_NOTES] == [f"{'x' * (LONGEST_NOTE - 4)} ..."] * min(count, MOST_NOTES)
    assert found[MOST_NOTES:] == (
        ["and 7 notes more, which are left out"] if count > MOST_NOTES else []
    )


def test_a_budget_runs_down():
    assert 0 < Budget(5).seconds <= 5
    assert Budget(-1).seconds < 0
