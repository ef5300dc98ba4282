"""Where saved work goes, and that a write is all or nothing."""

import os
from pathlib import Path

import pytest

from course_utils.exercises import store


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "work"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path / "work"


def test_round_trip(folder: Path) -> None:
    assert store.read("Linear.backward") is None
    store.write("Linear.backward", "x = 'é'\n")
    assert store.read("Linear.backward") == "x = 'é'\n"
    assert [p.name for p in folder.iterdir()] == ["Linear.backward.py"]


def test_an_interrupted_write_keeps_the_old_text(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("a", "old\n")

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="No space left"):
        store.write("a", "new\n")
    assert store.read("a") == "old\n"
    assert [p.name for p in folder.iterdir()] == ["a.py"]


def test_a_checkout_keeps_work_inside_and_an_installed_package_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(store.FOLDER_VARIABLE, raising=False)
    package = tmp_path / "course_utils"
    package.mkdir()
    monkeypatch.setattr(store, "_PACKAGE", package)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert package not in store.folder().parents
    (tmp_path / "pyproject.toml").touch()
    assert store.folder() == package / "filled_in"


def test_a_checkout_that_is_read_only_uses_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(store.FOLDER_VARIABLE, raising=False)
    package = tmp_path / "course_utils"
    package.mkdir()
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(store, "_PACKAGE", package)
    # Root may write anywhere, so the answer of the operating system is put in its place.
    monkeypatch.setattr(os, "access", lambda path, mode: path != package)
    assert package not in store.folder().parents


def test_no_store_while_grading(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("a", "mine\n")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert store.read("a") is None
    assert store.write("b", "x\n") is None
    assert [p.name for p in folder.iterdir()] == ["a.py"]
