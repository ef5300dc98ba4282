"""The solution passes every graded cell, the stub fails every one, and nothing else breaks."""

from __future__ import annotations

from nbgrader.utils import determine_grade, is_grade, is_solution

from autograde.notebooks.original import grade_id_of


def faults(nb, *, but=()):
    """Error and stderr outputs, by cell."""
    return {
        cell.id: (output.get("evalue") or output.get("text", "")).strip().splitlines()[-1:]
        for cell in nb.cells
        for output in cell.get("outputs", [])
        if (output.output_type == "error" or output.get("name") == "stderr")
        and cell.id not in but
        and "raises-exception" not in cell.metadata.get("tags", [])
    }


def test_the_solution_passes_every_graded_cell(name, run_solution):
    scores = run_solution(name).scores
    assert scores, "there is no autograded cell"
    assert {cell: got for cell, got in scores.items() if got[0] != got[1]} == {}


def test_the_stub_fails_every_graded_cell(name, run_stub):
    done = run_stub(name)
    assert {cell: got for cell, got in done.scores.items() if got[0] != 0} == {}
    by_hand = [cell for cell in done.nb.cells if is_grade(cell) and is_solution(cell)]
    assert [grade_id_of(cell) for cell in by_hand if determine_grade(cell)[0] != 0] == []


def test_nothing_in_the_solution_raises_or_warns(name, run_solution):
    assert faults(run_solution(name).nb) == {}


def test_a_learner_can_go_on_without_having_filled_in_anything(name, run_stub):
    done = run_stub(name)
    graded = {cell.id for cell in done.nb.cells if grade_id_of(cell)}
    assert faults(done.nb, but=graded) == {}


def test_no_score_is_given_twice_in_a_cell(name, run_solution):
    """nbgrader takes the first result of a test cell; a NumPy number would count as full marks."""
    for cell in run_solution(name).nb.cells:
        if is_grade(cell) and not is_solution(cell):
            results = [out for out in cell.outputs if out.output_type == "execute_result"]
            texts = [out.data["text/plain"] for out in results]
            assert len(texts) <= 1
            assert all(float(text) == cell.metadata.nbgrader.points for text in texts)


def test_every_figure_has_an_alternative_text(name, run_solution):
    missing = []
    for cell in run_solution(name).nb.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            pictures = [kind for kind in data if kind.startswith("image/")]
            for kind in pictures:
                alt = output.metadata.get(kind, {}).get("alt", "")
                if not alt.strip() or 'alt="' not in data.get("text/html", ""):
                    missing.append(cell.id)
    assert missing == []
