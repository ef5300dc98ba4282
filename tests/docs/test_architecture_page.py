"""What the page on the layout says is so: the picture, the files, and the names in them."""

from __future__ import annotations

import ast
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

NAMED = re.findall(r"`(\w+)`, in `([\w./]+\.py)`", PAGE)
FILES = sorted(set(re.findall(r"`((?:course_utils|autograde|tests|solutions|docs)/[^`]+)`", PAGE)))


def defined(path: Path) -> set[str]:
    """The functions and classes at the top of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.ClassDef
    return {node.name for node in tree.body if isinstance(node, kinds)}


def test_there_are_names_to_be_looked_at():
    assert len(NAMED) > 20


@pytest.mark.parametrize(("name", "file"), NAMED)
def test_a_name_is_in_the_file_that_the_page_says(name, file):
    assert name in defined(ROOT / file)


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_there(file):
    assert (ROOT / file).exists()


def test_the_picture_is_of_the_code_as_it_is():
    rooms = runpy.run_path(str(ROOT / "docs" / "rooms.py"))
    drawn = rooms["PICTURE"].read_text(encoding="utf-8")
    assert drawn == rooms["picture"](), "draw it again: python docs/rooms.py"


def test_the_words_for_the_picture_name_every_room():
    rooms = runpy.run_path(str(ROOT / "docs" / "rooms.py"))
    drawn = set(re.findall(r">([\w/]+)<title>", rooms["picture"]()))
    assert {"checker", "judging", "jail/inside"} <= drawn
    for package in rooms["PACKAGES"]:
        for room in rooms["arrows_of"](package):
            assert room in drawn


@pytest.mark.parametrize("flow", ["A check", "A saved answer", "A submission"])
def test_a_flow_is_short_enough_to_be_read_aloud(flow):
    text = PAGE.split(f"## {flow}\n")[1].split("\n## ")[0]
    assert 3 <= len(re.findall(r"^\d+\. ", text, re.MULTILINE)) <= 9
    assert len(text.split()) < 200
