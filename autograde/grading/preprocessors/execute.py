"""Run a submission without letting its files pose as installed modules."""

import os
from time import monotonic
from typing import Any

from nbclient.exceptions import CellTimeoutError
from nbclient.util import run_sync
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import Execute as NbGraderExecute

from autograde.base.errors import EndlessCell, EndlessOutput
from autograde.base.types import Resources
from autograde.notebooks.original import grade_id_of

IGNORE_FOLDER = "--InteractiveShellApp.ignore_cwd=True"


class Execute(NbGraderExecute):
    """nbgrader's ``Execute``, in whose kernel the submission's folder is not on the import path.

    Otherwise a ``numpy.py`` or ``course_utils.py`` handed in with the notebook would be imported
    instead of the real one. Files are still found by name: ``open("data.csv")`` works.
    """

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        if IGNORE_FOLDER not in self.extra_arguments:
            self.extra_arguments += [IGNORE_FOLDER]
        # `python -m ipykernel_launcher` would look for ipykernel itself in the folder first.
        env = {**kwargs.pop("env", os.environ), "PYTHONSAFEPATH": "1"}
        await super().async_start_new_kernel(env=env, **kwargs)

    start_new_kernel = run_sync(async_start_new_kernel)

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, index: int
    ) -> tuple[NotebookNode, Resources]:
        """Run one cell; say which it was if it cannot be stopped."""
        start = monotonic()
        try:
            super().preprocess_cell(cell, resources, index)
        except CellTimeoutError as error:
            name = f"cell {grade_id_of(cell) or f'number {index}'}"
            # nbclient raises it also for a cell that ended in time and left much to read.
            endless = self.timeout and monotonic() - start >= self.timeout
            raise (EndlessCell if endless else EndlessOutput)(name) from error
        return cell, resources
