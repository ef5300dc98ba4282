"""A real notebook, all of it answered, and what one may do to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograde.base.budget import LONGEST_CODE, MOST_CELLS
from autograde.notebooks.notebook import text_of
from tests.autograde.hostile import file, in_turn, nested
from tests.autograde.speed.test_switches import submission

NAME = "05_matrix_form"
FILE = f"{NAME}.ipynb"
SOLVED = submission(NAME, "right")

JOINED = "s = " + " + ".join(f"'{n}'" for n in range(500))
BRANCHES = "k = 3\nif k < 0: pass\n" + "\n".join(f"elif k == {n}: y = {n}" for n in range(400))
FRAMES = """
import gc, json, os
from inside.wire import HEAD, MAGIC, Channel
channel = [each for each in gc.get_objects() if isinstance(each, Channel)][0]
for number in range(40):
    arrays = [[-1000 - number, "<f8", [7_500_000]]]
    text = json.dumps({"alive": True, "arrays": arrays, "drop": []}).encode()
    data = memoryview(HEAD.pack(MAGIC, len(text), 60_000_000) + text + bytes(60_000_000))
    while data: data = data[os.write(channel.descriptor, data[:2**20]):]
"""


@dataclass(frozen=True)
class Odd:
    """One submission: `code` says why it is not graded, "" that it has its points but those `lost`.

    What is `shown` stands under the tests.
    """

    name: str
    spoil: Callable[[Path], object]
    code: str = ""
    note: str = ""
    lost: float = 0.0
    shown: str = ""


def scratch(source: str, count: int = 1) -> Callable[[Path], object]:
    """Return what puts cells of one's own behind the imports; `@` is the number of each."""

    def change(cells: list[Any]) -> None:
        cells[3:3] = [
            {
                "cell_type": "code",
                "id": f"own-{number}",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": source.replace("@", str(number)),
            }
            for number in range(count)
        ]

    return changed(change)


def answered(number: str, source: str, first: str = "") -> Callable[[Path], object]:
    """Return what puts another answer into the cell of an exercise, and some cell before it."""

    def change(cells: list[Any]) -> None:
        (at,) = [n for n, cell in enumerate(cells) if cell["id"] == f"ex-{number}-answer"]
        cells[at]["source"] = source
        if first:
            own = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
            cells.insert(at, {**own, "id": "own", "source": first})

    return changed(change)


def marked(**marks: Any) -> Callable[[Path], object]:
    """Return what writes into nbgrader's metadata of every answer."""

    def change(cells: list[Any]) -> None:
        for cell in cells:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["metadata"]["nbgrader"].update(marks)

    return changed(change)


def invented(cells: list[Any]) -> None:
    """Add cells with names of one's own."""
    for number in range(200):
        marks = {"grade_id": f"{number}" + "x" * 1000, "grade": True}
        cells.append(
            {
                "cell_type": "markdown",
                "id": f"invented-{number}",
                "metadata": {"nbgrader": marks},
                "source": "x",
            }
        )


def changed(change: Callable[[list[Any]], None]) -> Callable[[Path], object]:
    """Return what changes the cells of the notebook."""

    def spoil(folder: Path) -> None:
        nb = json.loads(text_of(SOLVED))
        change(nb["cells"])
        (folder / FILE).write_text(json.dumps(nb))

    return spoil


def below_itself(folder: Path) -> None:
    """Put the notebook into a folder of its name."""
    (folder / FILE).rename(folder / "a")
    (folder / FILE).mkdir()
    (folder / "a").rename(folder / FILE / FILE)


def link(folder: Path) -> None:
    """Let the folder be that of the solutions."""
    shutil.rmtree(folder)
    folder.symlink_to(folder.parents[3] / "solutions" / NAME)


IMPORT = "from course_utils import fill_in, linear_backward_loops\n"
BY_LOOPS = (
    IMPORT
    + """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    return linear_backward_loops(grad_output, X, W)
"""
)
LOOPS = (
    IMPORT
    + """
@fill_in(linear_backward_loops)
def linear_backward_loops(G, X, W):
    return G @ W.T, X.T @ G, G.sum(axis=0, keepdims=True)
"""
)
RESTS = (
    "right, but it rests on linear_backward_loops (notebook 04_batch, exercise 4.5), which is not"
)


# ruff: noqa: E501  (tables, one case a line)
# fmt: off
ODD = [
    Odd("as it should be", lambda folder: None),
    Odd("many joined texts", scratch(JOINED)),
    Odd("many branches", scratch(BRANCHES)),
    Odd("sums in each other", scratch("x = " + "(1 + " * 150 + "1" + ")" * 150)),
    Odd("a hundred scratch cells", scratch("x@ = @", 100)),
    Odd("a version that is a list", marked(schema_version=[1]), note="version unknown"),
    Odd("a version that is a mapping", marked(schema_version={}), note="version unknown"),
    Odd("a folder for a notebook", below_itself, note="was graded as"),
    Odd("a hole beside it", file("data.csv", 2**40), note="there is no room for data.csv"),
    Odd("cells with long names", changed(invented), note="notes more, which are left out"),
    Odd("5.1 by 4.5, which is not filled in", answered("5-1", BY_LOOPS), lost=6, shown=f"{RESTS} filled in: no points until it is"),
    Odd("5.1 by 4.5, which is wrong", answered("5-1", BY_LOOPS, LOOPS.replace("G @ W", "-G @ W")), lost=6, shown=f"{RESTS} right yet: no points until it is"),
    Odd("5.1 by 4.5, which is right", answered("5-1", BY_LOOPS, LOOPS)),
    Odd("1,000 folders in each other", nested(1000), "unreadable"),
    Odd("a link in place of the folder", link, "unreadable"),
    Odd("a hole for the notebook", file(FILE, 2**40), "too-large"),
    Odd("too many cells", scratch("x@ = @", MOST_CELLS + 1), "too-large"),
    Odd("a line of a million characters", scratch("x = [" + "1," * (LONGEST_CODE // 2) + "]"), "too-large"),
    Odd("too many notebooks", in_turn(*(file(f"{n}.ipynb", 1) for n in range(51))), "unreadable"),
]
# fmt: on
