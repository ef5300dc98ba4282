"""Answers in which a git merge was left half done."""

import re

from nbformat.notebooknode import NotebookNode

from autograde.base.types import Resources
from autograde.grading.preprocessors.base import SubmissionPreprocessor
from autograde.notebooks.original import grade_id_of

MARKER = re.compile(r"^(<<<<<<<|>>>>>>>)( |$)", re.MULTILINE)


class TellConflicts(SubmissionPreprocessor):
    """Tell which answers hold merge-conflict markers: they cannot run, whatever is in them."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        originals = self.originals(resources)
        for cell in nb.cells:
            name = grade_id_of(cell)
            if name in originals and originals[name].solution and MARKER.search(cell.source):
                self.note(
                    resources,
                    f"cell '{name}' holds a git merge conflict (<<<<<<<); it was graded as it is,"
                    " so ask whether it is to be handed in again",
                )
        return nb, resources
