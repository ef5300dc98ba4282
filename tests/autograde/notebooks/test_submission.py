"""What is read of a submission's folder, and what is refused."""

from __future__ import annotations

import pytest

from autograde.base.budget import MOST_NOTEBOOKS
from autograde.notebooks import submission as module
from autograde.notebooks.places import Places
from autograde.notebooks.submission import read_submission


def files(count, name="{}.txt"):
    def make(folder):
        for number in range(count):
            (folder / name.format(number)).write_bytes(b"12345")

    return make


def link(folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


def link_above(folder):
    link(folder.parent)


REFUSED = [
    ("too many files", files(11), "more than 10 files"),
    ("too many notebooks", files(MOST_NOTEBOOKS + 1, "{}.ipynb"), "more than 50 notebooks"),
    ("a link", link, "a link"),
    ("a link of the student", link_above, "a link"),
]


@pytest.mark.parametrize(("spoil", "why"), [pytest.param(s, w, id=n) for n, s, w in REFUSED])
def test_what_is_refused(tmp_path, monkeypatch, spoil, why):
    monkeypatch.setattr(module, "MOST_FILES", 10 if "files" in why else 100)
    folder = tmp_path / "ana" / "02"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("x")
    spoil(folder)
    with pytest.raises(OSError, match=why):
        read_submission("ana", folder)
    if "link" in why:
        for ask in (Places(folder, tmp_path).stamp, Places(folder, tmp_path).newer):
            with pytest.raises(OSError, match=why):
                ask()


@pytest.mark.parametrize(
    ("most", "name", "read"),
    [("ALL_NOTEBOOKS", "{}.ipynb", 2), ("ALL_BESIDE", "{}.csv", 2), ("LARGEST_NOTEBOOK", "{}", 0)],
)
def test_of_what_is_too_large_only_the_size_is_read(tmp_path, monkeypatch, most, name, read):
    monkeypatch.setattr(module, most, 12 if read else 4)
    files(3, name)(tmp_path)
    found = list(read_submission("ana", tmp_path).files.values())
    assert found == [b"12345"] * read + [5] * (3 - read)


def test_a_hole_takes_no_more_room_than_is_needed_to_refuse_it(tmp_path):
    module.Submission("ana", {"a.ipynb": 2**62}).unpack(tmp_path)
    assert (tmp_path / "a.ipynb").stat().st_size == module.LARGEST_NOTEBOOK + 1
