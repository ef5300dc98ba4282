"""nbformat, which has no types, with types."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4
from nbformat.notebooknode import NotebookNode


def node(content: dict[str, Any]) -> NotebookNode:
    """`content` with its keys as attributes, all the way down."""
    made: NotebookNode = nbformat.from_dict(content)  # type: ignore[no-untyped-call]
    return made


def read(path: Path) -> NotebookNode:
    """The notebook in `path`, in format 4."""
    nb: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return nb


def write(nb: NotebookNode, path: Path) -> None:
    """Save `nb` in `path`."""
    nbformat.write(nb, path)  # type: ignore[no-untyped-call]


def text_of(nb: NotebookNode) -> str:
    """What `write` saves of a notebook that needs no upgrade, for many that are nearly the same.

    nbformat lays out every character in Python; here a cell's text is laid out once, however many
    notebooks it is in.
    """
    rest = {key: value for key, value in nb.items() if key != "cells"}
    around = laid_out(compact({**rest, "cells": []}))
    if not nb.cells:
        return around + "\n"
    # No text holds a line break as such, so this is the notebook's own key.
    before, after = around.split('\n "cells": []')
    cells = ",\n".join(laid_out_cell(compact(cell)) for cell in nb.cells)
    return f'{before}\n "cells": [\n{cells}\n ]{after}\n'


def compact(part: dict[str, Any]) -> str:
    """A part of a notebook on one line."""
    return json.dumps(part, ensure_ascii=False)


@lru_cache(maxsize=2048)
def laid_out_cell(text: str) -> str:
    """A cell as it stands in a notebook's file."""
    nb = node({"cells": [json.loads(text)], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    whole: str = v4.writes(nb)  # type: ignore[no-untyped-call]
    return whole[whole.index("[\n") + 2 : whole.rindex("\n ]")]


@lru_cache(maxsize=64)
def laid_out(text: str) -> str:
    """A notebook as it stands in its file."""
    whole: str = v4.writes(node(json.loads(text)))  # type: ignore[no-untyped-call]
    return whole


def convert(nb: NotebookNode) -> NotebookNode:
    """`nb` brought to format 4."""
    converted: NotebookNode = nbformat.convert(nb, 4)  # type: ignore[no-untyped-call]
    return converted


def new_cell(cell_type: str, source: str, metadata: dict[str, Any] | None = None) -> NotebookNode:
    """A code or markdown cell."""
    make = v4.new_code_cell if cell_type == "code" else v4.new_markdown_cell
    cell: NotebookNode = make(source, metadata=node(metadata or {}))  # type: ignore[no-untyped-call]
    return cell
