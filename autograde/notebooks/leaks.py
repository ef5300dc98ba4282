"""What must not be in a student's file, and how to find it there.

A *fragment* is one piece of a solution that gives something away: an expression of some size in
code, a line of some length in text. Fragments are compared after normalising, so that a change of
spaces, quotes or comments hides nothing.
"""

import ast
import os
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nbformat.notebooknode import NotebookNode

BEGIN = "BEGIN SOLUTION"
END = "END SOLUTION"
MARKERS = (
    BEGIN,
    END,
    "BEGIN HIDDEN TESTS",
    "END HIDDEN TESTS",
    "BEGIN MARK SCHEME",
    "END MARK SCHEME",
)

IGNORED = {".ipynb_checkpoints", "__pycache__", "feedback"}
"""Folders that nbgrader leaves out and that are nobody's release."""

SMALLEST_EXPRESSION = 3
"""Operators, calls and subscripts that an expression needs before it can give anything away."""

SHORTEST_LINE = 30
"""Characters that a line of text needs, spaces not counted."""


def regions(source: str) -> Iterator[str]:
    """The text between each BEGIN SOLUTION and END SOLUTION line of a cell."""
    inside: list[str] | None = None
    for line in source.splitlines():
        if BEGIN in line:
            inside = []
        elif END in line and inside is not None:
            yield textwrap.dedent("\n".join(inside))
            inside = None
        elif inside is not None:
            inside.append(line)


def without_regions(source: str) -> str:
    """The cell without its solutions: what students are given."""
    kept, inside = [], False
    for line in source.splitlines():
        if BEGIN in line:
            inside = True
        elif END in line:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def expressions(code: str) -> Iterator[str]:
    """Every expression of `code` that is big enough to give something away, in one spelling.

    What is returned is an answer however short it is, if anything is computed in it.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a magic, or half a statement: such code is compared line by line
        yield from text_lines(code)
        return
    for node in ast.walk(tree):
        returned = isinstance(node, ast.Return) and work(node) > 0
        if returned or (isinstance(node, ast.expr) and work(node) >= SMALLEST_EXPRESSION):
            yield ast.unparse(node)


def work(node: ast.AST) -> int:
    """How many operators, calls and subscripts there are in `node`."""
    operations = ast.BinOp | ast.UnaryOp | ast.Call | ast.Subscript | ast.Compare
    return sum(isinstance(part, operations) for part in ast.walk(node))


def text_lines(text: str) -> Iterator[str]:
    """Every line that is long enough to give something away, without spaces and markup."""
    for line in text.splitlines():
        bare = re.sub(r"[\s*_`>#]+", "", line).lstrip("-+").lower()
        if len(bare) >= SHORTEST_LINE:
            yield bare


def comments(code: str) -> str:
    """The lines of `code` that are comments: they may show another way to the same answer."""
    return "\n".join(line for line in code.splitlines() if line.lstrip().startswith("#"))


def code_in_text(text: str) -> Iterator[str]:
    """The pieces of code in a Markdown cell, in backticks and in fences."""
    for _, fenced in re.findall(r"^(```+)[^\n]*\n(.*?)^\1", text, re.MULTILINE | re.DOTALL):
        yield textwrap.dedent(fenced)
    for _, quoted in re.findall(r"(`+)([^`\n]+)\1", text):
        yield quoted.strip()


def fragments_of(cell_type: str, text: str) -> set[str]:
    """The fragments of one piece of a notebook."""
    if cell_type != "code":
        return set(text_lines(text))
    return set(expressions(text)) | set(text_lines(comments(text)))


def solution_fragments(nb: NotebookNode) -> set[str]:
    """What the solutions of an instructor's notebook contain and its visible part does not."""
    hidden: set[str] = set()
    given: set[str] = set()
    for cell in nb.cells:
        for region in regions(cell.source):
            hidden |= fragments_of(cell.cell_type, region)
        given |= fragments_of(cell.cell_type, without_regions(cell.source))
    return hidden - given


def leaks_beside(folder: Path, notebooks: Mapping[str, NotebookNode]) -> list[str]:
    """One clause for each file of an instructor's folder that gives away what a solution says.

    Parameters
    ----------
    folder : Path
        With the files that are released as they are.
    notebooks : mapping
        The instructor's notebooks in it, by file name.
    """
    cells = [cell for nb in notebooks.values() for cell in nb.cells]
    shown = "\n".join(without_regions(cell.source) for cell in cells)
    told = "\n".join(region for cell in cells for region in regions(cell.source))
    hidden = set[str]().union(*map(solution_fragments, notebooks.values()))
    found = []
    for path in sorted(folder.rglob("*")):
        where = path.relative_to(folder).as_posix()
        if where in notebooks or not path.is_file() or IGNORED & set(path.parts):
            continue
        if path.name in told and path.name not in shown:
            found.append(f"{where} is named by a solution alone")
        text = path.read_bytes().decode("utf-8", errors="ignore")
        kind = "code" if path.suffix == ".py" else "markdown"
        given_away = sorted(hidden & fragments_of(kind, text))
        found += [f"{where} holds solution text: {each[:60]}" for each in given_away]
    return found


def private_paths() -> set[str]:
    """The folders that would tell whose machine a release was made on."""
    here = Path(__file__).resolve().parents[2]
    return {path for path in (str(here), os.path.expanduser("~")) if len(path) > 1}


def find_leaks(nb: NotebookNode, hidden: Iterable[str], private: Iterable[str]) -> list[str]:
    """One clause for each thing in a student's notebook that must not be there."""
    hidden = set(hidden)
    found = []
    for index, cell in enumerate(nb.cells):
        where = f"cell {index} ({cell.get('id', 'no id')})"
        found += [f"{where} holds '{mark}'" for mark in MARKERS if mark in cell.source]
        here = fragments_of(cell.cell_type, cell.source)
        if cell.cell_type == "markdown":  # a hint must not hold the code either
            here = here.union(*map(set, map(expressions, code_in_text(cell.source))))
        for fragment in sorted(hidden & here):
            found.append(f"{where} holds solution text: {fragment[:60]}")
        found += [f"{where} holds the path {path}" for path in private if path in cell.source]
        if cell.get("outputs") or cell.get("execution_count") is not None:
            found.append(f"{where} has output")
    return found
