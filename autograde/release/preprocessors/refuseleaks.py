"""The last look at a release before it is written."""

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.base.types import Resources
from autograde.notebooks.leaks import find_leaks, private_paths


class RefuseLeaks(NbGraderPreprocessor):
    """Stop if the student version holds an answer, a marker, an output or the author's paths."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        name = resources["nbgrader"]["notebook"]
        leaks = find_leaks(nb, resources["solution_fragments"], private_paths())
        if leaks:
            raise ValueError(f"{name} must not be released: " + "; ".join(leaks))
        return nb, resources
