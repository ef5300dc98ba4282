"""What was found of each test, in the metadata of its cell in the graded notebook."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

KEY = "autograde"


def verdict_of(cell: Mapping[str, Any]) -> dict[str, str]:
    """The verdict on one test: none where it was graded before verdicts were kept, or unsafely."""
    kept = cell.get("metadata", {}).get(KEY)
    return {name: str(value) for name, value in kept.items()} if isinstance(kept, dict) else {}


def graded_cells(folder: Path, notebooks: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The cells of a graded submission that nbgrader knows, by grade_id."""
    found = {}
    for name in notebooks:
        path = folder / f"{name}.ipynb"
        if path.is_file():
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
                if grade_id:
                    found[grade_id] = {**cell, "source": "".join(cell["source"])}
    return found


def verdicts_in(folder: Path, notebooks: Iterable[str]) -> dict[str, dict[str, str]]:
    """The verdicts that were kept with a graded submission, by grade_id."""
    cells = graded_cells(folder, notebooks)
    return {name: verdict for name, cell in cells.items() if (verdict := verdict_of(cell))}
