"""The last look at a release before it is written."""

from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.base.types import Resources
from autograde.notebooks.leaks import find_leaks, leaks_beside, private_paths
from autograde.notebooks.notebook import read


class RefuseLeaks(NbGraderPreprocessor):
    """Stop if the student version holds an answer, a marker, an output or the author's paths.

    Or if a file beside the notebook holds an answer: nbgrader releases such files as they are.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        name = resources["nbgrader"]["notebook"]
        leaks = find_leaks(nb, resources["solution_fragments"], private_paths())
        folder = Path(resources["metadata"]["path"])  # of the source
        leaks += leaks_beside(folder, {path.name: read(path) for path in folder.glob("*.ipynb")})
        if leaks:
            raise ValueError(f"{name} must not be released: " + "; ".join(leaks))
        return nb, resources
