"""Does a submission draw at all? Matplotlib is half of what a jail has to load.

Tests look at numbers, and for scores alone the cells with figures are not run. What is left of
them is an import at the top of the notebook, which nobody then uses.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from autograde.speed.cell_dependencies import Cell

DRAWS = re.compile(r"matplotlib|pylab|\bplt\b|\bshow\(|\bplay_\w+\(")
"""What stands in a cell that draws. To miss one costs time and nothing else: its process loads
Matplotlib by itself."""


def draws(sources: Sequence[str]) -> bool:
    """Tell whether cells seem to draw."""
    return any(map(DRAWS.search, sources))


def without_unused_imports(cells: Mapping[int, Cell]) -> dict[int, str]:
    """Return the text of each cell, of a given one without imports for figures that nobody uses.

    Nobody does if no other line has one of the words: not even a comment, or a text that is
    looked up.

    Parameters
    ----------
    cells : mapping of int to Cell
        All that are run.
    """
    texts = {i: cell.source for i, cell in cells.items()}
    for i, cell in cells.items():
        for words, first, last in imports_for_figures(cell.source) if cell.given else ():
            without = without_lines(texts[i], first, last)
            if not any(map(words.search, {**texts, i: without}.values())):
                texts[i] = without
    return texts


@lru_cache(maxsize=1024)
def imports_for_figures(source: str) -> tuple[tuple[re.Pattern[str], int, int], ...]:
    """Return the imports of Matplotlib that have lines of their own: their words, and where."""
    if "matplotlib" not in source:
        return ()
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    spans = [(each.lineno, each.end_lineno or each.lineno) for each in body]
    lines = [line for first, last in spans for line in range(first, last + 1)]
    return tuple(
        (words_of(each), first, last)
        for each, (first, last) in zip(body, spans, strict=True)
        if isinstance(each, ast.Import | ast.ImportFrom)
        and all(module.split(".")[0] == "matplotlib" for module in modules(each))
        and all(lines.count(line) == 1 for line in range(first, last + 1))
    )


def modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the modules that a statement imports, or imports from."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names]


def words_of(node: ast.Import | ast.ImportFrom) -> re.Pattern[str]:
    """Return what stands wherever something is done with an import."""
    names = {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return re.compile(
        "|".join(rf"\b{re.escape(name)}\b" for name in sorted({*names, "matplotlib"}))
    )


@lru_cache(maxsize=1024)
def without_lines(source: str, first: int, last: int) -> str:
    """Return the text with empty lines in the place of some, so that the others keep theirs."""
    lines = source.splitlines(keepends=True)
    return "".join(
        "\n" if first <= number <= last else line for number, line in enumerate(lines, 1)
    )
