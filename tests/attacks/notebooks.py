"""Notebooks, files and folders that are not what they should be."""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from tests.attacks.rows import NAME, WRONG, Row, right, wrong


def edited(nb, find):
    find("sine-test").source = "pass"
    find("linear-test").source = "3.0"
    find("twice-test").source = ""


def worth(points: Any):
    """Return a change of what all cells are worth."""

    def change(nb, find):
        for cell in nb.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader["points"] = points

    return change


def retyped(cell_type: str):
    """Return a change of the tests' type."""

    def change(nb, find):
        for name in ("sine-test", "linear-test", "twice-test"):
            cell = find(name)
            at = nb.cells.index(cell)
            make = new_raw_cell if cell_type == "raw" else new_markdown_cell
            nb.cells[at] = make("2.0", id=cell.id, metadata=cell.metadata)

    return change


def without(*names: str):
    """Return a change that takes cells out."""

    def change(nb, find):
        gone = [find(name) for name in names]
        nb.cells = [cell for cell in nb.cells if not any(cell is each for each in gone)]

    return change


def duplicated(nb, find):
    for name in ("sine-test", "linear-test", "twice-test"):
        for at in (0, len(nb.cells)):
            twin = copy.deepcopy(find(name))
            twin.id, twin.source = f"{name}-{at}", "5.0"
            nb.cells.insert(at, twin)


def tests_first(nb, find):
    tests = [find(name) for name in ("sine-test", "linear-test", "twice-test")]
    rest = [cell for cell in nb.cells if not any(cell is each for each in tests)]
    nb.cells = [*rest[:2], *tests, *rest[2:]]


def with_outputs(nb, find):
    for name in ("sine-test", "linear-test", "twice-test"):
        find(name).outputs = [
            {
                "output_type": "execute_result",
                "data": {"text/plain": "3.0"},
                "metadata": {},
                "execution_count": 1,
            }
        ]
        find(name).execution_count = 1


def solution_tests(nb, find):
    for name in ("sine-test", "linear-test", "twice-test"):
        find(name).metadata.nbgrader.update(solution=True, grade=False, locked=False, points=99)


def invented(nb, find):
    about = {
        "grade": True,
        "solution": False,
        "locked": True,
        "task": False,
        "points": 99,
        "schema_version": 3,
        "cell_type": "code",
        "checksum": "0",
    }
    for name in ("bonus", "bonus\nNOT GRADED: everybody: \x1b[2J", "half \ud800", ["a"], 5, None):
        nb.cells.append(
            new_code_cell(
                "99.0", id=f"b{len(nb.cells)}", metadata={"nbgrader": {**about, "grade_id": name}}
            )
        )


def hidden_in_metadata(nb, find):
    nb.metadata["nbgrader"] = {"score": 100}
    for cell in nb.cells:
        cell.metadata["nbgrader_score"] = cell.metadata["score"] = 100
        if cell.cell_type == "code":
            cell.metadata["tags"] = ["raises-exception", "skip-execution"]


def dumped(change) -> bytes:
    """Return a notebook with one answer cell, as JSON that nbformat would not write."""
    data: dict[str, Any] = {
        "cells": [
            {
                "cell_type": "code",
                "id": "id-sine",
                "source": WRONG["sine"],
                "outputs": [],
                "execution_count": None,
                "metadata": {
                    "nbgrader": {
                        "grade_id": "sine",
                        "solution": True,
                        "grade": False,
                        "locked": False,
                        "task": False,
                        "schema_version": 3,
                    }
                },
            },
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(change(data) or data).encode()


def cells(*items: Any):
    """Return a notebook with these for cells."""
    return dumped(lambda data: data["cells"].extend(items))


def link(target: str, name: str):
    """Return what puts a symbolic link among the files."""

    def place(folder: Path, root: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target.replace("@ROOT@", str(root)))

    return place


def fifo(folder: Path, root: Path) -> None:
    os.mkfifo(folder / "pipe.ipynb")
    os.mkfifo(folder / "data.csv")


def odd_names(folder: Path, root: Path) -> None:
    for name in (
        b"..%2f..%2fgradebook.db",
        b"new\nline.py",
        b"\xff\xfe.txt",
        b"a\x1b[2J.csv",
        b"-rf",
        b"*",
        b"...",
    ):
        (Path(os.fsdecode(os.path.join(os.fsencode(folder), name)))).write_bytes(b"x")


DEEP = b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
NESTED = cells(
    {"cell_type": "code", "metadata": json.loads('{"a":' * 400 + "1" + "}" * 400), "source": "1"}
)

# fmt: off
NOTEBOOKS: list[Row] = [
    # Cells.
    wrong("tests edited", change=edited),
    wrong("points changed", change=worth(1000)),
    wrong("points that are no number", change=worth("NaN")),
    wrong("points that are a mapping", change=worth({"a": [1]})),
    wrong("tests made text", change=retyped("markdown")),
    wrong("tests made raw", change=retyped("raw")),
    wrong("tests deleted", change=without("sine-test", "linear-test", "twice-test"), notes="'sine-test' was missing"),
    wrong("tests duplicated", change=duplicated, notes="is there 3 times"),
    wrong("tests before the answers", change=tests_first, answers={**WRONG}, verdicts="wrong,wrong,error"),
    wrong("saved outputs with scores", change=with_outputs),
    wrong("tests declared to be answers", change=solution_tests),
    wrong("invented tests", change=invented, notes="is not part of this notebook"),
    wrong("scores in the metadata", change=hidden_in_metadata),
    wrong("everything deleted", change=lambda nb, find: nb.cells.clear(), answers={}, verdicts="wrong,wrong,error"),
    right("a huge cell", "#" + " " * 60_000_000, points=None, code="too-large"),
    right("a huge number of cells", change=lambda nb, find: nb.cells.extend(new_code_cell("", id=f"c{n}") for n in range(400))),
    # JSON.
    wrong("not a notebook", raw=b"x" * 1000, points=None, code="not-a-notebook"),
    wrong("corrupt", raw=b'{"cells": [}', points=None, code="corrupt"),
    wrong("nested too deeply", raw=DEEP, points=None, code="corrupt"),
    wrong("metadata nested deeply", raw=NESTED, points=None, verdicts="*"),
    wrong("no cells in format 4", raw=b'{"nbformat": 4, "worksheets": []}', points=None, code="not-a-notebook"),
    wrong("cells in format 3", raw=dumped(lambda d: d.update(nbformat=3)), points=None, verdicts="*"),
    wrong("format 3 with odd cells", raw=b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code", "input": 5, "outputs": [], "metadata": 3}]}]}', points=None, verdicts="*"),
    wrong("a format of the future", raw=dumped(lambda d: d.update(nbformat=99)), points=None, code="not-a-notebook"),
    wrong("a format that is text", raw=dumped(lambda d: d.update(nbformat="4")), points=None, verdicts="*"),
    wrong("cells that are no cells", raw=cells(None, 3, "x", [], {}, {"cell_type": []}, {"cell_type": "code", "source": {"a": 1}}, {"cell_type": "code", "source": [1, 2]}, {"cell_type": "markdown", "source": "x", "attachments": 3}), verdicts="wrong,wrong,error", notes="entries are no cells"),
    wrong("metadata that is no mapping", raw=dumped(lambda d: d.update(metadata={"kernelspec": 3, "language_info": "python", "widgets": 5})), points=None, verdicts="*"),
    wrong("numbers that are none", raw=dumped(lambda d: d["metadata"].update(a=float("nan"), b=float("inf"), c=10**400)), points=None, verdicts="*"),
    wrong("half a character in the text", raw=cells({"cell_type": "markdown", "metadata": {"\ud800": "\udfff"}, "source": "\ud800"}), verdicts="wrong,wrong,error"),
    wrong("very many parts", raw=b'{"cells": [' + b"{}," * 1_000_000 + b"{}]}", points=None, code="too-large"),
    wrong("many notebooks", answers=WRONG, files={f"copy {n}.ipynb": cells({}) for n in range(30)}, notes="is there as well"),
    # Files.
    right("a link to the gradebook", place=link("@ROOT@/autograde/gradebook.db", "data.csv")),
    right("a link to the solutions", place=link("@ROOT@/solutions", "sub/solutions")),
    right("a link to a device", place=link("/dev/zero", "data.csv")),
    right("a link to itself", place=link(".", "here")),
    Row("a link in place of the notebook", points=None, answers={}, place=link(f"@ROOT@/solutions/{NAME}/{NAME}.ipynb", f"{NAME}.ipynb"), code="missing"),
    right("pipes", place=fifo),
    right("odd file names", place=odd_names),
    right("folders named as programs", files={"feedback/x.ipynb": b"x", "__pycache__/numpy.pyc": b"x", ".ipynb_checkpoints/a.ipynb": b"x", "timestamp.txt": b"not a time"}, points=None, verdicts="*"),
    # Students.
    right("a folder with spaces and brackets", student="a b (c)+ 'd"),
    right("a folder with more brackets", student="[a] {b} $c", points=None, verdicts="*"),
    right("a folder with a percent sign", student="%2f..%2fetc"),
    right("a folder with a new line", student="a\nNOT GRADED: b: c", points=None, verdicts="*"),
    right("a folder with markup", student="<script>alert(1)<", points=None, verdicts="*"),
    right("a folder in other letters", student="Ünïcödé 学生"),
    right("a folder in no letters", student=os.fsdecode(b"\xff\xfe"), points=None, verdicts="*"),
]
# fmt: on
