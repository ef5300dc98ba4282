from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograde.grading.preprocessors import CleanOutputs, cleanoutputs
from autograde.grading.preprocessors.cleanoutputs import CUT, LARGEST_TEXT

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


LONG = "x" * (LARGEST_TEXT + 1)
FULL = LONG[:-1]


def test_long_lines_are_cut(resources):
    outputs = [
        new_output("stream", text=FULL[:-2]),
        new_output("stream", name="stderr", text="abc"),
        new_output("stream", text="more"),
        new_output("error", ename="E", evalue=LONG, traceback=["short", LONG]),
        new_output("display_data", data={"text/html": LONG, "text/plain": LONG}),
        new_output("display_data", data={"image/png": LONG}),
        new_output("execute_result", data={"text/plain": "2.0"}),
    ]
    nb = new_notebook(cells=[new_code_cell("", outputs=outputs)])
    nb, _ = CleanOutputs().preprocess(nb, resources)
    kept = nb.cells[0].outputs
    assert [each.text for each in kept[:3]] == [FULL[:-2], "ab" + CUT, CUT]
    assert (kept[3].evalue, kept[3].traceback) == (FULL + CUT, ["short", FULL + CUT])
    assert kept[4].data == {"text/plain": FULL + CUT}
    assert kept[5].data == {"image/png": LONG}
    assert kept[6].data == {"text/plain": "2.0"}  # the points of a test


def test_what_is_no_text_is_dropped(resources):
    nb = new_notebook(cells=[new_code_cell("", outputs=[new_output("display_data")])])
    nb.cells[0].outputs[0].data = {"text/html": 1, "text/plain": None}
    nb, _ = CleanOutputs().preprocess(nb, resources)
    assert nb.cells[0].outputs == []


def test_past_what_a_notebook_may_have_only_tests_keep_theirs(monkeypatch):
    monkeypatch.setattr(cleanoutputs, "LARGEST_OUTPUTS", 250)
    about = {"grade": True, "solution": False, "locked": True, "grade_id": "a", "points": 1}
    cells = [new_code_cell(outputs=[new_output("stream", text="x" * 100)]) for _ in range(5)]
    cells[3].metadata["nbgrader"] = {**about, "schema_version": 3, "task": False}
    nb, _ = CleanOutputs().preprocess(new_notebook(cells=cells), {})
    kept = "x" * 100
    assert [cell.outputs[0].text for cell in nb.cells] == [kept, kept, CUT, kept, CUT]
