"""A folder is gone, however it is nested."""

from __future__ import annotations

import pytest

from autograde.base.removing import remove
from tests.autograde.hostile import nested


@pytest.mark.parametrize("depth", [0, 3, 1200])
def test_a_folder_is_removed(tmp_path, depth):
    folder = tmp_path / "a"
    folder.mkdir()
    (tmp_path / "b").mkdir()
    (folder / "file").write_text("x")
    (folder / "link").symlink_to(tmp_path / "b")
    nested(depth)(folder)
    remove(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_one_that_is_not_there_is_no_error(tmp_path):
    remove(tmp_path / "a")
