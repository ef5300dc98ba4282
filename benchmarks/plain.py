"""The least that grades a notebook: nbclient, and nbgrader's rules for a test's points.

Run as ``python -m benchmarks.plain RELEASE SUBMITTED RESULT``: every notebook below SUBMITTED
gets the tests of RELEASE back, runs in a kernel of its own, and its points go to RESULT.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from nbclient import NotebookClient
from nbformat.notebooknode import NotebookNode
from nbgrader.utils import determine_grade, is_grade, is_solution

from autograde.notebooks.notebook import read
from autograde.notebooks.original import grade_id_of


def restore(nb: NotebookNode, released: NotebookNode) -> None:
    """Put the released tests in the place of the submitted ones."""
    tests = {
        grade_id_of(cell): cell.source
        for cell in released.cells
        if is_grade(cell) and not is_solution(cell)
    }
    for cell in nb.cells:
        cell.source = tests.get(grade_id_of(cell), cell.source)


def grade(nb: NotebookNode, folder: Path) -> dict[str, float | None]:
    """Run a notebook and return the points of its graded cells."""
    NotebookClient(nb, timeout=120, allow_errors=True, kernel_name="python3").execute(cwd=folder)
    return {str(grade_id_of(cell)): determine_grade(cell)[0] for cell in nb.cells if is_grade(cell)}


def main(release: str, submitted: str, result: str) -> None:
    """Grade a class."""
    released = read(Path(release))
    scores = {}
    for path in sorted(Path(submitted).glob("*/*/*.ipynb")):
        nb = read(path)
        restore(nb, released)
        student = path.parent.parent.name
        scores[student] = grade(nb, path.parent)
        print(f"done {student}", flush=True)
    Path(result).write_text(json.dumps(scores))


if __name__ == "__main__":
    main(*sys.argv[1:])
