"""Read what a student handed in as a notebook, and say plainly when it is none."""

import json
import re
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode

from autograde.base.budget import LARGEST_NOTEBOOK, LONGEST_CODE, MOST_CELLS, MOST_PARTS
from autograde.base.errors import AutogradeError
from autograde.jail.inside.wire import without_surrogates
from autograde.notebooks.notebook import convert, node

CELL_TYPES = ("code", "markdown", "raw")


class UnreadableNotebook(AutogradeError):
    """The file cannot be graded. `code` is for machines, the message for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def read_notebook(path: Path) -> tuple[NotebookNode, list[str]]:
    """The notebook in `path` in the current format, and one sentence for each thing mended.

    Raises
    ------
    UnreadableNotebook
        Empty, cut off, an HTML page, full of merge-conflict markers, not a notebook, or huge.
    """
    raw = bytes_of(path)
    if not raw.strip(b"\0 \t\r\n"):
        raise UnreadableNotebook(
            "empty", f"{path.name} is empty: the upload or the disk failed; ask for it again"
        )
    if raw.count(b"{") + raw.count(b"[") > MOST_PARTS:
        raise UnreadableNotebook(
            "too-large",
            f"{path.name} has more parts than any notebook; ask for it again with its outputs"
            " cleared (Edit > Clear Outputs of All Cells)",
        )
    try:
        data = json.loads(raw)
        if b"\\ud" in raw.lower():
            data = without_surrogates(data)
    except (ValueError, RecursionError) as error:
        raise not_json(path.name, raw, error) from None
    if not isinstance(data, dict) or not ({"cells", "worksheets"} & data.keys()):
        raise UnreadableNotebook(
            "not-a-notebook",
            f"{path.name} is JSON, but not a notebook (it has no cells); ask for the notebook",
        )
    notes = mend_structure(data)
    try:
        nb = node(data)
        if nb.nbformat != 4:
            nb = convert(nb)
            mend_structure(nb)
            notes.append(f"the notebook is in format {data['nbformat']} and was converted")
        if "cells" not in nb:
            raise ValueError("it has no cells")
    except Exception as error:  # whatever an old or invented format makes nbformat raise
        raise UnreadableNotebook(
            "not-a-notebook",
            f"{path.name} is in a notebook format that cannot be read ({error}); ask for it to be"
            " opened and saved in JupyterLab",
        ) from None
    check_size(path.name, nb)
    nb.nbformat_minor = 5
    return nb, notes


def bytes_of(path: Path) -> bytes:
    """What is in a file that should be a notebook."""
    if path.is_dir():
        raise UnreadableNotebook("not-a-notebook", f"{path.name} is a folder; ask for the notebook")
    if path.stat().st_size > LARGEST_NOTEBOOK:
        raise UnreadableNotebook(
            "too-large",
            f"{path.name} has more than {LARGEST_NOTEBOOK // 1_000_000} MB; ask for it again with"
            " its outputs cleared (Edit > Clear Outputs of All Cells)",
        )
    return path.read_bytes()


def check_size(name: str, nb: NotebookNode) -> None:
    """Refuse a notebook that takes longer to look through than all the others together."""
    if len(nb.cells) > MOST_CELLS:
        raise UnreadableNotebook(
            "too-large",
            f"{name} has {len(nb.cells):,} cells, and at most {MOST_CELLS:,} are graded; ask for it"
            " again without those that are too many",
        )
    for index, cell in enumerate(nb.cells):
        if cell.cell_type == "code" and len(cell.source) > LONGEST_CODE:
            raise UnreadableNotebook(
                "too-large",
                f"cell {index} of {name} has {len(cell.source):,} characters of code, and at most"
                f" {LONGEST_CODE:,} are graded; ask for it again without that cell",
            )


def not_json(name: str, raw: bytes, error: Exception) -> UnreadableNotebook:
    """Why a file that should be JSON is not, as far as one can tell by looking at it."""
    text = raw.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    conflict = re.search(r"^(<<<<<<<|=======|>>>>>>>)", text, re.MULTILINE)
    if text[:300].lower().startswith(("<!doctype", "<html", "<?xml", "<head")):
        return UnreadableNotebook(
            "html-page",
            f"{name} is an HTML page, not a notebook: the browser saved the page itself; ask for"
            " the file from JupyterLab (File > Download)",
        )
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        return UnreadableNotebook(
            "merge-conflict",
            f"{name} holds a git merge conflict (line {line}); its student has to resolve it and"
            " hand it in again",
        )
    if text.startswith("{") and not text.rstrip().endswith("}"):
        return UnreadableNotebook(
            "truncated",
            f"{name} breaks off in the middle (after {len(raw):,} bytes): the upload or the disk"
            " failed; ask for it again",
        )
    if text.startswith("{"):
        return UnreadableNotebook(
            "corrupt",
            f"{name} is damaged ({error}); ask for it again",
        )
    return UnreadableNotebook(
        "not-a-notebook",
        f"{name} is not a notebook (it does not begin with '{{'); ask for it again",
    )


def mend_structure(data: dict[str, Any]) -> list[str]:
    """Give `data` the keys that every notebook has, in place; without them nbconvert stops."""
    notes: list[str] = []
    data.setdefault("nbformat", 4)
    data.setdefault("nbformat_minor", 5)
    if not isinstance(data.get("metadata"), dict):
        data["metadata"] = {}
        notes.append("the notebook's metadata was missing")
    if "cells" not in data or data["nbformat"] != 4:
        return notes
    cells = data["cells"] if isinstance(data["cells"], list) else []
    good = [cell for cell in cells if isinstance(cell, dict)]
    if len(good) != len(cells):
        notes.append(f"{len(cells) - len(good)} entries are no cells and were left out")
    seen: set[str] = set()
    for index, cell in enumerate(good):
        if mend_cell(cell, index, seen):
            notes.append(f"cell {index} was damaged; what could be read of it was kept")
    data["cells"] = good
    return notes


def mend_cell(cell: dict[str, Any], index: int, seen: set[str]) -> bool:
    """Complete one cell in place; whether more than its id had to be mended."""
    damaged = False
    if cell.get("cell_type") not in CELL_TYPES:
        cell["cell_type"], damaged = "raw", True
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        cell["source"] = "".join(source)
    elif not isinstance(source, str):
        cell["source"], damaged = "", True
    if not isinstance(cell.get("metadata"), dict):
        cell["metadata"], damaged = {}, True
    if not isinstance(cell["metadata"].get("nbgrader", {}), dict):
        del cell["metadata"]["nbgrader"]
        damaged = True
    if not isinstance(cell.get("attachments", {}), dict) or cell["cell_type"] == "code":
        cell.pop("attachments", None)
    if cell["cell_type"] == "code":
        # Outputs are made anew in grading; a submission's own are never needed.
        cell["outputs"], cell["execution_count"] = [], None
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    # Ids are new in format 4.5, and a tool that copies cells may have copied the id.
    cell_id = cell.get("id")
    if (
        not isinstance(cell_id, str)
        or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", cell_id)
        or (cell_id in seen)
    ):
        cell["id"] = f"cell-{index}"
        while cell["id"] in seen:
            cell["id"] += "-"
    seen.add(cell["id"])
    return damaged
