from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograde.preprocessors import CleanOutputs

PNG = {"image/png": "iVBORw0KGgo="}

# what a cell displayed -> what is kept of it
TABLE = [
    ({"text/plain": "1"}, {}, {"text/plain": "1"}, {"text/plain": {}}),
    (
        {"text/html": "<b>1</b>", "text/plain": "1"},
        {},
        {"text/html": "<b>1</b>", "text/plain": "1"},
        {"text/html": {}, "text/plain": {}},
    ),
    (
        {"application/javascript": "x", "text/plain": "1"},
        {},
        {"text/plain": "1"},
        {"text/plain": {}},
    ),
    ({"image/svg+xml": "<svg/>"}, {}, {}, {}),
    ({"application/vnd.jupyter.widget-view+json": {}}, {}, {}, {}),
    (
        PNG,
        {"image/png": {"alt": "A line.", "width": 300}},
        PNG,
        {"image/png": {"alt": "A line.", "width": 300}},
    ),
    (
        PNG,
        {"image/png": {"width": "1 onload=x", "height": True, "class": "a"}},
        PNG,
        {"image/png": {}},
    ),
    (PNG, {"image/png": "big", "filenames": {"image/png": "x"}}, PNG, {"image/png": {}}),
]


@pytest.mark.parametrize(("data", "metadata", "kept", "described"), TABLE)
def test_what_is_kept(resources, data, metadata, kept, described):
    output = new_output("display_data", data=data, metadata=metadata)
    stream = new_output("stream", text="printed")
    error = new_output("error", ename="E", evalue="e", traceback=[])
    nb = new_notebook(cells=[new_code_cell("", outputs=[stream, output, error])])
    nb, _ = CleanOutputs().preprocess(nb, resources)
    assert nb.cells[0].outputs == [stream, *([output] if kept else []), error]
    assert (output.data, output.metadata) == (kept, described)
