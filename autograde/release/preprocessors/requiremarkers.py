"""Refuse a solution that nbgrader would not know how to take out."""

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

from autograde.base.types import Resources
from autograde.notebooks.leaks import BEGIN, END, solution_fragments


class RequireMarkers(NbGraderPreprocessor):
    """Stop if a solution cell has no BEGIN SOLUTION and END SOLUTION, or its numbers are missing.

    Without markers nbgrader replaces the whole cell, signature and docstring included, which is
    never what the author of this course wants. The solution's text is kept for `RefuseLeaks`.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        name = resources["nbgrader"]["notebook"]
        for cell in nb.cells:
            if not (is_solution(cell) or is_grade(cell)):
                continue
            grade_id = cell.metadata.nbgrader.get("grade_id", "?")
            if is_solution(cell) and not (BEGIN in cell.source and END in cell.source):
                raise ValueError(
                    f"{name}: the solution cell '{grade_id}' has no '### {BEGIN}' and"
                    f" '### {END}' lines; put them around the part that students write"
                )
            if is_grade(cell) and not cell.metadata.nbgrader.get("points"):
                raise ValueError(
                    f"{name}: the graded cell '{grade_id}' has no points; give it some, or make"
                    " it an ordinary cell"
                )
        resources["solution_fragments"] = solution_fragments(nb)
        return nb, resources
