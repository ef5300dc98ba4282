"""Which answers of a submission are the ones that were graded before."""

import json
from pathlib import Path

from autograde.grading.pipeline import Outcome
from autograde.grading.verdicts import graded_cells
from autograde.notebooks.notebook import node
from autograde.notebooks.original import grade_id_of


def unchanged(before: Path, outcome: Outcome) -> set[str]:
    """Return the cells, by grade_id, that hold what they held when they were graded before.

    Parameters
    ----------
    before : Path
        The student's folder in ``autograded``.
    outcome : Outcome
    """
    try:
        old = graded_cells(before, outcome.notebooks)
    except (OSError, ValueError, KeyError):
        return set()
    same = set()
    for notebook in outcome.notebooks.values():
        for cell in json.loads(notebook.text)["cells"]:
            name = grade_id_of(node(cell))
            if name in old and old[name]["source"] == "".join(cell["source"]):
                same.add(name)
    return same
