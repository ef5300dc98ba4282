"""One folder serves all submissions, and none sees what another left there."""

from __future__ import annotations

import gc
import os

from autograde.grading.pipeline import Scratch


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
