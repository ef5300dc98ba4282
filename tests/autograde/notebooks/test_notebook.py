"""A notebook is written as nbformat writes it, in less time."""

from __future__ import annotations

import pytest
from nbformat import v4

from autograde.course.course import ROOT
from autograde.notebooks.notebook import new_cell, node, read, text_of

NOTEBOOKS = sorted(
    [*(ROOT / "solutions").glob("*/*.ipynb"), *(ROOT / "notebooks").glob("*/*.ipynb")]
)


def as_nbformat(nb):
    return v4.writes(nb) + "\n"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_every_notebook(path):
    nb = read(path)
    assert text_of(nb) == as_nbformat(nb)


def with_outputs():
    cell = new_cell("code", "1 + 1\n'zwei \u2028 lines'\n")
    cell.outputs = [
        node({"output_type": "stream", "name": "stdout", "text": "a\nb \u00e9 \U0001f600\n"}),
        node(
            {
                "output_type": "display_data",
                "data": {"image/png": "AA==\n", "text/plain": "x\ny"},
                "metadata": {"image/png": {"alt": 'a "text"'}},
            }
        ),
        node({"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["one\n", "two"]}),
    ]
    return cell


ODD = [
    ("no cells", []),
    ("outputs", [with_outputs()]),
    ("empty sources", [new_cell("code", ""), new_cell("markdown", "")]),
    ("a text like the file's own", [new_cell("markdown", '\n "cells": []\n "cells": [\n ]')]),
    ("what is dropped", [new_cell("code", "x", {"trusted": True, "nbgrader": {"grade": False}})]),
    (
        "an attachment",
        [
            node(
                {
                    **new_cell("markdown", "![a](attachment:a.png)"),
                    "attachments": {"a.png": {"image/png": "AA=="}},
                }
            )
        ],
    ),
    ("two that are the same", [new_cell("markdown", "a"), new_cell("markdown", "a")]),
]


@pytest.mark.parametrize("cells", [pytest.param(cells, id=name) for name, cells in ODD])
@pytest.mark.parametrize(
    "metadata", [{}, {"authors": [], "a": {"cells": []}, "cells": []}], ids=["", "odd"]
)
def test_every_cell(cells, metadata):
    nb = v4.new_notebook(cells=cells, metadata=node(metadata))
    assert text_of(nb) == as_nbformat(nb)
