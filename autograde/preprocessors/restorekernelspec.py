"""The kernel of the release, without a look at the gradebook."""

from nbformat.notebooknode import NotebookNode

from autograde.notebook import node
from autograde.preprocessors.base import SubmissionPreprocessor
from autograde.types import Resources


class RestoreKernelspec(SubmissionPreprocessor):
    """As nbgrader's ``OverwriteKernelspec``, where a whole class is graded."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        kernelspec = self.released(resources).kernelspec
        if kernelspec:
            nb.metadata["kernelspec"] = node(dict(kernelspec))
        return nb, resources
