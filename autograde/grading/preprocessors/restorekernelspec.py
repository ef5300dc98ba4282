"""The kernel of the release, without a look at the gradebook."""

from nbformat.notebooknode import NotebookNode

from autograde.base.types import Resources
from autograde.grading.preprocessors.base import SubmissionPreprocessor
from autograde.notebooks.notebook import node


class RestoreKernelspec(SubmissionPreprocessor):
    """As nbgrader's ``OverwriteKernelspec``, where a whole class is graded."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        kernelspec = self.released(resources).kernelspec
        if kernelspec:
            nb.metadata["kernelspec"] = node(dict(kernelspec))
        return nb, resources
