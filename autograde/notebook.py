"""nbformat, which has no types, with types."""

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


def convert(nb: NotebookNode) -> NotebookNode:
    """`nb` brought to format 4."""
    converted: NotebookNode = nbformat.convert(nb, 4)  # type: ignore[no-untyped-call]
    return converted


def new_cell(cell_type: str, source: str, metadata: dict[str, Any] | None = None) -> NotebookNode:
    """A code or markdown cell."""
    make = v4.new_code_cell if cell_type == "code" else v4.new_markdown_cell
    cell: NotebookNode = make(source, metadata=node(metadata or {}))  # type: ignore[no-untyped-call]
    return cell
