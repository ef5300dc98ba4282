"""A stranger's zip: what leads elsewhere or is a trap is named, and the rest is there."""

from __future__ import annotations

import os
import stat
import unicodedata
import zipfile
from pathlib import Path

import pytest

from autograde.base.errors import AutogradeError
from autograde.platforms import unpacking
from autograde.platforms.unpacking import Extractor, unpack
from tests.autograde.platforms.downloads import FIRST_DAY, zipped

PLENTY = 10**9


def entry(name: str, mode: int = 0, flags: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIRST_DAY)
    info.external_attr = mode << 16
    info.flag_bits |= flags
    return info


HOSTILE = [  # (the entry, what it holds, what is said)
    (entry("../out.ipynb"), b"x", "leads elsewhere"),
    (entry("a/../../out.ipynb"), b"x", "leads elsewhere"),
    (entry("/tmp/out.ipynb"), b"x", "leads elsewhere"),
    (entry("a//b"), b"x", "leads elsewhere"),
    (entry("..\\out.ipynb"), b"x", "leads elsewhere"),
    (entry("C:/out.ipynb"), b"x", "leads elsewhere"),
    (entry("a\nb.ipynb"), b"x", "cannot be printed"),
    (entry("a/" * 50 + "b"), b"x", "too many folders"),
    (entry("link", stat.S_IFLNK | 0o777), b"/etc/passwd", "is a link"),
    (entry("pipe", stat.S_IFIFO | 0o644), b"", "is a link or no file"),
    (entry("bomb"), bytes(11_000_000), "only a trap"),
    (entry("good/below"), b"x", "is there twice"),  # a folder with the name of a file
    (entry("good"), b"other", "is there twice"),
    (entry("n" * 300), b"x", "cannot be unpacked (File name too long)"),  # no system has such names
]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(("hostile", "content", "says"), HOSTILE)
def test_one_entry_that_cannot_be_unpacked_stops_no_other(tmp_path, hostile, content, says):
    archive = zipped(tmp_path / "a.zip", {"good": b"before"})
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as more:
        more.writestr(hostile, content, zipfile.ZIP_DEFLATED)
        more.writestr(entry("after"), b"after")
    folder = tmp_path / "within" / "unpacked"
    folder.mkdir(parents=True)
    ((_, why),) = unpack(archive, folder, PLENTY)
    assert says in why
    assert (folder / "good").read_bytes() == b"before"
    assert (folder / "after").read_bytes() == b"after"
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert files == [Path("a.zip"), *(Path("within/unpacked", each) for each in ("after", "good"))]


def patched(archive: Path, old: bytes, new: bytes) -> Path:
    content = archive.read_bytes()
    assert old in content
    archive.write_bytes(content.replace(old, new))
    return archive


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"<html>Sign in</html>", "no zip file"), (b"", "no zip file"), (b"PK\3\4", "no zip file")],
)
def test_what_is_no_zip(tmp_path, content, says):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(AutogradeError, match=says):
        unpack(tmp_path / "a.zip", tmp_path, PLENTY)


def test_a_damaged_entry_is_named(tmp_path):
    archive = zipped(tmp_path / "a.zip", {"x": b"y"})
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as stored:
        stored.writestr("x", b"what is here")
        stored.writestr("y", b"is fine")
    patched(archive, b"what is here", b"what was here"[:12])
    (tmp_path / "to").mkdir()
    assert unpack(archive, tmp_path / "to", PLENTY) == [("x", "cannot be unpacked (BadZipFile)")]
    assert [each.name for each in (tmp_path / "to").iterdir()] == ["y"]


def test_what_is_encrypted_is_named(tmp_path):
    archive = zipped(tmp_path / "a.zip", {"x": b"y"})
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    archive.write_bytes(content)
    assert unpack(archive, tmp_path, PLENTY) == [("x", "is encrypted")]


def test_more_than_there_is_room_for(tmp_path):
    archive = zipped(tmp_path / "a.zip", {"x": b"12345", "y": b"67890"})
    with pytest.raises(AutogradeError, match="holds more than 9 bytes"):
        unpack(archive, tmp_path, 9)
    assert not (tmp_path / "x").exists()
    assert unpack(archive, tmp_path, 10) == []


def test_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_ENTRIES", 1)
    with pytest.raises(AutogradeError, match="more than 1 files"):
        unpack(zipped(tmp_path / "a.zip", {"x": b"", "y": b""}), tmp_path, PLENTY)


NAMES = [  # (the bytes of a name, whether they are said to be UTF-8, the name)
    ("Álvarez".encode(), True, "Álvarez"),
    ("Álvarez".encode(), False, "Álvarez"),
    (unicodedata.normalize("NFD", "Álvarez").encode(), True, "Álvarez"),
    ("Müller".encode("cp437"), False, "Müller"),
    ("Müller".encode("cp850"), False, "Müller"),
    ("Álvarez".encode("cp850"), False, "Álvarez"),  # frames in cp437
    ("李梅".encode(), True, "李梅"),
    ("9.41\u202fAM".encode(), True, "9.41 AM"),  # a screenshot of macOS
    ("\u202eab".encode(), True, "ab"),  # would be shown from the right to the left
]


@pytest.mark.parametrize(("raw", "flag", "name"), NAMES)
def test_names_in_whatever_encoding(tmp_path, raw, flag, name):
    stand_in = ("n" * len(raw)).encode()
    archive = patched(zipped(tmp_path / "a.zip", {stand_in.decode(): b"x"}), stand_in, raw)
    if flag:
        content = bytearray(archive.read_bytes())
        content[content.index(b"PK\1\2") + 9] |= 8
        content[7] |= 8
        archive.write_bytes(content)
    (tmp_path / "to").mkdir()
    assert unpack(archive, tmp_path / "to", PLENTY) == []
    assert [each.name for each in (tmp_path / "to").iterdir()] == [name]


def test_nbgraders_own_command_unpacks_in_the_same_way(tmp_path, course):
    assert course.app.config.ZipCollectApp.extractor_plugin.endswith("unpacking.Extractor")
    archive, to = tmp_path / "archive", tmp_path / "to"
    archive.mkdir()
    zipped(archive / "a.zip", {"x": b"x", "../y": b"y"})
    (archive / "z.ipynb").write_bytes(b"z")
    os.symlink("/etc/passwd", archive / "link")
    Extractor(parent=course.app).extract(str(archive), str(to))
    files = sorted(p.relative_to(to).as_posix() for p in to.rglob("*") if p.is_file())
    assert files == ["a/x", "z.ipynb"]
