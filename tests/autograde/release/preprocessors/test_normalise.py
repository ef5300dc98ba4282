from __future__ import annotations

import copy

from nbformat.v4 import new_output

from autograde.release.preprocessors import Normalise


def test_the_authors_traces_go_and_the_rest_stays(source, resources):
    expected = copy.deepcopy(source)
    source.nbformat_minor = 4
    source.metadata.update(widgets={}, vscode={"interpreter": {"hash": "1"}})
    for number, cell in enumerate(source.cells):
        cell.metadata.update(collapsed=True, execution={"iopub.status.busy": "2026"}, tags=["keep"])
        if cell.cell_type == "code":
            cell.execution_count = number
            cell.outputs = [new_output("stream", text="1\n")]
    nb, _ = Normalise().preprocess(source, resources)
    assert (nb.nbformat, nb.nbformat_minor) == (4, 5)
    assert set(nb.metadata) == {"kernelspec", "language_info"}
    assert nb.metadata.kernelspec.name == "python3"
    assert "version" not in nb.metadata.language_info
    for cell, before in zip(nb.cells, expected.cells, strict=True):
        assert (cell.id, cell.source) == (before.id, before.source)
        assert cell.metadata == {**before.metadata, "tags": ["keep"]}
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


def test_a_picture_of_the_model_answer_stays_here(source, resources):
    why = source.cells[-1]
    why.source = "![](attachment:question.png)\n" + why.source.replace(
        "**Rubric**", "![](attachment:answer.png)\n\n**Rubric**"
    )
    picture = {"image/png": "iVBORw0KGgo="}
    why.attachments = {"question.png": picture, "answer.png": picture, "unused.png": picture}
    nb, _ = Normalise().preprocess(source, resources)
    assert nb.cells[-1].attachments == {"question.png": picture}
