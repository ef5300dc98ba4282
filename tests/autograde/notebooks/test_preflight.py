"""Bad input: a case a line, with what becomes of it and what the instructor is told."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest

from autograde.base.budget import LARGEST_NOTEBOOK
from autograde.notebooks.original import grade_id_of, original_cells
from autograde.notebooks.preflight import inspect
from autograde.notebooks.reading import UnreadableNotebook, read_notebook

NAME = "00_fixture"
FILE = f"{NAME}.ipynb"
ELSEWHERE = {"99_other": {"triple", "triple-test", "thrice", "thrice-test"}}


@pytest.fixture
def made(released, solved):
    """Content of a file by a short name."""
    text = nbformat.writes(solved).encode()
    other = copy.deepcopy(released)
    for cell, name in zip(
        other.cells[2:6], ["triple", "triple-test", "thrice", "thrice-test"], strict=True
    ):
        cell.metadata.nbgrader.grade_id = name
    bare = copy.deepcopy(solved)
    for number, cell in enumerate(bare.cells):
        cell.metadata.pop("nbgrader", None)
        cell.id = f"cell-{number}"
    longer = copy.deepcopy(solved)
    longer.cells[0].source += "\nBob"
    return {
        "stub": released,
        "solved": solved,
        "longer": longer,
        "other": other,
        "bare": bare,
        "empty": b"",
        "blank": b" \n\n",
        "zeros": b"\0" * 4096,
        "html": b"\n<!DOCTYPE html>\n<html><body>404</body></html>",
        "half": text[: len(text) // 2],
        "damaged": text.replace(b'"cells"', b"cells", 1),
        "conflict": text.replace(b'"# Fixture"', b'\n<<<<<<< HEAD\n"a"\n=======\n"b"\n>>>>>>> c\n'),
        "list": b"[1, 2]",
        "config": b'{"a": 1}',
        "word": b"my answers are in the other file",
        "random": bytes(range(128, 256)) * 8,
        "bom": b"\xef\xbb\xbf" + text,
        "utf-16": text.decode().encode("utf-16"),
    }


# what is in the folder -> which file is graded, and what is noted
GRADED = [
    ({FILE: "solved"}, FILE, None),
    ({FILE: "stub"}, FILE, None),
    ({FILE: "bom"}, FILE, None),
    ({FILE: "utf-16"}, FILE, None),
    ({"homework.ipynb": "solved"}, "homework.ipynb", f"because {FILE} is missing"),
    ({"homework.ipynb": "stub"}, "homework.ipynb", f"because {FILE} is missing"),
    ({f"deep/down/{FILE}": "solved"}, f"deep/down/{FILE}", f"because {FILE} is missing"),
    ({FILE: "half", "copy.ipynb": "solved"}, "copy.ipynb", f"because {FILE} cannot be read"),
    ({FILE: "stub", "copy.ipynb": "solved"}, "copy.ipynb", f"because {FILE} is not filled in"),
    ({FILE: "solved", "copy.ipynb": "longer"}, FILE, "copy.ipynb is there as well and filled in"),
    ({FILE: "solved", "copy.ipynb": "stub"}, FILE, None),
    ({FILE: "solved", "copy.ipynb": "half"}, FILE, None),
    ({FILE: "solved", "99_other.ipynb": "other"}, FILE, None),
    ({"a.ipynb": "solved", "b.ipynb": "solved"}, "a.ipynb", f"because {FILE} is missing"),
    ({FILE: "bare"}, FILE, "has none of the graded cells"),
    ({f".ipynb_checkpoints/{FILE}": "stub", FILE: "solved"}, FILE, None),
]

# what is in the folder -> why it is not graded, for machines and for people
NOT_GRADED = [
    ({}, "missing", f"{FILE} is missing (the submission is empty); ask for it"),
    ({"timestamp.txt": "word"}, "missing", "(the submission is empty)"),
    ({"answers.pdf": "word"}, "missing", "(there is only answers.pdf)"),
    ({f".ipynb_checkpoints/{FILE}": "solved"}, "missing", f"{FILE} is missing"),
    ({"other.ipynb": "other"}, "other-assignment", "other.ipynb is the notebook of 99_other"),
    ({FILE: "empty"}, "empty", f"{FILE} is empty"),
    ({FILE: "blank"}, "empty", f"{FILE} is empty"),
    ({FILE: "zeros"}, "empty", f"{FILE} is empty"),
    ({FILE: "html"}, "html-page", f"{FILE} is an HTML page, not a notebook"),
    ({FILE: "half"}, "truncated", f"{FILE} breaks off in the middle"),
    ({FILE: "damaged"}, "corrupt", f"{FILE} is damaged"),
    ({FILE: "conflict"}, "merge-conflict", "holds a git merge conflict (line "),
    ({FILE: "list"}, "not-a-notebook", "is JSON, but not a notebook"),
    ({FILE: "config"}, "not-a-notebook", "is JSON, but not a notebook"),
    (
        {FILE: "word"},
        "not-a-notebook",
        "is not a notebook (it does not begin with '{'); ask for it again",
    ),
    ({FILE: "random"}, "not-a-notebook", "ask for it again"),
    ({"homework.ipynb": "half"}, "truncated", "homework.ipynb breaks off"),
    ({FILE: "other"}, "other-assignment", f"{FILE} is the notebook of 99_other"),
    (
        {"a.ipynb": "solved", "b.ipynb": "longer"},
        "several-notebooks",
        "a.ipynb, b.ipynb; ask which",
    ),
]


@pytest.fixture
def look(course, hand_in, made):
    def look_at(files):
        folder = hand_in("ana", {name: as_file(made[what]) for name, what in files.items()})
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        found = inspect(folder, {NAME: original_cells(course.app.coursedir, NAME, NAME)}, ELSEWHERE)
        after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert after == before, "a submission is never altered"
        return folder, found

    return look_at


def as_file(content):
    return content if isinstance(content, bytes) else nbformat.writes(content).encode()


@pytest.mark.parametrize(("files", "graded", "noted"), GRADED)
def test_what_can_be_graded_is(look, files, graded, noted):
    folder, found = look(files)
    assert (found.code, found.problem) == ("", "")
    assert found.notebooks == {NAME: folder / graded}
    assert [noted in note for note in found.notes] == ([True] if noted else [])


@pytest.mark.parametrize(("files", "code", "said"), NOT_GRADED)
def test_what_cannot_be_graded_gets_a_sentence(look, files, code, said):
    _, found = look(files)
    assert found.code == code
    assert said in found.problem
    assert found.notebooks == {}


def test_a_link_out_of_the_folder_is_not_followed(course, hand_in, look, tmp_path, made):
    (tmp_path / "secret.ipynb").write_bytes(as_file(made["solved"]))
    folder = hand_in("bob", {})
    (folder / FILE).symlink_to(tmp_path / "secret.ipynb")
    found = inspect(folder, {NAME: original_cells(course.app.coursedir, NAME, NAME)}, {})
    assert found.code == "missing"


# ---------------------------------------------------------------- reading one file


def damage_cell(**changes):
    def damage(data):
        data["cells"][2].update(changes)

    return damage


# what is wrong with the JSON -> how many notes it is worth
MENDED = [
    (lambda data: data.pop("metadata"), 1),
    (lambda data: data.pop("nbformat"), 0),
    (lambda data: data.pop("nbformat_minor"), 0),
    (lambda data: data["cells"].append("text"), 1),
    (damage_cell(cell_type="heading"), 1),
    (damage_cell(source=None), 1),
    (damage_cell(source=[1, 2]), 1),
    (damage_cell(metadata=None), 1),
    (damage_cell(metadata={"nbgrader": "yes"}), 1),
    (damage_cell(id=None), 0),
    (damage_cell(id="title"), 0),
    (damage_cell(id="a b"), 0),
    (damage_cell(outputs="many", execution_count="two"), 0),
    (lambda data: data.update(cells={}), 0),
]


@pytest.mark.parametrize(("damage", "notes"), MENDED)
def test_damaged_notebooks_are_mended(tmp_path, solved, damage, notes):
    data = json.loads(nbformat.writes(solved))
    damage(data)
    path = tmp_path / FILE
    path.write_text(json.dumps(data))
    nb, said = read_notebook(path)
    nbformat.validate(nb)
    assert len(said) == notes, said


def test_an_old_format_is_converted(tmp_path, solved):
    old = nbformat.convert(copy.deepcopy(solved), 3)
    path = tmp_path / FILE
    path.write_text(json.dumps(old))
    nb, said = read_notebook(path)
    assert [grade_id_of(cell) for cell in nb.cells] == [grade_id_of(cell) for cell in solved.cells]
    assert said == ["the notebook is in format 3 and was converted"]


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / FILE
    with path.open("wb") as file:
        file.truncate(LARGEST_NOTEBOOK + 1)
    with pytest.raises(UnreadableNotebook, match="has more than 100 MB; ask for it again with"):
        read_notebook(path)
